// Type syntax to types.
#include <algorithm>
#include <array>
#include <utility>

#include "expression/binder.h"

namespace sluice::expression {
namespace {

const Type* keywordType(std::string_view name) {
  const CoreTypes& c = core();
  static const std::array<std::pair<std::string_view, const Type*>, 16> kKeywords = {{
      {"object", c.object},
      {"string", c.string},
      {"bool", c.boolean},
      {"char", c.character},
      {"sbyte", c.sbyte},
      {"byte", c.byte},
      {"short", c.int16},
      {"ushort", c.uint16},
      {"int", c.int32},
      {"uint", c.uint32},
      {"long", c.int64},
      {"ulong", c.uint64},
      {"float", c.single},
      {"double", c.real},
      {"decimal", c.decimal},
      {"void", c.void_type},
  }};
  for (const auto& [keyword, type] : kKeywords)
    if (keyword == name) return type;
  return nullptr;
}

}  // namespace

const Type* Binder::lookupType(std::string_view name, const std::vector<const Type*>& args, uint32_t offset,
                               bool quiet) {
  const Library& library = Library::instance();
  std::vector<const TypeDef*> found;
  if (name.find('.') == std::string_view::npos) {
    for (const Scope* scope = scope_; args.empty() && scope != nullptr; scope = scope->parent)
      for (const auto& [known, type] : scope->types)
        if (known == name) return type;
    if (const Type* keyword = args.empty() ? keywordType(name) : nullptr) return keyword;
    found = library.find(name, args.size());
  } else if (const TypeDef* full = library.findFull(name, args.size())) {
    found.push_back(full);
  } else {
    // A type within a type, such as TimeZoneInfo.AdjustmentRule.
    const size_t dot = name.rfind('.');
    const Type* outer = lookupType(name.substr(0, dot), {}, offset, true);
    if (outer != nullptr && outer->def != nullptr)
      if (const TypeDef* inner = library.findFull(outer->fullName() + std::string(name.substr(dot)), args.size()))
        found.push_back(inner);
  }
  if (found.size() == 1) return closedType(found[0], args);
  if (quiet) return nullptr;
  if (found.size() > 1) {
    mistake(offset,
            "`" + std::string(name) + "` could be `" + found[0]->fullName() + "` or `" + found[1]->fullName() + "`",
            "Write the whole name.");
    return core().error;
  }
  for (size_t arity = 0; arity <= 8; ++arity) {
    const bool known = name.find('.') == std::string_view::npos ? !library.find(name, arity).empty()
                                                                : library.findFull(name, arity) != nullptr;
    if (!known) continue;
    mistake(offset, "`" + std::string(name) + "` takes " + std::to_string(arity) + " type arguments, not " +
                        std::to_string(args.size()));
    return core().error;
  }
  mistake(offset, "there is no type `" + std::string(name) + "` that a policy expression may use",
          suggestion(name, library.typeNames()));
  return core().error;
}

const Type* Binder::namedType(const Syntax* syntax) {
  std::vector<const Type*> args;
  for (const Syntax* arg : syntax->types) {
    args.push_back(bindType(arg));
    if (args.back()->kind == TypeKind::Error) return args.back();
    if (args.back()->kind == TypeKind::Void) {
      mistake(arg->offset, "void cannot be a type argument");
      return core().error;
    }
  }
  return lookupType(syntax->text, args, syntax->offset, false);
}

const Type* Binder::bindType(const Syntax* syntax) {
  if (++depth_ > 200) {
    --depth_;
    mistake(syntax->offset, "this is nested too deeply");
    return core().error;
  }
  const Type* result = core().error;
  switch (syntax->kind) {
    case Syn::TypeName: {
      result = namedType(syntax);
      const TypeDef* def = result->def;
      if (def != nullptr && def->fullName() == "System.Nullable" && result->args.size() == 1)
        result = nullableOf(result->args[0]);
      break;
    }
    case Syn::TypeArray: {
      const Type* element = bindType(syntax->type);
      if (element->kind == TypeKind::Error) break;
      result = arrayOf(element, static_cast<uint8_t>(std::min<uint32_t>(syntax->number, 8)));
      break;
    }
    case Syn::TypeNullable: {
      const Type* underlying = bindType(syntax->type);
      if (underlying->kind == TypeKind::Error) break;
      if (!underlying->isValue() || underlying->isNullable()) {
        mistake(syntax->offset, "`" + underlying->name + "` cannot be made nullable: it is no value type",
                "Leave out the ?.");
        break;
      }
      result = nullableOf(underlying);
      break;
    }
    case Syn::TypeTuple: {
      std::vector<const Type*> elements;
      std::vector<std::string> names;
      for (const Syntax* element : syntax->kids) {
        elements.push_back(bindType(element->type));
        names.emplace_back(element->text);
      }
      result = tupleOf(std::move(elements), std::move(names));
      break;
    }
    default:
      mistake(syntax->offset, "a type is expected here");
      break;
  }
  --depth_;
  return result;
}

Node* Binder::typeOf(Syntax* s) {
  auto* node = make<TypeOfNode>(core().type_type, s->offset);
  node->represented = bindType(s->type);
  return node;
}

Node* Binder::nameOf(Syntax* s) {
  const Syntax* named = s->kids[0];
  while (named->kind == Syn::ConditionalAccess) named = named->kids[1];
  if (named->kind != Syn::Name && named->kind != Syn::Member) return mistake(s->offset, "nameof needs a name");
  // What is named must exist, but nothing of it is read. Of a type, also what only its values have may be named.
  const Usage before = usage_;
  const bool was_in_nameof = std::exchange(in_nameof_, true);
  Node* bound = expression(named->kind == Syn::Name ? s->kids[0] : named->kids[0]);
  const bool of_value =
      named->kind == Syn::Member && (bound->kind == NodeKind::Value || bound->kind == NodeKind::Constant);
  if (of_value && !isError(bound)) bound = expression(s->kids[0]);
  in_nameof_ = was_in_nameof;
  usage_ = before;
  if (bound->type != nullptr && isError(bound)) return bound;
  return constant(Value::ascii(named->text), core().string, s->offset);
}

}  // namespace sluice::expression
