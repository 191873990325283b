// Reads .NET's pattern syntax. A pattern is read twice: first to learn which groups there are, since a reference may
// stand before its group and means different things when there is none.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "expression/regex/tree.h"

namespace sluice::expression::regex {

class Parser {
 public:
  enum class Pass : uint8_t { Counting, Building };
  Parser(std::u16string_view pattern, uint32_t options) : pattern_(pattern), options_(options) {}

  TreePtr run(Pass pass, uint32_t options);
  void assignNames();
  // Regex.Unescape's way of reading an escape behind its backslash.
  char16_t charEscape();

  bool failed() const { return !error_.empty(); }
  const std::string& error() const { return error_; }
  const std::map<int32_t, std::string>& groups() const { return groups_; }

  bool atEnd() const { return at_ >= pattern_.size(); }
  size_t at() const { return at_; }
  void seek(size_t at) { at_ = at; }

 private:
  // parse.cc
  TreePtr alternation();
  TreePtr concatenation();
  TreePtr atom();
  TreePtr literal(char16_t c);
  TreePtr anchor(Op op);
  TreePtr dot();
  TreePtr quantified(TreePtr unit);
  bool atQuantifier() const;
  bool atTrueBrace() const;
  void skipBlank();
  void skipComment();
  static void append(Tree& concat, TreePtr unit);

  // parse_group.cc
  TreePtr group();
  TreePtr inside(Kind kind);
  TreePtr angled(char16_t close);
  TreePtr captureName(char16_t close);
  TreePtr conditional();
  TreePtr branchesOf(TreePtr node);
  TreePtr capture(int32_t number, int32_t uncapture);
  bool inlineOptions();
  void noteGroup(int32_t number, size_t at);

  // parse_escape.cc
  TreePtr escape();
  TreePtr reference();
  TreePtr numberedReference();
  TreePtr ecmaReference();
  TreePtr shorthand(char16_t c);
  TreePtr property(bool negated);
  std::string propertyName();
  char16_t hex(int count);
  char16_t octal();
  char16_t control();
  TreePtr set();
  std::unique_ptr<TreeSet> setBody(bool ignore_case);
  bool setShorthand(TreeSet& set, char16_t c, bool in_range);
  void addShorthand(TreeSet& set, char16_t c) const;

  bool more() const { return at_ < pattern_.size(); }
  size_t left() const { return pattern_.size() - at_; }
  char16_t peek(size_t ahead = 0) const { return at_ + ahead < pattern_.size() ? pattern_[at_ + ahead] : u'\0'; }
  bool take(char16_t c) {
    if (!more() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool has(uint32_t option) const { return (options_ & option) != 0; }
  TreePtr make(Kind kind) const;
  int32_t decimal();
  std::string name();
  bool isGroup(int32_t number) const;
  int32_t groupNamed(const std::string& name) const;
  TreePtr fail(std::string_view what);

  std::u16string_view pattern_;
  uint32_t options_;
  size_t at_ = 0;
  Pass pass_ = Pass::Counting;
  int depth_ = 0;
  int32_t next_group_ = 1;
  bool condition_next_ = false;  // the parenthesis that comes is a conditional's own
  std::string error_;
  std::map<int32_t, std::string> groups_;
  std::map<int32_t, size_t> group_at_;
  std::vector<std::string> names_;
  std::map<std::string, int32_t> named_;
};

}  // namespace sluice::expression::regex
