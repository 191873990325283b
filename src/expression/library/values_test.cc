// Guid, IPAddress, Random, sets, tuples and other small types where the conformance cases do not reach.
#include "expression/library/case_table.h"
#include "expression/library/ip_text.h"

namespace sluice::expression {
namespace {

TEST(Guid, ReadsItsFormatsOnly) {
  const std::string hex = "{0x0f8fad5b,0xd9cb,0x469f,{0xa1,0x65,0x70,0x86,0x77,0x28,0x95,0x0e}}";
  for (const std::string& text :
       {std::string("0f8fad5b-d9cb-469f-a165-70867728950e"), std::string("0F8FAD5BD9CB469FA16570867728950E"),
        std::string("{0f8fad5b-d9cb-469f-a165-70867728950e}"), std::string(" (0f8fad5b-d9cb-469f-a165-70867728950e) "),
        hex}) {
    expectRows({{"Guid.Parse(\"" + text + "\")", R"({"type":"guid","value":"0f8fad5b-d9cb-469f-a165-70867728950e"})"}});
  }
  expectMessages({
      {R"(Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950"))",
       "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)."},
      {R"(Guid.Parse("0f8fad5bd-9cb-469f-a165-70867728950e"))", "Dashes are in the wrong position for GUID parsing."},
      {R"(Guid.Parse("0g8fad5b-d9cb-469f-a165-70867728950e"))",
       "Guid string should only contain hexadecimal characters."},
      {R"(Guid.Parse(" "))", "Unrecognized Guid format."},
  });
  expectThrows({
      {R"(Guid.ParseExact("0f8fad5b-d9cb-469f-a165-70867728950e", "N"))", "System.FormatException"},
      {R"(Guid.ParseExact("0f8fad5b-d9cb-469f-a165-70867728950e", "Z"))", "System.FormatException"},
      {R"(Guid.Parse("{0x0f8fad5b,0xd9cb}"))", "System.FormatException"},
      {"new Guid((string)null)", "System.ArgumentNullException"},
      {"new Guid(new byte[15])", "System.ArgumentException"},
      {R"(Guid.Empty.ToString("Q"))", "System.FormatException"},
  });
}

TEST(Guid, IsMadeOfParts) {
  expectRows({
      {"new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)",
       R"({"type":"guid","value":"00000001-0002-0003-0405-060708090a0b"})"},
      {"new Guid(1, 2, 3, new byte[] { 4, 5, 6, 7, 8, 9, 10, 11 })",
       R"({"type":"guid","value":"00000001-0002-0003-0405-060708090a0b"})"},
      {"Guid.Empty.CompareTo((object)null)", R"({"type":"int","value":1})"},
      {R"(Guid.TryParseExact("0f8fad5bd9cb469fa16570867728950e", "N", out var g))", R"({"type":"bool","value":true})"},
  });
}

TEST(IPAddress, ReadsAndWritesAsDotNet) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"1", "0.0.0.1"},
      {"0x7f.1", "127.0.0.1"},
      {"010.1.1.1", "8.1.1.1"},
      {"1.2.65535", "1.2.255.255"},
      {"::FFFF:1.2.3.4", "::ffff:1.2.3.4"},
      {"2001:0db8::0001:0:0:1", "2001:db8::1:0:0:1"},
      {"::", "::"},
      {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"fe80::1%3", "fe80::1%3"},
      {"[::1]:80", "::1"},
  };
  for (const auto& [text, expected] : rows)
    expectTexts({{"IPAddress.Parse(\"" + std::string(text) + "\").ToString()", expected}});
  for (const std::string text :
       {"", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "08.1.1.1", "1..2", "1.2.3.4 ", "4294967296", "::1::", ":1",
        "1:", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "::1.2.3", "[::1", "g::"})
    expectThrows({{"IPAddress.Parse(\"" + text + "\")", "System.FormatException"}});
}

TEST(IPAddress, IsAValue) {
  expectRows({
      {R"(IPAddress.Parse("10.0.0.1").Equals(IPAddress.Parse("10.0.0.1")))", R"({"type":"bool","value":true})"},
      {R"(IPAddress.Parse("10.0.0.1") == IPAddress.Parse("10.0.0.1"))", R"({"type":"bool","value":false})"},
      {R"(new HashSet<IPAddress> { IPAddress.Parse("::1") }.Contains(IPAddress.Parse("::1")))",
       R"({"type":"bool","value":true})"},
      {R"(IPAddress.Parse("10.0.0.1").GetAddressBytes())", R"({"type":"bytes","value":"CgAAAQ=="})"},
      {R"(IPAddress.Parse("::1").AddressFamily.ToString())", R"({"type":"string","value":"InterNetworkV6"})"},
      {R"(IPAddress.IsLoopback(IPAddress.Parse("::1")))", R"({"type":"bool","value":true})"},
      {R"(IPAddress.TryParse(null, out var ip) || ip != null)", R"({"type":"bool","value":false})"},
  });
}

