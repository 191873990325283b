// Values of parameters and headers, from text to JSON by their schema, and checked (validation_report.h).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "policy/validation_report.h"

namespace sluice::policy {
namespace {

using schema::Listing;
using schema::ParameterDefinition;
using schema::SchemaIndex;
using schema::Schemas;
using schema::Types;
using Texts = std::vector<std::string_view>;
using Parts = std::vector<std::pair<std::string_view, std::string_view>>;

constexpr size_t kMaxItems = 10'000;

struct Owner {
  std::string_view type, lower, upper;
};
constexpr std::array<Owner, 4> kOwners{{{"PathParameter", "path parameter", "Path parameter"},
                                        {"QueryParameter", "query parameter", "Query parameter"},
                                        {"RequestHeader", "header", "Header"},
                                        {"ResponseHeader", "header", "Header"}}};

// RFC 8259's grammar of numbers.
bool isJsonNumber(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  const bool zero = at < text.size() && text[at] == '0';
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.' && (++at, digits() == 0)) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

std::string quotedJson(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      json += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    else
      json += c;
  }
  return json + '"';
}

// What a text without structure may stand for, the likeliest last: that one's mistakes are told.
std::vector<std::string> scalars(std::string_view text, Types types) {
  std::vector<std::string> readings;
  if ((types & (schema::kInteger | schema::kNumber)) != 0 && isJsonNumber(text)) readings.emplace_back(text);
  if ((types & schema::kBoolean) != 0 && (text == "true" || text == "false")) readings.emplace_back(text);
  if ((types & schema::kNull) != 0 && types != schema::kAnyType && (text == "null" || text.empty()))
    readings.emplace_back("null");
  if ((types & schema::kString) != 0) readings.push_back(quotedJson(text));
  return readings;
}

Texts split(std::string_view text, char separator) {
  Texts items;
  if (text.empty()) return items;
  while (items.size() < kMaxItems) {
    const size_t end = std::min(text.find(separator), text.size());
    auto item = text.substr(0, end);
    if (separator == ',')  // lists in header fields have blanks (RFC 9110 section 5.6.1)
      while (item.starts_with(' ')) item.remove_prefix(1);
    items.push_back(item);
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
  return items;
}

char separatorOf(Listing listing) {
  return listing == Listing::Space ? ' ' : listing == Listing::Pipe ? '|' : listing == Listing::Tab ? '\t' : ',';
}

class Reader {
 public:
  Reader(const Schemas& schemas, const ParameterDefinition& definition) : schemas_(schemas), definition_(definition) {}

  // The texts that the value may stand for; none: it cannot be read, and `why` tells.
  std::vector<std::string> read(const Texts& values, const Parts& parts) {
    const Types types = schemas_.effectiveTypes(definition_.schema);
    if (definition_.listing == Listing::Json) return {std::string(values.empty() ? "" : values.front())};
    if (definition_.listing == Listing::DeepObject && !parts.empty()) return {object(parts)};
    if (isListing(types)) return {array(values)};
    const std::string_view text = values.empty() ? std::string_view() : values.front();
    if ((types & schema::kObject) != 0 && (types & schema::kString) == 0 && text.starts_with('{'))
      return {std::string(text)};
    auto readings = scalars(text, types);
    if (readings.empty())
      why = fmt::format("'{}' cannot be read as {}.", text.substr(0, 100), schema::typeNames(types));
    return readings;
  }

  static bool isListing(Types types) { return (types & schema::kArray) != 0 && types != schema::kAnyType; }

  std::string why;

 private:
  std::string array(const Texts& values) {
    Texts items;
    for (const std::string_view value : values) {
      if (definition_.listing == Listing::Repeated) {
        items.push_back(value);
        continue;
      }
      const Texts more = split(value, separatorOf(definition_.listing));
      items.insert(items.end(), more.begin(), more.end());
    }
    const SchemaIndex of = schemas_.itemsOf(definition_.schema);
    std::string json = "[";
    for (const auto& item : items) json.append(json.size() > 1 ? "," : "").append(one(item, of));
    return json + "]";
  }

  std::string object(const Parts& parts) {
    const auto properties = schemas_.propertiesOf(definition_.schema);
    std::string json = "{";
    for (const auto& [name, value] : parts) {
      const auto at = std::ranges::find(properties, name, &schema::Property::name);
      const SchemaIndex of = at == properties.end() ? schema::kNoSchema : at->schema;
      json.append(json.size() > 1 ? "," : "").append(quotedJson(name)).append(":").append(one(value, of));
    }
    return json + "}";
  }

  // Inside a list there is no second try: a number is one wherever it may be.
  std::string one(std::string_view text, SchemaIndex of) {
    const auto readings = scalars(text, schemas_.effectiveTypes(of));
    return of == schema::kNoSchema || readings.empty() ? quotedJson(text) : readings.front();
  }

  const Schemas& schemas_;
  const ParameterDefinition& definition_;
};

}  // namespace

ValidationError unspecified(ValueOwner owner, std::string_view name) {
  const Owner& words = kOwners[static_cast<size_t>(owner)];
  const std::string text = fmt::format("Unspecified {} {} is not allowed.", words.lower, name);
  return {std::string(name), words.type, "Unspecified", text, text};
}

bool checkValues(const schema::OperationDefinition& operation, const ParameterDefinition& definition, ValueOwner owner,
                 const Texts& values, const Parts& parts, ValidationAction action, ValidationReport& report) {
  if (definition.schema == schema::kNoSchema || action == ValidationAction::Ignore) return true;
  const Owner& words = kOwners[static_cast<size_t>(owner)];
  const Schemas& schemas = *operation.schemas;
  const auto incorrect = [&](std::string details, std::string client) {
    return report.add({definition.name, words.type, "IncorrectMessage", std::move(details), std::move(client)}, action);
  };
  if (values.size() > 1 && !Reader::isListing(schemas.effectiveTypes(definition.schema))) {
    std::string text =
        fmt::format("{} cannot contain multiple values for the {} {}.",
                    owner == ValueOwner::ResponseHeader ? "Response" : "Request", words.lower, definition.name);
    return incorrect(text, text);
  }
  Reader reader(schemas, definition);
  const std::vector<std::string> readings = reader.read(values, parts);
  if (readings.empty())
    return incorrect(fmt::format("Value of the {} {} cannot be parsed according to the definition.\n\n{}", words.lower,
                                 definition.name, reader.why),
                     fmt::format("Value of the {} {} couldn't be parsed according to the definition.\n\n{}",
                                 words.lower, definition.name, reader.why));
  schema::ValidationResult result;
  for (const auto& reading : readings) {
    result = schema::validate(schemas, definition.schema, reading, {});
    if (result.ok()) return true;
  }
  if (!result.exception.empty())
    return report.add({definition.name,
                       words.type,
                       "ValidationError",
                       fmt::format("{} {} cannot be validated.\n\n{}", words.upper, definition.name, result.exception),
                       {}},
                      action);
  const std::string mistake = result.mistakes.front().text();
  return incorrect(fmt::format("Value of the {} {} does not conform to the definition.\n\n{}", words.lower,
                               definition.name, mistake),
                   fmt::format("The value of the {} {} does not conform to the definition.\n\n{}", words.lower,
                               definition.name, mistake));
}

}  // namespace sluice::policy
