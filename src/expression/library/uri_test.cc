// Uri where the conformance cases do not reach.
#include "expression/library/case_table.h"
#include "expression/library/uri_parse.h"

namespace sluice::expression {
namespace {

std::string absolute(std::string_view text) {
  return "new Uri(\"" + std::string(text) + "\").AbsoluteUri";
}

TEST(Uri, IsNormalised) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"http://EXAMPLE.com:80/%7Euser/%2e%2e/a%2fb?q=%C3%A9 x#fr ag", "http://example.com/a%2fb?q=%C3%A9%20x#fr%20ag"},
      {"  http://h/x  ", "http://h/x"},
      {"http://h/a/./b/../c/..", "http://h/a/"},
      {"http://h/../..", "http://h/"},
      {"http://h//a//b", "http://h//a//b"},
      {"http://h/a?x=../y", "http://h/a?x=../y"},
      {"http://h/100%", "http://h/100%25"},
      {"http://h/a%zz%20b", "http://h/a%25zz%20b"},
      {"http://h/%e4%bd%a0", "http://h/%E4%BD%A0"},
      {"http://h/%e4", "http://h/%e4"},
      {"http://h/x|y^z`{}<>", "http://h/x%7Cy%5Ez%60%7B%7D%3C%3E"},
      {"http://[2001:0DB8:0:0:0:0:0:1]:80/", "http://[2001:db8::1]/"},
      {"http://0x7f.1/", "http://127.0.0.1/"},
      {"http://user name@h", "http://user%20name@h/"},
      {"urn:isbn:123", "urn:isbn:123"},
      {"foo://host", "foo://host/"},
      {"mailto:joe@example.com?subject=x", "mailto:joe@example.com?subject=x"},
      {"file:///C:/a b/c.txt", "file:///C:/a%20b/c.txt"},
  };
  for (const auto& [text, expected] : rows) expectTexts({{absolute(text), expected}});
}

