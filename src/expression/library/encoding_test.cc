// Encoding and WebUtility where the conformance cases do not reach.
#include "expression/library/case_table.h"

namespace sluice::expression {
namespace {

TEST(Encoding, ReplacesWhatItCannotShow) {
  expectRows({
      {"Encoding.ASCII.GetString(new byte[] { 65, 200 })", R"({"type":"string","value":"A?"})"},
      {R"(Encoding.ASCII.GetBytes("é😀"))", R"({"type":"bytes","value":"Pz8/"})"},
      {R"(Encoding.Latin1.GetBytes("é€"))", R"({"type":"bytes","value":"6T8="})"},
      {R"(Encoding.UTF8.GetBytes("\ud800"))", R"({"type":"bytes","value":"77+9"})"},
      {R"(Encoding.Unicode.GetBytes("\udc00"))", R"({"type":"bytes","value":"/f8="})"},
      {"Encoding.UTF8.GetString(new byte[] { 0xE2, 0x82 })", R"({"type":"string","value":"\ufffd"})"},
      {"Encoding.UTF8.GetString(new byte[] { 0xC0, 0x80 })", R"({"type":"string","value":"\ufffd\ufffd"})"},
      {"Encoding.Unicode.GetString(new byte[] { 65, 0, 66 })", R"({"type":"string","value":"A\ufffd"})"},
      {"Encoding.UTF32.GetString(new byte[] { 0, 0, 0x11, 0 })", R"({"type":"string","value":"\ufffd"})"},
  });
}

TEST(Encoding, KnowsWindows1252) {
  expectRows({
      {R"(Encoding.GetEncoding(1252).GetBytes("€é"))", R"({"type":"bytes","value":"gOk="})"},
      {"Encoding.GetEncoding(\"windows-1252\").GetString(new byte[] { 0x80, 0x81, 0xE9 })",
       R"({"type":"string","value":"\u20ac\u0081\u00e9"})"},
  });
}

TEST(Encoding, GoesThereAndBack) {
  for (const std::string name : {"utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"}) {
    const std::string source =
        "{ var e = Encoding.GetEncoding(\"" + name +
        "\"); var t = \"aé€😀\"; var b = e.GetBytes(t); return e.GetString(b) == t && b.Length == "
        "e.GetByteCount(t) && e.GetCharCount(b) == t.Length && e.WebName == \"" +
        name + "\"; }";
    expectRows({{source, R"({"type":"bool","value":true})"}});
  }
}

TEST(Encoding, WorksOnParts) {
  expectRows({
      {R"(Encoding.UTF8.GetBytes("héllo", 1, 2))", R"({"type":"bytes","value":"w6ls"})"},
      {"Encoding.UTF8.GetBytes(new[] { 'a', 'b', 'c' }, 1, 2)", R"({"type":"bytes","value":"YmM="})"},
      {R"({ var b = new byte[4]; var n = Encoding.UTF8.GetBytes("abc", 1, 2, b, 1); return n * 1000 + b[2]; })",
       R"({"type":"int","value":2099})"},
      {"Encoding.Convert(Encoding.UTF8, Encoding.Unicode, new byte[] { 65 })", R"({"type":"bytes","value":"QQA="})"},
      {"Encoding.UTF8.GetMaxByteCount(10)", R"({"type":"int","value":33})"},
      {"Encoding.UTF8.GetPreamble()", R"({"type":"bytes","value":"77u/"})"},
      {R"(Encoding.GetEncoding("UTF-8") == Encoding.UTF8)", R"({"type":"bool","value":true})"},
  });
  expectThrows({
      {"Encoding.UTF8.GetString(new byte[] { 65 }, 0, 2)", "System.ArgumentOutOfRangeException"},
      {"Encoding.UTF8.GetString(null)", "System.ArgumentNullException"},
      {R"(Encoding.UTF8.GetBytes("abc", 2, 2))", "System.ArgumentOutOfRangeException"},
      {R"(Encoding.UTF8.GetBytes("abc", 0, 3, new byte[2], 0))", "System.ArgumentException"},
      {R"(Encoding.GetEncoding("nope"))", "System.ArgumentException"},
      {"Encoding.GetEncoding(12345)", "System.NotSupportedException"},
  });
}

// What GetString made must not change with the bytes.
TEST(Encoding, CopiesBytes) {
  expectRows({{R"({ var b = new byte[] { 65 }; var s = Encoding.UTF8.GetString(b); b[0] = 66; return s; })",
               R"({"type":"string","value":"A"})"}});
}

TEST(WebUtility, EscapesUrls) {
  expectTexts({
      {R"(WebUtility.UrlEncode("a b&c/d?~*'()!-_."))", "a+b%26c%2Fd%3F%7E*%27()!-_."},
      {R"(WebUtility.UrlDecode("%C3%A9+%E9x%"))", "\\u00e9 \\ufffdx%"},
      {"Encoding.ASCII.GetString(WebUtility.UrlEncodeToBytes(new byte[] { 65, 32, 200 }, 1, 2))", "+%C8"},
  });
}

TEST(WebUtility, DecodesHtml) {
  expectTexts({
      {R"(WebUtility.HtmlDecode("&lt;&eacute;&#233;&#xE9;&#128512;&hellip;&apos;"))",
       "<\\u00e9\\u00e9\\u00e9\\ud83d\\ude00\\u2026'"},
      {R"(WebUtility.HtmlDecode("&amp;amp;"))", "&amp;"},
      {R"(WebUtility.HtmlDecode("&nope;&#xD800;&#1114112;&#;&"))", "&nope;&#xD800;&#1114112;&#;&"},
      {R"(WebUtility.HtmlDecode("a & b &lt"))", "a & b &lt"},
  });
}

}  // namespace
}  // namespace sluice::expression
