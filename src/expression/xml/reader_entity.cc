// References, attribute values and the document type with its internal subset.
#include "expression/xml/reader.h"

namespace sluice::expression::xml {
namespace {

constexpr size_t kMaxEntityDepth = 16;
constexpr size_t kMaxExpanded = 1'000'000;  // characters that entities put in, of a document

bool isSpace(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

void appendUtf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

char predefined(std::string_view name) {
  return name == "lt"     ? '<'
         : name == "gt"   ? '>'
         : name == "amp"  ? '&'
         : name == "quot" ? '"'
         : name == "apos" ? '\''
                          : '\0';
}

}  // namespace

// Behind "&#".
bool Reader::characterReference(std::string& out) {
  const bool hex = take("x");
  uint32_t code = 0;
  bool any = false;
  for (;; ++at_, any = true) {
    const char c = peek();
    const char lower = static_cast<char>(c | 32);
    const int digit = c >= '0' && c <= '9' ? c - '0' : hex && lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    if (digit < 0) break;
    code = code * (hex ? 16 : 10) + static_cast<uint32_t>(digit);
    if (code > 0x10FFFF) return fail("Invalid character reference.");
  }
  const bool good = code == 9 || code == 10 || code == 13 || (code >= 0x20 && code < 0xD800) ||
                    (code >= 0xE000 && code < 0xFFFE) || code >= 0x10000;
  if (!any || !take(";") || !good) return fail("Invalid syntax for a character reference.");
  appendUtf8(out, code);
  return true;
}

// At '&' in content: a character goes to `out`, an entity becomes what is read next.
bool Reader::reference(std::string& out, bool) {
  ++at_;
  if (take("#")) return characterReference(out);
  std::string_view called;
  if (!name(called)) return false;
  if (!take(";")) return fail("';' is expected behind an entity's name.");
  if (const char c = predefined(called); c != '\0') return out += c, true;
  const auto entity = entities_.find(called);
  if (entity == entities_.end()) return fail("Reference to undeclared entity '" + std::string(called) + "'.");
  if (!entity->second) return fail("An external entity is not read.");
  for (const Source& source : sources_)
    if (source.entity == called) return fail("Entity '" + std::string(called) + "' references itself.");
  expanded_ += entity->second->size();
  if (sources_.size() >= kMaxEntityDepth || expanded_ > kMaxExpanded)
    return fail("The input document has exceeded a limit set by MaxCharactersFromEntities.");
  sources_.push_back({text_, at_, depth_, entity->first});
  text_ = eval_.arena.copy(*entity->second);
  at_ = 0;
  return eval_.reserve(text_.size());
}

bool Reader::quoted(std::string_view& out) {
  const char quote = peek();
  if (quote != '"' && quote != '\'') return atEnd() ? unexpectedEnd() : fail("A quote is expected.");
  const size_t end = text_.find(quote, at_ + 1);
  if (end == std::string_view::npos) return at_ = text_.size(), unexpectedEnd();
  out = text_.substr(at_ + 1, end - at_ - 1);
  at_ = end + 1;
  return true;
}

bool Reader::expandInAttribute(std::string_view called, std::string& out, int depth) {
  const auto entity = entities_.find(called);
  if (entity == entities_.end()) return fail("Reference to undeclared entity '" + std::string(called) + "'.");
  if (!entity->second) return fail("An external entity is not read.");
  expanded_ += entity->second->size();
  if (depth > static_cast<int>(kMaxEntityDepth) || expanded_ > kMaxExpanded)
    return fail("The input document has exceeded a limit set by MaxCharactersFromEntities.");
  const Source outer{text_, at_, depth_, {}};
  const std::string held = *entity->second;
  text_ = held;
  at_ = 0;
  bool good = true;
  while (good && !atEnd()) {
    const char c = text_[at_++];
    if (c == '<') {
      good = fail("'<' is not allowed in an attribute's value.");
    } else if (c != '&') {
      out += isSpace(c) ? ' ' : c;
    } else if (take("#")) {
      good = characterReference(out);
    } else {
      std::string_view inner;
      good = name(inner) && (take(";") || fail("';' is expected behind an entity's name."));
      if (!good) break;
      if (const char known = predefined(inner); known != '\0') {
        out += known;
      } else {
        good = expandInAttribute(inner, out, depth + 1);
      }
    }
  }
  text_ = outer.text;
  at_ = outer.at;
  return good;
}

// White space becomes spaces; references are resolved.
bool Reader::attributeValue(Value& out) {
  const char quote = peek();
  if (quote != '"' && quote != '\'')
    return atEnd() ? unexpectedEnd() : fail("A quote is expected before an attribute's value.");
  const size_t from = ++at_;
  while (!atEnd() && peek() != quote && peek() != '&' && peek() != '<' && !(isSpace(peek()) && peek() != ' ')) ++at_;
  if (peek() == quote && !atEnd()) {
    out = string(text_.substr(from, at_++ - from));
    return eval_.step((at_ - from) / 32);
  }
  std::string value(text_.substr(from, at_ - from));
  while (!atEnd() && peek() != quote) {
    const char c = text_[at_++];
    if (c == '<') return fail("'<' is not allowed in an attribute's value.");
    if (c == '\r' && peek() == '\n') ++at_;
    if (c != '&') {
      value += isSpace(c) ? ' ' : c;
    } else if (take("#")) {
      if (!characterReference(value)) return false;
    } else {
      std::string_view called;
      if (!name(called)) return false;
      if (!take(";")) return fail("';' is expected behind an entity's name.");
      if (const char known = predefined(called); known != '\0') {
        value += known;
      } else if (!expandInAttribute(called, value, 1)) {
        return false;
      }
    }
  }
  if (atEnd()) return unexpectedEnd();
  ++at_;
  if (!eval_.reserve(value.size())) return false;
  out = fromStd(eval_.arena, value);
  return true;
}

bool Reader::documentType() {
  if (depth_ > 0 || !sources_.empty()) return fail("A DOCTYPE is not allowed here.");
  for (const Node* n = document_->first; n != nullptr; n = n->next)
    if (n->nodeType() == NodeType::Element || n->nodeType() == NodeType::DocumentType)
      return fail("A DOCTYPE is not allowed here.");
  at_ += 9;
  if (!skipSpace()) return fail("White space is expected.");
  std::string_view called;
  if (!name(called)) return false;
  auto* type = newObject<DocumentType>(eval_, types().document_type, ObjectKind::XObject);
  type->detail = static_cast<uint8_t>(NodeType::DocumentType);
  type->name = string(called);
  type->subset = Value::ascii({});
  skipSpace();
  std::string_view id;
  const bool is_public = take("PUBLIC");
  if (is_public) {
    skipSpace();
    if (!quoted(id)) return false;
    type->public_id = string(id);
  }
  if (is_public || take("SYSTEM")) {
    skipSpace();
    if (!quoted(id)) return false;
    type->system_id = string(id);
  }
  skipSpace();
  if (take("[")) {
    const size_t from = at_;
    if (!subset()) return false;
    type->subset = string(text_.substr(from, at_ - 1 - from));
    skipSpace();
  }
  if (!take(">")) return atEnd() ? unexpectedEnd() : fail("A DOCTYPE is malformed.");
  appendNode(document_, type);
  return true;
}

// Up to the closing bracket. Entities are kept; other declarations are of no effect here.
bool Reader::subset() {
  for (;;) {
    skipSpace();
    if (!eval_.step()) return false;
    if (atEnd()) return unexpectedEnd();
    if (take("]")) return true;
    if (looking("<!ENTITY")) {
      if (!entityDeclaration()) return false;
    } else if (take("<!--")) {
      const size_t end = text_.find("-->", at_);
      if (end == std::string_view::npos) return unexpectedEnd();
      at_ = end + 3;
    } else if (take("<?")) {
      const size_t end = text_.find("?>", at_);
      if (end == std::string_view::npos) return unexpectedEnd();
      at_ = end + 2;
    } else if (looking("<!ELEMENT") || looking("<!ATTLIST") || looking("<!NOTATION")) {
      if (!skipDeclaration()) return false;
    } else if (take("%")) {
      std::string_view called;
      if (!name(called)) return false;
      return fail("Parameter entities are not supported.");
    } else {
      return fail("A DOCTYPE is malformed.");
    }
  }
}

bool Reader::skipDeclaration() {
  while (!atEnd() && peek() != '>') {
    std::string_view ignored;
    if (peek() == '"' || peek() == '\'') {
      if (!quoted(ignored)) return false;
    } else {
      ++at_;
    }
  }
  return take(">") || unexpectedEnd();
}

bool Reader::entityDeclaration() {
  at_ += 8;
  if (!skipSpace()) return fail("White space is expected.");
  const bool parameter = take("%");
  if (parameter) skipSpace();
  std::string_view called;
  if (!name(called)) return false;
  skipSpace();
  std::optional<std::string> value;
  if (peek() == '"' || peek() == '\'') {
    std::string_view raw;
    if (!quoted(raw)) return false;
    // Character references count when the entity is declared, others when it is used.
    std::string text;
    const Source outer{text_, at_, depth_, {}};
    text_ = raw;
    at_ = 0;
    bool good = true;
    while (good && !atEnd()) {
      if (take("&#")) {
        good = characterReference(text);
      } else if (peek() == '%') {
        good = fail("Parameter entities are not supported.");
      } else {
        text += text_[at_++];
      }
    }
    text_ = outer.text;
    at_ = outer.at;
    if (!good) return false;
    value = std::move(text);
    skipSpace();
    if (!take(">")) return fail("An entity's declaration is malformed.");
  } else if (!skipDeclaration()) {
    return false;
  }
  if (!parameter) entities_.try_emplace(std::string(called), std::move(value));
  return true;
}

}  // namespace sluice::expression::xml
