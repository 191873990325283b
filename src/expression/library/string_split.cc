// System.String.Split in all its forms.
#include "expression/library.h"
#include "expression/library/string_support.h"

namespace sluice::expression {
namespace {

// What separates: white space, or any of these texts (characters are texts of one).
class Separators {
 public:
  Separators(Call& c, const Value& given) : eval_(c.eval) {
    if (given.isNull()) return;
    if (given.tag() == Tag::Char) {
      one_ = given.asChar();
      kind_ = Kind::One;
    } else if (given.isString()) {
      text_ = expression::chars(eval_, given);
      kind_ = text_.size > 0 ? Kind::Text : Kind::None;
    } else {
      array_ = as<ArrayObject>(given);
      if (array_->length > 0) kind_ = Kind::Array;
    }
  }

  // The next place at or behind `from` where a separator may begin: exact for one ASCII character in ASCII text.
  uint32_t next(const Chars& in, uint32_t from) const {
    const bool one =
        kind_ == Kind::One || (kind_ == Kind::Array && array_->length == 1 && array_->items[0].tag() == Tag::Char);
    if (!one || !in.isAscii()) return from;
    const char16_t unit = kind_ == Kind::One ? one_ : array_->items[0].asChar();
    if (unit >= 0x80) return in.size;
    const size_t at = in.ascii().find(static_cast<char>(unit), from);
    return at == std::string_view::npos ? in.size : static_cast<uint32_t>(at);
  }

  // The length of the separator at `at`; 0: there is none.
  uint32_t match(const Chars& in, uint32_t at) const {
    switch (kind_) {
      case Kind::White:
        return isWhiteSpace(in[at]) ? 1 : 0;
      case Kind::One:
        return in[at] == one_ ? 1 : 0;
      case Kind::None:
        return 0;
      case Kind::Text:
        return starts(in, at, text_) ? text_.size : 0;
      case Kind::Array:
        break;
    }
    for (uint32_t i = 0; i < array_->length; ++i) {
      const Value& item = array_->items[i];
      if (item.tag() == Tag::Char) {
        if (item.asChar() == in[at]) return 1;
      } else if (!item.isNull()) {
        const Chars text = expression::chars(eval_, item);
        if (text.size > 0 && starts(in, at, text)) return text.size;
      }
    }
    return 0;
  }

 private:
  enum class Kind : uint8_t { White, One, Text, Array, None };
  static bool starts(const Chars& in, uint32_t at, const Chars& text) {
    return in.size - at >= text.size && compareOrdinal(in.sub(at, text.size), text) == 0;
  }

  Eval& eval_;
  Kind kind_ = Kind::White;
  char16_t one_ = 0;
  Chars text_;
  const ArrayObject* array_ = nullptr;
};

Chars trimmed(Chars text) {
  while (text.size > 0 && isWhiteSpace(text[0])) text = text.sub(1, text.size - 1);
  while (text.size > 0 && isWhiteSpace(text[text.size - 1])) text = text.sub(0, text.size - 1);
  return text;
}

Value split(Call& c, int64_t limit, int64_t options) {
  if (limit < 0) return c.eval.raiseOutOfRange("count", "Count cannot be less than zero.");
  const Separators separators(c, c[1]);
  const Chars text = c.chars(0);
  const bool remove_empty = (options & 1) != 0, trim = (options & 2) != 0;
  Value local[32];
  Value* parts = local;
  uint32_t count = 0, capacity = 32;
  const auto add = [&](Chars part) {
    if (trim) part = trimmed(part);
    if (remove_empty && part.size == 0) return true;
    if (count == capacity) {
      if (!c.eval.reserve(uint64_t{capacity} * 2 * sizeof(Value))) return false;
      auto* more = static_cast<Value*>(c.arena().allocateBytes(sizeof(Value) * capacity * 2, alignof(Value)));
      std::copy(parts, parts + count, more);
      parts = more;
      capacity *= 2;
    }
    parts[count++] = fromChars(part);
    return true;
  };
  uint32_t from = 0;
  bool good = limit > 0;
  for (uint32_t at = 0; good && count + 1 < static_cast<uint64_t>(limit);) {
    at = separators.next(text, at);
    if (at >= text.size) break;
    const uint32_t width = separators.match(text, at);
    if (width == 0) {
      ++at;
      continue;
    }
    good = c.eval.step(1 + (at - from) / 16) && add(text.sub(from, at - from));
    at += width;
    from = at;
  }
  // With a limit the rest goes whole, but for leading separators when empty parts are removed.
  while (good && remove_empty && from < text.size) {
    const uint32_t width = separators.match(text, from);
    if (width == 0) break;
    from += width;
  }
  if (!good && limit > 0) return {};
  if (limit > 0) add(text.sub(from, text.size - from));
  auto* array = newObject<ArrayObject>(c.eval, c.type, ObjectKind::Array);
  array->length = count;
  array->items = parts;
  if (parts == local) {
    array->items = static_cast<Value*>(c.arena().allocateBytes(sizeof(Value) * count, alignof(Value)));
    std::copy(local, local + count, array->items);
  }
  return Value::object(array);
}

Value splitPlain(Call& c) {
  return split(c, INT32_MAX, 0);
}
Value splitOptions(Call& c) {
  return split(c, INT32_MAX, c.int64(2));
}
Value splitCount(Call& c) {
  return split(c, c.int64(2), 0);
}
Value splitBoth(Call& c) {
  return split(c, c.int64(2), c.int64(3));
}

constexpr MemberRow kSplit[] = {
    {"string[] Split(params char[] separator)", splitPlain},
    {"string[] Split(char separator)", splitPlain},
    {"string[] Split(char separator, StringSplitOptions options)", splitOptions},
    {"string[] Split(char separator, int count)", splitCount},
    {"string[] Split(char separator, int count, StringSplitOptions options)", splitBoth},
    {"string[] Split(string separator)", splitPlain},
    {"string[] Split(string separator, StringSplitOptions options)", splitOptions},
    {"string[] Split(string separator, int count, StringSplitOptions options)", splitBoth},
    {"string[] Split(char[] separator, int count)", splitCount},
    {"string[] Split(char[] separator, StringSplitOptions options)", splitOptions},
    {"string[] Split(char[] separator, int count, StringSplitOptions options)", splitBoth},
    {"string[] Split(string[] separator, StringSplitOptions options)", splitOptions},
    {"string[] Split(string[] separator, int count, StringSplitOptions options)", splitBoth},
};

}  // namespace

std::span<const MemberRow> stringSplitRows() {
  return kSplit;
}

}  // namespace sluice::expression
