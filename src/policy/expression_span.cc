#include "policy/expression_span.h"

#include <array>
#include <charconv>
#include <optional>

namespace sluice::policy {
namespace {

constexpr size_t kMaxNesting = 256;
constexpr char kOther = '\x01';  // stands for a decoded character that means nothing to C#'s brackets and quotes

struct Entity {
  size_t length = 0;
  uint32_t code = 0;
};

std::optional<uint32_t> numericReference(std::string_view digits) {
  int base = 10;
  if (!digits.empty() && (digits[0] == 'x' || digits[0] == 'X')) {
    base = 16;
    digits.remove_prefix(1);
  }
  uint32_t code = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
  const bool surrogate = code >= 0xD800 && code < 0xE000;
  const bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
  if (surrogate || control || code > 0x10FFFF) return std::nullopt;  // XML 1.0, Char
  return code;
}

Entity entityAt(std::string_view text, size_t at) {
  constexpr size_t kLongest = 12;
  const size_t end = text.substr(at, kLongest).find(';');
  if (end == std::string_view::npos || end < 2) return {};
  const std::string_view name = text.substr(at + 1, end - 1);
  if (name[0] == '#') {
    const auto code = numericReference(name.substr(1));
    return code ? Entity{end + 1, *code} : Entity{};
  }
  static constexpr std::pair<std::string_view, char> kNamed[] = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  for (const auto& [known, character] : kNamed)
    if (name == known) return {end + 1, static_cast<uint32_t>(character)};
  return {};
}

void appendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// What encloses the present position, innermost last.
struct Frame {
  enum Kind : uint8_t { Bracket, Hole, VerbatimHole } kind = Bracket;
  char closer = 0;
  size_t opened = 0;
};

class Lexer {
 public:
  Lexer(std::string_view text, size_t begin, Entities entities) : text_(text), at_(begin), entities_(entities) {}

  bool run(char terminator);
  bool entityInCode() const { return entity_in_code_; }
  size_t end() const { return end_; }
  size_t errorAt() const { return error_at_; }
  std::string& error() { return error_; }

 private:
  // The character at the position, decoded when entities are; '\0' at the end.
  char peek(size_t ahead = 0) const {
    size_t at = at_;
    for (; ahead > 0; --ahead) at += width(at);
    return at < text_.size() ? decodedAt(at) : '\0';
  }
  size_t width(size_t at) const {
    if (at >= text_.size()) return 0;
    if (entities_ == Entities::Verbatim || text_[at] != '&') return 1;
    const size_t length = entityAt(text_, at).length;
    return length == 0 ? 1 : length;
  }
  char decodedAt(size_t at) const {
    if (entities_ == Entities::Verbatim || text_[at] != '&') return text_[at];
    const Entity entity = entityAt(text_, at);
    if (entity.length == 0) return '&';
    return entity.code < 0x80 ? static_cast<char>(entity.code) : kOther;
  }
  void advance(size_t count = 1) {
    for (; count > 0; --count) at_ += width(at_);
  }
  bool atEnd() const { return at_ >= text_.size(); }

  bool stop(size_t at, std::string error) {
    error_at_ = at;
    error_ = std::move(error);
    return false;
  }
  bool push(Frame::Kind kind, char closer) {
    if (depth_ == kMaxNesting) return stop(at_, "the expression's brackets are nested too deep");
    frames_[depth_++] = {kind, closer, at_};
    return true;
  }

  bool code();
  bool close(char character);
  bool string();
  bool verbatimString();
  bool interpolated(Frame::Kind hole);
  bool format();
  bool character();
  bool quoted(char character);
  void comment();

