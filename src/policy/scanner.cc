#include "policy/scanner.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::policy {
namespace {

bool isNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool isNameCharacter(char c) {
  return isNameStart(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
}

}  // namespace

bool isXmlSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::string_view trimXmlSpace(std::string_view text) {
  while (!text.empty() && isXmlSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && isXmlSpace(text.back())) text.remove_suffix(1);
  return text;
}

Scanner::Scanner(std::string_view text, const ScanLimits& limits) : text_(text), limits_(limits) {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

bool Scanner::stop(size_t offset, std::string message, std::string remedy) {
  if (!error_) error_ = ScanError{std::min(offset, text_.size()), std::move(message), std::move(remedy)};
  at_ = text_.size();
  return false;
}

void Scanner::skipSpace() {
  while (at_ < text_.size() && isXmlSpace(text_[at_])) ++at_;
}

size_t Scanner::lineOf(size_t offset) const {
  return 1 + static_cast<size_t>(std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(offset), '\n'));
}

std::string_view Scanner::name() {
  const size_t start = at_;
  if (at_ < text_.size() && isNameStart(text_[at_]))
    while (at_ < text_.size() && isNameCharacter(text_[at_])) ++at_;
  return text_.substr(start, at_ - start);
}

bool Scanner::next(Token& token) {
  if (error_) return false;
  if (text_.size() > limits_.bytes)
    return stop(0, fmt::format("the document has {} bytes; {} are allowed", text_.size(), limits_.bytes),
                "Move parts of it into policy fragments.");
  token.attributes.clear();
  token.self_closing = false;
  while (at_ < text_.size()) {
    bool produced = false;
    const bool going = text_[at_] == '<' ? markup(token, produced) : (produced = true, characters(token));
    if (!going) return false;
    if (produced) return true;
  }
  return finish();
}

bool Scanner::finish() {
  if (!open_.empty()) {
    const Open& open = open_.back();
    return stop(open.offset, fmt::format("<{}> is never closed", open.name),
                fmt::format("Add </{}> where it ends.", open.name));
  }
  if (!seen_root_)
    return stop(0, "the document is empty", "Write a <policies> element, or a <fragment> for a fragment.");
  return false;
}

bool Scanner::passOver(std::string_view opening, std::string_view closing, std::string_view what) {
  const size_t end = text_.find(closing, at_ + opening.size());
  if (end == std::string_view::npos)
    return stop(at_, fmt::format("the {} that begins here has no end", what), fmt::format("Close it with {}", closing));
  at_ = end + closing.size();
  return true;
}

bool Scanner::markup(Token& token, bool& produced) {
  const std::string_view rest = text_.substr(at_);
  if (rest.starts_with("<!--")) return passOver("<!--", "-->", "comment");
  if (rest.starts_with("<?")) return passOver("<?", "?>", "processing instruction");
  produced = true;
  if (rest.starts_with("<![CDATA[")) return cdata(token);
  if (rest.starts_with("<!"))
    return stop(at_, "a document type or another declaration is not allowed in a policy document", "Remove it.");
  if (rest.starts_with("</")) return endTag(token);
  return startTag(token);
}

bool Scanner::cdata(Token& token) {
  constexpr size_t kOpening = 9;
  if (open_.empty()) return stop(at_, "text outside the root element");
  const size_t start = at_;
  if (!passOver("<![CDATA[", "]]>", "CDATA section")) return false;
  token.kind = Token::Kind::Text;
  token.offset = start;
  token.end = at_;
  token.text = {TextKind::Literal, Entities::Verbatim, text_.substr(start + kOpening, at_ - start - kOpening - 3),
                start + kOpening};
  const size_t lead = static_cast<size_t>(trimXmlSpace(token.text.raw).data() - token.text.raw.data());
  if (!open_.back().has_content && beginsExpression(token.text.raw, lead)) {
    const auto span = findExpressionEnd(token.text.raw, lead, '\0');
    if (!span.closed) return stop(token.text.offset + span.error_at, span.error);
    token.text.kind = TextKind::Expression;
    token.text.raw = token.text.raw.substr(lead, span.end - lead);
    token.text.offset += lead;
  }
  open_.back().has_content = true;
  return true;
}

bool Scanner::startTag(Token& token) {
  const size_t start = at_++;
  token.kind = Token::Kind::StartTag;
  token.offset = start;
  token.name = name();
  if (token.name.empty())
    return stop(start, "a `<` that begins no element",
                "Write &lt; for the character itself; in C# it may stand as it is, inside @(...) or @{...}.");
  if (open_.empty() && seen_root_)
    return stop(start, fmt::format("a second root element <{}>", token.name), "A document has one root element.");
  if (open_.size() == limits_.depth)
    return stop(start, fmt::format("elements are nested deeper than {}", limits_.depth));
  if (++elements_ > limits_.elements) return stop(start, fmt::format("more than {} elements", limits_.elements));
  if (!open_.empty()) open_.back().has_content = true;
  seen_root_ = true;
  for (;;) {
    const size_t before = at_;
    skipSpace();
    if (at_ >= text_.size()) return stop(start, fmt::format("the tag <{}> is not closed", token.name), "Add a `>`.");
    const char c = text_[at_];
    if (c == '>') {
      ++at_;
      open_.push_back({token.name, start, false});
      break;
    }
    if (c == '/' && at_ + 1 < text_.size() && text_[at_ + 1] == '>') {
      at_ += 2;
      token.self_closing = true;
      break;
    }
    if (at_ == before)
      return stop(at_, fmt::format("unexpected `{}` in the tag <{}>", c, token.name),
                  "Attributes are separated by white space.");
    if (!attribute(token)) return false;
  }
  token.end = at_;
  return true;
}

bool Scanner::attribute(Token& token) {
  ScannedAttribute attribute;
  attribute.offset = at_;
  attribute.name = name();
  if (attribute.name.empty())
    return stop(at_, fmt::format("expected an attribute's name in the tag <{}>", token.name),
                "If this belongs to the value before, the value ended early: a quote in a literal is written &quot;.");
  if (token.attributes.size() == limits_.attributes)
    return stop(attribute.offset, fmt::format("more than {} attributes", limits_.attributes));
  const auto same = [&](const ScannedAttribute& other) { return other.name == attribute.name; };
  if (std::any_of(token.attributes.begin(), token.attributes.end(), same))
    return stop(attribute.offset, fmt::format("the attribute `{}` is given twice", attribute.name), "Remove one.");
  skipSpace();
  if (at_ >= text_.size() || text_[at_] != '=')
    return stop(at_, fmt::format("expected `=` after the attribute's name `{}`", attribute.name));
  ++at_;
  skipSpace();
  if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\''))
    return stop(at_, fmt::format("the value of `{}` must be in quotes", attribute.name));
  const char quote = text_[at_++];
  if (!attributeValue(attribute.value, quote)) return false;
  token.attributes.push_back(attribute);
  return true;
}

