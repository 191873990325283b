#include "schema/validator.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>

#include "base/encoding.h"
#include "expression/chars.h"
#include "expression/regex/match.h"
#include "schema/instance.h"

namespace sluice::schema {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr uint32_t kMaxDepth = 200;  // of schemas in schemas, and of the instance
constexpr uint64_t kMaxMatch = 1'000'000;
constexpr size_t kMatchMemory = 4u << 20;

// Whole: the schema of a value. Part: what another schema of the same value is composed of.
enum class Role : uint8_t { Whole, Part };

class Run {
 public:
  Run(const Schemas& schemas, const ValidationOptions& options)
      : schemas_(schemas), options_(options), steps_(options.steps) {}

  bool check(SchemaIndex index, element value, Role role = Role::Whole) {
    if (index == kNoSchema) return true;
    if (index == kNever) return mistake("Schema always fails validation.");
    if (++depth_ > kMaxDepth) stop("its schemas are nested too deeply");
    const Schema& schema = schemas_.at(index);
    if (!schema.broken.empty()) stop("its schema cannot be used: " + schema.broken);
    const bool good = step() && (isNull(value, schema) || checkAll(index, schema, value, role));
    --depth_;
    return good;
  }

  std::string exception;
  struct Found {
    std::string message;
    std::vector<uint32_t> path;
  };
  std::vector<Found> found;

 private:
  static bool isNull(element value, const Schema& schema) { return schema.nullable && value.is_null(); }

  void stop(std::string why) {
    if (exception.empty()) exception = std::move(why);
  }
  bool stopped() const { return !exception.empty(); }
  bool step(uint64_t count = 1) {
    if (stopped()) return false;
    if (steps_ >= count) {
      steps_ -= count;
      return true;
    }
    steps_ = 0;
    stop("it takes more work than this gateway spends on one body");
    return false;
  }
  // Once a body is refused, what else is wrong with it is looked for only where mistakes are told.
  bool goesOn() const { return !stopped() && quiet_ == 0 && found.size() < kMaxMistakes; }
  // Nothing is formatted that nobody is told: most mistakes are those of an anyOf's other ways.
  template <class... Args>
  bool mistake(fmt::format_string<Args...> text, Args&&... args) {
    if (goesOn()) found.push_back({fmt::format(text, std::forward<Args>(args)...), path_});
    return false;
  }
  // Whether the value conforms, without telling why not.
  bool fits(SchemaIndex index, element value) {
    ++quiet_;
    const bool good = check(index, value, Role::Part);
    --quiet_;
    return good;
  }

  bool checkAll(SchemaIndex index, const Schema& schema, element value, Role role) {
    if (!checkType(schema, value)) return false;
    bool good = checkValue(schema, value);
    if (!good && !goesOn()) return false;
    switch (value.type()) {
      case element_type::STRING:
        good = checkString(schema, value.get_string().value_unsafe()) && good;
        break;
      case element_type::INT64:
      case element_type::UINT64:
      case element_type::DOUBLE:
        good = checkNumber(schema, value) && good;
        break;
      case element_type::ARRAY:
        good = checkArray(schema, value.get_array().value_unsafe()) && good;
        break;
      case element_type::OBJECT:
        good = checkObject(index, schema, value.get_object().value_unsafe(), role) && good;
        break;
      case element_type::BOOL:
      case element_type::NULL_VALUE:
        break;
    }
    if (!good && !goesOn()) return false;
    return checkCompositions(schema, value) && good;
  }

  bool checkType(const Schema& schema, element value) {
    if (schema.types == 0) return true;
    const Types type = typeOf(value);
    // A number without a fraction is an integer, however it is written (draft 6); every integer is a number.
    if ((schema.types & type) != 0 || (type == kInteger && (schema.types & kNumber) != 0)) return true;
    if (type == kNumber && (schema.types & kInteger) != 0 && isWhole(value)) return true;
    return goesOn() && mistake("Invalid type. Expected {} but got {}.", typeNames(schema.types), typeNames(type));
  }

