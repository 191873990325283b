#include "config/property_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "config/units.h"

namespace sluice::config {

std::string referenceName(std::string_view reference) {
  while (reference.ends_with('/')) reference.remove_suffix(1);
  const size_t slash = reference.rfind('/');
  return std::string(slash == std::string_view::npos ? reference : reference.substr(slash + 1));
}

PropertyReader::PropertyReader(const text::Document& document, const text::Node& object, std::string what,
                               Diagnostics& diagnostics, const std::vector<NamedValue>* values)
    : document_(&document), object_(&object), what_(std::move(what)), diagnostics_(&diagnostics), values_(values) {
  if (object.isMapping() || object.isNull()) return;
  diagnostics.add(document.diagnostic(Severity::Error, object.position,
                                      fmt::format("{} has to be a mapping, this is {}", what_, kindName(object.kind))));
}

const text::Node* PropertyReader::take(std::string_view key) {
  known_.push_back(key);
  const text::Node* found = object_->find(key);
  return found == nullptr || found->isNull() ? nullptr : found;
}

bool PropertyReader::has(std::string_view key) const {
  const text::Node* found = object_->find(key);
  return found != nullptr && !found->isNull();
}

void PropertyReader::expected(const text::Node& node, std::string_view key, std::string_view what) {
  diagnostics_->add(document_->diagnostic(
      Severity::Error, node.position,
      fmt::format("`{}` has to be {}, this is {}", key, what,
                  node.isScalar() ? fmt::format("`{}`", node.scalar) : std::string(kindName(node.kind)))));
}

std::string PropertyReader::expanded(const text::Node& node) {
  if (values_ == nullptr || node.scalar.find("{{") == std::string::npos) return node.scalar;
  // Escapes make offsets inside the string differ from the file's, so the whole string is the place of a mistake.
  const SourceText source(document_->file(), node.scalar, node.position.line, node.position.column);
  Diagnostics found;
  auto result = expandNamedValues(node.scalar, *values_, ExpandMode::Resource, source, found);
  if (missing_value_)
    for (const auto& mistake : found.all())
      diagnostics_->add(document_->diagnostic(*missing_value_, node.position, mistake.message, mistake.remedy));
  if (found.hasErrors()) return {};
  return std::move(result.text);
}

std::string PropertyReader::text(std::string_view key, std::string_view otherwise) {
  const text::Node* node = take(key);
  if (node == nullptr) return std::string(otherwise);
  if (node->isScalar()) return expanded(*node);
  expected(*node, key, "a string");
  return std::string(otherwise);
}

std::string PropertyReader::requiredText(std::string_view key) {
  if (!has(key))
    diagnostics_->add(
        document_->diagnostic(Severity::Error, object_->position, fmt::format("{} has no `{}`", what_, key)));
  return text(key);
}

Secret PropertyReader::secret(std::string_view key) {
  return Secret(text(key));
}

bool PropertyReader::boolean(std::string_view key, bool otherwise) {
  const text::Node* node = take(key);
  if (node == nullptr) return otherwise;
  if (node->kind == text::Node::Kind::Bool) return node->scalar[0] == 't' || node->scalar[0] == 'T';
  expected(*node, key, "true or false");
  return otherwise;
}

std::optional<int> PropertyReader::integer(std::string_view key, int min, int max) {
  const text::Node* node = take(key);
  if (node == nullptr) return std::nullopt;
  int value = 0;
  const auto& scalar = node->scalar;
  const auto [end, error] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), value);
  if (node->isScalar() && error == std::errc{} && end == scalar.data() + scalar.size() && value >= min && value <= max)
    return value;
  expected(*node, key, fmt::format("a whole number from {} to {}", min, max));
  return std::nullopt;
}

std::optional<double> PropertyReader::number(std::string_view key, double min, double max) {
  const text::Node* node = take(key);
  if (node == nullptr) return std::nullopt;
  double value = 0;
  const auto& scalar = node->scalar;
  const auto [end, error] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), value);
  if (node->isScalar() && error == std::errc{} && end == scalar.data() + scalar.size() && value >= min && value <= max)
    return value;
  expected(*node, key, fmt::format("a number from {} to {}", min, max));
  return std::nullopt;
}

