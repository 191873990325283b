#include "schema/instance.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

namespace sluice::schema {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr size_t kMaxShown = 200;

// At most kMaxShown bytes, whole characters.
std::string_view cut(std::string_view text) {
  if (text.size() <= kMaxShown) return text;
  size_t end = kMaxShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::optional<long double> parseNumber(const std::string& text) {
  long double value = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || at != text.data() + text.size()) return std::nullopt;
  return value;
}

bool sameItems(simdjson::dom::array items, const std::vector<text::Node>& nodes) {
  size_t at = 0;
  for (const element item : items)
    if (at == nodes.size() || !equals(item, nodes[at++], 0)) return false;
  return at == nodes.size();
}

bool sameMembers(simdjson::dom::object members, const text::Node& node) {
  size_t count = 0;
  for (const auto member : members) {
    const text::Node* other = ++count > node.members.size() ? nullptr : node.find(member.key);
    if (other == nullptr || !equals(member.value, *other, 0)) return false;
  }
  return count == node.members.size();
}

constexpr uint64_t mix(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9E3779B97F4A7C15ull + (hash << 6) + (hash >> 2);
  return hash * 0xFF51AFD7ED558CCDull;
}

using Step = std::function<bool(uint64_t)>;

// Equal values have equal hashes: members in any order, numbers by value.
uint64_t hashOf(element value, const Step& step) {
  if (!step(1)) return 0;
  switch (value.type()) {
    case element_type::STRING:
      return std::hash<std::string_view>()(value.get_string().value_unsafe());
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
      return mix(2, std::hash<double>()(static_cast<double>(numberOf(value))));
    case element_type::BOOL:
      return value.get_bool().value_unsafe() ? 3 : 4;
    case element_type::NULL_VALUE:
      return 5;
    case element_type::ARRAY: {
      uint64_t hash = 6;
      const simdjson::dom::array items = value.get_array().value_unsafe();
      for (const element item : items) hash = mix(hash, hashOf(item, step));
      return hash;
    }
    case element_type::OBJECT: {
      uint64_t hash = 7;
      const simdjson::dom::object members = value.get_object().value_unsafe();
      for (const auto member : members)
        hash += mix(std::hash<std::string_view>()(member.key), hashOf(member.value, step));
      return hash;
    }
  }
  return 0;
}

bool same(element a, element b, const Step& step);

bool sameArrays(simdjson::dom::array a, simdjson::dom::array b, const Step& step) {
  auto other = b.begin();
  for (const element item : a) {
    if (!(other != b.end()) || !same(item, *other, step)) return false;
    ++other;
  }
  return !(other != b.end());
}

bool sameObjects(simdjson::dom::object a, simdjson::dom::object b, const Step& step) {
  size_t count = 0;
  for (const auto member : a) {
    element other;
    size_t passed = 0;
    const bool found = std::any_of(b.begin(), b.end(), [&](const auto& candidate) {
      ++passed;
      if (candidate.key != member.key) return false;
      other = candidate.value;
      return true;
    });
    if (!step(passed) || !found || !same(member.value, other, step)) return false;
    ++count;
  }
  return count == b.size() || b.size() == 0xFFFFFF;
}

bool same(element a, element b, const Step& step) {
  if (!step(1)) return false;
  if (a.is_number() && b.is_number()) return numberOf(a) == numberOf(b);
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case element_type::STRING:
      return a.get_string().value_unsafe() == b.get_string().value_unsafe();
    case element_type::BOOL:
      return a.get_bool().value_unsafe() == b.get_bool().value_unsafe();
    case element_type::ARRAY:
      return sameArrays(a.get_array().value_unsafe(), b.get_array().value_unsafe(), step);
    case element_type::OBJECT:
      return sameObjects(a.get_object().value_unsafe(), b.get_object().value_unsafe(), step);
    case element_type::INT64:
    case element_type::UINT64:
    case element_type::DOUBLE:
    case element_type::NULL_VALUE:
      break;
  }
  return true;
}

// Walks a text that is known to be JSON.
class Scanner {
 public:
  explicit Scanner(std::string_view json) : json_(json) {}

  size_t at() {
    blanks();
    return at_;
  }
  // Into the container that begins here, and on to its child `index`.
  void enter(uint32_t index) {
    blanks();
    const bool object = at_ < json_.size() && json_[at_] == '{';
    ++at_;
    for (uint32_t i = 0; i <= index && at_ < json_.size(); ++i) {
      if (i > 0) value(), blanks(), ++at_;  // a child and its comma
      if (object) blanks(), string(), blanks(), ++at_;
    }
  }