// The sequences of .NET for those seeds.
TEST(Random, RepeatsDotNetsNumbers) {
  expectRows({
      {"{ var r = new Random(42); return new[] { r.Next(), r.Next(), r.Next() }; }",
       R"({"type":"list","value":[{"type":"int","value":1434747710},{"type":"int","value":302596119},{"type":"int","value":269548474}]})"},
      {"new Random(42).Next(1, 100)", R"({"type":"int","value":67})"},
      {"{ var b = new byte[3]; new Random(42).NextBytes(b); return b; }", R"({"type":"bytes","value":"Phe6"})"},
      {"new Random(-42).Next() == new Random(42).Next()", R"({"type":"bool","value":true})"},
      {"new Random(int.MinValue).Next() == new Random(int.MaxValue).Next()", R"({"type":"bool","value":true})"},
  });
  expectThrows({
      {"new Random(1).Next(-1)", "System.ArgumentOutOfRangeException"},
      {"new Random(1).Next(5, 1)", "System.ArgumentOutOfRangeException"},
      {"{ new Random(1).NextBytes(null); return 1; }", "System.ArgumentNullException"},
  });
}

TEST(Random, WithoutASeedDiffers) {
  expectRows({
      {"{ var a = new Random(); var b = new Random(); for (var i = 0; i < 8; i++) if (a.Next() != b.Next()) return "
       "true; "
       "return false; }",
       R"({"type":"bool","value":true})"},
      {"{ var r = new Random(); for (var i = 0; i < 500; i++) { var d = r.NextDouble(); if (d < 0 || d >= 1) return d; "
       "if (r.Next(int.MinValue, int.MaxValue) == int.MaxValue) return -1.0; } return 0.5; }",
       R"({"type":"double","value":0.5})"},
  });
}

TEST(HashSet, IsASet) {
  expectRows({
      {"{ ISet<int> s = new HashSet<int> { 1 }; s.UnionWith(new[] { 2, 3 }); s.SymmetricExceptWith(new[] { 3, 4 }); "
       "return s.OrderBy(x => x); }",
       R"({"type":"list","value":[{"type":"int","value":1},{"type":"int","value":2},{"type":"int","value":4}]})"},
      {"{ var s = new HashSet<int> { 1, 2, 3 }; s.ExceptWith(s); return s.Count; }", R"({"type":"int","value":0})"},
      {"{ var s = new HashSet<int> { 1, 2, 3, 4 }; var n = s.RemoveWhere(x => x % 2 == 0); return n * 10 + s.Count; }",
       R"({"type":"int","value":22})"},
      {"new HashSet<int> { 1 }.IsProperSubsetOf(new[] { 1, 1 })", R"({"type":"bool","value":false})"},
      {"{ var s = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { \"Ab\" }; s.TryGetValue(\"aB\", out var x); "
       "return x; }",
       R"({"type":"string","value":"Ab"})"},
      {"{ var a = new int[3]; new HashSet<int> { 7, 8 }.CopyTo(a, 1); return a[1] * 10 + a[2]; }",
       R"({"type":"int","value":78})"},
      {"new HashSet<string> { null, null }.Count", R"({"type":"int","value":1})"},
  });
  expectThrows({
      {"{ new HashSet<int>().UnionWith(null); return 1; }", "System.ArgumentNullException"},
      {"{ var s = new HashSet<int> { 1, 2 }; foreach (var x in s) s.Add(x + 10); return 1; }",
       "System.InvalidOperationException"},
      {"{ new HashSet<int> { 1, 2 }.CopyTo(new int[1]); return 1; }", "System.ArgumentException"},
  });
}

TEST(Tuple, HasUpToSevenElements) {
  expectRows({
      {"Tuple.Create(1, 2, 3, 4, 5, 6, \"x\").Item7", R"({"type":"string","value":"x"})"},
      {"new Tuple<int, string>(1, \"x\").ToString()", "{\"type\":\"string\",\"value\":\"(1, x)\"}"},
      {"Tuple.Create(1, \"a\").GetHashCode() == Tuple.Create(1, \"a\").GetHashCode()",
       R"({"type":"bool","value":true})"},
      {"ValueTuple.Create(1, 2, 3).Item3", R"({"type":"int","value":3})"},
      {"KeyValuePair.Create(\"k\", 1).Key", R"({"type":"string","value":"k"})"},
  });
}

