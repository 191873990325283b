// Fuzz: any bytes as a policy document. The scanner must end, keep its views inside the text and match its tags.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "policy/document.h"
#include "policy/scanner.h"

using namespace sluice;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void checkText(std::string_view whole, const policy::ScannedText& text) {
  if (text.raw.empty()) return;
  require(text.offset + text.raw.size() <= whole.size());
  require(whole.substr(text.offset, text.raw.size()) == text.raw);
  require(policy::decodeEntities(text.raw).size() <= text.raw.size());
  if (text.kind == policy::TextKind::Expression) require(policy::beginsExpression(whole, text.offset));
}

void checkElement(const policy::Element& element, size_t depth) {
  require(depth <= policy::ScanLimits{}.depth);
  for (const auto& child : element.children) checkElement(child, depth + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  policy::Scanner scanner(text);
  policy::Token token;
  size_t open = 0, newest = 0;
  while (scanner.next(token)) {
    require(token.offset >= newest && token.end <= size);
    newest = token.offset;
    if (token.kind == policy::Token::Kind::StartTag && !token.self_closing) ++open;
    if (token.kind == policy::Token::Kind::EndTag) require(open-- > 0);
    if (token.kind == policy::Token::Kind::Text) checkText(text, token.text);
    for (const auto& attribute : token.attributes) checkText(text, attribute.value);
  }
  require(scanner.error() || open == 0);

  config::PolicyDocument source;
  source.file = "policy.xml";
  source.source = text;
  source.expanded.text = text;
  Diagnostics mistakes;
  const auto document = policy::Document::parse(source, policy::DocumentKind::Policies, mistakes);
  require((document == nullptr) == mistakes.hasErrors());
  if (document != nullptr) checkElement(document->root(), 1);
  return 0;
}
