#include "expression/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "expression/chars.h"
#include "expression/decimal.h"

namespace sluice::expression {
namespace {

constexpr std::array<std::string_view, 77> kKeywords = {
    "abstract", "as",      "base",    "bool",       "break",    "byte",     "case",      "catch",     "char",
    "checked",  "class",   "const",   "continue",   "decimal",  "default",  "delegate",  "do",        "double",
    "else",     "enum",    "event",   "explicit",   "extern",   "false",    "finally",   "fixed",     "float",
    "for",      "foreach", "goto",    "if",         "implicit", "in",       "int",       "interface", "internal",
    "is",       "lock",    "long",    "namespace",  "new",      "null",     "object",    "operator",  "out",
    "override", "params",  "private", "protected",  "public",   "readonly", "ref",       "return",    "sbyte",
    "sealed",   "short",   "sizeof",  "stackalloc", "static",   "string",   "struct",    "switch",    "this",
    "throw",    "true",    "try",     "typeof",     "uint",     "ulong",    "unchecked", "unsafe",    "ushort",
    "using",    "virtual", "void",    "volatile",   "while"};

// Longest first. '>' never joins another '>': the parser puts shifts together, so that generics close.
constexpr std::array<std::string_view, 46> kPunctuation = {
    "<<=", "=>", "++", "--", "&&", "||", "??", "?.", "==", "!=", "<=", ">=", "+=", "-=", "*=", "/=",
    "%=",  "&=", "|=", "^=", "<<", "::", "(",  ")",  "[",  "]",  "{",  "}",  ";",  ",",  ".",  "?",
    ":",   "+",  "-",  "*",  "/",  "%",  "&",  "|",  "^",  "!",  "~",  "<",  ">",  "="};

bool isNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool isDecimalDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isNamePart(char c) {
  return isNameStart(c) || isDecimalDigit(c);
}
int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads \uXXXX and friends at text[at] (behind the backslash); false: not an escape.
bool readEscape(std::string_view text, size_t& at, std::u16string& out) {
  const char c = text[at++];
  static constexpr std::string_view kFrom = "'\"\\0abfnrtv";
  static constexpr std::u16string_view kTo(u"'\"\\\0\a\b\f\n\r\t\v", 11);
  if (const size_t simple = kFrom.find(c); simple != std::string_view::npos) {
    out += kTo[simple];
    return true;
  }
  if (c != 'u' && c != 'U' && c != 'x') return false;
  const size_t longest = c == 'U' ? 8 : 4;
  uint32_t code = 0;
  size_t count = 0;
  while (count < longest && at < text.size() && hexDigit(text[at]) >= 0) {
    code = code * 16 + static_cast<uint32_t>(hexDigit(text[at++]));
    ++count;
  }
  if (count == 0 || (c != 'x' && count < longest) || code > 0x10FFFF) return false;
  if (code >= 0x10000) {
    out += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
    out += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
  } else {
    out += static_cast<char16_t>(code);
  }
  return true;
}

class Lexer {
 public:
  Lexer(std::string_view source, size_t from, size_t to, Arena& arena, Mistakes& mistakes)
      : source_(source.substr(0, to)), at_(from), arena_(arena), mistakes_(mistakes) {}

