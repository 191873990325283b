// Expressions made to exhaust the gateway: each ends after a bounded number of steps, with the budget's exception, with
// .NET's own, or with a refusal at load; none overflows the stack.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "expression/cases.h"
#include "expression/expression.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kBudget = R"({"exception":"Sluice.BudgetExceededException"})";

std::string resultOf(std::string_view source) {
  const auto context =
      fixtureContext(R"({"request": {"method": "GET", "url": "https://a/", "headers": {}, "body": "{}"}})");
  return runCase(source, *context);
}

// Where .NET itself gives up, by its own exception.
bool endsInMemory(std::string_view result) {
  return result == kBudget || result == R"({"exception":"System.OutOfMemoryException"})";
}

// A small bound makes a test quick where the default is a second's work.
std::string exceptionWithin(uint64_t steps, std::string_view source) {
  const std::string text(source);
  const SourceText where("policy.xml", text);
  Diagnostics diagnostics;
  const auto expression = Expression::compile(text, where, diagnostics);
  if (expression == nullptr) return "does not bind";
  const auto context = fixtureContext("{}");
  Arena arena;
  Limits limits;
  limits.steps = steps;
  const Outcome outcome = expression->evaluate(*context, arena, limits);
  return outcome.ok() ? "ended" : std::string(outcome.exception->type);
}

TEST(Hostile, LoopsAreCounted) {
  for (const char* source :
       {"@{ while (true) { } }", "@{ for (;;) ; }", "@{ top: goto top; }", "@{ do { continue; } while (true); }",
        "@{ while (true) { try { throw new Exception(); } catch { } finally { } } }",
        "@{ try { while (true) { } } catch { return 1; } return 2; }",
        "@{ try { throw new Exception(); } finally { while (true) { } } }",
        "@{ int F(int n) { try { return F(n + 1); } finally { F(n); } } return F(0); }",
        "@{ Func<int, int> f = null; f = x => f(x); return f(1); }",
        "@{ IEnumerable<int> It(int n) { yield return n; foreach (var x in It(n + 1)) yield return x; } "
        "return It(0).Count(); }"})
    EXPECT_EQ(exceptionWithin(100'000, source), "Sluice.BudgetExceededException") << source;
}

TEST(Hostile, WorkInsideOneCallIsCounted) {
  for (const char* source :
       {"@{ var s = new string('a', 1000000); while (true) { s.GetHashCode(); } }",
        "@{ var s = new string('a', 1000000); var t = new string('a', 999999) + \"b\"; while (s != t) { } return 1; }",
        "@{ var s = new string('1', 1000000); double d; while (double.TryParse(s, out d)) { } return 1; }",
        "@{ var l = Enumerable.Range(0, 10000).ToList(); while (true) l.Reverse(); }",
        "@{ var l = Enumerable.Range(0, 10000).ToList(); while (true) l.Sort(); }",
        "@{ var l = Enumerable.Range(0, 10000).ToList(); while (true) l.Contains(-1); }",
        "@(Enumerable.Range(0, int.MaxValue).Contains(-1))", "@(Enumerable.Range(0, int.MaxValue).Max())",
        "@(Enumerable.Range(0, 100000).SelectMany(x => Enumerable.Range(0, 100000)).Count())",
        "@((from a in Enumerable.Range(0, 9999) from b in Enumerable.Range(0, 9999) select a).Count())",
        "@(Regex.IsMatch(new string('a', 40) + \"!\", \"^(a+)+$\"))"})
    EXPECT_EQ(exceptionWithin(200'000, source), "Sluice.BudgetExceededException") << source;
}

TEST(Hostile, MemoryIsBounded) {
  for (const char* source :
       {"@(new byte[int.MaxValue].Length)", "@(new int[65536, 65536].Length)", "@(\"x\".PadLeft(int.MaxValue))",
        "@(new string('x', int.MaxValue))", "@(Enumerable.Range(0, int.MaxValue).ToList())",
        "@(string.Join(\",\", Enumerable.Range(0, int.MaxValue)))", "@{ var s = \"x\"; while (true) { s += s; } }",
        "@{ var s = \"x\"; while (true) { s = s.Replace(\"x\", \"xx\"); } }",
        "@{ var s = \"a\"; for (;;) s = Regex.Replace(s, \"a\", \"aa\"); }",
        "@{ var s = \"x\"; while (true) { s = $\"{s}{s}\"; } }",
        "@{ var l = new List<int> { 1 }; while (true) l.AddRange(l); }",
        "@(new StringBuilder().Append('x', int.MaxValue))"})
    EXPECT_TRUE(endsInMemory(resultOf(source))) << source;
}

TEST(Hostile, WidthsAreNetsOwnMistakes) {
  EXPECT_EQ(resultOf("@(string.Format(\"{0,2147483647}\", 1))"), R"({"exception":"System.FormatException"})");
  EXPECT_EQ(resultOf("@(1.ToString(\"D999999999\").Length)"), R"({"exception":"System.FormatException"})");
  // A year may be asked for with any number of digits; all but the last come from nowhere but zero.
  EXPECT_EQ(resultOf("@(new DateTime(2024, 1, 2).ToString(new string('y', 60)).TrimStart('0'))"),
            R"({"type":"string","value":"2024"})");
}

TEST(Hostile, DeepValuesDoNotOverflowTheStack) {
  const std::string tower = "JToken t = new JArray(); for (int i = 0; i < 50000; i++) t = new JArray(t); ";
  for (const std::string& source :
       {"@{ " + tower + "return t.ToString().Length; }",
        std::string("@{ object o = 1; for (int i = 0; i < 50000; i++) o = new { o }; return o.ToString(); }"),
        std::string("@{ object o = 1; for (int i = 0; i < 50000; i++) o = new[] { o }; "
                    "return JsonConvert.SerializeObject(o); }"),
        std::string("@{ IEnumerable<int> e = new[] { 1 }; for (int i = 0; i < 50000; i++) e = e.Select(x => x); "
                    "return e.Sum(); }"),
        std::string("@{ IEnumerable<int> e = new[] { 1 }; for (int i = 0; i < 50000; i++) e = e.Concat(new[] { 2 }); "
                    "return e.Sum(); }"),
        std::string("@{ IEnumerable<int> e = new[] { 1 }; for (int i = 0; i < 50000; i++) e = new[] { 2 }.Concat(e); "
                    "return e.Sum(); }"),
        std::string("@{ IEnumerable<int> e = new[] { 2, 1 }; for (int i = 0; i < 50000; i++) e = e.OrderBy(x => x); "
                    "return e.First(); }"),
        std::string("@{ Func<int, int> f = x => x; for (int i = 0; i < 50000; i++) { var g = f; f = x => g(x); } "
                    "return f(1); }")})
    EXPECT_EQ(resultOf(source), kBudget) << source;
  EXPECT_EQ(resultOf("@(JToken.Parse(new string('[', 100000)))"),
            R"({"exception":"Newtonsoft.Json.JsonReaderException"})");
  // What .NET does in a loop is done in one here.
  EXPECT_EQ(resultOf("@{ " + tower + "return t.DeepClone().Count(); }"), R"({"type":"int","value":1})");
  EXPECT_EQ(resultOf("@{ IEnumerable<int> e = new[] { 1 }; for (int i = 0; i < 500; i++) e = e.Concat(new[] { 2 }); "
                     "return e.Sum(); }"),
            R"({"type":"int","value":1001})");
}

TEST(Hostile, SearchesAreLinear) {
  EXPECT_EQ(resultOf("@{ var s = new string('a', 300000); var n = new string('a', 150000) + \"b\"; "
                     "return s.IndexOf(n) + s.LastIndexOf(n) + s.Replace(n, \"\").Length; }"),
            R"({"type":"int","value":299998})");
  EXPECT_EQ(resultOf("@{ var s = new string('\\u00e4', 300000); var n = new string('\\u00e4', 150000) + \"b\"; "
                     "return s.IndexOf(n, StringComparison.Ordinal) + s.LastIndexOf(n); }"),
            R"({"type":"int","value":-2})");
}

TEST(Hostile, SearchesFindWhatIsThere) {
  // Longer than what the short loop takes, in every representation, from both ends.
  EXPECT_EQ(resultOf("@{ var n = \"abcabcabcabcabcabcabd\"; var s = \"\\u00e4abcabcabc\" + n + n; "
                     "return s.IndexOf(n) * 100 + s.LastIndexOf(n); }"),
            R"({"type":"int","value":1031})");
  EXPECT_EQ(resultOf("@(\"xxABCABCABCABCABCABCABDyy\".IndexOf(\"abcabcabcabcabcabcabd\", "
                     "StringComparison.OrdinalIgnoreCase))"),
            R"({"type":"int","value":2})");
}

TEST(Hostile, SourcesAreBounded) {
  const auto nested = [](std::string_view open, int times, std::string_view inner, std::string_view close) {
    std::string text = "@(";
    for (int i = 0; i < times; ++i) text += open;
    text += inner;
    for (int i = 0; i < times; ++i) text += close;
    return text + ")";
  };
  for (const std::string& source :
       {nested("(", 5000, "1", ")"), nested("new[] { ", 40, "1", " }"),
        nested("new[] { 1 }.Select(x => ", 60, "x", ")"), nested("$\"{", 300, "1", "}\""), nested("-", 5000, "1", ""),
        nested("a ? b : ", 5000, "1", ""), nested("new List<", 5000, "int", ">()"),
        "@{" + std::string(5000, '{') + std::string(5000, '}') + "}"})
    EXPECT_TRUE(resultOf(source).starts_with("{\"compileError\"")) << source.substr(0, 40);
}

}  // namespace
}  // namespace sluice::expression
