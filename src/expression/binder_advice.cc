// What an author probably meant: the remedies beside mistakes.
#include <algorithm>

#include "expression/binder.h"

namespace sluice::expression {
namespace {

const Type* bare(const Type* type) {
  return type->isNullable() ? type->underlying() : type;
}

bool isJson(const Type* type) {
  return type->def != nullptr && type->def->name_space == "Newtonsoft.Json.Linq";
}

bool isSimple(const Type* type) {
  return bare(type)->kind == TypeKind::Primitive || type->kind == TypeKind::String;
}

bool isText(const Type* type) {
  return type->kind == TypeKind::String;
}

bool isTextArray(const Type* type) {
  return type->kind == TypeKind::Array && isText(type->element());
}

}  // namespace

std::string Binder::operatorAdvice(const Node* left, const Node* right) {
  if (right == nullptr || left->type == nullptr || right->type == nullptr) return {};
  for (const auto& [one, other] : {std::pair{left->type, right->type}, std::pair{right->type, left->type}}) {
    if (!isSimple(other)) continue;
    if (one->kind == TypeKind::Object)
      return "Its type is not known here: cast the `object` first, with (" + other->name + ").";
    if (isJson(one)) return "Cast the JSON value first, with (" + other->name + ").";
    if (isTextArray(one) && isText(other)) return "There can be several values: use GetValueOrDefault, or Contains.";
    if (isText(one) && bare(other)->isNumeric())
      return "Use " + bare(other)->name + ".Parse(...) on the text, or ToString() on the number.";
  }
  return {};
}

std::string Binder::conversionAdvice(const Type* from, const Type* to) {
  const Type* target = bare(to);
  if (isText(target) && from->isValue()) return "Use ToString().";
  static constexpr std::string_view kParsed[] = {"DateTime", "DateTimeOffset", "TimeSpan", "Guid"};
  const bool parsed = target->isNumeric() || target->isBool() ||
                      std::find(std::begin(kParsed), std::end(kParsed), target->name) != std::end(kParsed);
  if (isText(from) && parsed) return "Use " + target->name + ".Parse(...).";
  if (isTextArray(from) && isText(target)) return "There can be several values: use GetValueOrDefault.";
  return {};
}

std::string Binder::memberAdvice(const Type* type, std::string_view name, bool statics) {
  std::string near = memberSuggestion(type, name, statics);
  if (!near.empty() || statics) return near;
  if (type->kind == TypeKind::Object) return "Its type is not known here: cast it first, as in ((string)value).";
  if (isJson(type)) return "A member of a JSON object is read as value[\"" + std::string(name) + "\"].";
  return {};
}

// An argument whose name none of the methods has.
Node* Binder::unknownArgument(const std::vector<Candidate>& tried, const std::vector<Arg>& args,
                              const MethodGroupNode* group, uint32_t offset) {
  for (const Arg& arg : args) {
    if (arg.name.empty()) continue;
    std::vector<std::string_view> names;
    for (const Candidate& c : tried)
      for (const Param& param : c.declared()) names.push_back(param.name);
    if (std::find(names.begin(), names.end(), arg.name) != names.end()) continue;
    const std::string near = suggestion(arg.name, names);
    return mistake(arg.node != nullptr ? arg.node->offset : offset,
                   "`" + std::string(group->name) + "` has no parameter `" + std::string(arg.name) + "`", near);
  }
  return nullptr;
}

// `a == b` of an object and a string: C# compares identity, and warns.
void Binder::warnOfIdentity(std::string_view op, const Node* left, const Node* right, uint32_t offset) {
  const bool texts = isText(left->type) || isText(right->type);
  const Node* object = left->type->kind == TypeKind::Object ? left : right;
  if (!texts || object->type->kind != TypeKind::Object || dynamic_cast<const CallNode*>(object) == nullptr) return;
  for (const Mistake& known : warnings_)
    if (known.offset == offset) return;
  warnings_.push_back({offset, std::string(op) + " on an `object` and a `string` compares identity, not text",
                       "Cast the `object` first, with (string)."});
}

}  // namespace sluice::expression
