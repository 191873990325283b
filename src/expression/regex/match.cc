#include "expression/regex/match.h"

#include <algorithm>

#include "expression/regex/category.h"

namespace sluice::expression::regex {
namespace {

// Single characters that a loop runs over cost less than instructions.
constexpr uint64_t kCharsPerStep = 8;
constexpr size_t kKeptFrames = 4096;  // a thread keeps no more than this for the next matcher

bool ecmaWord(char16_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == 0x130;
}

}  // namespace

Matcher::Matcher(const Program& program, const Chars& text, uint64_t budget, size_t memory)
    : program_(program),
      text_(text),
      size_(static_cast<int32_t>(text.size)),
      budget_(budget),
      max_frames_(memory / (sizeof(Frame) + sizeof(Entry)) / 2),
      scratch_(std::move(spare())) {
  registers_.assign(program.registers, {});
  last_.assign(program.groups.size(), -1);
}

Matcher::~Matcher() {
  if (frames_.capacity() <= kKeptFrames && journal_.capacity() <= kKeptFrames) spare() = std::move(scratch_);
}

Matcher::Scratch& Matcher::spare() {
  static thread_local Scratch scratch;
  return scratch;
}

uint64_t Matcher::takeSteps() {
  return std::exchange(spent_, 0);
}

Matcher::Result Matcher::find(int32_t start, int32_t previous_length) {
  fuel_ = budget_;
  scan_start_ = start;
  const Result result = text_.isAscii()
                            ? search(reinterpret_cast<const unsigned char*>(text_.narrow), start, previous_length)
                            : search(text_.wide, start, previous_length);
  spent_ += budget_ - fuel_;
  return result;
}

void Matcher::captures(int32_t slot, std::pmr::vector<Span>& out) const {
  out.clear();
  for (int32_t at = last_[static_cast<size_t>(slot)]; at >= 0; at = journal_[static_cast<size_t>(at)].previous)
    out.push_back({journal_[static_cast<size_t>(at)].start, journal_[static_cast<size_t>(at)].length});
  std::reverse(out.begin(), out.end());
}

bool Matcher::newest(int32_t slot, Span& out) const {
  const int32_t at = last_[static_cast<size_t>(slot)];
  if (at < 0) return false;
  out = {journal_[static_cast<size_t>(at)].start, journal_[static_cast<size_t>(at)].length};
  return true;
}

// Moves `at` to where a match may begin; false: nowhere.
template <class Unit>
bool Matcher::skipToFirst(const Unit* text, int32_t& at) {
  const int32_t from = at;
  while (at < size_ && !program_.first->contains(text[at])) ++at;
  spend(static_cast<uint64_t>(at - from) / kCharsPerStep);
  return at < size_;
}

template <class Unit>
Matcher::Result Matcher::search(const Unit* text, int32_t start, int32_t previous_length) {
  const bool backward = program_.backward();
  int32_t at = start;
  if (previous_length == 0) {
    if (at == (backward ? 0 : size_)) return Result::None;
    at += backward ? -1 : 1;
  }
  for (;;) {
    if (program_.anchor == Program::Anchor::Beginning && at > 0 && !backward) return Result::None;
    if (program_.anchor == Program::Anchor::Start && at != scan_start_ && !backward) return Result::None;
    if (program_.first != nullptr && !skipToFirst(text, at)) return Result::None;
    if (!spend(1)) return Result::Budget;
    if (const Result result = run(text, at); result != Result::None) return result;
    if (at == (backward ? 0 : size_)) return Result::None;
    at += backward ? -1 : 1;
  }
}

template <class Unit>
bool Matcher::single(const Unit* text, const Inst& inst, int32_t& pos) {
  const bool backward = (inst.flags & kFlagBackward) != 0;
  if (pos == (backward ? 0 : size_)) return false;
  char16_t c = text[backward ? pos - 1 : pos];
  const Single what = inst.op == Op::Char      ? Single::Char
                      : inst.op == Op::NotChar ? Single::NotChar
                      : inst.op == Op::Set     ? Single::Set
                                               : inst.what;
  if (what == Single::Set) {
    if (!program_.sets[static_cast<size_t>(inst.a)].contains(c)) return false;
  } else {
    if ((inst.flags & kFlagIgnoreCase) != 0) c = toLowerInvariant(c);
    if ((c == static_cast<char16_t>(inst.a)) != (what == Single::Char)) return false;
  }
  pos += backward ? -1 : 1;
  return true;
}

// How many single characters match from `pos` on.
template <class Unit>
int32_t Matcher::repeat(const Unit* text, const Inst& inst, int32_t pos, int32_t most) {
  const bool backward = (inst.flags & kFlagBackward) != 0;
  const int32_t room = backward ? pos : size_ - pos;
  const int32_t limit = most < 0 ? room : std::min(most, room);
  int32_t count = 0;
  const int32_t step = backward ? -1 : 1;
  const Unit* at = text + (backward ? pos - 1 : pos);
  if (inst.what == Single::Set) {
    const Set& set = program_.sets[static_cast<size_t>(inst.a)];
    while (count < limit && set.contains(*at)) ++count, at += step;
  } else {
    const auto unit = static_cast<char16_t>(inst.a);
    const bool fold = (inst.flags & kFlagIgnoreCase) != 0;
    const bool wanted = inst.what == Single::Char;
    while (count < limit && ((fold ? toLowerInvariant(*at) : char16_t{*at}) == unit) == wanted) ++count, at += step;
  }
  spend(static_cast<uint64_t>(count) / kCharsPerStep);
  return count;
}

template <class Unit>
bool Matcher::matchText(const Unit* text, const Inst& inst, int32_t& pos) const {
  const bool backward = (inst.flags & kFlagBackward) != 0;
  const int32_t count = inst.b;
  if ((backward ? pos : size_ - pos) < count) return false;
  const Unit* at = text + (backward ? pos - count : pos);
  const char16_t* wanted = program_.text.data() + inst.a;
  if ((inst.flags & kFlagIgnoreCase) != 0) {
    for (int32_t i = 0; i < count; ++i)
      if (toLowerInvariant(at[i]) != wanted[i]) return false;
  } else {
    for (int32_t i = 0; i < count; ++i)
      if (at[i] != wanted[i]) return false;
  }
  pos += backward ? -count : count;
  return true;
}

template <class Unit>
bool Matcher::matchBackref(const Unit* text, const Inst& inst, int32_t& pos) {
  const int32_t newest = inst.a < 0 ? -1 : last_[static_cast<size_t>(inst.a)];
  if (newest < 0) return (inst.flags & kFlagEcma) != 0;
  const Entry& entry = journal_[static_cast<size_t>(newest)];
  const bool backward = (inst.flags & kFlagBackward) != 0;
  const int32_t count = entry.length;
  if ((backward ? pos : size_ - pos) < count) return false;
  const Unit* at = text + (backward ? pos - count : pos);
  const Unit* wanted = text + entry.start;
  const bool fold = (inst.flags & kFlagIgnoreCase) != 0;
  spend(static_cast<uint64_t>(count) / kCharsPerStep);
  for (int32_t i = 0; i < count; ++i)
    if (at[i] != wanted[i] && (!fold || toLowerInvariant(at[i]) != toLowerInvariant(wanted[i]))) return false;
  pos += backward ? -count : count;
  return true;
}

template <class Unit>
bool Matcher::anchor(const Unit* text, const Inst& inst, int32_t pos) const {
  switch (inst.op) {
    case Op::Bol:
      return pos == 0 || text[pos - 1] == '\n';
    case Op::Eol:
      return pos == size_ || text[pos] == '\n';
    case Op::Beginning:
      return pos == 0;
    case Op::Start:
      return pos == scan_start_;
    case Op::EndZ:
      return pos == size_ || (pos == size_ - 1 && text[pos] == '\n');
    case Op::End:
      return pos == size_;
    default: {
      const auto word = (inst.flags & kFlagEcma) != 0 ? ecmaWord : isBoundaryWordChar;
      const bool before = pos > 0 && word(text[pos - 1]);
      const bool after = pos < size_ && word(text[pos]);
      return (before != after) == (inst.op == Op::Boundary);
    }
  }
}

void Matcher::setRegister(uint32_t reg, Register value) {
  Register& old = registers_[reg];
  push(FrameKind::Register, static_cast<int32_t>(reg), old.x, old.y);
  old = value;
}

void Matcher::capture(int32_t slot, int32_t start, int32_t end) {
  int32_t& newest = last_[static_cast<size_t>(slot)];
  push(FrameKind::Captures, slot, newest, static_cast<int32_t>(journal_.size()));
  journal_.push_back({start, end - start, newest});
  newest = static_cast<int32_t>(journal_.size()) - 1;
}

void Matcher::uncapture(int32_t slot) {
  int32_t& newest = last_[static_cast<size_t>(slot)];
  push(FrameKind::Captures, slot, newest, static_cast<int32_t>(journal_.size()));
  newest = journal_[static_cast<size_t>(newest)].previous;
}

// The end of a group. A balancing group takes the newest capture of another one away, and captures what is between.
bool Matcher::close(const Inst& inst, int32_t pos) {
  int32_t start = registers_[inst.reg].x;
  int32_t end = pos;
  if (end < start) std::swap(start, end);
  if (inst.b >= 0) {
    const int32_t newest = last_[static_cast<size_t>(inst.b)];
    if (newest < 0) return false;
    const Entry other = journal_[static_cast<size_t>(newest)];
    const int32_t other_end = other.start + other.length;
    if (start >= other_end) {
      end = start;
      start = other_end;
    } else if (end <= other.start) {
      start = other.start;
    } else {
      end = std::min(end, other_end);
      start = std::max(start, other.start);
    }
    if (end < start) std::swap(start, end);
    uncapture(inst.b);
  }
  if (inst.a >= 0) capture(inst.a, start, end);
  return true;
}

void Matcher::undo(const Frame& frame) {
  if (frame.kind == FrameKind::Register) {
    registers_[static_cast<size_t>(frame.a)] = {frame.b, frame.c};
  } else if (frame.kind == FrameKind::Captures) {
    last_[static_cast<size_t>(frame.a)] = frame.b;
    journal_.resize(static_cast<size_t>(frame.c));
  }
}

// Keeps what must be undone later, drops the other ways to match.
void Matcher::forgetBranches(size_t height) {
  size_t kept = height;
  spend((frames_.size() - height) / kCharsPerStep);
  for (size_t i = height; i < frames_.size(); ++i)
    if (frames_[i].kind == FrameKind::Register || frames_[i].kind == FrameKind::Captures) frames_[kept++] = frames_[i];
  frames_.resize(kept);
}

// True: into the body.
bool Matcher::loopEnter(const Inst& inst, int32_t& pc, int32_t pos) {
  setRegister(inst.reg, {pos, 0});
  if (inst.b > 0) return true;
  if ((inst.flags & kFlagLazy) != 0) {
    push(FrameKind::Branch, inst.a - 1, pos, 0);  // LoopAgain
    pc = inst.a;
    return false;
  }
  push(FrameKind::Branch, inst.a, pos, 0);
  return true;
}

// Behind a turn of the body. An empty turn, once there were enough, ends the loop.
void Matcher::loopNext(const Inst& inst, int32_t& pc, int32_t pos) {
  const Register& now = registers_[inst.reg];
  const int32_t count = now.y + 1;
  const bool lazy = (inst.flags & kFlagLazy) != 0;
  const int32_t out = pc + (lazy ? 1 : 0);
  if (count < inst.b) {
    setRegister(inst.reg, {pos, count});
    pc = inst.a;
  } else if (pos == now.x || (inst.c >= 0 && count >= inst.c)) {
    pc = out;
  } else if (lazy) {
    setRegister(inst.reg, {now.x, count});
    push(FrameKind::Branch, pc, pos, 0);  // LoopAgain
    pc = out;
  } else {
    push(FrameKind::Branch, out, pos, 0);
    setRegister(inst.reg, {pos, count});
    pc = inst.a;
  }
}

// Takes back what was done since the newest open choice, and takes its other way; false: there is none.
template <class Unit>
bool Matcher::goBack(const Unit* text, int32_t& pc, int32_t& pos) {
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    switch (frame.kind) {
      case FrameKind::Branch:
        pc = frame.a;
        pos = frame.b;
        frames_.pop_back();
        return true;
      case FrameKind::Greedy:
        pc = frame.a;
        frame.c += frame.c > frame.b ? -1 : 1;
        pos = frame.c;
        if (frame.c == frame.b) frames_.pop_back();
        return true;
      case FrameKind::Lazy: {
        const Inst& inst = program_.code[static_cast<size_t>(frame.a)];
        int32_t at = frame.b;
        if (!single(text, inst, at)) {
          frames_.pop_back();
          if (!spend(1)) return false;
          continue;
        }
        pc = frame.a + 1;
        pos = frame.b = at;
        if (frame.c > 0 && --frame.c == 0) frames_.pop_back();
        return true;
      }
      default: {
        const Frame done = frame;
        frames_.pop_back();
        undo(done);
      }
    }
  }
  return false;
}

