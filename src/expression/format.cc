#include "expression/format.h"

#include "expression/library.h"

namespace sluice::expression {
namespace {

constexpr uint32_t kMaxWidth = 1'000'000;

Value badFormat(Eval& eval) {
  return eval.raiseFormat("Input string was not in a correct format.");
}

// Digits at `at`; -1: none, or too large.
int64_t readNumber(const Chars& text, uint32_t& at) {
  int64_t number = -1;
  while (at < text.size && text[at] >= '0' && text[at] <= '9') {
    number = (number < 0 ? 0 : number) * 10 + (text[at++] - '0');
    if (number > kMaxWidth) return -1;
  }
  return number;
}

void skipSpaces(const Chars& text, uint32_t& at) {
  while (at < text.size && text[at] == ' ') ++at;
}

// An item behind its '{'; false: malformed.
bool item(Eval& eval, TextBuilder& out, const Chars& text, uint32_t& at, std::span<const Value> args) {
  const int64_t index = readNumber(text, at);
  if (index < 0) return false;
  if (static_cast<size_t>(index) >= args.size()) {
    eval.raiseFormat(
        "Index (zero based) must be greater than or equal to zero and less than the size of the argument list.");
    return true;
  }
  skipSpaces(text, at);
  int64_t width = 0;
  if (at < text.size && text[at] == ',') {
    ++at;
    skipSpaces(text, at);
    const bool left = at < text.size && text[at] == '-';
    if (left) ++at;
    width = readNumber(text, at);
    if (width < 0) return false;
    if (left) width = -width;
    skipSpaces(text, at);
  }
  Value format;
  if (at < text.size && text[at] == ':') {
    const uint32_t from = ++at;
    while (at < text.size && text[at] != '}') {
      if (text[at] == '{') return false;
      ++at;
    }
    format = fromChars(text.sub(from, at - from));
  }
  if (at >= text.size || text[at] != '}') return false;
  ++at;
  formatPart(eval, out, args[static_cast<size_t>(index)], width, format);
  return true;
}

}  // namespace

Value formatValue(Eval& eval, const Value& value, const Value& format) {
  if (value.isNull() || value.isString()) return valueToString(eval, value);
  const Chars text = format.isNull() ? Chars{"", nullptr, 0} : chars(eval, format);
  if (value.tag() >= Tag::SByte && value.tag() <= Tag::Decimal) return formatNumber(eval, value, text);
  for (const Type* t = typeOf(value); t != nullptr; t = t->base)
    if (t->def != nullptr && t->def->hooks.format != nullptr) return t->def->hooks.format(eval, value, text);
  return valueToString(eval, value);
}

void formatPart(Eval& eval, TextBuilder& out, const Value& value, int64_t width, const Value& format) {
  const Value text = formatValue(eval, value, format);
  if (eval.failed() || text.isNull()) return;
  const Chars shown = chars(eval, text);
  const int64_t wanted = width < 0 ? -width : width;
  const auto padding =
      static_cast<uint32_t>(wanted > shown.size ? std::min<int64_t>(wanted - shown.size, kMaxWidth) : 0);
  if (width > 0) out.fill(' ', padding);
  out.add(shown);
  if (width < 0) out.fill(' ', padding);
}

Value formatComposite(Eval& eval, const Chars& format, std::span<const Value> args) {
  TextBuilder out(eval, format.size + 32);
  for (uint32_t at = 0; at < format.size;) {
    if (!eval.step()) return {};
    const char16_t c = format[at++];
    if (c == '{' || c == '}') {
      if (at < format.size && format[at] == c) {
        out.unit(c);
        ++at;
        continue;
      }
      if (c == '}' || !item(eval, out, format, at, args)) return badFormat(eval);
      if (eval.failed()) return {};
    } else {
      out.unit(c);
    }
  }
  return out.take();
}

}  // namespace sluice::expression
