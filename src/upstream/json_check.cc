#include "upstream/json_check.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <cstdint>
#include <cstring>

namespace sluice::upstream {
namespace {

constexpr size_t kMostDepth = 1024;

constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool isHex(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool isSpace(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

// Characters that end the plain part of a string: the quote, the backslash, control characters.
constexpr std::array<bool, 256> makeSpecial() {
  std::array<bool, 256> table{};
  for (size_t c = 0; c < 32; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}
constexpr auto kSpecial = makeSpecial();

class Checker {
 public:
  Checker(std::string_view text, size_t depth)
      : at_(text.data()), end_(text.data() + text.size()), most_(std::min(depth, kMostDepth)) {}

  bool run() {
    do {
      space();
      if (!valueOrOpening()) return false;
    } while (!over_ && closings());
    space();
    return over_ && at_ == end_;
  }

 private:
  bool more() const { return at_ < end_; }
  void space() {
    while (more() && isSpace(*at_)) ++at_;
  }
  bool take(char c) {
    if (!more() || *at_ != c) return false;
    ++at_;
    return true;
  }

  // A scalar, an empty container, or the beginning of a container up to before its first value.
  bool valueOrOpening() {
    for (;;) {
      if (!more()) return false;
      if (*at_ != '{' && *at_ != '[') return scalar();
      if (depth_ == most_) return false;
      const bool object = *at_++ == '{';
      space();
      if (take(object ? '}' : ']')) return finished();
      objects_[depth_++] = object;
      if (object && !memberName()) return false;
      space();
    }
  }

  bool memberName() {
    if (!string()) return false;
    space();
    return take(':');
  }

  bool finished() {
    over_ = depth_ == 0;
    return true;
  }

  // After a value: closes what ends here; true when another value must follow.
  bool closings() {
    while (depth_ > 0) {
      space();
      const bool object = objects_[depth_ - 1];
      if (take(',')) {
        space();
        return !object || memberName();
      }
      if (!take(object ? '}' : ']')) return false;
      --depth_;
    }
    over_ = true;
    return false;
  }

  bool scalar() {
    if (*at_ == '"') return string() && finished();
    if (*at_ == '-' || isDigit(*at_)) return number() && finished();
    return (word("true") || word("false") || word("null")) && finished();
  }

  bool word(std::string_view literal) {
    if (static_cast<size_t>(end_ - at_) < literal.size() || std::memcmp(at_, literal.data(), literal.size()) != 0) {
      return false;
    }
    at_ += literal.size();
    return true;
  }

  bool digits() {
    const char* const start = at_;
    while (more() && isDigit(*at_)) ++at_;
    return at_ != start;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (!take('e') && !take('E')) return true;
    if (!take('+')) take('-');
    return digits();
  }

  bool escape() {
    if (!more()) return false;
    const char c = *at_++;
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos;
    for (int i = 0; i < 4; ++i, ++at_)
      if (!more() || !isHex(*at_)) return false;
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    for (;;) {
      while (more() && !kSpecial[static_cast<unsigned char>(*at_)]) ++at_;
      if (take('"')) return true;
      if (!take('\\') || !escape()) return false;
    }
  }

  const char* at_;
  const char* end_;
  const size_t most_;
  size_t depth_ = 0;
  bool over_ = false;
  std::bitset<kMostDepth> objects_;
};

}  // namespace

bool isJson(std::string_view text, size_t depth) {
  return simdjson::validate_utf8(text.data(), text.size()) && Checker(text, depth).run();
}

}  // namespace sluice::upstream