  std::vector<Token> run() {
    while (next()) {
    }
    Token end;
    end.offset = end.end = static_cast<uint32_t>(source_.size());
    tokens_.push_back(end);
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0'; }

  bool mistake(size_t offset, std::string message, std::string remedy = {}) {
    mistakes_.push_back({offset, std::move(message), std::move(remedy)});
    return false;
  }

  Token& push(TokenKind kind, size_t from) {
    Token token;
    token.kind = kind;
    token.offset = static_cast<uint32_t>(from);
    token.end = static_cast<uint32_t>(at_);
    token.text = source_.substr(from, at_ - from);
    tokens_.push_back(token);
    return tokens_.back();
  }

  bool skipSpace() {
    for (;;) {
      const char c = peek();
      if (at_ < source_.size() && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v')) {
        ++at_;
      } else if (source_.substr(at_).starts_with("\xC2\xA0")) {
        at_ += 2;
      } else if (source_.substr(at_).starts_with("\xEF\xBB\xBF")) {
        at_ += 3;
      } else if (c == '/' && peek(1) == '/') {
        while (at_ < source_.size() && source_[at_] != '\n') ++at_;
      } else if (c == '/' && peek(1) == '*') {
        const size_t end = source_.find("*/", at_ + 2);
        if (end == std::string_view::npos) return mistake(at_, "this comment does not end", "Close it with */.");
        at_ = end + 2;
      } else {
        return true;
      }
    }
  }

  bool next() {
    if (!skipSpace() || at_ >= source_.size()) return false;
    const char c = peek();
    const size_t from = at_;
    if (c == '"') return string(from, false);
    if (c == '@' && peek(1) == '"') return ++at_, string(from, true);
    if (c == '$' && peek(1) == '"') return at_ += 2, interpolated(from, false);
    if ((c == '$' && peek(1) == '@' && peek(2) == '"') || (c == '@' && peek(1) == '$' && peek(2) == '"'))
      return at_ += 3, interpolated(from, true);
    if (c == '\'') return character(from);
    if (isDecimalDigit(c) || (c == '.' && isDecimalDigit(peek(1)))) return number(from);
    if (isNameStart(c) || (c == '@' && isNameStart(peek(1)))) return name(from);
    for (const std::string_view punctuation : kPunctuation) {
      if (!source_.substr(at_).starts_with(punctuation)) continue;
      // `a?.5:b` and `a?[`: a conditional access needs no digit behind its dot.
      if (punctuation == "?." && isDecimalDigit(peek(2))) continue;
      at_ += punctuation.size();
      push(TokenKind::Punctuation, from);
      return true;
    }
    return mistake(at_, "this character has no meaning in C#");
  }

  bool name(size_t from) {
    const bool escaped = peek() == '@';
    if (escaped) ++at_;
    const size_t start = at_;
    while (at_ < source_.size() && isNamePart(source_[at_])) ++at_;
    Token& token = push(TokenKind::Name, from);
    token.text = source_.substr(start, at_ - start);
    if (!escaped && std::binary_search(kKeywords.begin(), kKeywords.end(), token.text)) token.kind = TokenKind::Keyword;
    return true;
  }

  bool string(size_t from, bool verbatim) {
    ++at_;
    const size_t start = at_;
    for (;; ++at_) {
      if (at_ >= source_.size() || (!verbatim && source_[at_] == '\n'))
        return mistake(from, "this string does not end", "Close it with \".");
      if (source_[at_] == '"') {
        if (!verbatim || peek(1) != '"') break;
        ++at_;
      } else if (source_[at_] == '\\' && !verbatim) {
        ++at_;
      }
    }
    const std::string_view text = source_.substr(start, at_ - start);
    ++at_;
    Value value;
    if (!unescape(text, verbatim, false, arena_, value)) return mistake(from, "unrecognised escape sequence");
    push(TokenKind::Literal, from).value = value;
    return true;
  }

  bool interpolated(size_t from, bool verbatim) {
    const size_t start = at_;
    const size_t end = endOfInterpolated(source_, at_, verbatim);
    if (end == std::string_view::npos) return mistake(from, "this interpolated string does not end");
    at_ = end + 1;
    Token& token = push(TokenKind::Interpolated, from);
    token.text = source_.substr(start, end - start);
    token.verbatim = verbatim;
    return true;
  }

  bool character(size_t from) {
    ++at_;
    const size_t start = at_;
    while (at_ < source_.size() && source_[at_] != '\'' && source_[at_] != '\n') at_ += source_[at_] == '\\' ? 2 : 1;
    if (peek() != '\'') return mistake(from, "this character literal does not end", "Close it with '.");
    const std::string_view text = source_.substr(start, at_ - start);
    ++at_;
    Value value;
    const bool ok = unescape(text, false, false, arena_, value);
    const std::u16string_view units = value.tag() == Tag::Utf8   ? widen(arena_, value.bytes())
                                      : value.tag() == Tag::Wide ? value.units()
                                                                 : std::u16string_view{};
    const size_t size = value.tag() == Tag::Ascii ? value.bytes().size() : units.size();
    if (!ok || size != 1)
      return mistake(from, "a character literal holds exactly one character", "Use double quotes for a string.");
    const char16_t unit = value.tag() == Tag::Ascii ? static_cast<unsigned char>(value.bytes()[0]) : units[0];
    push(TokenKind::Literal, from).value = Value::character(unit);
    return true;
  }

  bool number(size_t from) {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) return at_ += 2, integer(from, 16);
    if (peek() == '0' && (peek(1) == 'b' || peek(1) == 'B')) return at_ += 2, integer(from, 2);
    bool real = false;
    const auto digits = [&] {
      while (isDecimalDigit(peek()) || (peek() == '_' && (isDecimalDigit(peek(1)) || peek(1) == '_'))) ++at_;
    };
    digits();
    if (peek() == '.' && isDecimalDigit(peek(1))) {
      real = true;
      ++at_;
      digits();
    }
    const size_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
    if ((peek() == 'e' || peek() == 'E') && isDecimalDigit(peek(sign))) {
      real = true;
      at_ += sign;
      digits();
    }
    const char suffix = static_cast<char>(peek() | 0x20);
    if (!real && suffix != 'f' && suffix != 'd' && suffix != 'm') {
      at_ = from;
      return integer(from, 10);
    }
    std::string text(source_.substr(from, at_ - from));
    std::erase(text, '_');
    if (suffix == 'f' || suffix == 'd' || suffix == 'm') ++at_;
    return realLiteral(from, text, suffix);
  }

