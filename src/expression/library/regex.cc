// System.Text.RegularExpressions.Regex, RegexOptions, MatchEvaluator.
#include "expression/library/regex.h"

#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

// A match timeout is checked and otherwise of no effect: work is bounded by the evaluation's budget.
bool checkTimeout(Call& c, size_t index) {
  constexpr int64_t kInfinite = -10'000;
  constexpr int64_t kMost = int64_t{INT32_MAX - 1} * 10'000;
  if (c.count <= index || c[index].tag() != Tag::TimeSpan) return true;
  const int64_t ticks = c[index].asInt64();
  if (ticks == kInfinite || (ticks > 0 && ticks <= kMost)) return true;
  c.eval.raiseOutOfRange("matchTimeout");
  return false;
}

bool setInput(Call& c, size_t index, RegexSubject& out) {
  if (c.isNull(index)) {
    c.eval.raiseArgumentNull("input");
    return false;
  }
  out.input = c[index];
  out.text = c.chars(index);
  return true;
}

Value create(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("pattern");
  if (!checkTimeout(c, 2)) return {};
  const uint32_t options = c.count > 1 ? static_cast<uint32_t>(c.int32(1)) : 0;
  const regex::Program* program = regexProgram(c.eval, c.chars(0), options);
  if (program == nullptr) return {};
  auto* object = newObject<RegexObject>(c.eval, c.type);
  object->program = program;
  object->pattern = c[0];
  return Value::object(object);
}

Value isMatch(Call& c, const RegexSubject& subject, int32_t start) {
  RegexSearch search(c.eval, subject.program, subject.text);
  return Value::boolean(search.first(start));
}

int32_t beginningOf(const RegexSubject& subject) {
  return subject.program->backward() ? static_cast<int32_t>(subject.text.size) : 0;
}

Value match(Call& c, const RegexSubject& subject, int32_t start, int32_t base = 0) {
  RegexSearch search(c.eval, subject.program, subject.text);
  if (search.first(start)) return Value::object(search.object(base));
  return c.eval.failed() ? Value() : Value::object(emptyMatch(c.eval));
}

Value matches(Call& c, const RegexSubject& subject, int32_t start) {
  RegexSearch search(c.eval, subject.program, subject.text);
  std::pmr::vector<Value> found(&c.arena());
  for (bool more = search.first(start); more; more = search.next()) {
    if (!c.eval.step(4)) return {};
    found.push_back(Value::object(search.object()));
  }
  if (c.eval.failed() || !c.eval.reserve(found.size() * sizeof(Value))) return {};
  auto* items = newObject<RegexItems>(c.eval, c.type);
  items->count = static_cast<uint32_t>(found.size());
  items->items = static_cast<Value*>(c.arena().allocateBytes(sizeof(Value) * found.size(), alignof(Value)));
  std::copy(found.begin(), found.end(), items->items);
  items->match = nullptr;
  return Value::object(items);
}

Value isMatchStatic(Call& c) {
  RegexSubject subject;
  return regexStatic(c, c.count > 2 ? 2 : 0, subject) ? isMatch(c, subject, beginningOf(subject)) : Value();
}
Value matchStatic(Call& c) {
  RegexSubject subject;
  return regexStatic(c, c.count > 2 ? 2 : 0, subject) ? match(c, subject, beginningOf(subject)) : Value();
}
Value matchesStatic(Call& c) {
  RegexSubject subject;
  return regexStatic(c, c.count > 2 ? 2 : 0, subject) ? matches(c, subject, beginningOf(subject)) : Value();
}

// Instance methods of (input [, startat]).
template <Value (*Search)(Call&, const RegexSubject&, int32_t)>
Value instance(Call& c) {
  RegexSubject subject;
  if (!regexInstance(c, subject)) return {};
  int32_t start = beginningOf(subject);
  if (c.count > 2 && !regexStart(c, 2, subject, start)) return {};
  return Search(c, subject, start);
}

Value matchFrom(Call& c, const RegexSubject& subject, int32_t start) {
  return match(c, subject, start);
}