std::vector<std::string> PropertyReader::texts(std::string_view key) {
  const text::Node* node = take(key);
  std::vector<std::string> result;
  if (node == nullptr) return result;
  if (!node->isSequence()) {
    expected(*node, key, "a list of strings");
    return result;
  }
  for (const auto& item : node->items) {
    if (item.isScalar()) {
      result.push_back(expanded(item));
    } else {
      expected(item, key, "a list of strings");
    }
  }
  return result;
}

std::optional<Duration> PropertyReader::isoDuration(std::string_view key) {
  const text::Node* node = take(key);
  if (node == nullptr) return std::nullopt;
  if (const auto duration = parseIsoDuration(node->scalar); node->isScalar() && duration) return duration;
  expected(*node, key, "an ISO 8601 duration such as `PT1M`");
  return std::nullopt;
}

std::optional<size_t> PropertyReader::choice(std::string_view key, std::initializer_list<std::string_view> names) {
  const text::Node* node = take(key);
  if (node == nullptr) return std::nullopt;
  for (size_t i = 0; i < names.size(); ++i)
    if (node->isScalar() && equalsIgnoreCase(node->scalar, names.begin()[i])) return i;
  expected(*node, key, fmt::format("one of {}", fmt::join(names, ", ")));
  return std::nullopt;
}

std::optional<PropertyReader> PropertyReader::object(std::string_view key) {
  const text::Node* node = take(key);
  if (node == nullptr) return std::nullopt;
  PropertyReader nested(*document_, *node, fmt::format("`{}`", key), *diagnostics_, values_);
  nested.missing_value_ = missing_value_;
  return nested;
}

std::vector<PropertyReader> PropertyReader::objects(std::string_view key) {
  const text::Node* node = take(key);
  std::vector<PropertyReader> result;
  if (node == nullptr) return result;
  if (!node->isSequence()) {
    expected(*node, key, "a list");
    return result;
  }
  for (const auto& item : node->items)
    result.emplace_back(*document_, item, fmt::format("an item of `{}`", key), *diagnostics_, values_);
  return result;
}

std::vector<std::pair<std::string, std::vector<Secret>>> PropertyReader::secretLists(std::string_view key) {
  const text::Node* node = take(key);
  std::vector<std::pair<std::string, std::vector<Secret>>> result;
  if (node == nullptr) return result;
  if (!node->isMapping()) {
    expected(*node, key, "a mapping of names to lists of values");
    return result;
  }
  for (const auto& member : node->members) {
    std::vector<Secret> values;
    for (const auto& item : member.value.items) values.emplace_back(expanded(item));
    if (!member.value.isSequence()) expected(member.value, member.key, "a list of values");
    result.emplace_back(member.key, std::move(values));
  }
  return result;
}

void PropertyReader::inert(std::initializer_list<std::string_view> keys) {
  known_.insert(known_.end(), keys.begin(), keys.end());
}

void PropertyReader::refuse(std::string_view key, std::string_view why) {
  if (take(key) == nullptr) return;
  error(key, fmt::format("`{}` is not supported: {}", key, why));
}

void PropertyReader::error(std::string_view key, std::string message, std::string remedy) {
  const text::Node* node = object_->find(key);
  diagnostics_->add(document_->diagnostic(Severity::Error, node != nullptr ? node->position : object_->position,
                                          std::move(message), std::move(remedy)));
}

void PropertyReader::finish() {
  for (const auto& member : object_->members) {
    if (std::ranges::find(known_, member.key) != known_.end()) continue;
    diagnostics_->add(document_->diagnostic(Severity::Warning, member.position,
                                            fmt::format("unknown key `{}` in {} has no effect", member.key, what_),
                                            text::suggestion(member.key, known_)));
  }
}

}  // namespace sluice::config
