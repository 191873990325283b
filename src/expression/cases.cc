#include "expression/cases.h"

#include <simdjson.h>

#include <cmath>
#include <fstream>
#include <regex>
#include <sstream>

#include "base/diagnostic.h"
#include "base/encoding.h"
#include "expression/collection.h"
#include "expression/date.h"
#include "expression/expression.h"
#include "expression/format.h"
#include "expression/json/token.h"
#include "expression/library.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

std::string jsonString(std::string_view text) {
  Arena arena;
  Eval eval(nullptr, arena, Limits{});
  return std::string(toUtf8(arena, quoted(eval, fromUtf8(arena, text))));
}

// Encodes a result. An exception that enumeration raises is left pending in `eval`.
class Encoder {
 public:
  explicit Encoder(Eval& eval) : eval_(eval) {}

  std::string encode(const Value& value, int depth = 0) {
    if (depth > 50) return simple("string", "\"...\"");
    switch (value.tag()) {
      case Tag::Null:
        return simple("null", "null");
      case Tag::Bool:
        return simple("bool", value.asBool() ? "true" : "false");
      case Tag::Char:
        return simple("char", text(fromUnit(eval_.arena, value.asChar())));
      case Tag::Single:
      case Tag::Double:
        return simple(value.tag() == Tag::Double ? "double" : "float", real(value.asDouble()));
      case Tag::Decimal:
        return simple("decimal", jsonString(toString(decimalOf(value))));
      case Tag::DateTime:
        return simple("datetime", jsonString(formatRoundTrip(value)));
      case Tag::DateTimeOffset:
        return simple("datetimeoffset", jsonString(formatRoundTripOffset(value)));
      case Tag::TimeSpan:
        return simple("timespan", jsonString(formatTimeSpan(value.asInt64())));
      case Tag::Guid:
        return simple("guid", text(valueToString(eval_, value)));
      case Tag::Enum:
        return "{\"type\":\"enum\",\"enum\":" + jsonString(typeAt(value.extra())->fullName()) +
               ",\"value\":" + text(valueToString(eval_, value)) + "}";
      case Tag::Ascii:
      case Tag::Utf8:
      case Tag::Wide:
        return simple("string", text(value));
      case Tag::UInt64:
        return simple("ulong", std::to_string(value.bits()));
      case Tag::Object:
        return object(value, depth);
      default:
        return simple(typeOf(value)->name.c_str(), std::to_string(value.asInt64()));
    }
  }

 private:
  static std::string simple(const char* type, const std::string& value) {
    return "{\"type\":\"" + std::string(type) + "\",\"value\":" + value + "}";
  }
  std::string text(const Value& string) { return std::string(toUtf8(eval_.arena, quoted(eval_, string))); }
  static std::string real(double number) {
    if (std::isnan(number)) return "\"NaN\"";
    if (std::isinf(number)) return number < 0 ? "\"-Infinity\"" : "\"Infinity\"";
    std::string shown = shortestDouble(number);
    if (shown.find_first_of(".E") == std::string::npos) shown += ".0";
    return shown;
  }

  std::string token(const Value& value) {
    const JToken* one = expression::token(value);
    if (one->kind == ObjectKind::JProperty) {
      const auto* property = static_cast<const JProperty*>(one);
      return "{\"type\":\"jproperty\",\"name\":" + text(property->name) +
             ",\"value\":" + token(Value::object(property->content)) + "}";
    }
    static const Type* const kTypes = libraryType("Newtonsoft.Json.Linq.JTokenType");
    const std::string jtype(toUtf8(eval_.arena, valueToString(eval_, newEnum(kTypes, one->detail))));
    return "{\"type\":\"json\",\"jtype\":\"" + jtype + "\",\"value\":" + text(writeToken(eval_, one, Indent::None)) +
           "}";
  }

  std::string members(const RecordObject* record, const char* type, int depth) {
    std::string out = "{\"type\":\"" + std::string(type) + "\",\"value\":[";
    for (uint32_t i = 0; i < record->count; ++i) {
      out += i > 0 ? "," : "";
      if (record->type->kind == TypeKind::Anonymous)
        out += "[" + jsonString(record->type->names[i]) + "," + encode(record->members[i], depth + 1) + "]";
      else
        out += encode(record->members[i], depth + 1);
    }
    return out + "]}";
  }

  std::string map(MapObject* map, int depth) {
    std::string out = "{\"type\":\"dictionary\",\"value\":[";
    uint32_t at = 0;
    for (bool first = true; const MapObject::Entry* entry = mapNext(map, at); first = false)
      out += (first ? "[" : ",[") + encode(entry->key, depth + 1) + "," + encode(entry->value, depth + 1) + "]";
    return out + "]}";
  }

