// Capture, Group, Match and their collections.
#include "expression/library/declarations.h"
#include "expression/library/regex.h"

namespace sluice::expression {
namespace {

Value captured(const RegexCapture* capture) {
  return fromChars(capture->text.sub(static_cast<uint32_t>(capture->start), static_cast<uint32_t>(capture->length)));
}

void place(RegexCapture* object, const Chars& text, int32_t base, regex::Span span) {
  object->text = text;
  object->base = base;
  object->start = span.start;
  object->length = span.length;
}

RegexItems* newItems(Eval& eval, const Type* type, uint32_t count) {
  auto* items = newObject<RegexItems>(eval, type);
  if (!eval.reserve(uint64_t{count} * sizeof(Value))) count = 0;
  items->count = count;
  items->items = static_cast<Value*>(eval.arena.allocateBytes(sizeof(Value) * count, alignof(Value)));
  return items;
}

class ItemsEnumerator final : public Enumerator {
 public:
  explicit ItemsEnumerator(const RegexItems* items) : items_(items) {}
  bool next(Eval& eval, Value& out) override {
    if (at_ >= items_->count || !eval.step()) return false;
    out = items_->items[at_++];
    return true;
  }

 private:
  const RegexItems* items_;
  uint32_t at_ = 0;
};

Enumerator* enumerateItems(Eval& eval, const Value& value) {
  return eval.arena.create<ItemsEnumerator>(as<RegexItems>(value));
}

Value emptyGroup(Call& c) {
  auto* group = newObject<RegexGroup>(c.eval, libraryType("System.Text.RegularExpressions.Group"));
  place(group, Chars{"", nullptr, 0}, 0, {});
  group->success = false;
  group->capture_count = 0;
  group->captures = nullptr;
  group->name = {};
  return Value::object(group);
}

Value groupsOf(Call& c) {
  const auto* match = c.object<RegexMatch>(0);
  const uint32_t count = match->program == nullptr ? 1 : static_cast<uint32_t>(match->program->groups.size());
  RegexItems* items = newItems(c.eval, c.type, count);
  items->match = match;
  for (uint32_t i = 0; i < items->count; ++i) items->items[i] = Value::object(match->groups[i]);
  return Value::object(items);
}

Value groupByNumber(Call& c) {
  const auto* items = c.object<RegexItems>(0);
  const regex::Program* program = items->match->program;
  const int32_t slot = program == nullptr ? (c.int32(1) == 0 ? 0 : -1) : program->slotOfNumber(c.int32(1));
  return slot < 0 ? emptyGroup(c) : items->items[slot];
}

Value groupByName(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("groupname");
  const auto* items = c.object<RegexItems>(0);
  const regex::Program* program = items->match->program;
  const int32_t slot = program == nullptr ? -1 : program->slotOfName(c.utf8(1));
  return slot < 0 ? emptyGroup(c) : items->items[slot];
}

Value capturesOf(Call& c) {
  const auto* group = c.object<RegexGroup>(0);
  RegexItems* items = newItems(c.eval, c.type, group->capture_count);
  const Type* type = libraryType("System.Text.RegularExpressions.Capture");
  for (uint32_t i = 0; i < items->count; ++i) {
    if (!c.eval.step()) return {};
    auto* capture = newObject<RegexCapture>(c.eval, type);
    place(capture, group->text, group->base, group->captures[i]);
    items->items[i] = Value::object(capture);
  }
  return Value::object(items);
}

Value itemByIndex(Call& c) {
  const auto* items = c.object<RegexItems>(0);
  const int32_t index = c.int32(1);
  if (index < 0 || static_cast<uint32_t>(index) >= items->count) return c.eval.raiseOutOfRange("i");
  return items->items[index];
}

Value countOfItems(Call& c) {
  return Value::int32(static_cast<int32_t>(c.object<RegexItems>(0)->count));
}

Value resultOf(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("replacement");
  const auto* match = c.object<RegexMatch>(0);
  if (!match->success) return c.raise("System.NotSupportedException", "Result cannot be called on a failed Match.");
  TextBuilder out(c.eval);
  Replacement(c.arena(), c.chars(1), *match->program).add(out, *match);
  return out.take();
}

constexpr MemberRow kCapture[] = {
    {"int Index { get; }",
     [](Call& c) {
       const auto* capture = c.object<RegexCapture>(0);
       return Value::int32(capture->base + capture->start);
     }},
    {"int Length { get; }", [](Call& c) { return Value::int32(c.object<RegexCapture>(0)->length); }},
    {"string Value { get; }", [](Call& c) { return captured(c.object<RegexCapture>(0)); }},
};
constexpr MemberRow kGroup[] = {
    {"bool Success { get; }", [](Call& c) { return Value::boolean(c.object<RegexGroup>(0)->success); }},
    {"string Name { get; }", [](Call& c) { return c.text(c.object<RegexGroup>(0)->name); }},
    {"CaptureCollection Captures { get; }", capturesOf},
};
constexpr MemberRow kMatch[] = {
    {"static Match Empty { get; }", [](Call& c) { return Value::object(emptyMatch(c.eval)); }},
    {"GroupCollection Groups { get; }", groupsOf},
    {"Match NextMatch()", [](Call& c) { return nextMatch(c.eval, c.object<RegexMatch>(0)); }},
    {"string Result(string replacement)", resultOf},
};
constexpr MemberRow kMatchCollection[] = {
    {"int Count { get; }", countOfItems},
    {"Match this[int i] { get; }", itemByIndex},
};
constexpr MemberRow kGroupCollection[] = {
    {"int Count { get; }", countOfItems},
    {"Group this[int groupnum] { get; }", groupByNumber},
    {"Group this[string groupname] { get; }", groupByName},
};
constexpr MemberRow kCaptureCollection[] = {
    {"int Count { get; }", countOfItems},
    {"Capture this[int i] { get; }", itemByIndex},
};

}  // namespace

bool RegexSearch::find(int32_t from, int32_t previous_length) {
  if (eval_.failed()) return false;
  const regex::Matcher::Result result = matcher_.find(from, previous_length);
  if (!eval_.step(matcher_.takeSteps() / 8 + 1)) return false;
  if (result == regex::Matcher::Result::Budget) eval_.raiseBudget("work in a regular expression");
  return result == regex::Matcher::Result::Found;
}

regex::Span RegexSearch::span() const {
  regex::Span span;
  matcher_.newest(0, span);
  return span;
}

bool RegexSearch::next() {
  return find(matcher_.resume(), span().length);
}

RegexMatch* RegexSearch::object(int32_t base) const {
  const auto count = static_cast<int32_t>(program_->groups.size());
  if (!eval_.step(static_cast<uint64_t>(count) * 4)) return nullptr;
  auto* match = newObject<RegexMatch>(eval_, libraryType("System.Text.RegularExpressions.Match"));
  match->program = program_;
  match->resume = matcher_.resume();
  match->groups = static_cast<RegexGroup**>(
      eval_.arena.allocateBytes(sizeof(RegexGroup*) * static_cast<size_t>(count), alignof(RegexGroup*)));
  const Type* type = libraryType("System.Text.RegularExpressions.Group");
  std::pmr::vector<regex::Span> spans(&eval_.arena);
  for (int32_t slot = 0; slot < count; ++slot) {
    RegexGroup* group = slot == 0 ? match : newObject<RegexGroup>(eval_, type);
    matcher_.captures(slot, spans);
    if (!eval_.step(spans.size()) || !eval_.reserve(spans.size() * sizeof(regex::Span))) return nullptr;
    const std::span<regex::Span> kept = eval_.arena.array<regex::Span>(spans.size());
    std::copy(spans.begin(), spans.end(), kept.begin());
    group->captures = kept.data();
    group->capture_count = static_cast<uint32_t>(kept.size());
    group->success = !spans.empty();
    group->name = program_->groups[static_cast<size_t>(slot)].name;
    place(group, text_, base, spans.empty() ? regex::Span{} : spans.back());
    if (spans.empty()) group->base = 0;
    match->groups[slot] = group;
  }
  return match;
}

RegexMatch* emptyMatch(Eval& eval) {
  auto* match = newObject<RegexMatch>(eval, libraryType("System.Text.RegularExpressions.Match"));
  place(match, Chars{"", nullptr, 0}, 0, {});
  match->success = false;
  match->capture_count = 0;
  match->captures = nullptr;
  match->name = "0";
  match->program = nullptr;
  match->resume = 0;
  match->groups = static_cast<RegexGroup**>(eval.arena.allocateBytes(sizeof(RegexGroup*), alignof(RegexGroup*)));
  match->groups[0] = match;
  return match;
}

Value nextMatch(Eval& eval, const RegexMatch* match) {
  if (match->program == nullptr) return Value::object(match);
  RegexSearch search(eval, match->program, match->text);
  if (!search.resumeAfter(match->resume, match->length)) {
    if (eval.failed()) return {};
    return Value::object(emptyMatch(eval));
  }
  return Value::object(search.object(match->base));
}

void declareRegexMatch(Library& library) {
  Hooks text;
  text.to_string = [](Eval&, const Value& value) { return captured(as<RegexCapture>(value)); };
  library.add("class System.Text.RegularExpressions.Capture", kCapture, text);
  library.add("class System.Text.RegularExpressions.Group : Capture", kGroup, text);
  library.add("class System.Text.RegularExpressions.Match : Group", kMatch, text);
  Hooks items;
  items.enumerate = enumerateItems;
  library.add(
      "class System.Text.RegularExpressions.MatchCollection : System.Collections.ICollection, IReadOnlyList<Match>",
      kMatchCollection, items);
  library.add(
      "class System.Text.RegularExpressions.GroupCollection : System.Collections.ICollection, IReadOnlyList<Group>",
      kGroupCollection, items);
  library.add(
      "class System.Text.RegularExpressions.CaptureCollection : System.Collections.ICollection, "
      "IReadOnlyList<Capture>",
      kCaptureCollection, items);
}

}  // namespace sluice::expression
