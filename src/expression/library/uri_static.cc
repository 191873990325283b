// System.Uri: static members.
#include "expression/library/uri.h"
#include "expression/library/uri_text.h"
#include "expression/library/web_text.h"

namespace sluice::expression {
namespace {

bool charge(Call& c, std::string_view text) {
  return c.eval.step(1 + text.size() / 8) && c.eval.reserve(text.size() * 3);
}

Value escape(Call& c, Keep keep) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("stringToEscape");
  const std::string_view text = c.utf8(0);
  return charge(c, text) ? c.text(escapeUri(text, keep, Escapes::AreText)) : Value();
}

Value unescape(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("stringToUnescape");
  const std::string_view text = c.utf8(0);
  if (text.find('%') == std::string_view::npos) return c[0];
  return charge(c, text) ? c.text(unescapeUri(text)) : Value();
}

Value isWellFormedString(Call& c) {
  Value made;
  const int64_t kind = c.int64(1);
  if (c.isNull(0) || kind < 0 || kind > 2) return Value::boolean(false);
  const bool bad = newUri(c.eval, c[0], static_cast<UriKind>(kind), made).has_value();
  return Value::boolean(!bad && !c.eval.failed() && isWellFormed(c.eval, *as<UriObject>(made)));
}

Value hexEscape(Call& c) {
  const char16_t unit = c[0].asChar();
  if (unit > 0xFF) return c.eval.raiseOutOfRange("character");
  std::string text;
  addEscaped(text, static_cast<unsigned char>(unit));
  return c.text(text);
}

bool isEscapeAt(const Chars& text, int64_t at) {
  if (at < 0 || at + 2 >= text.size || text[static_cast<size_t>(at)] != '%') return false;
  return hexValue(text[static_cast<size_t>(at) + 1]) >= 0 && hexValue(text[static_cast<size_t>(at) + 2]) >= 0;
}

// HexUnescape(pattern, ref index)
Value hexUnescape(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("pattern");
  const Chars text = c.chars(0);
  const int32_t at = c.int32(1);
  if (at < 0 || static_cast<uint32_t>(at) >= text.size) return c.eval.raiseOutOfRange("index");
  const auto first = static_cast<size_t>(at);
  const bool escape = isEscapeAt(text, at);
  c[1] = Value::int32(at + (escape ? 3 : 1));
  if (!escape) return Value::character(text[first]);
  return Value::character(static_cast<char16_t>(hexValue(text[first + 1]) * 16 + hexValue(text[first + 2])));
}

constexpr MemberRow kStatic[] = {
    {"static readonly string UriSchemeHttp", [](Call&) { return Value::ascii("http"); }},
    {"static readonly string UriSchemeHttps", [](Call&) { return Value::ascii("https"); }},
    {"static readonly string UriSchemeFtp", [](Call&) { return Value::ascii("ftp"); }},
    {"static readonly string UriSchemeFile", [](Call&) { return Value::ascii("file"); }},
    {"static readonly string UriSchemeMailto", [](Call&) { return Value::ascii("mailto"); }},
    {"static readonly string UriSchemeNews", [](Call&) { return Value::ascii("news"); }},
    {"static readonly string UriSchemeNntp", [](Call&) { return Value::ascii("nntp"); }},
    {"static readonly string UriSchemeGopher", [](Call&) { return Value::ascii("gopher"); }},
    {"static readonly string UriSchemeNetTcp", [](Call&) { return Value::ascii("net.tcp"); }},
    {"static readonly string UriSchemeNetPipe", [](Call&) { return Value::ascii("net.pipe"); }},
    {"static readonly string SchemeDelimiter", [](Call&) { return Value::ascii("://"); }},
    {"static string EscapeDataString(string stringToEscape)", [](Call& c) { return escape(c, Keep::Unreserved); }},
    {"static string EscapeUriString(string stringToEscape)",
     [](Call& c) { return escape(c, Keep::UnreservedAndReserved); }},
    {"static string UnescapeDataString(string stringToUnescape)", unescape},
    {"static bool IsWellFormedUriString(string uriString, UriKind uriKind)", isWellFormedString},
    {"static UriHostNameType CheckHostName(string name)",
     [](Call& c) {
       const HostType type = c.isNull(0) ? HostType::Unknown : checkHostName(c.utf8(0));
       return newEnum(c.type, static_cast<int64_t>(type));
     }},
    {"static bool CheckSchemeName(string schemeName)",
     [](Call& c) { return Value::boolean(!c.isNull(0) && isSchemeName(c.utf8(0))); }},
    {"static bool IsHexDigit(char character)", [](Call& c) { return Value::boolean(hexValue(c[0].asChar()) >= 0); }},
    {"static int FromHex(char digit)",
     [](Call& c) {
       const int value = hexValue(c[0].asChar());
       return value >= 0 ? Value::int32(value) : c.raise("System.ArgumentException", "digit");
     }},
    {"static string HexEscape(char character)", hexEscape},
    {"static char HexUnescape(string pattern, ref int index)", hexUnescape},
    {"static bool IsHexEncoding(string pattern, int index)",
     [](Call& c) { return Value::boolean(!c.isNull(0) && isEscapeAt(c.chars(0), c.int32(1))); }},
};

}  // namespace

std::span<const MemberRow> uriStaticRows() {
  return kStatic;
}

}  // namespace sluice::expression