  std::string sequence(const Value& value, int depth) {
    std::string out = "{\"type\":\"list\",\"value\":[";
    Enumerator* items = enumerate(eval_, value);
    Value item;
    for (bool first = true; items != nullptr && items->next(eval_, item); first = false)
      out += (first ? "" : ",") + encode(item, depth + 1);
    return out + "]}";
  }

  std::string object(const Value& value, int depth) {
    const Object* one = value.asObject();
    if (isToken(value)) return token(value);
    if (one->kind == ObjectKind::Bytes) return simple("bytes", jsonString(base64Encode(*toBytes(value))));
    if (one->kind == ObjectKind::Record) {
      const auto* record = as<RecordObject>(value);
      const char* type = record->type->kind == TypeKind::Anonymous                                   ? "anonymous"
                         : record->type->def != nullptr && record->type->def->name == "KeyValuePair" ? "keyvalue"
                                                                                                     : "tuple";
      return members(record, type, depth);
    }
    if (one->kind == ObjectKind::Map && one->type->args.size() == 2) return map(as<MapObject>(value), depth);
    const std::string name = one->type->def != nullptr ? one->type->def->fullName() : "";
    if (name == "System.Text.StringBuilder") return simple("stringbuilder", text(valueToString(eval_, value)));
    if (name == "System.Uri") return simple("uri", text(valueToString(eval_, value)));
    if (name == "Jwt") return simple("jwt", text(property(value, "Subject")));
    if (name == "System.Xml.Linq.XAttribute") return simple("xattribute", text(valueToString(eval_, value)));
    if (name == "System.Xml.Linq.XName") return simple("xname", text(valueToString(eval_, value)));
    if (one->kind == ObjectKind::XObject) return simple("xml", text(unindentedXml(value)));
    if (elementOfSequence(one->type) != nullptr) return sequence(value, depth);
    return simple(one->type->name.c_str(), text(valueToString(eval_, value)));
  }

  Value property(const Value& value, std::string_view name) {
    for (const Member& member : value.asObject()->type->def->members()) {
      if (member.name != name) continue;
      Value args[] = {value};
      Call call{eval_, args, 1, member.type, {}, value.asObject()->type};
      return member.get(call);
    }
    return {};
  }

  // ToString(SaveOptions.DisableFormatting)
  Value unindentedXml(const Value& value) {
    for (const Type* t = value.asObject()->type; t != nullptr && t->def != nullptr; t = t->base)
      for (const Member& member : t->def->members()) {
        if (member.name != "ToString" || member.params.size() != 1) continue;
        Value args[] = {value, newEnum(member.params[0].type, 1)};
        Call call{eval_, args, 2, core().string, {}, t};
        return member.get(call);
      }
    return valueToString(eval_, value);
  }

  Eval& eval_;
};

std::string readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

std::string valueText(const simdjson::dom::element& value) {
  std::string_view shown;
  if (value.get(shown) == simdjson::SUCCESS) return std::string(shown);
  return simdjson::minify(value);
}

bool matchesPattern(const simdjson::dom::element& actual, const simdjson::dom::element& expected) {
  std::string_view type, wanted, pattern;
  if (expected["pattern"].get(pattern) != simdjson::SUCCESS || expected["type"].get(wanted) != simdjson::SUCCESS ||
      actual["type"].get(type) != simdjson::SUCCESS || type != wanted)
    return false;
  simdjson::dom::element value;
  if (actual["value"].get(value) != simdjson::SUCCESS) return false;
  try {
    return std::regex_search(valueText(value), std::regex(std::string(pattern), std::regex::ECMAScript));
  } catch (const std::regex_error&) {
    return false;
  }
}

// Numbers by value, everything else by content; members in any order.
bool same(const simdjson::dom::element& a, const simdjson::dom::element& b) {
  namespace dom = simdjson::dom;
  if (a.is_number() && b.is_number()) {
    if (a.is_double() || b.is_double()) {
      const auto number = [](const dom::element& e) {
        double real = 0;
        int64_t whole = 0;
        uint64_t large = 0;
        if (e.get(real) == simdjson::SUCCESS) return real;
        if (e.get(whole) == simdjson::SUCCESS) return static_cast<double>(whole);
        return e.get(large) == simdjson::SUCCESS ? static_cast<double>(large) : 0.0;
      };
      return number(a) == number(b);
    }
    return simdjson::minify(a) == simdjson::minify(b);
  }
  if (a.type() != b.type()) return false;
  if (a.is_array()) {
    const dom::array x(a), y(b);
    if (x.size() != y.size()) return false;
    auto other = y.begin();
    for (const dom::element one : x) {
      if (!same(one, *other)) return false;
      ++other;
    }
    return true;
  }
  if (a.is_object()) {
    const dom::object x(a), y(b);
    if (x.size() != y.size()) return false;
    for (const auto& [key, one] : x) {
      dom::element other;
      if (y[key].get(other) != simdjson::SUCCESS || !same(one, other)) return false;
    }
    return true;
  }
  return valueText(a) == valueText(b);
}

}  // namespace