  bool realLiteral(size_t from, const std::string& text, char suffix) {
    if (isNamePart(peek())) return mistake(at_, "a number cannot be followed by a letter");
    Value value;
    if (suffix == 'm') {
      const std::optional<Decimal> decimal = parseDecimal(text);
      if (!decimal) return mistake(from, "this number does not fit a decimal");
      value = Value::boxed(Tag::Decimal, arena_.create<Decimal>(*decimal));
    } else {
      double number = 0;
      float single = 0;
      if (suffix == 'f') {
        const auto result = std::from_chars(text.data(), text.data() + text.size(), single);
        if (result.ec == std::errc::result_out_of_range) single = std::strtof(text.c_str(), nullptr);
        if (std::isinf(single)) return mistake(from, "this number does not fit a float");
        value = Value::single(single);
      } else {
        const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
        if (result.ec == std::errc::result_out_of_range) number = std::strtod(text.c_str(), nullptr);
        if (std::isinf(number)) return mistake(from, "this number does not fit a double");
        value = Value::real(number);
      }
    }
    push(TokenKind::Literal, from).value = value;
    return true;
  }

  bool integer(size_t from, int base) {
    uint64_t number = 0;
    bool any = false;
    for (; hexDigit(peek()) >= 0 || peek() == '_'; ++at_) {
      if (peek() == '_') continue;
      const int digit = hexDigit(peek());
      if (digit >= base) break;
      any = true;
      if (number > (~uint64_t{0} - static_cast<uint64_t>(digit)) / static_cast<uint64_t>(base))
        return mistake(from, "this number is too large");
      number = number * static_cast<uint64_t>(base) + static_cast<uint64_t>(digit);
    }
    if (!any) return mistake(from, "digits are missing");
    if (source_[at_ - 1] == '_' || source_[from + (base == 10 ? 0 : 2)] == '_')
      return mistake(from, "a digit separator stands between digits");
    bool is_unsigned = false, is_long = false;
    for (; isNamePart(peek()); ++at_) {
      const char suffix = static_cast<char>(peek() | 0x20);
      bool& flag = suffix == 'u' ? is_unsigned : is_long;
      if ((suffix != 'u' && suffix != 'l') || flag) return mistake(at_, "a number cannot be followed by a letter");
      flag = true;
    }
    Tag tag = Tag::UInt64;
    if (!is_long && !is_unsigned && number <= 0x7FFFFFFF) {
      tag = Tag::Int32;
    } else if (!is_long && number <= 0xFFFFFFFF) {
      tag = Tag::UInt32;
    } else if (!is_unsigned && number <= 0x7FFFFFFFFFFFFFFF) {
      tag = Tag::Int64;
    }
    push(TokenKind::Literal, from).value = Value::tagged(tag, number);
    return true;
  }

