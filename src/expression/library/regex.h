// The objects of System.Text.RegularExpressions, and what its files share.
#pragma once

#include <memory_resource>
#include <vector>

#include "expression/library.h"
#include "expression/regex/match.h"
#include "expression/regex/program.h"

namespace sluice::expression {

struct RegexObject : Object {
  const regex::Program* program;
  Value pattern;
};

struct RegexCapture : Object {
  Chars text;     // what was searched
  int32_t base;   // where `text` begins in the input
  int32_t start;  // in `text`
  int32_t length;
};

struct RegexGroup : RegexCapture {
  bool success;
  uint32_t capture_count;
  const regex::Span* captures;
  std::string_view name;
};

struct RegexMatch : RegexGroup {
  const regex::Program* program;  // null: Match.Empty
  int32_t resume;                 // where the next search begins
  RegexGroup** groups;            // by slot; groups[0] is the match
};

// MatchCollection, GroupCollection, CaptureCollection.
struct RegexItems : Object {
  uint32_t count;
  Value* items;
  const RegexMatch* match;  // GroupCollection
};

// The compiled pattern: from the cache, or compiled for this evaluation. Null with an exception pending
// (regex_cache.cc).
const regex::Program* regexProgram(Eval& eval, const Chars& pattern, uint32_t options);

// One search of a text by a pattern: the matcher, with its work charged to the evaluation.
class RegexSearch {
 public:
  RegexSearch(Eval& eval, const regex::Program* program, const Chars& text)
      : eval_(eval),
        program_(program),
        text_(text),
        matcher_(*program, text, eval.limits.regex_matches, eval.limits.memory) {}

  int32_t beginning() const { return program_->backward() ? static_cast<int32_t>(text_.size) : 0; }
  // The first match at or after `from`; false: there is none, or an exception is pending.
  bool first(int32_t from) { return find(from, -1); }
  bool next();
  // The match behind one that ended at `from`.
  bool resumeAfter(int32_t from, int32_t previous_length) { return find(from, previous_length); }
  const regex::Matcher& matcher() const { return matcher_; }
  const regex::Program& program() const { return *program_; }
  const Chars& text() const { return text_; }
  regex::Span span() const;
  // The match found, as an object. `base`: where the text begins in the input.
  RegexMatch* object(int32_t base = 0) const;

 private:
  bool find(int32_t from, int32_t previous_length);

  Eval& eval_;
  const regex::Program* program_;
  Chars text_;
  regex::Matcher matcher_;
};

RegexMatch* emptyMatch(Eval& eval);
Value nextMatch(Eval& eval, const RegexMatch* match);

// A replacement pattern: literal pieces and what stands for parts of a match (regex_replace.cc).
class Replacement {
 public:
  Replacement(Arena& arena, const Chars& text, const regex::Program& program);
  void add(TextBuilder& out, const RegexSearch& search) const;
  void add(TextBuilder& out, const RegexMatch& match) const;

 private:
  enum class Part : uint8_t { Literal, Group, Left, Right, Input };
  struct Piece {
    Part part;
    int32_t slot;
    Chars literal;
  };
  bool dollar(const Chars& text, const regex::Program& program, uint32_t& at);
  void literal(const Chars& text);

  std::pmr::vector<Piece> pieces_;
};

// A row's arguments as a search: pattern and options from the call (static) or from the object (instance).
struct RegexSubject {
  const regex::Program* program = nullptr;
  Value input;
  Chars text;
};
bool regexInstance(Call& c, RegexSubject& out);
// `options`: the index of the argument, or 0: there is none; a timeout may stand behind it.
bool regexStatic(Call& c, size_t options, RegexSubject& out);
// Checks a start position; false with an exception pending.
bool regexStart(Call& c, size_t index, const RegexSubject& subject, int32_t& out);

Value regexReplaceStatic(Call& c);
Value regexReplaceInstance(Call& c);
Value regexSplitStatic(Call& c);
Value regexSplitInstance(Call& c);

}  // namespace sluice::expression
