#include "text/node.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::text {

const Node* Node::find(std::string_view key) const {
  for (const auto& member : members)
    if (member.key == key) return &member.value;
  return nullptr;
}

std::string_view kindName(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::Null:
      return "nothing";
    case Node::Kind::Bool:
      return "true or false";
    case Node::Kind::Number:
      return "a number";
    case Node::Kind::String:
      return "a string";
    case Node::Kind::Sequence:
      return "a list";
    case Node::Kind::Mapping:
      return "a mapping";
  }
  return "a value";
}

Document::Document(std::string file, std::string text, Node root)
    : contents_(std::make_shared<const Contents>(Contents{std::move(file), std::move(text), std::move(root)})) {}

Diagnostic Document::diagnostic(Severity severity, Position position, std::string message, std::string remedy) const {
  Diagnostic result{severity, at(position), std::move(message), std::move(remedy), {}};
  if (position.line == 0) return result;
  std::string_view rest = contents_->text;
  for (uint32_t line = 1; line < position.line; ++line) {
    const size_t end = rest.find('\n');
    if (end == std::string_view::npos) return result;
    rest.remove_prefix(end + 1);
  }
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  result.source_line = rest;
  return result;
}

std::string suggestion(std::string_view name, std::span<const std::string_view> known) {
  const auto near = nearest(name, std::vector<std::string_view>(known.begin(), known.end()));
  if (!near.empty()) return fmt::format("Did you mean `{}`?", near);
  if (known.empty()) return {};
  constexpr size_t kListed = 12;
  return fmt::format("Known here: {}{}.", fmt::join(known.first(std::min(known.size(), kListed)), ", "),
                     known.size() > kListed ? ", ..." : "");
}

void expectKeys(const Document& document, const Node& mapping, std::span<const std::string_view> known,
                std::string_view what, Diagnostics& diagnostics, Severity severity) {
  for (const auto& member : mapping.members) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    diagnostics.add(document.diagnostic(severity, member.position,
                                        fmt::format("unknown key `{}` in {}", member.key, what),
                                        suggestion(member.key, known)));
  }
}

void expectKeys(const Document& document, const Node& mapping, std::initializer_list<std::string_view> known,
                std::string_view what, Diagnostics& diagnostics, Severity severity) {
  expectKeys(document, mapping, std::span<const std::string_view>(known.begin(), known.size()), what, diagnostics,
             severity);
}

}  // namespace sluice::text