bool Scanner::attributeValue(ScannedText& value, char quote) {
  size_t begin = at_;
  while (begin < text_.size() && isXmlSpace(text_[begin])) ++begin;
  if (beginsExpression(text_, begin)) {
    if (!expressionText(value, begin, quote)) return false;
    skipSpace();
    ++at_;
    return true;
  }
  const size_t end = text_.find(quote, at_);
  if (end == std::string_view::npos)
    return stop(at_ - 1, "the attribute value that begins here is not closed", fmt::format("Add a `{}`.", quote));
  value = {TextKind::Literal, Entities::Verbatim, text_.substr(at_, end - at_), at_};
  const size_t angle = value.raw.find('<');
  if (angle != std::string_view::npos)
    return stop(at_ + angle, "a `<` in an attribute value that is no expression",
                "Write &lt; here. If the value before should have ended, its closing quote is missing.");
  at_ = end + 1;
  return checkEntities(value);
}

bool Scanner::expressionText(ScannedText& text, size_t begin, char terminator) {
  const auto span = findExpressionEnd(text_, begin, terminator);
  if (!span.closed) {
    const bool trailing = span.error_at == span.end && span.end > 0;
    return stop(
        span.error_at, span.error,
        trailing ? "A value is one expression or one literal; build the whole text inside, as in @($\"a{b}\")." : "");
  }
  text = {TextKind::Expression, span.entities, text_.substr(begin, span.end - begin), begin};
  at_ = span.end;
  return true;
}

bool Scanner::checkEntities(ScannedText& text) {
  for (size_t at = text.raw.find('&'); at != std::string_view::npos; at = text.raw.find('&', at + 1)) {
    if (entityLength(text.raw, at) == 0)
      return stop(text.offset + at, "a `&` that begins no entity", "Write &amp; here.");
    text.entities = Entities::Decode;
  }
  return true;
}

bool Scanner::characters(Token& token) {
  const size_t start = at_;
  size_t begin = at_;
  while (begin < text_.size() && isXmlSpace(text_[begin])) ++begin;
  token.kind = Token::Kind::Text;
  token.offset = start;
  if (open_.empty()) {
    if (begin < text_.size() && text_[begin] != '<') return stop(begin, "text outside the root element", "Remove it.");
    at_ = begin;
    token.text = {TextKind::Literal, Entities::Verbatim, text_.substr(start, begin - start), start};
    token.end = at_;
    return true;
  }
  if (!open_.back().has_content && beginsExpression(text_, begin)) {
    if (!expressionText(token.text, begin, '<')) return false;
    skipSpace();
    open_.back().has_content = true;
    token.end = at_;
    return true;
  }
  const size_t end = std::min(text_.find('<', begin), text_.size());
  token.text = {TextKind::Literal, Entities::Verbatim, text_.substr(start, end - start), start};
  if (begin < end) open_.back().has_content = true;
  at_ = end;
  token.end = end;
  return checkEntities(token.text);
}

bool Scanner::endTag(Token& token) {
  const size_t start = at_;
  at_ += 2;
  token.kind = Token::Kind::EndTag;
  token.offset = start;
  token.name = name();
  skipSpace();
  if (token.name.empty() || at_ >= text_.size() || text_[at_] != '>') return stop(start, "this closing tag is broken");
  ++at_;
  if (open_.empty()) return stop(start, fmt::format("</{}> closes nothing", token.name), "Remove it.");
  const Open& open = open_.back();
  if (open.name != token.name)
    return stop(start, fmt::format("</{}> where </{}> was expected", token.name, open.name),
                fmt::format("<{}> was opened in line {}.", open.name, lineOf(open.offset)));
  open_.pop_back();
  token.end = at_;
  return true;
}

}  // namespace sluice::policy