std::string runCase(std::string_view source, Context& context) {
  Diagnostics diagnostics;
  const SourceText where("expression", source);
  const std::unique_ptr<const Expression> compiled = Expression::compile(source, where, diagnostics);
  if (compiled == nullptr) {
    std::string list;
    for (const Diagnostic& one : diagnostics.all()) list += (list.empty() ? "" : ",") + jsonString(one.message);
    return "{\"compileError\":[" + list + "]}";
  }
  Arena arena;
  const Outcome outcome = compiled->evaluate(context, arena);
  if (!outcome.ok()) return "{\"exception\":" + jsonString(outcome.exception->type) + "}";
  Limits limits;
  Eval eval(&context, arena, limits);
  std::string encoded = Encoder(eval).encode(outcome.value);
  if (!eval.failed()) return encoded;
  return "{\"exception\":" + jsonString(eval.pending()->type->fullName()) + "}";
}

bool agrees(std::string_view actual, std::string_view expected) {
  simdjson::dom::parser first, second;
  simdjson::dom::element a, b;
  const simdjson::padded_string x(actual), y(expected);
  if (first.parse(x).get(a) != simdjson::SUCCESS || second.parse(y).get(b) != simdjson::SUCCESS) return false;
  simdjson::dom::element part;
  if (b["compileError"].get(part) == simdjson::SUCCESS) return a["compileError"].get(part) == simdjson::SUCCESS;
  if (b["pattern"].get(part) == simdjson::SUCCESS) return matchesPattern(a, b);
  return same(a, b);
}

Result<std::map<std::string, GroupCount>> runCases(const std::string& cases_file, const std::string& fixtures_dir,
                                                   std::ostream& out, std::ostream& summary) {
  std::ifstream in(cases_file);
  if (!in) return fail("cannot read " + cases_file);
  std::map<std::string, GroupCount> groups;
  std::map<std::string, std::string> fixtures;
  simdjson::dom::parser parser;
  for (std::string line; std::getline(in, line);) {
    simdjson::dom::element one;
    if (parser.parse(line).get(one) != simdjson::SUCCESS) return fail("a line of " + cases_file + " is not JSON");
    const auto member = [&](std::string_view key) {
      std::string_view found;
      return one[key].get(found) == simdjson::SUCCESS ? std::string(found) : std::string();
    };
    const std::string fixture = member("fixture");
    auto [known, added] = fixtures.try_emplace(fixture);
    if (added) known->second = readFile(fixtures_dir + "/" + fixture + ".json");
    const std::unique_ptr<Context> context = fixtureContext(known->second);
    const std::string expression = member("expression");
    const std::string id = member("id");
    const std::string group = member("group");
    simdjson::dom::element expect;
    const bool expected = one["expect"].get(expect) == simdjson::SUCCESS;
    const std::string wanted = expected ? simdjson::minify(expect) : std::string();
    const std::string actual = runCase(expression, *context);
    out << "{\"id\":" << jsonString(id) << ",\"actual\":" << actual << "}\n";
    if (!expected) continue;
    GroupCount& count = groups[group];
    ++count.total;
    if (agrees(actual, wanted)) {
      ++count.agreed;
    } else {
      summary << id << ": " << expression << "\n  expected " << wanted << "\n  actual   " << actual << "\n";
    }
  }
  for (const auto& [group, count] : groups)
    summary << group << std::string(group.size() < 18 ? 18 - group.size() : 1, ' ') << count.agreed << " of "
            << count.total << "\n";
  return groups;
}

int evalCases(const std::string& cases_file, const std::string& fixtures_dir, std::ostream& out, std::ostream& errors) {
  const auto groups = runCases(cases_file, fixtures_dir, out, errors);
  if (!groups) {
    errors << groups.error().message << "\n";
    return 1;
  }
  for (const auto& [group, count] : *groups)
    if (count.agreed != count.total) return 1;
  return 0;
}

int evalOne(const std::string& fixture_file, std::string_view expression, std::ostream& out, std::ostream& errors) {
  std::string fixture = "{}";
  if (!fixture_file.empty()) {
    fixture = readFile(fixture_file);
    if (fixture.empty()) {
      errors << "cannot read " << fixture_file << "\n";
      return 1;
    }
  }
  const std::unique_ptr<Context> context = fixtureContext(fixture);
  out << runCase(expression, *context) << "\n";
  return 0;
}

}  // namespace sluice::expression
