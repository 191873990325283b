// System.Text.Encoding.
#include "base/encoding.h"

#include <algorithm>

#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/encoding_codec.h"

namespace sluice::expression {
namespace {

struct EncodingInfo {
  Codec codec;
  int32_t code_page;
  const char* web_name;
  const char* name;  // EncodingName
  const char* class_name;
  std::string_view preamble;
};

using namespace std::string_view_literals;

constexpr EncodingInfo kEncodings[] = {
    {Codec::Ascii, 20127, "us-ascii", "US-ASCII", "System.Text.ASCIIEncoding+ASCIIEncodingSealed", ""},
    {Codec::Latin1, 28591, "iso-8859-1", "Western European (ISO)", "System.Text.Latin1Encoding+Latin1EncodingSealed",
     ""},
    {Codec::Windows1252, 1252, "windows-1252", "Western European (Windows)", "System.Text.SBCSCodePageEncoding", ""},
    {Codec::Utf8, 65001, "utf-8", "Unicode (UTF-8)", "System.Text.UTF8Encoding+UTF8EncodingSealed", "\xEF\xBB\xBF"},
    {Codec::Utf16, 1200, "utf-16", "Unicode", "System.Text.UnicodeEncoding", "\xFF\xFE"},
    {Codec::Utf16Big, 1201, "utf-16BE", "Unicode (Big-Endian)", "System.Text.UnicodeEncoding", "\xFE\xFF"},
    {Codec::Utf32, 12000, "utf-32", "Unicode (UTF-32)", "System.Text.UTF32Encoding", "\xFF\xFE\0\0"sv},
    {Codec::Utf32Big, 12001, "utf-32BE", "Unicode (UTF-32 Big-Endian)", "System.Text.UTF32Encoding", "\0\0\xFE\xFF"sv},
};

struct Alias {
  std::string_view name;
  Codec codec;
};
// The names that .NET knows for them (the IANA registry's).
constexpr Alias kAliases[] = {
    {"us-ascii", Codec::Ascii},
    {"ascii", Codec::Ascii},
    {"us", Codec::Ascii},
    {"ansi_x3.4-1968", Codec::Ascii},
    {"ansi_x3.4-1986", Codec::Ascii},
    {"cp367", Codec::Ascii},
    {"csascii", Codec::Ascii},
    {"ibm367", Codec::Ascii},
    {"iso-ir-6", Codec::Ascii},
    {"iso646-us", Codec::Ascii},
    {"iso_646.irv:1991", Codec::Ascii},
    {"iso-8859-1", Codec::Latin1},
    {"iso8859-1", Codec::Latin1},
    {"iso_8859-1", Codec::Latin1},
    {"iso_8859-1:1987", Codec::Latin1},
    {"latin1", Codec::Latin1},
    {"l1", Codec::Latin1},
    {"cp819", Codec::Latin1},
    {"csisolatin1", Codec::Latin1},
    {"ibm819", Codec::Latin1},
    {"iso-ir-100", Codec::Latin1},
    {"windows-1252", Codec::Windows1252},
    {"x-ansi", Codec::Windows1252},
    {"utf-8", Codec::Utf8},
    {"unicode-1-1-utf-8", Codec::Utf8},
    {"unicode-2-0-utf-8", Codec::Utf8},
    {"x-unicode-1-1-utf-8", Codec::Utf8},
    {"x-unicode-2-0-utf-8", Codec::Utf8},
    {"utf-16", Codec::Utf16},
    {"utf-16le", Codec::Utf16},
    {"unicode", Codec::Utf16},
    {"ucs-2", Codec::Utf16},
    {"iso-10646-ucs-2", Codec::Utf16},
    {"utf-16be", Codec::Utf16Big},
    {"unicodefffe", Codec::Utf16Big},
    {"utf-32", Codec::Utf32},
    {"utf-32le", Codec::Utf32},
    {"utf-32be", Codec::Utf32Big},
};

// One object for each encoding, for ever: Encoding.UTF8 is the same object every time.
struct EncodingObject : Object {
  const EncodingInfo* info;
};

const EncodingObject& objectOf(Codec codec) {
  static const auto* const all = [] {
    auto* made = new std::vector<EncodingObject>;
    for (const EncodingInfo& info : kEncodings) {
      EncodingObject object{};
      object.type = libraryType("System.Text.Encoding");
      object.info = &info;
      made->push_back(object);
    }
    return made;
  }();
  return (*all)[static_cast<size_t>(codec)];
}

template <Codec kCodec>
Value known(Call&) {
  return Value::object(&objectOf(kCodec));
}

const EncodingInfo& infoOf(Call& c) {
  return *c.object<EncodingObject>(0)->info;
}
Codec codecOf(Call& c) {
  return infoOf(c).codec;
}

Value byName(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("name");
  const std::string_view name = c.utf8(0);
  for (const Alias& alias : kAliases)
    if (equalsIgnoreCase(alias.name, name)) return Value::object(&objectOf(alias.codec));
  return c.eval.raise("System.ArgumentException",
                      "'" + std::string(name) +
                          "' is not a supported encoding name. For information on defining a custom encoding, see the "
                          "documentation for the Encoding.RegisterProvider method.",
                      "name");
}

Value byCodePage(Call& c) {
  const int32_t page = c.int32(0);
  if (page == 0) return Value::object(&objectOf(Codec::Utf8));
  for (const EncodingInfo& info : kEncodings)
    if (info.code_page == page) return Value::object(&objectOf(info.codec));
  if (page < 0 || page > 65535)
    return c.eval.raiseOutOfRange("codepage", "Valid values are between 0 and 65535, inclusive.");
  return c.raise("System.NotSupportedException", "No data is available for encoding " + std::to_string(page) +
                                                     ". For information on defining a custom encoding, see the "
                                                     "documentation for the Encoding.RegisterProvider method.");
}

Value encoded(Call& c, const Chars& text) {
  const uint64_t size = encodedSize(codecOf(c), text);
  if (!c.eval.step(1 + text.size / 16)) return {};
  const Value made = newBytesOfSize(c.eval, static_cast<uint32_t>(size));
  if (!c.eval.failed()) encode(codecOf(c), text, as<BytesObject>(made)->data);
  return made;
}

// The units of a char[], all or [index, index + count) of it.
bool unitsOf(Call& c, size_t first, Chars& out) {
  if (c.isNull(first)) {
    c.eval.raiseArgumentNull("chars");
    return false;
  }
  const auto* array = c.object<ArrayObject>(first);
  const bool part = c.count > first + 2;
  const int64_t from = part ? c.int32(first + 1) : 0;
  const int64_t count = part ? c.int32(first + 2) : array->length;
  if (from < 0 || count < 0 || from > int64_t{array->length} - count) {
    c.eval.raiseOutOfRange(from < 0    ? "index"
                           : count < 0 ? "count"
                                       : "chars",
                           from < 0 || count < 0 ? "Non-negative number required."
                                                 : "Index and count must refer to a location within the buffer.");
    return false;
  }
  if (!c.eval.reserve(static_cast<uint64_t>(count) * 2)) return false;
  auto* units = static_cast<char16_t*>(c.arena().allocateBytes(static_cast<size_t>(count) * 2, 2));
  for (int64_t i = 0; i < count; ++i) units[i] = array->items[from + i].asChar();
  out = {nullptr, units, static_cast<uint32_t>(count)};
  return true;
}

Value bytesOfText(Call& c) {
  return c.isNull(1) ? c.eval.raiseArgumentNull("s") : encoded(c, c.chars(1));
}

Value bytesOfUnits(Call& c) {
  Chars units;
  return unitsOf(c, 1, units) ? encoded(c, units) : Value();
}

// GetBytes(string s, int index, int count)
Value bytesOfPart(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("s");
  const Chars text = c.chars(1);
  const int64_t from = c.int32(2), count = c.int32(3);
  if (from < 0 || count < 0)
    return c.eval.raiseOutOfRange(from < 0 ? "index" : "count", "Non-negative number required.");
  if (from > int64_t{text.size} - count)
    return c.eval.raiseOutOfRange("index", "Index and count must refer to a location within the string.");
  return encoded(c, text.sub(static_cast<uint32_t>(from), static_cast<uint32_t>(count)));
}

// GetBytes(string s, int charIndex, int charCount, byte[] bytes, int byteIndex)
Value bytesInto(Call& c) {
  if (c.isNull(1) || c.isNull(4)) return c.eval.raiseArgumentNull(c.isNull(1) ? "s" : "bytes");
  const Value made = bytesOfPart(c);
  if (c.eval.failed()) return {};
  const auto* from = as<BytesObject>(made);
  auto* to = c.object<BytesObject>(4);
  const int64_t at = c.int32(5);
  if (at < 0 || at > to->length)
    return c.eval.raiseOutOfRange(
        "byteIndex", "Index was out of range. Must be non-negative and less than the size of the collection.");
  if (from->length > to->length - at) {
    return c.eval.raise("System.ArgumentException",
                        "The output byte buffer is too small to contain the encoded data, encoding codepage '" +
                            std::to_string(infoOf(c).code_page) +
                            "' and fallback 'System.Text.EncoderReplacementFallback'.",
                        "bytes");
  }
  std::copy_n(from->data, from->length, to->data + at);
  return Value::int32(static_cast<int32_t>(from->length));
}

// The bytes of the second argument, all or [index, index + count) of them, in memory that does not change.
bool bytesOf(Call& c, std::string_view& out) {
  if (c.isNull(1)) {
    c.eval.raiseArgumentNull("bytes");
    return false;
  }
  const auto* array = c.object<BytesObject>(1);
  const int64_t from = c.count > 3 ? c.int32(2) : 0;
  const int64_t count = c.count > 3 ? c.int32(3) : array->length;
  if (from < 0 || count < 0) {
    c.eval.raiseOutOfRange(from < 0 ? "index" : "count", "Non-negative number required.");
    return false;
  }
  if (from > int64_t{array->length} - count) {
    c.eval.raiseOutOfRange("bytes", "Index and count must refer to a location within the buffer.");
    return false;
  }
  if (!c.eval.reserve(static_cast<uint64_t>(count))) return false;
  out = c.arena().copy({reinterpret_cast<const char*>(array->data) + from, static_cast<size_t>(count)});
  return true;
}

Value textOf(Call& c) {
  std::string_view bytes;
  return bytesOf(c, bytes) ? decode(c.eval, codecOf(c), bytes) : Value();
}

Value unitsOfBytes(Call& c) {
  const Value text = textOf(c);
  if (c.eval.failed()) return {};
  const Chars units = chars(c.eval, text);
  ArrayObject* array = newArray(c.eval, c.type, units.size);
  for (uint32_t i = 0; i < array->length; ++i) array->items[i] = Value::character(units[i]);
  return Value::object(array);
}

Value unitCount(Call& c) {
  const Value text = textOf(c);
  return c.eval.failed() ? Value() : Value::int32(static_cast<int32_t>(chars(c.eval, text).size));
}

Value sizeOf(Call& c, const Chars& text) {
  if (!c.eval.step(1 + text.size / 16)) return {};
  return Value::int32(static_cast<int32_t>(encodedSize(codecOf(c), text)));
}

// A surrogate left over from an earlier call counts too: that is why there is one more.
Value mostBytes(Call& c) {
  const int64_t count = c.int32(1);
  if (count < 0) return c.eval.raiseOutOfRange("charCount", "Non-negative number required.");
  int64_t most = count + 1;
  switch (codecOf(c)) {
    case Codec::Utf8:
      most *= 3;
      break;
    case Codec::Utf16:
    case Codec::Utf16Big:
      most *= 2;
      break;
    case Codec::Utf32:
    case Codec::Utf32Big:
      most *= 4;
      break;
    default:
      break;
  }
  if (most > INT32_MAX) return c.eval.raiseOutOfRange("charCount", "Too many characters.");
  return Value::int32(static_cast<int32_t>(most));
}

Value mostUnits(Call& c) {
  const int64_t count = c.int32(1);
  if (count < 0) return c.eval.raiseOutOfRange("byteCount", "Non-negative number required.");
  int64_t most = count;
  switch (codecOf(c)) {
    case Codec::Utf8:
      most = count + 1;
      break;
    case Codec::Utf16:
    case Codec::Utf16Big:
      most = count / 2 + (count & 1) + 1;
      break;
    case Codec::Utf32:
    case Codec::Utf32Big:
      most = count / 2 + 2;
      break;
    default:
      break;
  }
  if (most > INT32_MAX) return c.eval.raiseOutOfRange("byteCount", "Too many bytes.");
  return Value::int32(static_cast<int32_t>(most));
}

// Encoding.Convert(from, to, bytes)
Value convert(Call& c) {
  if (c.isNull(0) || c.isNull(1)) return c.eval.raiseArgumentNull(c.isNull(0) ? "srcEncoding" : "dstEncoding");
  if (c.isNull(2)) return c.eval.raiseArgumentNull("bytes");
  const auto* bytes = c.object<BytesObject>(2);
  const std::string_view view(reinterpret_cast<const char*>(bytes->data), bytes->length);
  const Value text = decode(c.eval, codecOf(c), view);
  if (c.eval.failed()) return {};
  Value args[] = {c[1], text};
  Call second{c.eval, args, 2, c.type, c.type_args, c.receiver};
  return encoded(second, chars(c.eval, text));
}

Value toText(Eval&, const Value& value) {
  return Value::ascii(as<EncodingObject>(value)->info->class_name);
}
Value same(Arena&, const Value& value) {
  return value;
}
uint32_t hash(Eval&, const Value& value) {
  return static_cast<uint32_t>(as<EncodingObject>(value)->info->code_page);
}

Value webName(Call& c) {
  return Value::ascii(infoOf(c).web_name);
}

constexpr MemberRow kEncoding[] = {
    {"static Encoding ASCII { get; }", known<Codec::Ascii>},
    {"static Encoding Latin1 { get; }", known<Codec::Latin1>},
    {"static Encoding UTF8 { get; }", known<Codec::Utf8>},
    {"static Encoding Default { get; }", known<Codec::Utf8>},
    {"static Encoding Unicode { get; }", known<Codec::Utf16>},
    {"static Encoding BigEndianUnicode { get; }", known<Codec::Utf16Big>},
    {"static Encoding UTF32 { get; }", known<Codec::Utf32>},
    {"static Encoding GetEncoding(string name)", byName},
    {"static Encoding GetEncoding(int codepage)", byCodePage},
    {"static byte[] Convert(Encoding srcEncoding, Encoding dstEncoding, byte[] bytes)", convert},
    {"byte[] GetBytes(string s)", bytesOfText},
    {"byte[] GetBytes(char[] chars)", bytesOfUnits},
    {"byte[] GetBytes(char[] chars, int index, int count)", bytesOfUnits},
    {"byte[] GetBytes(string s, int index, int count)", bytesOfPart},
    {"int GetBytes(string s, int charIndex, int charCount, byte[] bytes, int byteIndex)", bytesInto},
    {"string GetString(byte[] bytes)", textOf},
    {"string GetString(byte[] bytes, int index, int count)", textOf},
    {"char[] GetChars(byte[] bytes)", unitsOfBytes},
    {"char[] GetChars(byte[] bytes, int index, int count)", unitsOfBytes},
    {"int GetByteCount(string s)",
     [](Call& c) { return c.isNull(1) ? c.eval.raiseArgumentNull("s") : sizeOf(c, c.chars(1)); }},
    {"int GetByteCount(char[] chars)",
     [](Call& c) {
       Chars units;
       return unitsOf(c, 1, units) ? sizeOf(c, units) : Value();
     }},
    {"int GetByteCount(char[] chars, int index, int count)",
     [](Call& c) {
       Chars units;
       return unitsOf(c, 1, units) ? sizeOf(c, units) : Value();
     }},
    {"int GetCharCount(byte[] bytes)", unitCount},
    {"int GetCharCount(byte[] bytes, int index, int count)", unitCount},
    {"int GetMaxByteCount(int charCount)", mostBytes},
    {"int GetMaxCharCount(int byteCount)", mostUnits},
    {"byte[] GetPreamble()", [](Call& c) { return newBytes(c.eval, infoOf(c).preamble); }},
    {"string WebName { get; }", webName},
    {"string HeaderName { get; }", webName},
    {"string BodyName { get; }", webName},
    {"string EncodingName { get; }", [](Call& c) { return Value::ascii(infoOf(c).name); }},
    {"int CodePage { get; }", [](Call& c) { return Value::int32(infoOf(c).code_page); }},
    {"bool IsSingleByte { get; }", [](Call& c) { return Value::boolean(codecOf(c) <= Codec::Windows1252); }},
};

}  // namespace

void declareEncoding(Library& library) {
  Hooks hooks;
  hooks.to_string = toText;
  hooks.hash = hash;
  hooks.copy = same;
  library.add("class System.Text.Encoding", kEncoding, hooks);
}

}  // namespace sluice::expression