TEST(Enum, IsReadAndWritten) {
  expectRows({
      {"Enum.Parse(typeof(DayOfWeek), \" friday \", true)",
       R"({"type":"enum","enum":"System.DayOfWeek","value":"Friday"})"},
      {"Enum.TryParse(\"5\", out DayOfWeek day) ? day : DayOfWeek.Monday",
       R"({"type":"enum","enum":"System.DayOfWeek","value":"Friday"})"},
      {"Enum.TryParse<DayOfWeek>(\"friday\", out var day)", R"({"type":"bool","value":false})"},
      {"(int)Enum.Parse<StringSplitOptions>(\"RemoveEmptyEntries, TrimEntries\")", R"({"type":"int","value":3})"},
      {"Enum.Parse(typeof(DayOfWeek), \"-7\").ToString()", R"({"type":"string","value":"-7"})"},
      {"DayOfWeek.Friday.ToString(\"x\")", R"({"type":"string","value":"00000005"})"},
      {"DayOfWeek.Friday.ToString(\"D\")", R"({"type":"string","value":"5"})"},
      {"$\"{DayOfWeek.Friday:d}\"", R"({"type":"string","value":"5"})"},
  });
  expectThrows({
      {"Enum.Parse(typeof(DayOfWeek), \"x\")", "System.ArgumentException"},
      {"Enum.Parse(typeof(DayOfWeek), \"\")", "System.ArgumentException"},
      {"Enum.Parse(typeof(DayOfWeek), \"Monday,\")", "System.ArgumentException"},
      {"Enum.Parse(typeof(DayOfWeek), \"99999999999\")", "System.OverflowException"},
      {"Enum.Parse(typeof(DayOfWeek), null)", "System.ArgumentNullException"},
      {"Enum.Parse(null, \"x\")", "System.ArgumentNullException"},
      {"Enum.Parse(typeof(int[]), \"x\")", "System.ArgumentException"},
      {"DayOfWeek.Friday.ToString(\"Q\")", "System.FormatException"},
  });
}

TEST(StringWriter, WritesAndCloses) {
  expectTexts({
      {R"({ using (var w = new StringWriter()) { w.WriteLine("x"); w.Write(true); w.Write(1.5m); w.Write('c'); )"
       R"(w.Write("{0}-{1}", 1, 2); w.WriteLine("{0}", "z"); w.Write((object)null); return w.ToString(); } })",
       "x\\nTrue1.5c1-2z\\n"},
      {R"({ var b = new StringBuilder("a"); new StringWriter(b).Write("b"); return b.ToString(); })", "ab"},
      {R"({ var w = new StringWriter { NewLine = "|" }; w.WriteLine(); w.WriteLine(5); return w.ToString(); })", "|5|"},
      {R"({ var w = new StringWriter(); w.Write(new[] { 'a', 'b', 'c' }, 1, 2); )"
       R"(return w.GetStringBuilder().Append("é").ToString(); })",
       "bc\\u00e9"},
  });
  expectThrows({
      {R"({ var w = new StringWriter(); w.Dispose(); w.Write("x"); return 1; })", "System.ObjectDisposedException"},
      {"{ new StringWriter().Write(new char[2], 1, 2); return 1; }", "System.ArgumentException"},
      {"{ new StringWriter().Write(\"{0}\"); new StringWriter().Write(\"{1}\", 1); return 1; }",
       "System.FormatException"},
  });
}

TEST(StringReader, ReadsUnitsAndLines) {
  expectTexts({
      {R"({ var r = new StringReader("abc"); return (char)r.Read() + "" + (char)r.Peek() + r.ReadToEnd() + r.Read(); })",
       "abbc-1"},
      {R"({ var r = new StringReader("a\r\nb\rc\n"); var t = ""; for (var l = r.ReadLine(); l != null; )"
       R"(l = r.ReadLine()) t += "<" + l + ">"; return t; })",
       "<a><b><c>"},
      {R"({ var r = new StringReader("abc"); var b = new char[4]; return r.Read(b, 1, 2) + ":" + b[1] + b[2] + )"
       R"(r.ReadToEnd(); })",
       "2:abc"},
  });
  expectThrows({
      {R"({ var r = new StringReader("x"); r.Close(); return r.ReadLine(); })", "System.ObjectDisposedException"},
      {"new StringReader(null)", "System.ArgumentNullException"},
  });
}

TEST(QueueAndStack, MayBeAsked) {
  expectRows({
      {"{ var q = new Queue<int>(); return q.TryPeek(out var x) || q.TryDequeue(out x); }",
       R"({"type":"bool","value":false})"},
      {"{ var s = new Stack<int>(new[] { 1, 2 }); return s.TryPeek(out var x) ? x : -1; }",
       R"({"type":"int","value":2})"},
  });
}

TEST(IpText, RoundTripsEveryGroup) {
  for (uint32_t bits = 0; bits < 256; ++bits) {
    IPv6 address;
    for (size_t i = 0; i < 8; ++i) address.groups[i] = (bits >> i & 1) != 0 ? static_cast<uint16_t>(i + 1) : 0;
    const auto again = parseIPv6(formatIPv6(address));
    ASSERT_TRUE(again.has_value()) << formatIPv6(address);
    EXPECT_EQ(again->groups, address.groups) << formatIPv6(address);
  }
}

}  // namespace
}  // namespace sluice::expression
