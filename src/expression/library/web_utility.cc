// System.Net.WebUtility.
#include <charconv>

#include "base/encoding.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/numeric.h"
#include "expression/library/web_text.h"

namespace sluice::expression {
namespace {

bool isUrlSafe(unsigned char c) {
  return c < 0x80 && ((isUnreserved(c) && c != '~') || c == '!' || c == '*' || c == '(' || c == ')');
}

// Into memory of the arena; null with an exception pending when the budget is used up.
const char* urlEncode(Call& c, std::string_view bytes, uint32_t& size) {
  if (!c.eval.step(1 + bytes.size() / 16) || !c.eval.reserve(bytes.size() * 3)) return nullptr;
  static constexpr char kDigits[] = "0123456789ABCDEF";
  auto* text = static_cast<char*>(c.arena().allocateBytes(bytes.size() * 3 + 1, 1));
  size = 0;
  for (const char byte : bytes) {
    const auto unit = static_cast<unsigned char>(byte);
    if (isUrlSafe(unit) || unit == ' ') {
      text[size++] = unit == ' ' ? '+' : byte;
      continue;
    }
    text[size++] = '%';
    text[size++] = kDigits[unit >> 4];
    text[size++] = kDigits[unit & 15];
  }
  c.arena().shrink(text, bytes.size() * 3 + 1, size);
  return text;
}

Value urlEncodeText(Call& c) {
  if (c.isNull(0)) return {};
  uint32_t size = 0;
  const char* text = urlEncode(c, c.utf8(0), size);
  return text == nullptr ? Value() : Value::ascii({text, size});
}

// Escaped bytes are UTF-8; what is no escape stays.
Value urlDecodeText(Call& c) {
  if (c.isNull(0)) return {};
  const Chars text = c.chars(0);
  if (!c.eval.step(1 + text.size / 16)) return {};
  TextBuilder out(c.eval, text.size + 1);
  std::string bytes;
  for (uint32_t i = 0; i < text.size; ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size;
    const int high = escape ? hexValue(text[i + 1]) : -1, low = escape ? hexValue(text[i + 2]) : -1;
    if (high >= 0 && low >= 0) {
      bytes += static_cast<char>(high * 16 + low);
      i += 2;
      continue;
    }
    if (!bytes.empty()) out.add(fromStd(c.arena(), bytes));
    bytes.clear();
    out.unit(text[i] == '+' ? u' ' : text[i]);
  }
  if (!bytes.empty()) out.add(fromStd(c.arena(), bytes));
  return out.take();
}

bool bytesRange(Call& c, std::string_view& out) {
  const int64_t from = c.int32(1), count = c.int32(2);
  if (c.isNull(0)) {
    if (count != 0) c.eval.raiseArgumentNull("bytes");
    return false;
  }
  const auto* bytes = c.object<BytesObject>(0);
  if (from < 0 || from > bytes->length) {
    c.eval.raiseOutOfRange("offset");
  } else if (count < 0 || count > bytes->length - from) {
    c.eval.raiseOutOfRange("count");
  } else {
    out = {reinterpret_cast<const char*>(bytes->data) + from, static_cast<size_t>(count)};
    return true;
  }
  return false;
}

Value urlEncodeBytes(Call& c) {
  std::string_view bytes;
  if (!bytesRange(c, bytes)) return {};
  uint32_t size = 0;
  const char* text = urlEncode(c, bytes, size);
  return text == nullptr ? Value() : newBytes(c.eval, {text, size});
}

Value urlDecodeBytes(Call& c) {
  std::string_view bytes;
  if (!bytesRange(c, bytes) || !c.eval.step(1 + bytes.size() / 16)) return {};
  return newBytes(c.eval, percentDecode(bytes, true));
}

void addReference(TextBuilder& out, uint32_t code) {
  char digits[12];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, code);
  out.ascii("&#");
  out.ascii({digits, static_cast<size_t>(end - digits)});
  out.unit(';');
}

Value htmlEncode(Call& c) {
  if (c.isNull(0)) return {};
  const Chars text = c.chars(0);
  if (!c.eval.step(1 + text.size / 16)) return {};
  TextBuilder out(c.eval, text.size + 16);
  for (uint32_t i = 0; i < text.size; ++i) {
    const char16_t unit = text[i];
    const bool high = unit >= 0xD800 && unit <= 0xDBFF;
    if (unit == '<') {
      out.ascii("&lt;");
    } else if (unit == '>') {
      out.ascii("&gt;");
    } else if (unit == '&') {
      out.ascii("&amp;");
    } else if (unit == '"') {
      out.ascii("&quot;");
    } else if (unit == '\'') {
      out.ascii("&#39;");
    } else if (unit >= 0xA0 && unit < 0x100) {
      addReference(out, unit);
    } else if (high && i + 1 < text.size && text[i + 1] >= 0xDC00 && text[i + 1] <= 0xDFFF) {
      addReference(out, 0x10000 + ((unit - 0xD800u) << 10) + (text[i + 1] - 0xDC00u));
      ++i;
    } else {
      out.unit(unit >= 0xD800 && unit <= 0xDFFF ? char16_t{0xFFFD} : unit);
    }
  }
  return out.take();
}

// &#65; and &#x41; (without & and ;): the code point, or -1.
int64_t numericReference(Call& c, const Chars& name) {
  const bool hex = name.size > 1 && (name[1] | 0x20) == 'x';
  const uint32_t from = hex ? 2 : 1;
  Value number;
  const int32_t style = hex ? kHexSpecifier : kIntegerStyle;
  if (parseNumber(c.arena(), name.sub(from, name.size - from), style, Tag::UInt32, number) != ParseResult::Good)
    return -1;
  const auto code = static_cast<uint32_t>(number.bits());
  return code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? -1 : int64_t{code};
}

// The reference between & and ; decoded into `out`; false: it is none.
bool addDecoded(Call& c, TextBuilder& out, const Chars& name) {
  if (name.size > 1 && name[0] == '#') {
    const int64_t code = numericReference(c, name);
    if (code < 0) return false;
    if (code >= 0x10000) out.unit(static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)));
    out.unit(static_cast<char16_t>(code < 0x10000 ? code : 0xDC00 + ((code - 0x10000) & 0x3FF)));
    return true;
  }
  std::string ascii;
  for (uint32_t i = 0; i < name.size && i < 9; ++i) ascii += name[i] < 0x80 ? static_cast<char>(name[i]) : '?';
  const char16_t unit = name.size < 9 ? htmlEntity(ascii) : char16_t{0};
  if (unit != 0) out.unit(unit);
  return unit != 0;
}