  bool checkValue(const Schema& schema, element value) {
    if (schema.choices != nullptr) {
      const auto& items = schema.choices->items;
      const bool listed = std::ranges::any_of(
          items, [&](const text::Node& item) { return step() && equals(value, item, schema.types); });
      if (!listed) return goesOn() && mistake("Value {} is not defined in enum.", shown(value));
    }
    if (schema.constant != nullptr && !equals(value, *schema.constant, schema.types))
      return mistake("Value {} does not match const.", shown(value));
    return true;
  }

  bool matches(const Pattern& pattern, std::string_view text) {
    Arena arena;
    const uint64_t cost = text.size() / 16 + 1;
    if (!step(cost)) return false;
    const std::u16string_view wide = expression::widen(arena, text);
    expression::Chars chars;
    chars.wide = wide.data();
    chars.size = static_cast<uint32_t>(wide.size());
    if (wide.empty()) chars.narrow = "", chars.wide = nullptr;
    expression::regex::Matcher matcher(*pattern.program, chars, std::min(kMaxMatch, steps_), kMatchMemory);
    const auto result = matcher.find(0, -1);
    if (!step(matcher.takeSteps() / 8)) return false;
    if (result == expression::regex::Matcher::Result::Budget)
      stop(fmt::format("the pattern `{}` takes too long", pattern.text));
    return result == expression::regex::Matcher::Result::Found;
  }

  bool checkString(const Schema& schema, std::string_view text) {
    if (schema.length.least > 0 || schema.length.most != kUnlimited) {
      if (!step(text.size() / 64)) return false;
      const uint64_t length = utf16Length(text);
      if (length > schema.length.most)
        return mistake("String {} exceeds maximum length of {}.", quoted(text), schema.length.most);
      if (length < schema.length.least)
        return mistake("String {} is less than minimum length of {}.", quoted(text), schema.length.least);
    }
    if (schema.pattern && !matches(*schema.pattern, text))
      return mistake("String {} does not match regex pattern '{}'.", quoted(text), schema.pattern->text);
    if (schema.format != Format::None && (!step(text.size() / 64) || !conforms(text, schema.format)))
      return mistake("String {} does not validate against format '{}'.", quoted(text), formatName(schema.format));
    return true;
  }

  bool checkNumber(const Schema& schema, element value) {
    const long double number = numberOf(value);
    const std::string_view kind = typeOf(value) == kInteger ? "Integer" : "Float";
    const auto fails = [&](std::string_view how, long double bound, std::string_view end) {
      return mistake("{} {} {} {}{}", kind, shown(value), how, static_cast<double>(bound), end);
    };
    if (schema.maximum && number > *schema.maximum) return fails("exceeds maximum value of", *schema.maximum, ".");
    if (schema.below && number > *schema.below) return fails("exceeds maximum value of", *schema.below, ".");
    if (schema.below && number == *schema.below)
      return fails("equals maximum value of", *schema.below, " and exclusive maximum is true.");
    if (schema.minimum && number < *schema.minimum) return fails("is less than minimum value of", *schema.minimum, ".");
    if (schema.above && number < *schema.above) return fails("is less than minimum value of", *schema.above, ".");
    if (schema.above && number == *schema.above)
      return fails("equals minimum value of", *schema.above, " and exclusive minimum is true.");
    if (schema.multiple_of && !isMultiple(number, *schema.multiple_of))
      return fails("is not a multiple of", *schema.multiple_of, ".");
    const bool fits_format =
        schema.format == Format::Int32
            ? number >= -2147483648.0L && number <= 2147483647.0L
            : schema.format != Format::Int64 || (number >= -9223372036854775808.0L && number <= 9223372036854775807.0L);
    if (!fits_format)
      return mistake("{} {} does not validate against format '{}'.", kind, shown(value), formatName(schema.format));
    return true;
  }

  static bool isMultiple(long double number, long double of) {
    if (std::trunc(number) == number && std::trunc(of) == of) return std::fmod(number, of) == 0;
    const long double times = number / of;  // fractions such as 0.1 are not exact
    return std::fabs(times - std::round(times)) <= 1e-9L * std::max(1.0L, std::fabs(times));
  }