TEST(Uri, ShowsItselfReadable) {
  expectTexts({
      {R"(new Uri("http://h/%e4%bd%a0%20%2F%25?q=%41 b").ToString())", "http://h/\\u4f60 %2F%25?q=A b"},
      {R"(new Uri("http://h/100%").ToString())", "http://h/100%25"},
      {R"(new Uri("x y", UriKind.Relative).ToString())", "x y"},
  });
}

TEST(Uri, HasComponents) {
  expectTexts({
      {R"(new Uri("http://u:p@h:8080/x?a=b").GetLeftPart(UriPartial.Scheme))", "http://"},
      {R"(new Uri("http://u:p@h:8080/x?a=b").GetLeftPart(UriPartial.Authority))", "http://u:p@h:8080"},
      {R"(new Uri("http://u:p@h:8080/x?a=b").GetLeftPart(UriPartial.Path))", "http://u:p@h:8080/x"},
      {R"(new Uri("http://u:p@h:8080/x?a=b").GetLeftPart(UriPartial.Query))", "http://u:p@h:8080/x?a=b"},
      {R"(new Uri("http://u:p@h:8080/x?a=b").Authority)", "h:8080"},
      {R"(new Uri("http://h/a?b?c#d#e").Fragment)", "#d#e"},
      {R"(new Uri("http://münchen.de/").IdnHost)", "xn--mnchen-3ya.de"},
      {R"(new Uri("http://[fe80::1%3]/").DnsSafeHost)", "fe80::1%3"},
      {R"(new Uri("file://server/share/x").LocalPath)", "\\\\\\\\server\\\\share\\\\x"},
      {R"(new Uri("file:///etc/a%20b").LocalPath)", "/etc/a b"},
      {R"(new Uri("urn:isbn:123").AbsolutePath)", "isbn:123"},
  });
  expectRows({
      {R"(new Uri("foo://h/").Port)", R"({"type":"int","value":-1})"},
      {R"(new Uri("ws://h/").Port)", R"({"type":"int","value":80})"},
      {R"(new Uri("http://1.2.3.4.5/").HostNameType == UriHostNameType.Dns)", R"({"type":"bool","value":true})"},
      {R"(new Uri("http://localhost/").IsLoopback)", R"({"type":"bool","value":true})"},
  });
}

TEST(Uri, RefusesWhatIsNone) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"http://h:99999/", "Invalid URI: Invalid port specified."},
      {"http://h:8x/", "Invalid URI: Invalid port specified."},
      {"http:///x", "Invalid URI: The hostname could not be parsed."},
      {"http://a b/", "Invalid URI: The hostname could not be parsed."},
      {"http://a..b/", "Invalid URI: The hostname could not be parsed."},
      {"http://[::g]/", "Invalid URI: The hostname could not be parsed."},
      {"http:/x", "Invalid URI: The Authority/Host could not be parsed."},
      {"1http://x", "Invalid URI: The URI scheme is not valid."},
      {"relative", "Invalid URI: The format of the URI could not be determined."},
      {"", "Invalid URI: The URI is empty."},
  };
  for (const auto& [text, message] : rows) expectMessages({{"new Uri(\"" + std::string(text) + "\")", message}});
  expectThrows({
      {"new Uri((string)null)", "System.ArgumentNullException"},
      {R"(new Uri("http://h/", UriKind.Relative))", "System.UriFormatException"},
      {R"(new Uri("http://h/", (UriKind)7))", "System.ArgumentException"},
      {R"(new Uri(new Uri("x", UriKind.Relative), "y"))", "System.ArgumentOutOfRangeException"},
  });
}

// RFC 3986, section 5.4, as .NET answers.
TEST(Uri, IsSeenFromABase) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"g", "http://a/b/c/g"},          {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},        {"/g", "http://a/g"},
      {"//g/x", "http://g/x"},          {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},           {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},         {"../../../g", "http://a/g"},
      {"g;x=1/../y", "http://a/b/c/y"}, {"g?y/./x", "http://a/b/c/g?y/./x"},
      {"http:g", "http://a/b/c/g"},     {"ftp://x/y", "ftp://x/y"},
  };
  for (const auto& [relative, expected] : rows) {
    expectTexts(
        {{"new Uri(new Uri(\"http://a/b/c/d;p?q\"), \"" + std::string(relative) + "\").AbsoluteUri", expected}});
  }
}

TEST(Uri, ComparesWithoutUserAndFragment) {
  expectRows({
      {R"(new Uri("http://u@A/b#x") == new Uri("http://a:80/b#y"))", R"({"type":"bool","value":true})"},
      {R"(new Uri("http://a/b") == new Uri("http://a/B"))", R"({"type":"bool","value":false})"},
      {R"(new Uri("http://a/b").Equals("http://A/b"))", R"({"type":"bool","value":true})"},
      {R"(new HashSet<Uri> { new Uri("http://a/") }.Contains(new Uri("HTTP://A")))", R"({"type":"bool","value":true})"},
      {R"(new Uri("http://a/b/").IsBaseOf(new Uri("http://a/b/c/d")))", R"({"type":"bool","value":true})"},
      {R"(new Uri("http://a/b/c").MakeRelativeUri(new Uri("http://a/b/d/e?f")).ToString())",
       R"({"type":"string","value":"d/e?f"})"},
      {R"(new Uri("http://a/b/c/x").MakeRelativeUri(new Uri("http://a/y")).ToString())",
       R"({"type":"string","value":"../../y"})"},
  });
}

TEST(Uri, TellsWellFormedText) {
  const std::pair<std::string_view, bool> rows[] = {
      {"\"http://h/a b\", UriKind.Absolute", false}, {"\"http://h/a%20b\", UriKind.Absolute", true},
      {"\"http:/h\", UriKind.Absolute", false},      {"\"http://h/%zz\", UriKind.Absolute", false},
      {"\"a/b?c\", UriKind.Relative", true},         {"\"a:b/c\", UriKind.Relative", false},
      {"\"/a\", UriKind.Absolute", false},           {"null, UriKind.Absolute", false},
  };
  for (const auto& [args, expected] : rows) {
    expectRows({{"Uri.IsWellFormedUriString(" + std::string(args) + ")",
                 expected ? R"({"type":"bool","value":true})" : R"({"type":"bool","value":false})"}});
  }
}

TEST(Uri, EscapesText) {
  expectTexts({
      {R"(Uri.EscapeUriString("http://h/a b?x=%20[1]"))", "http://h/a%20b?x=%2520[1]"},
      {R"(Uri.UnescapeDataString("%41%20%E9%C3%A9%zz%"))", "A %E9\\u00e9%zz%"},
      {R"(Uri.EscapeDataString("a b&~*'()!😀"))", "a%20b%26~%2A%27%28%29%21%F0%9F%98%80"},
      {"Uri.HexEscape('/')", "%2F"},
      {R"({ int i = 1; var c = Uri.HexUnescape("a%41b", ref i); return c.ToString() + i; })", "A4"},
  });
}

TEST(UriParse, OfItsOwnTextIsTheSame) {
  for (const std::string_view text :
       {"http://u:p@h:1/a/../b c?d#e", "file:///a b", "/x?y#z", "C:\\a\\b", "foo:bar", "foo:/a/../b", "mailto:a@b?c=d",
        "http://h/%2e%2e/%41%zz", "http://[::1%25]/", "ftp://h/a?b"}) {
    UriParts first, second;
    if (parseUri(text, first) != UriError::None) continue;
    const std::string once = authorityPart(first) + escapedPath(first) + escapedQuery(first);
    if (first.is_dos_path) continue;
    ASSERT_EQ(parseUri(once, second), UriError::None) << once;
    EXPECT_EQ(authorityPart(second) + escapedPath(second) + escapedQuery(second), once);
  }
}

TEST(UriParse, BoundsItsInput) {
  UriParts parts;
  EXPECT_EQ(parseUri("http://h/" + std::string(70'000, 'a'), parts), UriError::SizeLimit);
  EXPECT_EQ(parseUri(std::string(2'000, 'a') + "://h/", parts), UriError::SchemeLimit);
  EXPECT_EQ(removeDots("/a/b/c/../../../../d"), "/d");
}

}  // namespace
}  // namespace sluice::expression
