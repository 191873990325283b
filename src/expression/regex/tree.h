// The tree that a pattern is read into; it lives only while the pattern is compiled.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "expression/regex/program.h"

namespace sluice::expression::regex {

enum class Kind : uint8_t {
  Empty,
  Char,
  NotChar,
  Set,
  Text,
  Backref,
  Anchor,  // op says which
  Concat,
  Alternate,
  Repeat,   // of kids[0]: least, most, lazy
  Capture,  // group, uncapture
  Group,    // (?:...)
  Ahead,    // look-around
  NotAhead,
  Atomic,
  IfGroup,  // kids: yes, no
  IfAhead,  // kids: condition, yes, no
  Nothing,  // never matches
};

struct TreeSet {
  std::vector<Range> ranges;
  uint32_t categories = 0;
  bool space = false;
  bool not_space = false;
  bool negated = false;
  bool ignore_case = false;
  std::unique_ptr<TreeSet> subtraction;

  void add(char16_t first, char16_t last) { ranges.push_back({first, last}); }
};

struct Tree {
  Kind kind = Kind::Empty;
  Op op = Op::Fail;  // Anchor
  bool lazy = false;
  uint32_t options = 0;
  char16_t unit = 0;
  std::u16string text;
  int32_t group = -1;  // number, not slot
  int32_t uncapture = -1;
  int32_t least = 0;
  int32_t most = -1;
  std::unique_ptr<TreeSet> set;
  std::vector<std::unique_ptr<Tree>> kids;

  bool backward() const { return (options & kRightToLeft) != 0; }
};
using TreePtr = std::unique_ptr<Tree>;

struct Parsed {
  TreePtr root;
  std::vector<std::pair<int32_t, std::string>> groups;  // number and name, by number
  std::string error;                                    // not empty: the pattern is not valid
};
Parsed parse(std::u16string_view pattern, uint32_t options);

}  // namespace sluice::expression::regex
