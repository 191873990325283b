// Runs a compiled pattern over UTF-16 units by backtracking, with a stack of its own: no recursion, and every piece of
// work is counted against a budget. One matcher serves all matches of one call; it is used by one thread.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <vector>

#include "expression/chars.h"
#include "expression/regex/program.h"

namespace sluice::expression::regex {

struct Span {
  int32_t start = 0;
  int32_t length = 0;
};

class Matcher {
 public:
  enum class Result : uint8_t { Found, None, Budget };

  // `budget`: instructions that one find() may run. The text must stay where it is.
  Matcher(const Program& program, const Chars& text, uint64_t budget, size_t memory);
  ~Matcher();
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  // Looks for a match from `start` on (backwards when the pattern runs right to left). `previous_length`: of the match
  // that ended at `start`, or -1; behind an empty one the search moves on by one.
  Result find(int32_t start, int32_t previous_length);
  // After Found: everything that the group of this slot captured, in order. Slot 0 has the match itself.
  void captures(int32_t slot, std::pmr::vector<Span>& out) const;
  // The newest capture alone; false: the group took no part.
  bool newest(int32_t slot, Span& out) const;
  // Where the next search begins.
  int32_t resume() const { return resume_; }
  // Work since the last call.
  uint64_t takeSteps();

 private:
  enum class FrameKind : uint32_t { Branch, Greedy, Lazy, Register, Captures };
  struct Frame {
    FrameKind kind;
    int32_t a, b, c;
  };
  struct Register {
    int32_t x = 0;
    int32_t y = 0;
  };
  struct Entry {  // one capture
    int32_t start, length, previous;
  };

  template <class Unit>
  Result search(const Unit* text, int32_t start, int32_t previous_length);
  template <class Unit>
  bool skipToFirst(const Unit* text, int32_t& at);
  template <class Unit>
  Result run(const Unit* text, int32_t at);
  template <class Unit>
  bool single(const Unit* text, const Inst& inst, int32_t& pos);
  template <class Unit>
  int32_t repeat(const Unit* text, const Inst& inst, int32_t pos, int32_t most);
  template <class Unit>
  bool matchText(const Unit* text, const Inst& inst, int32_t& pos) const;
  template <class Unit>
  bool matchBackref(const Unit* text, const Inst& inst, int32_t& pos);
  template <class Unit>
  bool anchor(const Unit* text, const Inst& inst, int32_t pos) const;
  template <class Unit>
  bool goBack(const Unit* text, int32_t& pc, int32_t& pos);

  bool spend(uint64_t count) {
    if (fuel_ < count) return fuel_ = 0, false;
    fuel_ -= count;
    return true;
  }
  void push(FrameKind kind, int32_t a, int32_t b, int32_t c) { frames_.push_back({kind, a, b, c}); }
  void setRegister(uint32_t reg, Register value);
  void capture(int32_t slot, int32_t start, int32_t end);
  void uncapture(int32_t slot);
  bool close(const Inst& inst, int32_t pos);
  void undo(const Frame& frame);
  void forgetBranches(size_t height);
  bool loopEnter(const Inst& inst, int32_t& pc, int32_t pos);
  void loopNext(const Inst& inst, int32_t& pc, int32_t pos);

  const Program& program_;
  Chars text_;
  int32_t size_;
  int32_t scan_start_ = 0;
  int32_t resume_ = 0;
  uint64_t budget_;
  uint64_t fuel_ = 0;
  uint64_t spent_ = 0;
  size_t max_frames_;
  // Memory that matching needs, lent by the thread: a matcher inside another's call has its own.
  struct Scratch {
    std::vector<Frame> frames;
    std::vector<Register> registers;
    std::vector<Entry> journal;
    std::vector<int32_t> last;
  };
  static Scratch& spare();

  Scratch scratch_;
  std::vector<Frame>& frames_ = scratch_.frames;
  std::vector<Register>& registers_ = scratch_.registers;
  std::vector<Entry>& journal_ = scratch_.journal;
  std::vector<int32_t>& last_ = scratch_.last;  // newest entry of each slot, or -1
};

}  // namespace sluice::expression::regex
