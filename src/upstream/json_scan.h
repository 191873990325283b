// JsonScan: walks a JSON text in place, without a tree, without copying and without padding. Built for bodies from
// anyone: values that are skipped are only bracketed correctly (strings and nesting), not validated; what is read is.
// After the first mistake the scan has failed and every call says no. Offsets into the text let callers edit it.
//
//   JsonScan scan(body);
//   JsonString name;
//   if (scan.enterObject())
//     while (scan.nextMember(name)) { if (name == "model") scan.string(model); else scan.skip(); }
//   if (scan.failed()) ...
//
// Each member's or item's value must be taken or skipped before the next is asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"

namespace sluice::upstream {

// A string as it stands between its quotes.
struct JsonString {
  std::string_view raw;
  bool has_escapes = false;

  // Compares what is meant, escapes decoded.
  bool operator==(std::string_view text) const { return has_escapes ? equalsDecoded(text) : raw == text; }
  // Decoded; in the arena when it has escapes. Broken escapes become U+FFFD.
  std::string_view text(Arena& arena) const;
  void appendTo(std::string& out) const;

 private:
  bool equalsDecoded(std::string_view text) const;
};

enum class JsonKind : uint8_t { Null, True, False, Number, String, Array, Object, Broken };

class JsonScan {
 public:
  static constexpr size_t kDepth = 1024;

  explicit JsonScan(std::string_view json) : begin_(json.data()), at_(begin_), end_(begin_ + json.size()) {
    skipSpace();
  }

  JsonKind kind() const;
  // True when the value here is an object (array), which is then entered.
  bool enterObject() { return enter('{'); }
  bool enterArray() { return enter('['); }
  // The next member's name, standing before its value then. False: the object ended and was left, or the scan failed.
  bool nextMember(JsonString& name);
  bool nextItem();

  // Each takes the value here; false (nothing taken) when it is of another kind.
  bool string(JsonString& value);
  bool boolean(bool& value);
  bool null();
  // An integer from 0 to 2^53; other numbers are not taken.
  bool integer(uint64_t& value);
  void skip();
  // Skips, giving the value's text.
  std::string_view raw();

  size_t offset() const { return static_cast<size_t>(at_ - begin_); }
  bool failed() const { return failed_; }
  // True when nothing but white space is left and nothing went wrong.
  bool complete();

 private:
  bool enter(char bracket);
  void skipSpace() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool literal(std::string_view word);
  bool takeString(JsonString& value);
  bool skipString(bool& plain);  // plain: it has no escapes
  void skipScalar();
  void skipContainer();
  bool separator(char closing);
  void fail() {
    failed_ = true;
    at_ = end_;
  }
  void taken() {
    after_value_ = true;
    skipSpace();
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  bool after_value_ = false;
  bool failed_ = false;
};

}  // namespace sluice::upstream
