// XML names.
#include "expression/xml/tree.h"

namespace sluice::expression::xml {
namespace {

struct Span {
  uint32_t first, last;
};
// Beyond ASCII (XML 1.0, fifth edition, 2.3).
constexpr Span kStart[] = {{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
                           {0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
                           {0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}};
constexpr Span kMore[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

bool within(uint32_t c, std::span<const Span> spans) {
  for (const Span& span : spans)
    if (c >= span.first && c <= span.last) return true;
  return false;
}

bool isStart(uint32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return within(c, kStart);
}

bool isMore(uint32_t c) {
  return isStart(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || (c >= 0x80 && within(c, kMore));
}

// The code point at `at`, which moves behind it. REQUIRES: valid UTF-8.
uint32_t decode(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(i < text.size() ? text[i] : 0); };
  const uint8_t lead = byte(at);
  const int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  uint32_t c = more == 0 ? lead : lead & (0x3Fu >> more);
  ++at;
  for (int i = 0; i < more; ++i) c = (c << 6) | (byte(at++) & 0x3F);
  return c;
}

}  // namespace

bool isNameText(std::string_view text) {
  if (text.empty()) return false;
  for (size_t at = 0; at < text.size();) {
    const bool first = at == 0;
    const uint32_t c = decode(text, at);
    if (first ? !isStart(c) : !isMore(c)) return false;
  }
  return true;
}

bool checkLocalName(Eval& eval, const Value& local) {
  const std::string_view text = toUtf8(eval.arena, local);
  if (text.empty()) {
    eval.raise("System.ArgumentException", "The empty string is not a valid local name.");
    return false;
  }
  if (isNameText(text)) return true;
  eval.raise("System.Xml.XmlException", "'" + std::string(text) + "' is not a valid XML name.");
  return false;
}

bool parseExpandedName(Eval& eval, const Value& text, Name& out) {
  const Chars name = chars(eval, text);
  if (name.size == 0) {
    eval.raise("System.ArgumentException", "The empty string is not a valid XName.");
    return false;
  }
  if (name[0] != '{') {
    out = {Value::ascii({}), text};
    return checkLocalName(eval, text);
  }
  uint32_t close = name.size;
  while (close > 0 && name[close - 1] != '}') --close;
  if (close <= 2 || close >= name.size) {
    eval.raise("System.ArgumentException",
               "'" + std::string(toUtf8(eval.arena, text)) + "' is an invalid expanded name.");
    return false;
  }
  out = {fromChars(name.sub(1, close - 2)), fromChars(name.sub(close, name.size - close))};
  return checkLocalName(eval, out.local);
}

Value nameText(Eval& eval, const Name& name) {
  if (isEmptyText(name.space)) return name.local;
  TextBuilder out(eval);
  out.unit('{');
  out.add(name.space);
  out.unit('}');
  out.add(name.local);
  return out.take();
}

}  // namespace sluice::expression::xml
