#include "expression/xml/reader.h"

#include <algorithm>

namespace sluice::expression::xml {
namespace {

bool isSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool isBlank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), isSpace);
}

// \r\n and \r become \n.
std::string withPlainLines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r') {
      out += text[i];
    } else {
      out += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    }
  }
  return out;
}

}  // namespace

bool Reader::fail(std::string_view what) {
  const std::string_view before = whole_.substr(0, std::min(sources_.empty() ? at_ : sources_[0].at, whole_.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t start = before.rfind('\n');
  const size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  eval_.raise("System.Xml.XmlException",
              std::string(what) + " Line " + std::to_string(line) + ", position " + std::to_string(column) + ".");
  return false;
}

bool Reader::skipSpace() {
  const size_t from = at_;
  while (!atEnd() && isSpace(text_[at_])) ++at_;
  return at_ > from;
}

Value Reader::lines(std::string_view text) {
  if (text.find('\r') == std::string_view::npos) return string(text);
  return fromStd(eval_.arena, withPlainLines(text));
}

bool Reader::checkCharacters(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    const bool control = c < 0x20 && !isSpace(text[i]);
    // U+FFFE and U+FFFF
    const bool none =
        c == 0xEF && i + 2 < text.size() && text[i + 1] == '\xBF' && static_cast<uint8_t>(text[i + 2]) >= 0xBE;
    if (control || none) return fail("An invalid character was found.");
  }
  return eval_.step(text.size() / 16);
}

bool Reader::name(std::string_view& out) {
  const size_t from = at_;
  while (!atEnd()) {
    const char c = text_[at_];
    const bool part = (static_cast<uint8_t>(c) & 0x80) != 0 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':';
    if (!part) break;
    ++at_;
  }
  out = text_.substr(from, at_ - from);
  if (out.empty()) return atEnd() ? unexpectedEnd() : fail("Name cannot begin with this character.");
  return true;
}

bool Reader::qualifiedName(std::string_view& prefix, std::string_view& local) {
  std::string_view all;
  if (!name(all)) return false;
  const size_t colon = all.find(':');
  prefix = colon == std::string_view::npos ? std::string_view{} : all.substr(0, colon);
  local = colon == std::string_view::npos ? all : all.substr(colon + 1);
  if (!isNameText(local) || (colon != std::string_view::npos && !isNameText(prefix)))
    return fail("'" + std::string(all) + "' is not a valid name.");
  return true;
}

const Reader::Binding* Reader::bindingOf(std::string_view prefix) const {
  eval_.step(bindings_.size() / 8);
  for (size_t i = bindings_.size(); i-- > 0;)
    if (bindings_[i].prefix == prefix) return &bindings_[i];
  return nullptr;
}

Document* Reader::run() {
  document_ = newDocument(eval_);
  current_ = document_;
  bindings_.push_back({"xml", Value::ascii(kXmlSpace), 0});
  bindings_.push_back({"xmlns", Value::ascii(kXmlnsSpace), 0});
  bindings_.push_back({"", Value::ascii({}), 0});
  if (!checkCharacters(text_) || !prolog() || !content()) return nullptr;
  bool root = false;
  for (const Node* n = document_->first; n != nullptr; n = n->next) root = root || n->nodeType() == NodeType::Element;
  if (!root) {
    fail("Root element is missing.");
    return nullptr;
  }
  return eval_.failed() ? nullptr : document_;
}

bool Reader::prolog() {
  if (looking("<?xml") && (isSpace(peek(5)) || peek(5) == '?')) return xmlDeclaration();
  return true;
}

bool Reader::pseudoAttribute(std::string_view wanted, Value& out) {
  const size_t from = at_;
  const bool spaced = skipSpace();
  if (!spaced || !take(wanted)) {
    at_ = from;
    return true;
  }
  skipSpace();
  std::string_view value;
  if (!take("=")) return fail("The XML declaration is malformed.");
  skipSpace();
  if (!quoted(value)) return false;
  out = string(value);
  return true;
}

bool Reader::xmlDeclaration() {
  at_ += 5;
  auto* declaration = newObject<Declaration>(eval_, types().declaration);
  if (!pseudoAttribute("version", declaration->version) || !pseudoAttribute("encoding", declaration->encoding) ||
      !pseudoAttribute("standalone", declaration->standalone))
    return false;
  skipSpace();
  const std::string_view version = toUtf8(eval_.arena, declaration->version);
  const std::string_view alone = toUtf8(eval_.arena, declaration->standalone);
  const bool good = version.starts_with("1.") && (alone.empty() || alone == "yes" || alone == "no");
  if (!good || !take("?>")) return fail("Syntax for an XML declaration is invalid.");
  document_->declaration = declaration;
  return true;
}

// Everything behind the declaration, in a loop over what is open.
bool Reader::content() {
  for (;;) {
    if (!eval_.step()) return false;
    if (atEnd()) {
      if (sources_.empty()) break;
      const Source outer = sources_.back();
      if (outer.depth != depth_) return fail("An entity does not hold whole elements.");
      sources_.pop_back();
      text_ = outer.text;
      at_ = outer.at;
      continue;
    }
    if (peek() == '<') {
      if (!markup()) return false;
    } else if (!characters()) {
      return false;
    }
  }
  if (depth_ > 0)
    return fail("Unexpected end of file has occurred. The following elements are not closed: " +
                std::string(open_.back()) + ".");
  return flushText();
}

bool Reader::markup() {
  if (!looking("<![CDATA[") && !flushText()) return false;
  if (looking("</")) return endTag();
  if (looking("<!--")) return comment();
  if (looking("<![CDATA[")) return flushText() && cdata();
  if (looking("<!DOCTYPE")) return documentType();
  if (looking("<?")) return instruction();
  if (looking("<!")) return fail("Expecting a comment, CDATA or DOCTYPE.");
  return startTag();
}

bool Reader::characters() {
  const size_t from = at_;
  while (!atEnd() && peek() != '<' && peek() != '&') ++at_;
  const std::string_view run = text_.substr(from, at_ - from);
  if (depth_ == 0 && !isBlank(run)) return at_ = from, fail("Data at the root level is invalid.");
  if (run.find("]]>") != std::string_view::npos) return fail("']]>' is not allowed in character data.");
  if (depth_ == 0) {
    if (atEnd() || peek() == '<') {
      if (space_ == Space::Preserve && document_->first != nullptr && !run.empty())
        appendNode(document_, newText(eval_, NodeType::Text, lines(run)));
      return true;
    }
    return fail("Data at the root level is invalid.");
  }
  // The usual case: text without references up to the next tag.
  if (!has_pending_ && peek() == '<' && sources_.empty()) {
    if (run.empty()) return true;
    if (space_ == Space::Preserve || keeps_space_.back() || !isBlank(run))
      appendNode(current_, newText(eval_, NodeType::Text, lines(run)));
    return eval_.step(run.size() / 32);
  }
  pending_ += withPlainLines(run);
  has_pending_ = true;
  if (peek() == '&') return reference(pending_, false);
  return eval_.step(run.size() / 32);
}

bool Reader::flushText() {
  if (!has_pending_) return true;
  has_pending_ = false;
  const std::string text = std::exchange(pending_, {});
  if (text.empty() || depth_ == 0) return true;
  const bool keep = space_ == Space::Preserve || keeps_space_.back() || !isBlank(text);
  if (keep) {
    if (!eval_.reserve(text.size())) return false;
    appendNode(current_, newText(eval_, NodeType::Text, fromStd(eval_.arena, text)));
  }
  return true;
}

bool Reader::comment() {
  at_ += 4;
  const size_t end = text_.find("--", at_);
  if (end == std::string_view::npos) return at_ = text_.size(), unexpectedEnd();
  const std::string_view text = text_.substr(at_, end - at_);
  at_ = end + 2;
  if (!take(">")) return fail("An XML comment cannot contain '--'.");
  appendNode(current_, newText(eval_, NodeType::Comment, lines(text)));
  return true;
}

bool Reader::cdata() {
  if (depth_ == 0) return fail("Data at the root level is invalid.");
  at_ += 9;
  const size_t end = text_.find("]]>", at_);
  if (end == std::string_view::npos) return at_ = text_.size(), unexpectedEnd();
  const std::string_view text = text_.substr(at_, end - at_);
  at_ = end + 3;
  appendNode(current_, newText(eval_, NodeType::CData, lines(text)));
  return true;
}

bool Reader::instruction() {
  at_ += 2;
  std::string_view target;
  if (!name(target)) return false;
  if (!isNameText(target)) return fail("Invalid name of a processing instruction.");
  if (target.size() == 3 && (target[0] | 32) == 'x' && (target[1] | 32) == 'm' && (target[2] | 32) == 'l')
    return fail("Unexpected XML declaration. The XML declaration must be the first node in the document.");
  if (!skipSpace() && !looking("?>")) return fail("A processing instruction is malformed.");
  const size_t end = text_.find("?>", at_);
  if (end == std::string_view::npos) return at_ = text_.size(), unexpectedEnd();
  auto* node = newObject<Instruction>(eval_, types().instruction, ObjectKind::XObject);
  node->detail = static_cast<uint8_t>(NodeType::Instruction);
  node->target = string(target);
  node->data = lines(text_.substr(at_, end - at_));
  at_ = end + 2;
  appendNode(current_, node);
  return true;
}

bool Reader::attributes(std::vector<RawAttribute>& out) {
  for (;;) {
    const bool spaced = skipSpace();
    if (atEnd()) return unexpectedEnd();
    if (peek() == '>' || peek() == '/') return true;
    if (!spaced) return fail("White space is expected between attributes.");
    RawAttribute one;
    if (!eval_.step() || !qualifiedName(one.prefix, one.local)) return false;
    skipSpace();
    if (!take("=")) return atEnd() ? unexpectedEnd() : fail("'=' is expected behind an attribute's name.");
    skipSpace();
    if (!attributeValue(one.value)) return false;
    out.push_back(one);
  }
}

bool Reader::declareNamespaces(const std::vector<RawAttribute>& raw) {
  for (const RawAttribute& a : raw) {
    const bool prefixed = a.prefix == "xmlns";
    if (!prefixed && !(a.prefix.empty() && a.local == "xmlns")) continue;
    const std::string_view uri = toUtf8(eval_.arena, a.value);
    if (prefixed && uri.empty()) return fail("A prefix cannot be declared for the empty namespace.");
    const bool xml = uri == kXmlSpace;
    if (uri == kXmlnsSpace || (prefixed && a.local == "xmlns") || xml != (prefixed && a.local == "xml"))
      return fail("Prefixes beginning with \"xml\" are reserved.");
    bindings_.push_back({prefixed ? a.local : std::string_view{}, a.value, depth_});
  }
  return true;
}

bool Reader::addAttributes(Element* element, const std::vector<RawAttribute>& raw) {
  for (const RawAttribute& a : raw) {
    Name name{Value::ascii({}), string(a.local)};
    if (!a.prefix.empty()) {
      const Binding* binding = bindingOf(a.prefix);
      if (binding == nullptr) return fail("'" + std::string(a.prefix) + "' is an undeclared prefix.");
      name.space = binding->uri;
    }
    if (findAttribute(eval_, element, name) != nullptr)
      return fail("'" + std::string(a.local) + "' is a duplicate attribute name.");
    appendAttribute(element, newAttribute(eval_, name, a.value));
  }
  return !eval_.failed();
}

bool Reader::startTag() {
  if (depth_ == 0 && sources_.empty())
    for (const Node* n = document_->first; n != nullptr; n = n->next)
      if (n->nodeType() == NodeType::Element) return fail("There are multiple root elements.");
  const size_t from = ++at_;
  std::string_view prefix, local;
  if (!qualifiedName(prefix, local)) return false;
  const std::string_view whole = text_.substr(from, at_ - from);
  std::vector<RawAttribute> raw;
  if (!attributes(raw)) return false;
  ++depth_;
  if (!declareNamespaces(raw)) return false;
  const Binding* binding = bindingOf(prefix);
  if (binding == nullptr) return fail("'" + std::string(prefix) + "' is an undeclared prefix.");
  Element* element = newElement(eval_, {binding->uri, string(local)});
  if (!addAttributes(element, raw)) return false;
  bool keeps = !keeps_space_.empty() && keeps_space_.back();
  for (const RawAttribute& a : raw)
    if (a.prefix == "xml" && a.local == "space") keeps = toUtf8(eval_.arena, a.value) == "preserve";
  appendNode(current_, element);
  const bool empty = take("/");
  if (!take(">")) return fail("'>' is expected.");
  if (empty) {
    while (bindings_.back().depth == depth_) bindings_.pop_back();
    --depth_;
    return true;
  }
  element->has_end_tag = true;
  current_ = element;
  open_.push_back(whole);
  keeps_space_.push_back(keeps);
  return true;
}

bool Reader::endTag() {
  at_ += 2;
  std::string_view whole;
  if (!name(whole)) return false;
  skipSpace();
  if (!take(">")) return atEnd() ? unexpectedEnd() : fail("'>' is expected.");
  if (depth_ == 0) return fail("Unexpected end tag.");
  if (open_.back() != whole)
    return fail("The '" + std::string(open_.back()) + "' start tag does not match the end tag of '" +
                std::string(whole) + "'.");
  if (!sources_.empty() && sources_.back().depth == depth_) return fail("An entity does not hold whole elements.");
  open_.pop_back();
  keeps_space_.pop_back();
  while (bindings_.back().depth == depth_) bindings_.pop_back();
  --depth_;
  current_ = current_->parent;
  return true;
}

Document* parseDocument(Eval& eval, std::string_view text, Space space) {
  return Reader(eval, text, space).run();
}

Element* parseElement(Eval& eval, std::string_view text, Space space) {
  Document* document = parseDocument(eval, text, space);
  if (document == nullptr) return nullptr;
  for (Node* node = document->first; node != nullptr; node = node->next)
    if (Element* element = asElement(node)) {
      unlink(element);
      return element;
    }
  return nullptr;
}

}  // namespace sluice::expression::xml