  std::string_view text_;
  size_t at_;
  Entities entities_;
  bool entity_in_code_ = false;
  size_t end_ = 0;
  std::array<Frame, kMaxNesting> frames_{};
  size_t depth_ = 0;
  size_t error_at_ = 0;
  std::string error_;
};

bool Lexer::string() {
  const size_t start = at_;
  advance();
  for (;;) {
    const char c = peek();
    if (atEnd() || c == '\n')
      return stop(start, "the string that begins here is not closed on its line, or a bracket before it is not closed");
    advance(c == '\\' ? 2 : 1);
    if (c == '"') return true;
  }
}

bool Lexer::verbatimString() {
  const size_t start = at_;
  advance();
  for (;;) {
    if (atEnd()) return stop(start, "the string that begins here is not closed");
    const char c = peek();
    advance();
    if (c != '"') continue;
    if (peek() != '"') return true;
    advance();
  }
}

// From inside an interpolated string: to its end, or into its next hole.
bool Lexer::interpolated(Frame::Kind hole) {
  const size_t start = at_;
  for (;;) {
    const char c = peek();
    if (atEnd() || (c == '\n' && hole == Frame::Hole)) return stop(start, "an interpolated string is not closed");
    if (c == '{' || c == '}') {
      if (peek(1) == c) {
        advance(2);
        continue;
      }
      if (c == '}') return stop(at_, "a `}` in an interpolated string must be doubled");
      if (!push(hole, '}')) return false;
      advance();
      return true;
    }
    if (c == '"') {
      advance();
      if (hole == Frame::Hole || peek() != '"') return true;
      advance();
      continue;
    }
    advance(c == '\\' && hole == Frame::Hole ? 2 : 1);
  }
}

// A hole's format, after its colon: anything up to the closing brace.
bool Lexer::format() {
  const size_t start = at_;
  while (!atEnd() && peek() != '}' && peek() != '\n') advance();
  if (peek() != '}') return stop(start, "the format that begins here has no closing `}`");
  return true;
}

bool Lexer::character() {
  constexpr int kLongest = 12;
  const size_t start = at_;
  advance();
  for (int i = 0; i < kLongest && !atEnd() && peek() != '\n'; ++i) {
    const char c = peek();
    if (c == '\'' && i == 0) break;
    advance(c == '\\' ? 2 : 1);
    if (c == '\'') return true;
  }
  return stop(start, "the character literal that begins here is not closed");
}

void Lexer::comment() {
  if (peek(1) == '/') {
    while (!atEnd() && peek() != '\n') advance();
    return;
  }
  advance(2);
  while (!atEnd() && !(peek() == '*' && peek(1) == '/')) advance();
  advance(2);
}

// Strings and characters, with their prefixes; the position is at the first of them.
bool Lexer::quoted(char c) {
  if (c == '"') return string();
  if (c == '\'') return character();
  const char next = peek(1);
  if (next == '"') {
    advance();
    if (c == '@') return verbatimString();
    advance();
    return interpolated(Frame::Hole);
  }
  const bool both = (c == '$' && next == '@') || (c == '@' && next == '$');
  if (both && peek(2) == '"') {
    advance(3);
    return interpolated(Frame::VerbatimHole);
  }
  advance();
  return true;
}

bool Lexer::close(char c) {
  const Frame frame = frames_[depth_ - 1];
  if (frame.closer != c) return stop(at_, std::string("found `") + c + "` where `" + frame.closer + "` was expected");
  --depth_;
  advance();
  if (frame.kind != Frame::Bracket) return interpolated(frame.kind);
  return true;
}

bool Lexer::code() {
  const char c = peek();
  switch (c) {
    case '(':
      return push(Frame::Bracket, ')') && (advance(), true);
    case '[':
      return push(Frame::Bracket, ']') && (advance(), true);
    case '{':
      return push(Frame::Bracket, '}') && (advance(), true);
    case ')':
    case ']':
    case '}':
      return close(c);
    case '"':
    case '\'':
    case '@':
    case '$':
      return quoted(c);
    case '/':
      if (peek(1) == '/' || peek(1) == '*') {
        comment();
      } else {
        advance();
      }
      return true;
    case ':':
      advance();
      // In a hole itself (not in brackets inside it) a colon begins the format; `::` does not occur in policies.
      return frames_[depth_ - 1].kind == Frame::Bracket || format();
    case '&':
      if (entities_ == Entities::Verbatim && entityAt(text_, at_).length > 0) entity_in_code_ = true;
      advance();
      return true;
    default:
      advance();
      return true;
  }
}

bool Lexer::run(char terminator) {
  const size_t start = at_;
  at_ += 1;  // the @
  if (!push(Frame::Bracket, peek() == '(' ? ')' : '}')) return false;
  advance();
  while (depth_ > 0) {
    if (atEnd()) {
      const Frame& open = frames_[depth_ - 1];
      return stop(depth_ == 1 ? start : open.opened,
                  std::string("nothing closes this: `") + open.closer + "` is missing");
    }
    if (!code()) return false;
  }
  end_ = at_;
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\r' || text_[at_] == '\n'))
    ++at_;
  const bool ended = terminator == '\0' ? at_ == text_.size() : at_ < text_.size() && text_[at_] == terminator;
  return ended || stop(end_, "there is more text after the expression's end");
}

}  // namespace

ExpressionSpan findExpressionEnd(std::string_view text, size_t begin, char terminator) {
  ExpressionSpan span;
  Lexer verbatim(text, begin, Entities::Verbatim);
  const bool closed = verbatim.run(terminator);
  if (!closed || verbatim.entityInCode()) {
    Lexer decoding(text, begin, Entities::Decode);
    if (decoding.run(terminator)) {
      span.closed = true;
      span.end = decoding.end();
      span.entities = Entities::Decode;
      return span;
    }
  }
  span.closed = closed;
  span.end = verbatim.end();
  span.error_at = verbatim.errorAt();
  span.error = std::move(verbatim.error());
  return span;
}

size_t entityLength(std::string_view text, size_t at) {
  return entityAt(text, at).length;
}

std::string decodeEntities(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const Entity entity = text[at] == '&' ? entityAt(text, at) : Entity{};
    if (entity.length == 0) {
      out += text[at++];
      continue;
    }
    appendUtf8(out, entity.code);
    at += entity.length;
  }
  return out;
}

size_t undecodedOffset(std::string_view text, size_t decoded_offset) {
  size_t decoded = 0;
  size_t at = 0;
  while (at < text.size() && decoded < decoded_offset) {
    const Entity entity = text[at] == '&' ? entityAt(text, at) : Entity{};
    std::string bytes;
    if (entity.length > 0) appendUtf8(bytes, entity.code);
    decoded += entity.length == 0 ? 1 : bytes.size();
    at += entity.length == 0 ? 1 : entity.length;
  }
  return at;
}

}  // namespace sluice::policy