  bool checkArray(const Schema& schema, simdjson::dom::array items) {
    bool good = true;
    size_t count = 0;
    bool contains = schema.contains == kNoSchema;
    for (const element item : items) {
      if (!step()) return false;
      path_.push_back(static_cast<uint32_t>(count));
      const bool leading = count < schema.leading_items.size();
      good = check(leading ? schema.leading_items[count] : schema.items, item) && good;
      if (!contains) contains = fits(schema.contains, item);
      path_.pop_back();
      ++count;
      if (!good && !goesOn()) return false;
    }
    if (count > schema.items_count.most)
      good = mistake("Array item count {} exceeds maximum count of {}.", count, schema.items_count.most);
    if (count < schema.items_count.least)
      good = mistake("Array item count {} is less than minimum count of {}.", count, schema.items_count.least);
    if (!contains) good = mistake("No items match contains.");
    if (schema.unique_items) {
      const auto again = firstRepeated(items, [this](uint64_t work) { return step(work); });
      if (again) good = mistake("Non-unique array item at index {}.", *again);
    }
    return good && !stopped();
  }

  bool checkObject(SchemaIndex index, const Schema& schema, simdjson::dom::object members, Role role) {
    bool good = true;
    uint32_t count = 0;
    const bool closed =
        options_.additional_properties == false && role == Role::Whole && schemas_.describesObjects(index);
    std::vector<bool> present(schema.required.size());
    for (const auto member : members) {
      if (!step()) return false;
      note(schema, member.key, present);
      path_.push_back(count++);
      good = checkMember(schema, member.key, member.value, closed ? index : kNoSchema) && good;
      path_.pop_back();
      if (!good && !goesOn()) return false;
    }
    if (std::ranges::find(present, false) != present.end()) good = goesOn() && missing(schema, present);
    const Range& range = schema.properties_count;
    if (count > range.most) good = mistake("Object property count {} exceeds maximum count of {}.", count, range.most);
    if (count < range.least)
      good = mistake("Object property count {} is less than minimum count of {}.", count, range.least);
    return good && !stopped();
  }

  bool missing(const Schema& schema, const std::vector<bool>& present) {
    std::string names;
    for (size_t i = 0; i < present.size(); ++i)
      if (!present[i]) names.append(names.empty() ? "" : ", ").append(schema.required[i]);
    return mistake("Required properties are missing from object: {}.", names);
  }

  void note(const Schema& schema, std::string_view name, std::vector<bool>& present) {
    if (options_.ignore_case) {
      step(present.size() / 4);
      for (size_t i = 0; i < present.size(); ++i)
        if (equalsIgnoreCase(schema.required[i], name)) present[i] = true;
      return;
    }
    const auto at = std::ranges::lower_bound(schema.required, name);
    if (at != schema.required.end() && *at == name) present[static_cast<size_t>(at - schema.required.begin())] = true;
  }

  const Property* propertyOf(const Schema& schema, std::string_view name) {
    if (options_.ignore_case) {
      step(schema.properties.size() / 4);
      const auto at = std::ranges::find_if(
          schema.properties, [&](const Property& property) { return equalsIgnoreCase(property.name, name); });
      return at == schema.properties.end() ? nullptr : &*at;
    }
    const auto at = std::ranges::lower_bound(schema.properties, name, {}, &Property::name);
    return at != schema.properties.end() && at->name == name ? &*at : nullptr;
  }

  bool undefinedProperty(std::string_view name) {
    return mistake("Property {} has not been defined and the schema does not allow additional properties.",
                   quoted(name));
  }