 private:
  void blanks() {
    while (at_ < json_.size() && (json_[at_] == ' ' || json_[at_] == '\t' || json_[at_] == '\n' || json_[at_] == '\r'))
      ++at_;
  }
  void string() {
    for (++at_; at_ < json_.size() && json_[at_] != '"'; ++at_)
      if (json_[at_] == '\\') ++at_;
    ++at_;
  }
  void value() {
    blanks();
    size_t depth = 0;
    do {
      if (at_ >= json_.size()) return;
      const char c = json_[at_];
      if (c == '"') {
        string();
        continue;
      }
      if (depth == 0 && (c == ',' || c == '}' || c == ']')) return;
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0 || !ends());
  }
  bool ends() const { return at_ >= json_.size() || json_[at_] == ',' || json_[at_] == '}' || json_[at_] == ']'; }

  std::string_view json_;
  size_t at_ = 0;
};

}  // namespace

Type typeOf(element value) {
  switch (value.type()) {
    case element_type::STRING:
      return kString;
    case element_type::INT64:
    case element_type::UINT64:
      return kInteger;
    case element_type::DOUBLE:
      return kNumber;
    case element_type::BOOL:
      return kBoolean;
    case element_type::ARRAY:
      return kArray;
    case element_type::OBJECT:
      return kObject;
    case element_type::NULL_VALUE:
      break;
  }
  return kNull;
}

long double numberOf(element value) {
  if (value.is_int64()) return static_cast<long double>(value.get_int64().value_unsafe());
  if (value.is_uint64()) return static_cast<long double>(value.get_uint64().value_unsafe());
  return static_cast<long double>(value.get_double().value_unsafe());
}

bool isWhole(element value) {
  const long double number = numberOf(value);
  return std::trunc(number) == number;
}

uint64_t utf16Length(std::string_view utf8) {
  uint64_t length = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) length += byte >= 0xF0 ? 2 : 1;
  }
  return length;
}

bool equals(element value, const text::Node& node, Types types) {
  using Kind = text::Node::Kind;
  if (types == kString && node.isScalar())
    return value.is_string() && value.get_string().value_unsafe() == std::string_view(node.scalar);
  switch (node.kind) {
    case Kind::Null:
      return value.is_null();
    case Kind::Bool:
      return value.is_bool() && value.get_bool().value_unsafe() == (node.scalar[0] == 't' || node.scalar[0] == 'T');
    case Kind::Number: {
      const auto number = parseNumber(node.scalar);
      return number && value.is_number() && numberOf(value) == *number;
    }
    case Kind::String:
      return value.is_string() && value.get_string().value_unsafe() == std::string_view(node.scalar);
    case Kind::Sequence:
      return value.is_array() && sameItems(value.get_array().value_unsafe(), node.items);
    case Kind::Mapping:
      return value.is_object() && sameMembers(value.get_object().value_unsafe(), node);
  }
  return false;
}

std::optional<size_t> firstRepeated(simdjson::dom::array items, const Step& step) {
  std::unordered_multimap<uint64_t, element> seen;
  size_t index = 0;
  for (const element item : items) {
    const uint64_t hash = hashOf(item, step);
    const auto [first, last] = seen.equal_range(hash);
    for (auto at = first; at != last; ++at)
      if (same(at->second, item, step)) return index;
    if (!step(1)) return std::nullopt;
    seen.emplace(hash, item);
    ++index;
  }
  return std::nullopt;
}

std::string shown(element value) {
  if (value.is_string()) return fmt::format("\"{}\"", cut(value.get_string().value_unsafe()));
  if (value.is_array()) return "[...]";
  if (value.is_object()) return "{...}";
  return simdjson::minify(value);
}

std::string quoted(std::string_view text) {
  return fmt::format("'{}'", cut(text));
}

void locate(std::string_view json, const std::vector<uint32_t>& path, uint32_t& line, uint32_t& position) {
  Scanner scanner(json);
  for (const uint32_t index : path) scanner.enter(index);
  const size_t at = std::min(scanner.at(), json.size());
  const auto before = json.substr(0, at);
  line = static_cast<uint32_t>(1 + std::ranges::count(before, '\n'));
  const size_t start = before.rfind('\n');
  position = static_cast<uint32_t>(at - (start == std::string_view::npos ? 0 : start + 1) + 1);
}

}  // namespace sluice::schema
