// Replacement patterns, Regex.Replace and Regex.Split.
#include <algorithm>

#include "expression/library/regex.h"

namespace sluice::expression {
namespace {

bool isNameChar(char16_t c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}
bool isAsciiDigit(char16_t c) {
  return c >= '0' && c <= '9';
}

std::string narrowName(const Chars& name) {
  std::u16string units;
  for (uint32_t i = 0; i < name.size; ++i) units += name[i];
  Arena arena;
  return std::string(toUtf8(arena, fromUnits(units)));
}

Chars part(const Chars& text, regex::Span span) {
  return text.sub(static_cast<uint32_t>(span.start), static_cast<uint32_t>(span.length));
}

}  // namespace

void Replacement::literal(const Chars& text) {
  if (text.size > 0) pieces_.push_back({Part::Literal, -1, text});
}

Replacement::Replacement(Arena& arena, const Chars& text, const regex::Program& program) : pieces_(&arena) {
  uint32_t from = 0;
  uint32_t at = 0;
  while (at < text.size) {
    if (text[at] != '$') {
      ++at;
      continue;
    }
    uint32_t after = at + 1;
    const size_t before = pieces_.size();
    literal(text.sub(from, at - from));
    if (dollar(text, program, after)) {
      at = from = after;
    } else {
      pieces_.resize(before);
      ++at;
    }
  }
  literal(text.sub(from, text.size - from));
}

// Behind a '$'; false: it stands for itself.
bool Replacement::dollar(const Chars& text, const regex::Program& program, uint32_t& at) {
  const auto peek = [&](uint32_t i) { return i < text.size ? text[i] : u'\0'; };
  const auto group = [&](int32_t slot) {
    if (slot >= 0) pieces_.push_back({Part::Group, slot, {}});
    return slot >= 0;
  };
  const bool braced = peek(at) == '{' && at + 1 < text.size;
  uint32_t next = braced ? at + 1 : at;
  if (isAsciiDigit(peek(next))) {
    int64_t number = 0;
    int32_t slot = -1;
    uint32_t after = next;
    const bool ecma = !braced && (program.options & regex::kEcmaScript) != 0;
    while (isAsciiDigit(peek(next)) && number < 1'000'000'000) {
      number = number * 10 + (peek(next++) - '0');
      if (!ecma || program.slotOfNumber(number) >= 0) slot = program.slotOfNumber(number), after = next;
    }
    if (braced && peek(after) != '}') return false;
    at = after + (braced ? 1 : 0);
    return group(slot);
  }
  if (braced) {
    const uint32_t from = next;
    while (next < text.size && isNameChar(text[next])) ++next;
    if (next == from || peek(next) != '}') return false;
    at = next + 1;
    return group(program.slotOfName(narrowName(text.sub(from, next - from))));
  }
  if (at >= text.size) return false;
  switch (text[at++]) {
    case '$':
      literal(text.sub(at - 1, 1));
      return true;
    case '&':
      return group(0);
    case '`':
      pieces_.push_back({Part::Left, -1, {}});
      return true;
    case '\'':
      pieces_.push_back({Part::Right, -1, {}});
      return true;
    case '+':
      return group(static_cast<int32_t>(program.groups.size()) - 1);
    case '_':
      pieces_.push_back({Part::Input, -1, {}});
      return true;
    default:
      return false;
  }
}

void Replacement::add(TextBuilder& out, const RegexSearch& search) const {
  const Chars& text = search.text();
  const regex::Span match = search.span();
  for (const Piece& piece : pieces_) {
    regex::Span span;
    switch (piece.part) {
      case Part::Literal:
        out.add(piece.literal);
        break;
      case Part::Group:
        if (search.matcher().newest(piece.slot, span)) out.add(part(text, span));
        break;
      case Part::Left:
        out.add(part(text, {0, match.start}));
        break;
      case Part::Right:
        out.add(part(text, {match.start + match.length, static_cast<int32_t>(text.size) - match.start - match.length}));
        break;
      case Part::Input:
        out.add(text);
        break;
    }
  }
}

void Replacement::add(TextBuilder& out, const RegexMatch& match) const {
  const int32_t end = match.start + match.length;
  for (const Piece& piece : pieces_) {
    switch (piece.part) {
      case Part::Literal:
        out.add(piece.literal);
        break;
      case Part::Group: {
        const RegexGroup* group = match.groups[piece.slot];
        out.add(part(group->text, {group->start, group->length}));
        break;
      }
      case Part::Left:
        out.add(part(match.text, {0, match.start}));
        break;
      case Part::Right:
        out.add(part(match.text, {end, static_cast<int32_t>(match.text.size) - end}));
        break;
      case Part::Input:
        out.add(match.text);
        break;
    }
  }
}

namespace {

struct Replaced {
  regex::Span span;
  Value text;
};

// What one match becomes; false with an exception pending.
bool replaceOne(Call& c, const RegexSearch& search, const Value& by, const Replacement* pattern, Value& out) {
  if (pattern != nullptr) {
    TextBuilder one(c.eval, 16);
    pattern->add(one, search);
    out = one.take();
    return !c.eval.failed();
  }
  const RegexMatch* match = search.object();
  if (match == nullptr) return false;
  out = c.eval.invoke(by, {Value::object(match)});
  return !c.eval.failed();
}

// `by`: a replacement pattern or a MatchEvaluator. `count` below zero: all.
Value replaceAll(Call& c, const RegexSubject& subject, const Value& by, int32_t count, int32_t start) {
  if (count == 0) return subject.input;
  RegexSearch search(c.eval, subject.program, subject.text);
  if (!search.first(start)) return c.eval.failed() ? Value() : subject.input;
  std::optional<Replacement> pattern;
  if (by.isString()) pattern.emplace(c.arena(), chars(c.eval, by), *subject.program);
  std::pmr::vector<Replaced> all(&c.arena());
  do {
    Replaced one{search.span(), {}};
    if (!c.eval.step(4) || !replaceOne(c, search, by, pattern ? &*pattern : nullptr, one.text)) return {};
    all.push_back(one);
  } while (--count != 0 && search.next());
  if (c.eval.failed()) return {};
  if (subject.program->backward()) std::reverse(all.begin(), all.end());
  TextBuilder out(c.eval, subject.text.size + 32);
  uint32_t from = 0;
  for (const Replaced& one : all) {
    const auto at = static_cast<uint32_t>(one.span.start);
    out.add(subject.text.sub(from, at - from));
    out.add(one.text);
    from = at + static_cast<uint32_t>(one.span.length);
  }
  out.add(subject.text.sub(from, subject.text.size - from));
  return c.eval.failed() ? Value() : out.take();
}

bool checkReplacement(Call& c, size_t index) {
  if (!c.isNull(index)) return true;
  c.eval.raiseArgumentNull("replacement");
  return false;
}

// The pieces between matches, and what groups captured there.
Value split(Call& c, const RegexSubject& subject, int32_t count, int32_t start) {
  std::pmr::vector<Value> pieces(&c.arena());
  const auto result = [&]() -> Value {
    ArrayObject* array = newArray(c.eval, c.type, static_cast<uint32_t>(pieces.size()));
    if (c.eval.failed()) return {};
    std::copy(pieces.begin(), pieces.end(), array->items);
    return Value::object(array);
  };
  if (count < 0) return c.eval.raiseOutOfRange("count", "Count cannot be less than -1.");
  RegexSearch search(c.eval, subject.program, subject.text);
  if (count == 1 || !search.first(start)) {
    if (c.eval.failed()) return {};
    pieces.push_back(subject.input);
    return result();
  }
  const bool backward = subject.program->backward();
  const auto slots = static_cast<int32_t>(subject.program->groups.size());
  int32_t edge = search.beginning();
  const int32_t size = static_cast<int32_t>(subject.text.size);
  const auto add = [&](int32_t from, int32_t to) {
    pieces.push_back(fromChars(part(subject.text, {from, to - from})));
  };
  --count;
  do {
    const regex::Span span = search.span();
    const int32_t end = span.start + span.length;
    backward ? add(end, edge) : add(edge, span.start);
    edge = backward ? span.start : end;
    for (int32_t slot = 1; slot < slots; ++slot)
      if (regex::Span group; search.matcher().newest(slot, group)) add(group.start, group.start + group.length);
    if (!c.eval.step(4)) return {};
  } while (--count != 0 && search.next());
  if (c.eval.failed()) return {};
  backward ? add(0, edge) : add(edge, size);
  if (backward) std::reverse(pieces.begin(), pieces.end());
  return result();
}

int32_t beginningOf(const RegexSubject& subject) {
  return subject.program->backward() ? static_cast<int32_t>(subject.text.size) : 0;
}

}  // namespace

Value regexReplaceStatic(Call& c) {
  RegexSubject subject;
  if (!regexStatic(c, c.count > 3 ? 3 : 0, subject) || !checkReplacement(c, 2)) return {};
  return replaceAll(c, subject, c[2], -1, beginningOf(subject));
}

Value regexReplaceInstance(Call& c) {
  RegexSubject subject;
  if (!regexInstance(c, subject) || !checkReplacement(c, 2)) return {};
  const int32_t count = c.count > 3 ? c.int32(3) : -1;
  if (count < -1) return c.eval.raiseOutOfRange("count", "Count cannot be less than -1.");
  int32_t start = beginningOf(subject);
  if (c.count > 4 && !regexStart(c, 4, subject, start)) return {};
  return replaceAll(c, subject, c[2], count, start);
}

Value regexSplitStatic(Call& c) {
  RegexSubject subject;
  if (!regexStatic(c, c.count > 2 ? 2 : 0, subject)) return {};
  return split(c, subject, 0, beginningOf(subject));
}

Value regexSplitInstance(Call& c) {
  RegexSubject subject;
  if (!regexInstance(c, subject)) return {};
  int32_t start = beginningOf(subject);
  if (c.count > 3 && !regexStart(c, 3, subject, start)) return {};
  return split(c, subject, c.count > 2 ? c.int32(2) : 0, start);
}

}  // namespace sluice::expression
