// From the tree to instructions.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "expression/chars.h"
#include "expression/regex/category.h"
#include "expression/regex/tree.h"

namespace sluice::expression::regex {
namespace {

bool hasCase(char16_t c) {
  return toLowerInvariant(c) != c || toUpperInvariant(c) != c;
}

void sortRanges(std::vector<Range>& ranges) {
  std::sort(ranges.begin(), ranges.end(), [](Range a, Range b) { return a.first < b.first; });
  size_t kept = 0;
  for (const Range& range : ranges) {
    if (kept > 0 && range.first <= ranges[kept - 1].last + 1) {
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
}

// With every character also its lower case; Set::contains looks for the lower case of what it is asked.
void addLowerCase(std::vector<Range>& ranges) {
  sortRanges(ranges);
  const std::vector<Range> given = ranges;
  for (const Range& range : given)
    for (uint32_t c = range.first; c <= range.last; ++c)
      if (const char16_t lower = toLowerInvariant(static_cast<char16_t>(c)); lower != c)
        ranges.push_back({lower, lower});
  sortRanges(ranges);
}

// Which characters a match may begin with.
struct First {
  uint64_t ascii[2] = {0, 0};
  bool beyond = false;

  void add(char16_t c) {
    if (c < 0x80) {
      ascii[c >> 6] |= uint64_t{1} << (c & 63);
    } else {
      beyond = true;
    }
  }
  void addAll() { ascii[0] = ascii[1] = ~uint64_t{0}, beyond = true; }
  void add(const First& other) {
    ascii[0] |= other.ascii[0];
    ascii[1] |= other.ascii[1];
    beyond = beyond || other.beyond;
  }
  bool meets(const First& other) const {
    return (ascii[0] & other.ascii[0]) != 0 || (ascii[1] & other.ascii[1]) != 0 || (beyond && other.beyond);
  }
};

class Compiler {
 public:
  Compiler(Arena& arena, Program& program, const Parsed& parsed) : arena_(arena), program_(program) {
    std::vector<GroupName> groups;
    for (const auto& [number, name] : parsed.groups) {
      slots_[number] = static_cast<int32_t>(groups.size());
      groups.push_back({arena.copy(name), number, static_cast<int32_t>(groups.size())});
    }
    program.groups = keep(groups);
  }

  void run(const Tree& root) {
    emit(root);
    add(Op::Match);
    First first;
    if (!program_.backward() && firstOf(root, first) && !(first.ascii[0] == ~0ull && first.ascii[1] == ~0ull)) {
      TreeSet beyond;
      if (first.beyond) beyond.add(0x80, 0xFFFF);
      Set set = makeSet(beyond);
      set.ascii[0] = first.ascii[0];
      set.ascii[1] = first.ascii[1];
      program_.first = arena_.create<Set>(set);
    }
    program_.anchor = anchorOf(root);
    program_.registers = registers_;
    program_.code = keep(code_);
    program_.sets = keep(sets_);
    char16_t* text = static_cast<char16_t*>(arena_.allocateBytes(text_.size() * sizeof(char16_t), alignof(char16_t)));
    std::copy(text_.begin(), text_.end(), text);
    program_.text = {text, text_.size()};
    program_.bytes = sizeof(Program) + code_.size() * sizeof(Inst) + sets_.size() * sizeof(Set) + text_.size() * 2 +
                     set_bytes_ + program_.groups.size() * 48;
  }

 private:
  template <class T>
  std::span<const T> keep(const std::vector<T>& items) {
    const std::span<T> kept = arena_.array<T>(items.size());
    std::copy(items.begin(), items.end(), kept.begin());
    return kept;
  }

  int32_t at() const { return static_cast<int32_t>(code_.size()); }
  Inst& add(Op op, uint8_t flags = 0) {
    code_.push_back({});
    code_.back().op = op;
    code_.back().flags = flags;
    return code_.back();
  }
  uint8_t flagsOf(const Tree& tree) const {
    return static_cast<uint8_t>((tree.backward() ? kFlagBackward : 0) |
                                ((tree.options & kEcmaScript) != 0 ? kFlagEcma : 0) |
                                ((tree.options & kIgnoreCase) != 0 ? kFlagIgnoreCase : 0));
  }
  int32_t slot(int32_t group) const {
    const auto it = slots_.find(group);
    return it == slots_.end() ? -1 : it->second;
  }

  Set makeSet(const TreeSet& tree) {
    Set set;
    std::vector<Range> ranges = tree.ranges;
    if (tree.ignore_case) {
      addLowerCase(ranges);
    } else {
      sortRanges(ranges);
    }
    set_bytes_ += ranges.size() * sizeof(Range);
    const std::span<const Range> kept = keep(ranges);
    set.ranges = kept.data();
    set.range_count = static_cast<uint32_t>(kept.size());
    set.categories = tree.categories;
    set.space = tree.space;
    set.not_space = tree.not_space;
    set.negated = tree.negated;
    set.ignore_case = tree.ignore_case;
    if (tree.subtraction != nullptr) set.subtraction = arena_.create<Set>(makeSet(*tree.subtraction));
    for (char16_t c = 0; c < 0x80; ++c)
      if (set.containsAny(c)) set.ascii[c >> 6] |= uint64_t{1} << (c & 63);
    return set;
  }

  int32_t setOf(const Tree& tree) {
    const auto [it, added] = set_index_.try_emplace(tree.set.get(), static_cast<int32_t>(sets_.size()));
    if (added) sets_.push_back(makeSet(*tree.set));
    return it->second;
  }

  // Chars and texts without case need not fold anything.
  static bool folds(const Tree& tree) {
    if ((tree.options & kIgnoreCase) == 0) return false;
    if (tree.kind == Kind::Text) return std::any_of(tree.text.begin(), tree.text.end(), hasCase);
    return hasCase(tree.unit);
  }
  static char16_t unitOf(const Tree& tree) { return folds(tree) ? toLowerInvariant(tree.unit) : tree.unit; }

  void emit(const Tree& tree) {
    switch (tree.kind) {
      case Kind::Empty:
        return;
      case Kind::Char:
      case Kind::NotChar:
      case Kind::Set:
        return emitSingle(tree);
      case Kind::Text:
        return emitText(tree);
      case Kind::Backref: {
        Inst& inst = add(Op::Backref, flagsOf(tree));
        inst.a = slot(tree.group);
        return;
      }
      case Kind::Anchor:
        add(tree.op, flagsOf(tree));
        return;
      case Kind::Concat:
        return emitConcat(tree);
      case Kind::Alternate:
        return emitAlternate(tree);
      case Kind::Repeat:
        return emitRepeat(tree, nullptr);
      case Kind::Capture:
        return emitCapture(tree);
      case Kind::Group:
        return emit(*tree.kids[0]);
      case Kind::Ahead:
        return emitAhead(tree, Op::AheadEnd);
      case Kind::Atomic:
        return emitAhead(tree, Op::AtomicEnd);
      case Kind::NotAhead:
        return emitNot(tree);
      case Kind::IfGroup:
      case Kind::IfAhead:
        return emitIf(tree);
      case Kind::Nothing:
        add(Op::Fail);
        return;
    }
  }

  void emitSingle(const Tree& tree) {
    uint8_t flags = flagsOf(tree);
    if (tree.kind == Kind::Set) {
      const int32_t set = setOf(tree);
      add(Op::Set, flags).a = set;
      return;
    }
    if (!folds(tree)) flags &= static_cast<uint8_t>(~kFlagIgnoreCase);
    add(tree.kind == Kind::Char ? Op::Char : Op::NotChar, flags).a = unitOf(tree);
  }

  void emitText(const Tree& tree) {
    uint8_t flags = flagsOf(tree);
    const bool fold = folds(tree);
    if (!fold) flags &= static_cast<uint8_t>(~kFlagIgnoreCase);
    Inst& inst = add(Op::Text, flags);
    inst.a = static_cast<int32_t>(text_.size());
    inst.b = static_cast<int32_t>(tree.text.size());
    for (const char16_t c : tree.text) text_ += fold ? toLowerInvariant(c) : c;
  }

  void emitConcat(const Tree& tree) {
    const size_t count = tree.kids.size();
    for (size_t i = 0; i < count; ++i) {
      const Tree& kid = *tree.kids[tree.backward() ? count - 1 - i : i];
      if (kid.kind == Kind::Repeat) {
        emitRepeat(kid, tree.backward() || i + 1 >= count ? nullptr : tree.kids[i + 1].get());
      } else {
        emit(kid);
      }
    }
  }

  void emitAlternate(const Tree& tree) {
    std::vector<int32_t> jumps;
    for (size_t i = 0; i < tree.kids.size(); ++i) {
      const bool last = i + 1 == tree.kids.size();
      const int32_t split = at();
      if (!last) add(Op::Split);
      emit(*tree.kids[i]);
      if (last) break;
      jumps.push_back(at());
      add(Op::Jump);
      code_[static_cast<size_t>(split)].a = at();
    }
    for (const int32_t jump : jumps) code_[static_cast<size_t>(jump)].a = at();
  }

  // `next`: what stands behind, when a loop that cannot match its beginning need never give anything back.
  void emitRepeat(const Tree& tree, const Tree* next) {
    const Tree& body = *tree.kids[0];
    if (tree.most == 0) return;
    if (tree.least == 1 && tree.most == 1) return emit(body);
    if (body.kind == Kind::Char || body.kind == Kind::NotChar || body.kind == Kind::Set) {
      First mine, theirs;
      const bool apart = next != nullptr && !tree.lazy && addFirst(body, mine) == Covers::Always &&
                         addFirst(*next, theirs) == Covers::Always && !mine.meets(theirs);
      emitSingle(body);
      Inst& inst = code_.back();
      inst.what = inst.op == Op::Char ? Single::Char : inst.op == Op::NotChar ? Single::NotChar : Single::Set;
      inst.op = tree.lazy ? Op::LazyLoop : apart ? Op::AtomicLoop : Op::Loop;
      inst.b = tree.least;
      inst.c = tree.most;
      return;
    }
    const auto flags = static_cast<uint8_t>(tree.lazy ? kFlagLazy : 0);
    const auto enter = static_cast<size_t>(at());
    const uint32_t reg = registers_++;
    add(Op::LoopEnter, flags).reg = reg;
    const int32_t start = at();
    emit(body);
    Inst& loop = add(Op::LoopNext, flags);
    loop.reg = reg;
    loop.a = start;
    loop.b = tree.least;
    loop.c = tree.most;
    if (tree.lazy) {
      Inst& again = add(Op::LoopAgain);
      again.reg = reg;
      again.a = start;
    }
    code_[enter].a = at();
    code_[enter].b = tree.least;
  }

  void emitCapture(const Tree& tree) {
    const uint32_t reg = registers_++;
    add(Op::Open).reg = reg;
    emit(*tree.kids[0]);
    Inst& close = add(Op::Close);
    close.reg = reg;
    close.a = slot(tree.group);
    close.b = slot(tree.uncapture);
  }

  void emitAhead(const Tree& tree, Op end) {
    const uint32_t reg = registers_++;
    add(Op::Ahead).reg = reg;
    emit(*tree.kids[0]);
    add(end).reg = reg;
  }

  void emitNot(const Tree& tree) {
    const auto begin = static_cast<size_t>(at());
    const uint32_t reg = registers_++;
    add(Op::Not).reg = reg;
    emit(*tree.kids[0]);
    add(Op::NotEnd).reg = reg;
    code_[begin].a = at();
  }

  void emitIf(const Tree& tree) {
    const auto begin = static_cast<size_t>(at());
    size_t yes = 0;
    if (tree.kind == Kind::IfGroup) {
      add(Op::IfGroup).a = slot(tree.group);
    } else {
      const uint32_t reg = registers_++;
      add(Op::IfBegin).reg = reg;
      emit(*tree.kids[yes++]);
      add(Op::AheadEnd).reg = reg;
    }
    emit(*tree.kids[yes]);
    const auto jump = static_cast<size_t>(at());
    add(Op::Jump);
    (tree.kind == Kind::IfGroup ? code_[begin].b : code_[begin].a) = at();
    emit(*tree.kids[yes + 1]);
    code_[jump].a = at();
  }

  // Does the tree always begin with one of the characters collected?
  enum class Covers : uint8_t { Always, MayBeEmpty, Unknown };

  Covers addFirst(const Tree& tree, First& first) {
    switch (tree.kind) {
      case Kind::Empty:
      case Kind::Anchor:
      case Kind::Ahead:
      case Kind::NotAhead:
        return Covers::MayBeEmpty;
      case Kind::Char:
      case Kind::Text:
        return addFirstChar(tree, tree.kind == Kind::Char ? tree.unit : tree.text[0], first);
      case Kind::NotChar:
        addFirstBut(tree, first);
        return Covers::Always;
      case Kind::Set: {
        const Set& set = sets_[static_cast<size_t>(setOf(tree))];
        first.ascii[0] |= set.ascii[0];
        first.ascii[1] |= set.ascii[1];
        first.beyond = true;
        return Covers::Always;
      }
      case Kind::Concat:
        for (const TreePtr& kid : tree.kids)
          if (const Covers covers = addFirst(*kid, first); covers != Covers::MayBeEmpty) return covers;
        return Covers::MayBeEmpty;
      case Kind::Alternate: {
        Covers all = Covers::Always;
        for (const TreePtr& kid : tree.kids) all = std::max(all, addFirst(*kid, first));
        return all;
      }
      case Kind::Repeat: {
        if (tree.most == 0) return Covers::MayBeEmpty;
        const Covers body = addFirst(*tree.kids[0], first);
        return body == Covers::Always && tree.least == 0 ? Covers::MayBeEmpty : body;
      }
      case Kind::Capture:
      case Kind::Group:
      case Kind::Atomic:
        return addFirst(*tree.kids[0], first);
      default:
        return Covers::Unknown;
    }
  }

  static Covers addFirstChar(const Tree& tree, char16_t c, First& first) {
    if ((tree.options & kIgnoreCase) != 0 && hasCase(c)) {
      first.beyond = true;  // there may be further forms: the Kelvin sign
      first.add(toLowerInvariant(c));
      first.add(toUpperInvariant(c));
    }
    first.add(c);
    return Covers::Always;
  }

  static void addFirstBut(const Tree& tree, First& first) {
    First all;
    all.addAll();
    if (!folds(tree) && tree.unit < 0x80) all.ascii[tree.unit >> 6] &= ~(uint64_t{1} << (tree.unit & 63));
    first.add(all);
  }

  bool firstOf(const Tree& tree, First& first) { return addFirst(tree, first) == Covers::Always; }

  static Program::Anchor anchorOf(const Tree& tree) {
    switch (tree.kind) {
      case Kind::Anchor:
        return tree.op == Op::Beginning ? Program::Anchor::Beginning
               : tree.op == Op::Start   ? Program::Anchor::Start
                                        : Program::Anchor::None;
      case Kind::Concat:
        return tree.kids.empty() || tree.backward() ? Program::Anchor::None : anchorOf(*tree.kids[0]);
      case Kind::Capture:
      case Kind::Group:
      case Kind::Atomic:
        return anchorOf(*tree.kids[0]);
      default:
        return Program::Anchor::None;
    }
  }

  Arena& arena_;
  Program& program_;
  std::unordered_map<int32_t, int32_t> slots_;
  std::unordered_map<const TreeSet*, int32_t> set_index_;
  std::vector<Inst> code_;
  std::vector<Set> sets_;
  std::u16string text_;
  uint32_t registers_ = 0;
  size_t set_bytes_ = 0;
};

}  // namespace

bool Set::containsPlain(char16_t c) const {
  const Range* end = ranges + range_count;
  const Range* after = std::upper_bound(ranges, end, c, [](char16_t x, const Range& range) { return x < range.first; });
  if (after != ranges && c <= after[-1].last) return true;
  if (categories != 0 && ((categories >> categoryOf(c)) & 1) != 0) return true;
  return (space || not_space) && (isWhiteSpace(c) ? space : not_space);
}

bool Set::containsAny(char16_t c) const {
  bool in = containsPlain(c);
  if (!in && ignore_case) in = containsPlain(toLowerInvariant(c));
  if (in == negated) return false;
  return subtraction == nullptr || !subtraction->containsAny(c);
}

int32_t Program::slotOfNumber(int64_t number) const {
  if (number < 0) return -1;
  const auto it = std::lower_bound(groups.begin(), groups.end(), number,
                                   [](const GroupName& group, int64_t n) { return group.number < n; });
  return it != groups.end() && it->number == number ? it->slot : -1;
}

int32_t Program::slotOfName(std::string_view name) const {
  for (const GroupName& group : groups)
    if (group.name == name) return group.slot;
  return -1;
}

const Program* compile(std::u16string_view pattern, uint32_t options, Arena& arena, std::string& error) {
  const Parsed parsed = parse(pattern, options);
  error = parsed.error;
  if (!error.empty()) return nullptr;
  auto* program = arena.create<Program>();
  program->options = options;
  Compiler(arena, *program, parsed).run(*parsed.root);
  return program;
}

}  // namespace sluice::expression::regex