template <class Unit>
Matcher::Result Matcher::run(const Unit* text, int32_t at) {
  frames_.clear();
  journal_.clear();
  std::fill(last_.begin(), last_.end(), -1);
  int32_t pc = 0;
  int32_t pos = at;
  for (;;) {
    if (!spend(1) || frames_.size() > max_frames_) return Result::Budget;
    const Inst& inst = program_.code[static_cast<size_t>(pc++)];
    bool good = true;
    switch (inst.op) {
      case Op::Char:
      case Op::NotChar:
      case Op::Set:
        good = single(text, inst, pos);
        break;
      case Op::Text:
        good = matchText(text, inst, pos);
        break;
      case Op::Loop:
      case Op::AtomicLoop: {
        const int32_t count = repeat(text, inst, pos, inst.c);
        good = count >= inst.b;
        if (!good) break;
        const int32_t step = (inst.flags & kFlagBackward) != 0 ? -1 : 1;
        if (count > inst.b && inst.op == Op::Loop) push(FrameKind::Greedy, pc, pos + step * inst.b, pos + step * count);
        pos += step * count;
        break;
      }
      case Op::LazyLoop: {
        good = repeat(text, inst, pos, inst.b) == inst.b;
        if (!good) break;
        pos += (inst.flags & kFlagBackward) != 0 ? -inst.b : inst.b;
        if (inst.c != inst.b) push(FrameKind::Lazy, pc - 1, pos, inst.c < 0 ? -1 : inst.c - inst.b);
        break;
      }
      case Op::Backref:
        good = matchBackref(text, inst, pos);
        break;
      case Op::Bol:
      case Op::Eol:
      case Op::Beginning:
      case Op::Start:
      case Op::EndZ:
      case Op::End:
      case Op::Boundary:
      case Op::NonBoundary:
        good = anchor(text, inst, pos);
        break;
      case Op::Jump:
        pc = inst.a;
        break;
      case Op::Split:
        push(FrameKind::Branch, inst.a, pos, 0);
        break;
      case Op::LoopEnter:
        loopEnter(inst, pc, pos);
        break;
      case Op::LoopNext:
        loopNext(inst, pc, pos);
        break;
      case Op::LoopAgain:
        setRegister(inst.reg, {pos, registers_[inst.reg].y});
        pc = inst.a;
        break;
      case Op::Open:
        setRegister(inst.reg, {pos, 0});
        break;
      case Op::Close:
        good = close(inst, pos);
        break;
      case Op::Ahead:
      case Op::Not:
      case Op::IfBegin:
        setRegister(inst.reg, {0, pos});
        registers_[inst.reg].x = static_cast<int32_t>(frames_.size());
        if (inst.op != Op::Ahead) push(FrameKind::Branch, inst.a, pos, 0);
        break;
      case Op::AheadEnd:
      case Op::AtomicEnd:
        forgetBranches(static_cast<size_t>(registers_[inst.reg].x));
        if (inst.op == Op::AheadEnd) pos = registers_[inst.reg].y;
        break;
      case Op::NotEnd: {
        const auto height = static_cast<size_t>(registers_[inst.reg].x);
        while (frames_.size() > height) {
          const Frame frame = frames_.back();
          frames_.pop_back();
          undo(frame);
        }
        good = false;
        break;
      }
      case Op::IfGroup:
        if (inst.a < 0 || last_[static_cast<size_t>(inst.a)] < 0) pc = inst.b;
        break;
      case Op::Fail:
        good = false;
        break;
      case Op::Match:
        last_[0] = static_cast<int32_t>(journal_.size());
        journal_.push_back({std::min(at, pos), std::abs(pos - at), -1});
        resume_ = pos;
        return Result::Found;
    }
    if (!good && !goBack(text, pc, pos)) return fuel_ == 0 ? Result::Budget : Result::None;
  }
}

}  // namespace sluice::expression::regex