Value matchWithin(Call& c) {
  RegexSubject subject;
  if (!regexInstance(c, subject)) return {};
  const int64_t from = c.int32(2);
  const int64_t length = c.int32(3);
  const int64_t size = subject.text.size;
  if (from < 0 || from > size) return c.eval.raiseOutOfRange("beginning");
  if (length < 0 || length > size - from) return c.eval.raiseOutOfRange("length");
  subject.text = subject.text.sub(static_cast<uint32_t>(from), static_cast<uint32_t>(length));
  return match(c, subject, beginningOf(subject), static_cast<int32_t>(from));
}

Value escape(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("str");
  const Chars text = c.chars(0);
  TextBuilder out(c.eval, text.size + 16);
  for (uint32_t i = 0; i < text.size; ++i) {
    if (!c.eval.step()) return {};
    const char16_t unit = text[i];
    static constexpr std::u16string_view kSpecial = u"\\*+?|{[()^$.# ";
    static constexpr std::u16string_view kBlank = u"\t\n\f\r";
    const size_t blank = kBlank.find(unit);
    if (blank != std::u16string_view::npos || kSpecial.find(unit) != std::u16string_view::npos) out.unit('\\');
    out.unit(blank != std::u16string_view::npos ? static_cast<char16_t>("tnfr"[blank]) : unit);
  }
  return out.take();
}

Value unescape(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("str");
  const Chars text = c.chars(0);
  if (!c.eval.reserve(uint64_t{text.size} * 4)) return {};
  std::u16string units, out;
  for (uint32_t i = 0; i < text.size; ++i) units += text[i];
  std::string error;
  if (!regex::unescape(units, out, error)) return c.raise("System.ArgumentException", error);
  TextBuilder built(c.eval, text.size);
  for (const char16_t unit : out) built.unit(unit);
  return built.take();
}

const regex::Program& programOf(Call& c) {
  return *c.object<RegexObject>(0)->program;
}

// A group's name: of one without, its number.
std::string nameOfSlot(const regex::Program& program, size_t slot) {
  return std::string(program.groups[slot].name);
}

Value groupNames(Call& c) {
  const auto& groups = programOf(c).groups;
  ArrayObject* names = newArray(c.eval, c.type, static_cast<uint32_t>(groups.size()));
  for (size_t i = 0; i < groups.size() && !c.eval.failed(); ++i) names->items[i] = c.text(nameOfSlot(programOf(c), i));
  return Value::object(names);
}

Value groupNumbers(Call& c) {
  const auto& groups = programOf(c).groups;
  ArrayObject* numbers = newArray(c.eval, c.type, static_cast<uint32_t>(groups.size()));
  for (size_t i = 0; i < groups.size() && !c.eval.failed(); ++i) numbers->items[i] = Value::int32(groups[i].number);
  return Value::object(numbers);
}

Value nameFromNumber(Call& c) {
  for (size_t i = 0; i < programOf(c).groups.size(); ++i)
    if (programOf(c).groups[i].number == c.int32(1)) return c.text(nameOfSlot(programOf(c), i));
  return Value::ascii({});
}

Value numberFromName(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("name");
  for (size_t i = 0; i < programOf(c).groups.size(); ++i)
    if (nameOfSlot(programOf(c), i) == c.utf8(1)) return Value::int32(programOf(c).groups[i].number);
  return Value::int32(-1);
}

