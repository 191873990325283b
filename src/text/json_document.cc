#include "text/json_document.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_set>

#include "base/encoding.h"

namespace sluice::text {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

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

// Recursive descent over the text; stops at the first mistake, since what follows one is guesswork.
class Parser {
 public:
  Parser(std::string_view text, const Bounds& bounds) : text_(text), bounds_(bounds) {
    if (text_.starts_with(kByteOrderMark)) at_ = line_start_ = kByteOrderMark.size();
  }

  bool parse(Node& root) {
    skipSpace();
    if (!value(root, 0)) return false;
    skipSpace();
    return at_ == text_.size() || failed("unexpected text after the end of the JSON value");
  }

  const std::string& message() const { return message_; }
  Position failedAt() const { return failed_at_; }

 private:
  Position here() const { return {line_, static_cast<uint32_t>(at_ - line_start_ + 1)}; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool failed(std::string message) { return failed(std::move(message), here()); }
  bool failed(std::string message, Position at) {
    message_ = std::move(message);
    failed_at_ = at;
    return false;
  }

  void skipSpace() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  bool value(Node& node, size_t depth) {
    if (depth > bounds_.depth) return failed(fmt::format("nested more than {} levels deep", bounds_.depth));
    if (++nodes_ > bounds_.nodes) return failed(fmt::format("more than {} values", bounds_.nodes));
    node.position = here();
    switch (peek()) {
      case '{':
        return mapping(node, depth);
      case '[':
        return sequence(node, depth);
      case '"':
        node.kind = Node::Kind::String;
        return string(node.scalar);
      case 't':
        return word(node, "true", Node::Kind::Bool);
      case 'f':
        return word(node, "false", Node::Kind::Bool);
      case 'n':
        return word(node, "null", Node::Kind::Null);
      default:
        return number(node);
    }
  }

  bool word(Node& node, std::string_view expected, Node::Kind kind) {
    if (!text_.substr(at_).starts_with(expected)) return failed("expected a JSON value");
    at_ += expected.size();
    node.kind = kind;
    node.scalar = expected;
    return true;
  }

  size_t digits() {
    const size_t start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ - start;
  }

  bool number(Node& node) {
    const size_t start = at_;
    if (peek() == '-') ++at_;
    const bool leading_zero = peek() == '0';
    const size_t whole = digits();
    bool good = whole > 0 && !(leading_zero && whole > 1);
    if (good && peek() == '.') {
      ++at_;
      good = digits() > 0;
    }
    if (good && (peek() == 'e' || peek() == 'E')) {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      good = digits() > 0;
    }
    if (!good) return failed(at_ == start ? "expected a JSON value" : "not a JSON number", node.position);
    node.kind = Node::Kind::Number;
    node.scalar = text_.substr(start, at_ - start);
    return true;
  }

  bool hex4(uint32_t& code) {
    code = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const char c = peek();
      const char lower = static_cast<char>(c | 0x20);
      if (c >= '0' && c <= '9') {
        code = code * 16 + static_cast<uint32_t>(c - '0');
      } else if (lower >= 'a' && lower <= 'f') {
        code = code * 16 + static_cast<uint32_t>(lower - 'a' + 10);
      } else {
        return failed("expected four hexadecimal digits after \\u");
      }
    }
    return true;
  }

  bool escape(std::string& out) {
    const char c = peek();
    static constexpr std::string_view kFrom = "\"\\/bfnrt";
    static constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const size_t index = kFrom.find(c); c != '\0' && index != std::string_view::npos) {
      ++at_;
      out += kTo[index];
      return true;
    }
    if (c != 'u') return failed("unknown escape in a string");
    ++at_;
    uint32_t code = 0;
    if (!hex4(code)) return false;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_).starts_with("\\u")) {
      at_ += 2;
      uint32_t low = 0;
      if (!hex4(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return failed("half a surrogate pair in a string");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xD800 && code <= 0xDFFF) {
      return failed("half a surrogate pair in a string");
    }
    appendUtf8(out, code);
    return true;
  }

  bool string(std::string& out) {
    const Position start = here();
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return failed("a control character inside a string");
      ++at_;
      if (c != '\\') {
        out += c;
      } else if (!escape(out)) {
        return false;
      }
    }
    return failed("this string is never closed", start);
  }

  bool sequence(Node& node, size_t depth) {
    node.kind = Node::Kind::Sequence;
    ++at_;
    skipSpace();
    if (peek() == ']') return ++at_, true;
    while (true) {
      skipSpace();
      node.items.emplace_back();
      if (!value(node.items.back(), depth + 1)) return false;
      skipSpace();
      if (peek() == ']') return ++at_, true;
      if (peek() != ',') return failed("expected `,` or `]` in a list");
      ++at_;
    }
  }

  bool mapping(Node& node, size_t depth) {
    node.kind = Node::Kind::Mapping;
    ++at_;
    skipSpace();
    if (peek() == '}') return ++at_, true;
    std::unordered_set<std::string> seen;
    while (true) {
      skipSpace();
      Member member;
      member.position = here();
      if (peek() != '"') return failed("expected a key in double quotes");
      if (!string(member.key)) return false;
      if (!seen.insert(member.key).second)
        return failed(fmt::format("the key `{}` stands here twice", member.key), member.position);
      skipSpace();
      if (peek() != ':') return failed("expected `:` after a key");
      ++at_;
      skipSpace();
      if (!value(member.value, depth + 1)) return false;
      node.members.push_back(std::move(member));
      skipSpace();
      if (peek() == '}') return ++at_, true;
      if (peek() != ',') return failed("expected `,` or `}` in a mapping");
      ++at_;
    }
  }

  std::string_view text_;
  const Bounds bounds_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
  size_t nodes_ = 0;
  std::string message_;
  Position failed_at_;
};

}  // namespace

std::optional<Document> parseJson(std::string file, std::string text, Diagnostics& diagnostics, const Bounds& bounds) {
  if (text.size() > bounds.bytes) {
    diagnostics.error({file, 0, 0}, fmt::format("{} bytes are too many for a document", text.size()),
                      fmt::format("At most {} bytes are read.", bounds.bytes));
    return std::nullopt;
  }
  if (!isValidUtf8(text)) {
    diagnostics.error({file, 0, 0}, "the file is not UTF-8", "Save it as UTF-8.");
    return std::nullopt;
  }
  Node root;
  Parser parser(text, bounds);
  if (parser.parse(root)) return Document(std::move(file), std::move(text), std::move(root));
  const Document document(std::move(file), std::move(text), Node{});
  diagnostics.add(document.diagnostic(Severity::Error, parser.failedAt(), parser.message()));
  return std::nullopt;
}

}  // namespace sluice::text
