// From a document's nodes to schemas. A worklist, no recursion: references may be chained at any length.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <span>

#include "expression/chars.h"
#include "schema/schema.h"

namespace sluice::schema {
namespace {

using text::Node;

// Keywords that change what conforms and that are not looked at.
constexpr std::string_view kUnknownKeywords[] = {"unevaluatedProperties", "unevaluatedItems", "dependentSchemas",
                                                 "dependentRequired",     "dependencies",     "$dynamicRef",
                                                 "$recursiveRef",         "minContains",      "maxContains"};

std::optional<long double> numberOf(const Node* node) {
  if (node == nullptr || node->kind != Node::Kind::Number) return std::nullopt;
  long double value = 0;
  const char* end = node->scalar.data() + node->scalar.size();
  const auto [at, error] = std::from_chars(node->scalar.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

bool isTrue(const Node* node) {
  return node != nullptr && node->kind == Node::Kind::Bool && (node->scalar.starts_with('t') || node->scalar == "True");
}

}  // namespace

class SchemaCompiler {
 public:
  SchemaCompiler(Schemas& to, const Node& node) : to_(to), node_(node) {}

  Schema compile() {
    if (node_.kind == Node::Kind::Bool) return {};  // `true`; `false` never comes here
    if (!node_.isMapping()) {
      fail(node_, "a schema has to be a mapping");
      return std::move(schema_);
    }
    if (const Node* reference = node_.find("$ref"); reference != nullptr) referTo(*reference);
    for (const std::string_view keyword : kUnknownKeywords)
      if (const Node* found = node_.find(keyword); found != nullptr)
        to_.warn(*found, fmt::format("`{}` of a schema is not looked at when bodies are validated", keyword));
    types();
    values();
    numbers();
    texts();
    objects();
    arrays();
    compositions();
    return std::move(schema_);
  }

 private:
  void fail(const Node& at, std::string why) {
    to_.warn(at, fmt::format("this schema cannot be used: {}", why), "Nothing conforms to it.");
    if (schema_.broken.empty()) schema_.broken = std::move(why);
  }

  // Beside other keywords (OpenAPI 3.1), or a reference that cannot be followed.
  void referTo(const Node& reference) {
    const Node* target = to_.resolve(node_);
    if (target == nullptr) return fail(reference, fmt::format("there is nothing at `{}`", reference.scalar));
    schema_.all.push_back(to_.add(*target));
  }

  SchemaIndex sub(std::string_view keyword) {
    const Node* found = node_.find(keyword);
    return found == nullptr ? kNoSchema : to_.add(*found);
  }

  void list(std::string_view keyword, std::vector<SchemaIndex>& into) {
    const Node* found = node_.find(keyword);
    if (found == nullptr) return;
    if (!found->isSequence()) return fail(*found, fmt::format("`{}` has to be a list", keyword));
    for (const auto& item : found->items) into.push_back(to_.add(item));
  }

  void addType(const Node& node) {
    static constexpr std::pair<std::string_view, Types> kNames[] = {
        {"null", kNull},     {"boolean", kBoolean}, {"integer", kInteger}, {"number", kNumber},
        {"string", kString}, {"array", kArray},     {"object", kObject},   {"file", kAnyType}};
    const auto* found =
        std::ranges::find(kNames, node.isNull() ? std::string_view("null") : std::string_view(node.scalar),
                          &std::pair<std::string_view, Types>::first);
    if (found == std::end(kNames)) return fail(node, fmt::format("there is no type `{}`", node.scalar));
    schema_.types |= found->second;
  }

  void types() {
    if (const Node* type = node_.find("type"); type != nullptr) {
      if (type->isSequence())
        for (const auto& item : type->items) addType(item);
      else
        addType(*type);
    }
    if (to_.dialect() == Dialect::OpenApi31) return;
    schema_.nullable = isTrue(node_.find(to_.dialect() == Dialect::Swagger2 ? "x-nullable" : "nullable"));
  }

  void values() {
    schema_.constant = node_.find("const");
    schema_.choices = node_.find("enum");
    if (schema_.choices != nullptr && !schema_.choices->isSequence()) {
      fail(*schema_.choices, "`enum` has to be a list");
      schema_.choices = nullptr;
    }
    if (const Node* format = node_.find("format"); format != nullptr) schema_.format = formatOf(format->scalar);
  }

  void range(std::string_view least, std::string_view most, Range& range) {
    for (const auto& [keyword, to] : {std::pair(least, &range.least), std::pair(most, &range.most)}) {
      const Node* found = node_.find(keyword);
      if (found == nullptr) continue;
      const auto number = numberOf(found);
      if (!number || *number < 0 || *number > 1e15L)
        fail(*found, fmt::format("`{}` has to be a whole number", keyword));
      else
        *to = static_cast<uint64_t>(*number);
    }
  }

  void number(std::string_view keyword, std::optional<long double>& to) {
    const Node* found = node_.find(keyword);
    if (found == nullptr) return;
    to = numberOf(found);
    if (!to) fail(*found, fmt::format("`{}` has to be a number", keyword));
  }

  // A flag beside `minimum` before 3.1, a number since; extracts mix them.
  void exclusive(std::string_view keyword, std::optional<long double>& bound, std::optional<long double>& to) {
    const Node* found = node_.find(keyword);
    if (found == nullptr) return;
    if (found->kind != Node::Kind::Bool) return number(keyword, to);
    if (isTrue(found)) std::swap(bound, to);
  }

  void numbers() {
    number("minimum", schema_.minimum);
    number("maximum", schema_.maximum);
    exclusive("exclusiveMinimum", schema_.minimum, schema_.above);
    exclusive("exclusiveMaximum", schema_.maximum, schema_.below);
    number("multipleOf", schema_.multiple_of);
    if (schema_.multiple_of && *schema_.multiple_of <= 0)
      fail(*node_.find("multipleOf"), "`multipleOf` has to be greater than 0");
  }

  std::optional<Pattern> pattern(const Node& at, std::string_view text) {
    std::string error;
    const expression::regex::Program* program = nullptr;
    if (++to_.patterns_ > Schemas::kMaxPatterns)
      error = "there are too many patterns";
    else
      program = expression::regex::compile(expression::widen(to_.arena_, text), 0, to_.arena_, error);
    if (program != nullptr) return Pattern{program, text};
    fail(at, fmt::format("the pattern `{}` is not valid: {}", text, error));
    return std::nullopt;
  }

  void texts() {
    range("minLength", "maxLength", schema_.length);
    if (const Node* found = node_.find("pattern"); found != nullptr && found->isScalar())
      schema_.pattern = pattern(*found, found->scalar);
  }

  void objects() {
    range("minProperties", "maxProperties", schema_.properties_count);
    if (const Node* properties = node_.find("properties"); properties != nullptr && properties->isMapping())
      for (const auto& member : properties->members) schema_.properties.push_back({member.key, to_.add(member.value)});
    std::ranges::sort(schema_.properties, {}, &Property::name);
    // In Swagger a parameter has `required: true` beside what is its schema.
    if (const Node* required = node_.find("required"); required != nullptr && required->isSequence())
      for (const auto& name : required->items) schema_.required.push_back(name.scalar);
    std::ranges::sort(schema_.required);
    const auto twice = std::ranges::unique(schema_.required);
    schema_.required.erase(twice.begin(), twice.end());
    if (const Node* patterns = node_.find("patternProperties"); patterns != nullptr && patterns->isMapping())
      for (const auto& member : patterns->members)
        if (const auto compiled = pattern(member.value, member.key))
          schema_.pattern_properties.push_back({*compiled, to_.add(member.value)});
    schema_.additional = sub("additionalProperties");
    schema_.property_names = sub("propertyNames");
  }

  void arrays() {
    range("minItems", "maxItems", schema_.items_count);
    schema_.unique_items = isTrue(node_.find("uniqueItems"));
    list("prefixItems", schema_.leading_items);
    const Node* items = node_.find("items");
    if (items != nullptr && items->isSequence()) {
      list("items", schema_.leading_items);
      schema_.items = sub("additionalItems");
    } else {
      schema_.items = sub("items");
    }
    schema_.contains = sub("contains");
  }

  void compositions() {
    list("allOf", schema_.all);
    list("anyOf", schema_.any);
    list("oneOf", schema_.one);
    schema_.none = sub("not");
    schema_.condition = sub("if");
    schema_.then = sub("then");
    schema_.otherwise = sub("else");
  }

  Schemas& to_;
  const Node& node_;
  Schema schema_;
};

Schemas::Schemas(std::shared_ptr<const text::Document> document, Dialect dialect, Diagnostics& diagnostics)
    : document_(std::move(document)), dialect_(dialect), diagnostics_(&diagnostics), schemas_(1), nodes_(1) {}

SchemaIndex Schemas::add(const Node& node) {
  if (node.kind == Node::Kind::Bool && !isTrue(&node)) return kNever;
  const Node* target = &node;
  if (const Node* reference = node.find("$ref"); reference != nullptr) {
    // Before 3.1 what stands beside a reference does not count.
    const bool alone = dialect_ != Dialect::OpenApi31 || node.members.size() == 1;
    if (const Node* resolved = resolve(node); alone && resolved != nullptr) target = resolved;
  }
  const auto [at, is_new] = known_.try_emplace(target, static_cast<SchemaIndex>(nodes_.size()));
  if (!is_new) return at->second;
  if (nodes_.size() >= kMaxSchemas) {
    known_.erase(at);
    return kNever;
  }
  nodes_.push_back(target);
  return static_cast<SchemaIndex>(nodes_.size() - 1);
}

void Schemas::compileAll() {
  compiled_ = std::max<size_t>(compiled_, 1);
  for (; compiled_ < nodes_.size(); ++compiled_)
    schemas_.push_back(SchemaCompiler(*this, *nodes_[compiled_]).compile());
  if (nodes_.size() >= kMaxSchemas)
    warn(document_->root(), "the specification has too many schemas", "Nothing conforms to those left out.");
  diagnostics_ = nullptr;
}

}  // namespace sluice::schema
