// A compiled .NET regular expression: plain data in an arena, immutable, shared by threads. Patterns are read by
// parse.cc, turned into instructions by compile.cc and run by match.h, an own backtracking machine over UTF-16 units:
// .NET's captures (all of a group's), balancing groups, look-behind of any length and right-to-left matching are not to
// be had otherwise, and its work is counted, so that a match always ends.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/arena.h"

namespace sluice::expression::regex {

// System.Text.RegularExpressions.RegexOptions
enum Option : uint32_t {
  kIgnoreCase = 1,
  kMultiline = 2,
  kExplicitCapture = 4,
  kCompiled = 8,
  kSingleline = 16,
  kIgnorePatternWhitespace = 32,
  kRightToLeft = 64,
  kEcmaScript = 256,
  kCultureInvariant = 512,
};

struct Range {
  char16_t first;
  char16_t last;
};

// A character class. ASCII is answered by bits worked out at load.
struct Set {
  uint64_t ascii[2] = {0, 0};
  const Range* ranges = nullptr;
  uint32_t range_count = 0;
  uint32_t categories = 0;
  bool space = false;      // \s
  bool not_space = false;  // \S
  bool negated = false;
  bool ignore_case = false;
  const Set* subtraction = nullptr;

  bool contains(char16_t c) const { return c < 0x80 ? ((ascii[c >> 6] >> (c & 63)) & 1) != 0 : containsAny(c); }
  bool containsAny(char16_t c) const;  // without the bits

 private:
  bool containsPlain(char16_t c) const;
};

enum class Op : uint8_t {
  Char,         // a: unit
  NotChar,      // a: unit
  Set,          // a: set
  Text,         // a: from, b: count, of Program::text
  Loop,         // single characters: what, a: unit or set, b: least, c: most (-1: no end); greedy
  LazyLoop,     // likewise
  AtomicLoop,   // likewise, gives nothing back
  Backref,      // a: slot
  Bol,          // ^ with Multiline
  Eol,          // $ with Multiline
  Beginning,    // \A, ^
  Start,        // \G
  EndZ,         // \Z, $
  End,          // \z
  Boundary,     // \b
  NonBoundary,  // \B
  Jump,         // a: to
  Split,        // a: the other way
  LoopEnter,    // reg, a: exit, b: least; kLazy. Falls into the body.
  LoopNext,     // reg, a: body, b: least, c: most; kLazy. Falls out of the loop.
  LoopAgain,    // reg, a: body: a lazy loop's further turn
  Open,         // reg: where a group begins
  Close,        // reg, a: slot or -1, b: slot to take from or -1
  Ahead,        // reg: look-around or atomic group begins
  AheadEnd,     // reg: matched: forget the ways to go back, return to where it began
  AtomicEnd,    // reg: likewise, without returning
  Not,          // reg, a: where to go on when the body fails
  NotEnd,       // reg
  IfGroup,      // a: slot, b: where to go when it has no capture
  IfBegin,      // reg, a: the no branch
  Fail,
  Match,
};

enum InstFlags : uint8_t {
  kFlagIgnoreCase = 1,
  kFlagBackward = 2,
  kFlagLazy = 4,
  kFlagEcma = 8,
};

// What a single-character loop repeats.
enum class Single : uint8_t { Char, NotChar, Set };

struct Inst {
  Op op = Op::Fail;
  uint8_t flags = 0;
  Single what = Single::Char;
  uint32_t reg = 0;
  int32_t a = 0;
  int32_t b = 0;
  int32_t c = 0;
};

struct GroupName {
  std::string_view name;  // UTF-8
  int32_t number;
  int32_t slot;
};

struct Program {
  std::span<const Inst> code;
  std::span<const Set> sets;
  std::u16string_view text;
  std::span<const GroupName> groups;  // by slot, slot 0 is the whole match
  uint32_t registers = 0;             // each holds two numbers
  uint32_t options = 0;
  enum class Anchor : uint8_t { None, Beginning, Start } anchor = Anchor::None;
  const Set* first = nullptr;  // what a match begins with; null: anything, or nothing
  size_t bytes = 0;            // about how much memory it takes

  bool backward() const { return (options & kRightToLeft) != 0; }
  int32_t slotOfNumber(int64_t number) const;       // -1: none
  int32_t slotOfName(std::string_view name) const;  // -1: none
};

// Compiles into `arena`. Null: the pattern is not valid; `error` says why, in .NET's words.
const Program* compile(std::u16string_view pattern, uint32_t options, Arena& arena, std::string& error);

// Regex.Unescape; false: a bad escape.
bool unescape(std::u16string_view text, std::u16string& out, std::string& error);

}  // namespace sluice::expression::regex