constexpr MemberRow kRegex[] = {
    {"string[] GetGroupNames()", groupNames},
    {"int[] GetGroupNumbers()", groupNumbers},
    {"string GroupNameFromNumber(int i)", nameFromNumber},
    {"int GroupNumberFromName(string name)", numberFromName},
    {"bool RightToLeft { get; }", [](Call& c) { return Value::boolean(programOf(c).backward()); }},
    {"Regex(string pattern)", create},
    {"Regex(string pattern, RegexOptions options)", create},
    {"Regex(string pattern, RegexOptions options, TimeSpan matchTimeout)", create},
    {"static bool IsMatch(string input, string pattern)", isMatchStatic},
    {"static bool IsMatch(string input, string pattern, RegexOptions options)", isMatchStatic},
    {"static bool IsMatch(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)", isMatchStatic},
    {"bool IsMatch(string input)", instance<isMatch>},
    {"bool IsMatch(string input, int startat)", instance<isMatch>},
    {"static Match Match(string input, string pattern)", matchStatic},
    {"static Match Match(string input, string pattern, RegexOptions options)", matchStatic},
    {"static Match Match(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)", matchStatic},
    {"Match Match(string input)", instance<matchFrom>},
    {"Match Match(string input, int startat)", instance<matchFrom>},
    {"Match Match(string input, int beginning, int length)", matchWithin},
    {"static MatchCollection Matches(string input, string pattern)", matchesStatic},
    {"static MatchCollection Matches(string input, string pattern, RegexOptions options)", matchesStatic},
    {"static MatchCollection Matches(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)",
     matchesStatic},
    {"MatchCollection Matches(string input)", instance<matches>},
    {"MatchCollection Matches(string input, int startat)", instance<matches>},
    {"static string Replace(string input, string pattern, string replacement)", regexReplaceStatic},
    {"static string Replace(string input, string pattern, string replacement, RegexOptions options)",
     regexReplaceStatic},
    {"static string Replace(string input, string pattern, string replacement, RegexOptions options, "
     "TimeSpan matchTimeout)",
     regexReplaceStatic},
    {"static string Replace(string input, string pattern, MatchEvaluator evaluator)", regexReplaceStatic},
    {"static string Replace(string input, string pattern, MatchEvaluator evaluator, RegexOptions options)",
     regexReplaceStatic},
    {"static string Replace(string input, string pattern, MatchEvaluator evaluator, RegexOptions options, "
     "TimeSpan matchTimeout)",
     regexReplaceStatic},
    {"string Replace(string input, string replacement)", regexReplaceInstance},
    {"string Replace(string input, string replacement, int count)", regexReplaceInstance},
    {"string Replace(string input, string replacement, int count, int startat)", regexReplaceInstance},
    {"string Replace(string input, MatchEvaluator evaluator)", regexReplaceInstance},
    {"string Replace(string input, MatchEvaluator evaluator, int count)", regexReplaceInstance},
    {"string Replace(string input, MatchEvaluator evaluator, int count, int startat)", regexReplaceInstance},
    {"static string[] Split(string input, string pattern)", regexSplitStatic},
    {"static string[] Split(string input, string pattern, RegexOptions options)", regexSplitStatic},
    {"static string[] Split(string input, string pattern, RegexOptions options, TimeSpan matchTimeout)",
     regexSplitStatic},
    {"string[] Split(string input)", regexSplitInstance},
    {"string[] Split(string input, int count)", regexSplitInstance},
    {"string[] Split(string input, int count, int startat)", regexSplitInstance},
    {"static string Escape(string str)", escape},
    {"static string Unescape(string str)", unescape},
};

constexpr EnumRow kOptions[] = {
    {"None", 0},         {"IgnoreCase", 1},         {"Multiline", 2},    {"ExplicitCapture", 4},
    {"Compiled", 8},     {"Singleline", 16},        {"RightToLeft", 64}, {"IgnorePatternWhitespace", 32},
    {"ECMAScript", 256}, {"CultureInvariant", 512},
};

}  // namespace

bool regexInstance(Call& c, RegexSubject& out) {
  out.program = c.object<RegexObject>(0)->program;
  return setInput(c, 1, out);
}

bool regexStatic(Call& c, size_t options, RegexSubject& out) {
  if (c.isNull(1)) {
    c.eval.raiseArgumentNull("pattern");
    return false;
  }
  if (options > 0 && !checkTimeout(c, options + 1)) return false;
  out.program = regexProgram(c.eval, c.chars(1), options > 0 ? static_cast<uint32_t>(c.int32(options)) : 0);
  return out.program != nullptr && setInput(c, 0, out);
}

bool regexStart(Call& c, size_t index, const RegexSubject& subject, int32_t& out) {
  out = c.int32(index);
  if (out >= 0 && static_cast<uint32_t>(out) <= subject.text.size) return true;
  c.eval.raiseOutOfRange("startat", "Start index cannot be less than 0 or greater than input length.");
  return false;
}

void declareRegex(Library& library) {
  library.addEnum("System.Text.RegularExpressions.RegexOptions", kOptions, true);
  library.add("delegate System.Text.RegularExpressions.MatchEvaluator", {});
  Hooks hooks;
  hooks.to_string = [](Eval&, const Value& value) { return as<RegexObject>(value)->pattern; };
  library.add("class System.Text.RegularExpressions.Regex", kRegex, hooks);
}

}  // namespace sluice::expression
