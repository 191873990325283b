#include "scenario/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/encoding.h"
#include "text/json_document.h"

namespace sluice::scenario {
namespace {

using text::Node;

bool sameNumber(const std::string& a, const std::string& b) {
  return a == b || std::strtod(a.c_str(), nullptr) == std::strtod(b.c_str(), nullptr);
}

// The first place where the two differ, or empty.
std::string difference(const Node& expected, const Node& actual, const std::string& path) {
  if (expected.kind != actual.kind)
    return fmt::format("{}: expected {} {}, got {} {}", path, text::kindName(expected.kind), expected.scalar,
                       text::kindName(actual.kind), actual.scalar);
  switch (expected.kind) {
    case Node::Kind::Null:
      return {};
    case Node::Kind::Number:
      if (sameNumber(expected.scalar, actual.scalar)) return {};
      break;
    case Node::Kind::Bool:
    case Node::Kind::String:
      if (expected.scalar == actual.scalar) return {};
      break;
    case Node::Kind::Sequence:
      if (expected.items.size() != actual.items.size())
        return fmt::format("{}: expected {} items, got {}", path, expected.items.size(), actual.items.size());
      for (size_t i = 0; i < expected.items.size(); ++i)
        if (auto inner = difference(expected.items[i], actual.items[i], fmt::format("{}[{}]", path, i)); !inner.empty())
          return inner;
      return {};
    case Node::Kind::Mapping:
      for (const auto& member : expected.members) {
        const Node* other = actual.find(member.key);
        if (other == nullptr) return fmt::format("{}.{}: missing", path, member.key);
        if (auto inner = difference(member.value, *other, path + "." + member.key); !inner.empty()) return inner;
      }
      for (const auto& member : actual.members)
        if (expected.find(member.key) == nullptr) return fmt::format("{}.{}: not expected", path, member.key);
      return {};
  }
  return fmt::format("{}: expected `{}`, got `{}`", path, expected.scalar, actual.scalar);
}

std::string joined(const Fields& headers, std::string_view name) {
  std::string out;
  for (const auto& [key, value] : headers) {
    if (!equalsIgnoreCase(key, name)) continue;
    if (!out.empty()) out += ", ";
    out += value;
  }
  return out;
}

bool has(const Fields& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const auto& field) { return equalsIgnoreCase(field.first, name); });
}

}  // namespace

void compareJson(const Node& expected, std::string_view actual, std::string_view what, Differences& differences) {
  Diagnostics broken;
  const auto document = text::parseJson("actual", std::string(actual), broken);
  if (!document) {
    differences.push_back(fmt::format("{}: expected JSON, got `{}`", what, actual));
    return;
  }
  const auto found = difference(expected, document->root(), "$");
  if (!found.empty()) differences.push_back(fmt::format("{} {}\n      in {}", what, found, actual));
}

void compare(const Expectation& expected, const Message& actual, std::string_view what, Differences& differences) {
  const auto text = [&](std::string_view part, const std::optional<std::string>& wanted, const std::string& got) {
    if (wanted && *wanted != got)
      differences.push_back(fmt::format("{} {}: expected `{}`, got `{}`", what, part, *wanted, got));
  };
  if (expected.status && *expected.status != actual.status)
    differences.push_back(fmt::format("{} status: expected {}, got {} with body `{}`", what, *expected.status,
                                      actual.status, actual.body));
  text("method", expected.method, actual.method);
  text("url", expected.url, actual.url);
  text("body", expected.body, actual.body);
  if (expected.body_json != nullptr)
    compareJson(*expected.body_json, actual.body, fmt::format("{} body", what), differences);
  for (const auto& part : expected.body_contains)
    if (actual.body.find(part) == std::string::npos)
      differences.push_back(fmt::format("{} body: `{}` is not in `{}`", what, part, actual.body));
  for (const auto& [name, value] : expected.headers)
    if (const auto got = joined(actual.headers, name); got != value)
      differences.push_back(fmt::format("{} header {}: expected `{}`, got `{}`", what, name, value, got));
  for (const auto& name : expected.absent_headers)
    if (has(actual.headers, name))
      differences.push_back(
          fmt::format("{} header {}: expected none, got `{}`", what, name, joined(actual.headers, name)));
}

}  // namespace sluice::scenario