  // `closed_by`: the schema whose properties, and those of its parts, are all that there may be.
  bool checkMember(const Schema& schema, std::string_view name, element value, SchemaIndex closed_by) {
    bool good = true;
    const Property* property = propertyOf(schema, name);
    bool defined = property != nullptr;
    if (property != nullptr) good = check(property->schema, value);
    for (const auto& each : schema.pattern_properties) {
      if (!matches(each.pattern, name)) continue;
      defined = true;
      good = check(each.schema, value) && good;
    }
    if (schema.property_names != kNoSchema && !fitsName(schema.property_names, name))
      good = mistake("Property name {} does not match schema of propertyNames.", quoted(name));
    if (defined) return good;
    if (closed_by != kNoSchema && step(16) && !schemas_.knowsProperty(closed_by, name, options_.ignore_case))
      return undefinedProperty(name);
    if (schema.additional == kNever) return options_.additional_properties == true ? good : undefinedProperty(name);
    return check(schema.additional, value) && good;
  }

  // A name as a value of its own: what a schema says of strings counts.
  bool fitsName(SchemaIndex index, std::string_view name) {
    if (index == kNever) return false;
    const Schema& schema = schemas_.at(index);
    ++quiet_;
    const bool good = schema.broken.empty() && checkString(schema, name);
    --quiet_;
    const auto listed = [&](const text::Node& item) { return step() && item.scalar == name; };
    return good && (schema.choices == nullptr || std::ranges::any_of(schema.choices->items, listed));
  }

  bool checkCompositions(const Schema& schema, element value) {
    bool good = true;
    for (const SchemaIndex part : schema.all) good = check(part, value, Role::Part) && good;
    if (!good && !goesOn()) return false;
    if (!schema.any.empty()) {
      const bool some = std::ranges::any_of(schema.any, [&](SchemaIndex part) { return fits(part, value); });
      if (!some) good = mistake("JSON does not match any schemas from 'anyOf'.");
    }
    if (!schema.one.empty()) good = checkOne(schema.one, value) && good;
    if (schema.none != kNoSchema && fits(schema.none, value))
      good = mistake("JSON is valid against schema from 'not'.");
    if (schema.condition != kNoSchema)
      good = check(fits(schema.condition, value) ? schema.then : schema.otherwise, value, Role::Part) && good;
    return good && !stopped();
  }

  bool checkOne(const std::vector<SchemaIndex>& parts, element value) {
    std::vector<size_t> fitting;
    for (size_t i = 0; i < parts.size(); ++i)
      if (fits(parts[i], value)) fitting.push_back(i);
    if (fitting.size() == 1) return true;
    if (fitting.empty()) return mistake("JSON is valid against no schemas from 'oneOf'.");
    return mistake("JSON is valid against more than one schema from 'oneOf'. Valid schema indexes: {}.",
                   fmt::join(fitting, ", "));
  }

  const Schemas& schemas_;
  const ValidationOptions& options_;
  uint64_t steps_;
  uint32_t depth_ = 0;
  uint32_t quiet_ = 0;
  std::vector<uint32_t> path_;  // of the value at hand: which member or item, level by level
};

std::string whyNotJson(simdjson::error_code error) {
  if (error == simdjson::DEPTH_ERROR) return fmt::format("it is nested more than {} levels deep", kMaxInstanceDepth);
  return fmt::format("it is not JSON: {}", simdjson::error_message(error));
}

}  // namespace

std::string Mistake::text() const {
  return fmt::format("{} Line: {}, Position: {}", message, line, position);
}

ValidationResult validate(const Schemas& schemas, SchemaIndex schema, std::string_view json,
                          const ValidationOptions& options) {
  ValidationResult result;
  if (json.starts_with("\xEF\xBB\xBF")) json.remove_prefix(3);
  const simdjson::padded_string padded(json);
  simdjson::dom::parser parser;
  element root;
  auto error = parser.allocate(std::max<size_t>(json.size(), 64), kMaxInstanceDepth + 1);
  if (!error) error = parser.parse(padded).get(root);
  if (error) {
    result.exception = whyNotJson(error);
    return result;
  }
  Run run(schemas, options);
  run.check(schema, root);
  result.exception = std::move(run.exception);
  for (auto& found : run.found) {
    Mistake mistake;
    mistake.message = std::move(found.message);
    locate(json, found.path, mistake.line, mistake.position);
    result.mistakes.push_back(std::move(mistake));
  }
  return result;
}

}  // namespace sluice::schema