  std::string_view source_;
  size_t at_;
  Arena& arena_;
  Mistakes& mistakes_;
  std::vector<Token> tokens_;
};

// Behind a string or character literal that starts at `at`, or npos.
size_t skipLiteral(std::string_view source, size_t at) {
  const bool verbatim = source[at] == '@' || (source[at] == '$' && source.substr(at).starts_with("$@"));
  const bool interpolated = source.substr(at, 2).find('$') != std::string_view::npos;
  const size_t quote = source.find_first_of("\"'", at);
  if (quote == std::string_view::npos) return quote;
  if (interpolated) {
    const size_t end = endOfInterpolated(source, quote + 1, verbatim);
    return end == std::string_view::npos ? end : end + 1;
  }
  for (size_t i = quote + 1; i < source.size(); ++i) {
    if (source[i] == '\\' && !verbatim) {
      ++i;
    } else if (source[i] == source[quote]) {
      if (!verbatim || i + 1 >= source.size() || source[i + 1] != '"') return i + 1;
      ++i;
    } else if (source[i] == '\n' && !verbatim) {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

bool startsLiteral(std::string_view source, size_t at) {
  const std::string_view rest = source.substr(at);
  return rest.starts_with('"') || rest.starts_with('\'') || rest.starts_with("@\"") || rest.starts_with("$\"") ||
         rest.starts_with("$@\"") || rest.starts_with("@$\"");
}

}  // namespace

bool unescape(std::string_view text, bool verbatim, bool interpolated, Arena& arena, Value& out) {
  const bool plain = text.find('\\') == std::string_view::npos || verbatim;
  const bool doubled = (verbatim && text.find('"') != std::string_view::npos) ||
                       (interpolated && text.find_first_of("{}") != std::string_view::npos);
  if (plain && !doubled) {
    out = fromUtf8(arena, text);
    return true;
  }
  std::u16string units;
  size_t run = 0;
  const auto flush = [&](size_t end) { units += widen(arena, text.substr(run, end - run)); };
  for (size_t i = 0; i < text.size();) {
    const bool escape = text[i] == '\\' && !verbatim;
    const bool twice = (text[i] == '"' && verbatim) || (interpolated && (text[i] == '{' || text[i] == '}'));
    if (!escape && !twice) {
      ++i;
      continue;
    }
    flush(i + (twice ? 1 : 0));
    ++i;
    if (escape) {
      if (i >= text.size() || !readEscape(text, i, units)) return false;
    } else {
      ++i;
    }
    run = i;
  }
  if (run < text.size()) flush(text.size());
  auto* copy = static_cast<char16_t*>(arena.allocateBytes(units.size() * 2, 2));
  std::copy(units.begin(), units.end(), copy);
  const std::u16string_view kept(copy, units.size());
  bool ascii = true;
  for (const char16_t unit : kept) ascii = ascii && unit < 0x80;
  if (ascii) {
    std::string narrow(kept.begin(), kept.end());
    out = Value::ascii(arena.copy(narrow));
  } else {
    out = Value::wide(kept);
  }
  return true;
}

size_t endOfHole(std::string_view source, size_t from, size_t& format) {
  int depth = 0;
  format = std::string_view::npos;
  for (size_t i = from; i < source.size();) {
    const char c = source[i];
    if (startsLiteral(source, i)) {
      i = skipLiteral(source, i);
      if (i == std::string_view::npos) return i;
      continue;
    }
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']') --depth;
    if (c == '}') {
      if (depth == 0) {
        format = i;
        return i;
      }
      --depth;
    }
    if (c == ':' && depth == 0 && source.substr(i, 2) != "::") {
      format = i;
      return source.find('}', i);
    }
    ++i;
  }
  return std::string_view::npos;
}

size_t endOfInterpolated(std::string_view source, size_t from, bool verbatim) {
  for (size_t i = from; i < source.size(); ++i) {
    const char c = source[i];
    const char following = i + 1 < source.size() ? source[i + 1] : '\0';
    if (c == '"') {
      if (!verbatim || following != '"') return i;
      ++i;
    } else if (c == '\\' && !verbatim) {
      ++i;
    } else if (c == '{' && following == '{') {
      ++i;
    } else if (c == '{') {
      size_t format = 0;
      i = endOfHole(source, i + 1, format);
      if (i == std::string_view::npos) return i;
    } else if (c == '\n' && !verbatim) {
      return std::string_view::npos;
    }
  }
  return std::string_view::npos;
}

std::vector<Token> lex(std::string_view source, size_t from, size_t to, Arena& arena, Mistakes& mistakes) {
  return Lexer(source, from, to, arena, mistakes).run();
}

}  // namespace sluice::expression
