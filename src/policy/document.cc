#include "policy/document.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::policy {
namespace {

constexpr std::string_view kSections[] = {"inbound", "backend", "outbound", "on-error"};

bool isBlank(std::string_view text) {
  return trimXmlSpace(text).empty();
}

// In a document whose code is written with references, those in its strings are references too: only where no code
// needs them are they the author's own text. (Published documents show both.)
bool isWrittenWithReferences(const ScannedText& text) {
  return text.kind == TextKind::Expression && text.entities == Entities::Decode;
}

bool isWrittenWithReferences(const Token& token) {
  if (token.kind == Token::Kind::Text) return isWrittenWithReferences(token.text);
  return std::ranges::any_of(
      token.attributes, [](const ScannedAttribute& attribute) { return isWrittenWithReferences(attribute.value); });
}

void decodeStrings(Text& text, std::deque<std::string>& owned) {
  const bool decoded_already = text.text.data() != text.raw.data();
  if (!text.isExpression() || decoded_already || text.raw.find('&') == std::string_view::npos) return;
  std::string decoded = decodeEntities(text.text);
  if (decoded == text.text || !findExpressionEnd(decoded, 0, '\0').closed) return;
  text.text = owned.emplace_back(std::move(decoded));
}

void decodeStrings(Element& element, std::deque<std::string>& owned) {
  decodeStrings(element.text, owned);
  for (auto& attribute : element.attributes) decodeStrings(attribute.value, owned);
  for (auto& child : element.children) decodeStrings(child, owned);
}

}  // namespace

const Attribute* Element::attribute(std::string_view wanted) const {
  for (const auto& candidate : attributes)
    if (candidate.name == wanted) return &candidate;
  return nullptr;
}

const Element* Element::child(std::string_view wanted) const {
  for (const auto& candidate : children)
    if (candidate.name == wanted) return &candidate;
  return nullptr;
}

Location Document::locationOf(size_t offset) const {
  return original_.at(source_.expanded.originalOffset(offset));
}

void Document::error(Diagnostics& to, size_t offset, std::string message, std::string remedy) const {
  const size_t at = source_.expanded.originalOffset(offset);
  to.add(original_.diagnostic(Severity::Error, at, std::move(message), std::move(remedy)));
}

void Document::warning(Diagnostics& to, size_t offset, std::string message, std::string remedy) const {
  const size_t at = source_.expanded.originalOffset(offset);
  to.add(original_.diagnostic(Severity::Warning, at, std::move(message), std::move(remedy)));
}

bool Document::isPublic(const Text& text) const {
  return !source_.expanded.touchesSecret(text.offset, text.offset + text.raw.size());
}

Text Document::resolve(const ScannedText& scanned) {
  Text text{scanned.kind, true, scanned.raw, scanned.raw, scanned.offset};
  if (scanned.entities == Entities::Decode) text.text = owned_.emplace_back(decodeEntities(scanned.raw));
  return text;
}

// Several runs (text, comment, text; CDATA) are one text. An expression among blanks is the whole text.
void Document::addText(Element& element, const ScannedText& scanned) {
  Text added = resolve(scanned);
  Text& text = element.text;
  if (!text.present || (added.isExpression() && isBlank(text.text))) {
    text = added;
    return;
  }
  if (text.isExpression() && isBlank(added.text)) return;
  if (text.text.empty() && added.text.empty()) return;
  text.text = owned_.emplace_back(std::string(text.text) + std::string(added.text));
}

bool Document::build(Diagnostics& diagnostics) {
  ScanLimits limits;
  if (source_.source.size() > limits.bytes) {
    error(diagnostics, 0, fmt::format("the document has {} bytes; {} are allowed", source_.source.size(), limits.bytes),
          "Move parts of it into policy fragments.");
    return false;
  }
  limits.bytes = config::kMaxExpanded;  // named values may make it longer
  Scanner scanner(source_.expanded.text, limits);
  std::vector<Element> open;
  Token token;
  const auto close = [&](size_t inner_end) {
    Element done = std::move(open.back());
    open.pop_back();
    done.inner = std::string_view(source_.expanded.text).substr(done.inner_offset, inner_end - done.inner_offset);
    (open.empty() ? root_ : open.back().children.emplace_back()) = std::move(done);
  };
  bool with_references = false;
  while (scanner.next(token)) {
    with_references = with_references || isWrittenWithReferences(token);
    if (token.kind == Token::Kind::EndTag) {
      close(token.offset);
    } else if (token.kind == Token::Kind::Text) {
      if (!open.empty()) addText(open.back(), token.text);
    } else {
      Element& element = open.emplace_back();
      element.name = token.name;
      element.offset = token.offset;
      element.inner_offset = token.end;
      for (const auto& attribute : token.attributes)
        element.attributes.push_back({attribute.name, attribute.offset, resolve(attribute.value)});
      if (token.self_closing) close(token.end);
    }
  }
  if (!scanner.error()) {
    if (with_references) decodeStrings(root_, owned_);
    return true;
  }
  error(diagnostics, scanner.error()->offset, scanner.error()->message, scanner.error()->remedy);
  return false;
}

void Document::checkPolicies(Diagnostics& diagnostics) {
  for (const auto& attribute : root_.attributes)
    if (!attribute.name.starts_with("xmlns"))
      error(diagnostics, attribute.offset, fmt::format("<policies> has no attribute `{}`", attribute.name),
            "Remove it.");
  size_t newest = 0;
  for (const auto& child : root_.children) {
    size_t index = 0;
    while (index < 4 && kSections[index] != child.name) ++index;
    if (index == 4) {
      const auto near = nearest(child.name, {std::begin(kSections), std::end(kSections)});
      error(diagnostics, child.offset, fmt::format("<{}> is not a section", child.name),
            near.empty() ? "Put policies inside <inbound>, <backend>, <outbound> or <on-error>."
                         : fmt::format("Did you mean <{}>?", near));
      continue;
    }
    if (sections_[index] != nullptr) {
      error(diagnostics, child.offset, fmt::format("a second <{}> section", child.name), "Join the two.");
      continue;
    }
    sections_[index] = &child;
    if (index < newest)
      warning(diagnostics, child.offset, fmt::format("<{}> comes after <{}>", child.name, kSections[newest]),
              "API Management wants the order inbound, backend, outbound, on-error.");
    newest = std::max(newest, index);
  }
}

std::unique_ptr<const Document> Document::parse(const config::PolicyDocument& source, DocumentKind kind,
                                                Diagnostics& diagnostics) {
  std::unique_ptr<Document> document(new Document(source, kind));
  const size_t before = diagnostics.errors();
  if (!document->build(diagnostics)) return nullptr;
  const std::string_view expected = kind == DocumentKind::Policies ? "policies" : "fragment";
  if (document->root_.name != expected) {
    document->error(diagnostics, document->root_.offset,
                    fmt::format("the root element is <{}>; expected <{}>", document->root_.name, expected),
                    kind == DocumentKind::Policies ? "A policy document is <policies> with its sections."
                                                   : "A policy fragment is <fragment> with policies in it.");
    return nullptr;
  }
  if (kind == DocumentKind::Policies) document->checkPolicies(diagnostics);
  if (!isBlank(document->root_.text.text))
    document->error(diagnostics, document->root_.text.offset, fmt::format("text in <{}>", expected), "Remove it.");
  return diagnostics.errors() == before ? std::move(document) : nullptr;
}

}  // namespace sluice::policy