Value htmlDecode(Call& c) {
  if (c.isNull(0)) return {};
  const Chars text = c.chars(0);
  TextBuilder out(c.eval, text.size + 1);
  for (uint32_t i = 0; i < text.size; ++i) {
    if (!c.eval.step()) return {};
    if (text[i] == '&') {
      uint32_t end = i + 1;
      while (end < text.size && text[end] != ';' && text[end] != '&') ++end;
      if (!c.eval.step((end - i) / 16)) return {};
      const bool closed = end < text.size && text[end] == ';';
      if (closed && addDecoded(c, out, text.sub(i + 1, end - i - 1))) {
        i = end;
        continue;
      }
    }
    out.unit(text[i]);
  }
  return out.take();
}

constexpr MemberRow kWebUtility[] = {
    {"static string UrlEncode(string value)", urlEncodeText},
    {"static string UrlDecode(string encodedValue)", urlDecodeText},
    {"static byte[] UrlEncodeToBytes(byte[] value, int offset, int count)", urlEncodeBytes},
    {"static byte[] UrlDecodeToBytes(byte[] encodedValue, int offset, int count)", urlDecodeBytes},
    {"static string HtmlEncode(string value)", htmlEncode},
    {"static string HtmlDecode(string value)", htmlDecode},
};

}  // namespace

void declareWebUtility(Library& library) {
  library.add("static class System.Net.WebUtility", kWebUtility);
}

}  // namespace sluice::expression
