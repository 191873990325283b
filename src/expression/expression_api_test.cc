// What the cases cannot reach: the text of mistakes, effects, budgets, and the interface to policies.
#include <gtest/gtest.h>

#include "expression/cases.h"
#include "expression/expression.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kFixture = R"({
  "requestId": "0f8fad5b-d9cb-469f-a165-70867728950e",
  "request": {"method": "POST", "url": "https://a.example/x?y=1", "originalUrl": "https://a.example/x?y=1",
              "headers": {"Accept": ["a", "b"]}, "body": "{\"model\": \"m\", \"n\": 1}"},
  "response": {"statusCode": 200, "statusReason": "OK", "headers": {}, "body": "{\"usage\": {\"total_tokens\": 5}}"},
  "variables": {"model": {"type": "string", "value": "gpt"}}
})";

struct Compiled {
  std::string source;  // outlives the SourceText
  std::unique_ptr<const Expression> expression;
  Diagnostics diagnostics;

  explicit Compiled(std::string text) : source(std::move(text)) {
    const SourceText where("policy.xml", source);
    expression = Expression::compile(source, where, diagnostics);
  }
  std::string first() const {
    if (diagnostics.all().empty()) return "";
    const Diagnostic& one = diagnostics.all().front();
    return std::to_string(one.location.line) + ":" + std::to_string(one.location.column) + ": " + one.message +
           (one.remedy.empty() ? "" : " | " + one.remedy);
  }
};

std::string mistakeOf(const std::string& source) {
  return Compiled(source).first();
}

std::string resultOf(const std::string& source) {
  const auto context = fixtureContext(kFixture);
  return runCase(source, *context);
}

TEST(Mistakes, SayWhatIsWrongWhereAndWhatToDo) {
  EXPECT_EQ(mistakeOf("@(context.Request.Headers.GetOrDefault(\"x\"))"),
            "1:27: `Headers` has no `GetOrDefault` | did you mean `GetValueOrDefault`?");
  EXPECT_EQ(mistakeOf("@(contxt.Request)"),
            "1:3: there is no `contxt` that a policy expression may use | did you mean `context`?");
  EXPECT_EQ(mistakeOf("@(1 +)"), "1:6: expected an expression, but found ')'");
  EXPECT_EQ(mistakeOf("@(\"abc)"), "1:3: this string does not end | Close it with \".");
  EXPECT_EQ(mistakeOf("@{ int x = 5L; return x; }"), "1:12: `long` cannot be converted to `int` | Write a cast: (int)");
  EXPECT_EQ(mistakeOf("@{ if (context.Tracing) { return 1; } }"),
            "1:39: not every path returns a value | Add a return at the end.");
}

TEST(Mistakes, AllOfThemAreReported) {
  const Compiled compiled("@(context.Nope + context.Request.Never)");
  EXPECT_EQ(compiled.diagnostics.errors(), 2u);
}

TEST(Mistakes, NothingOutsideTheLibraryCanBeNamed) {
  for (const char* source : {"@(System.IO.File.ReadAllText(\"/etc/passwd\"))", "@(Environment.MachineName)",
                             "@(new System.Net.Http.HttpClient())", "@(typeof(string).Assembly)",
                             "@(System.Diagnostics.Process.Start(\"x\"))", "@(new System.Threading.Thread(null))"})
    EXPECT_NE(mistakeOf(source), "") << source;
}

TEST(Mistakes, DeepAndLongSourcesEndInOne) {
  EXPECT_NE(mistakeOf("@(" + std::string(5000, '(') + "1" + std::string(5000, ')') + ")"), "");
  EXPECT_NE(mistakeOf("@(" + std::string(5000, '-') + "x)"), "");
  std::string chain = "1";
  for (int i = 0; i < 3000; ++i) chain += "+1";
  EXPECT_NE(mistakeOf("@(" + chain + ")"), "");
  EXPECT_NE(mistakeOf("@(" + std::string(300 * 1024, ' ') + "1)"), "");
}

TEST(Evaluation, DeepCallsLeaveTheStackAsItWas) {
  // More slots than a piece of the stack holds, twice, with other objects made in between.
  EXPECT_EQ(resultOf(R"cs(@{
    int Sum(int n) { int a = n, b = n + 1, c = n + 2, d = n + 3; return n == 0 ? 0 : Sum(n - 1) + a + b + c + d - 3 * n - 6; }
    var list = new List<string>();
    int total = 0;
    for (int i = 0; i < 20; i++) { total += Sum(i * 9); list.Add("item " + i); }
    string text = string.Join(",", list.Select(x => { int k = Sum(30); return x + k; }));
    return total + ":" + Sum(150) + ":" + text.Substring(0, 24) + text.Length;
  })cs"),
            R"({"type":"string","value":"100890:11325:item 0465,item 1465,item209"})");
}

TEST(Effects, OnlyBodyMembersSetBodyFlags) {
  const Compiled status("@(context.Response != null && context.Response.StatusCode == 200)");
  ASSERT_NE(status.expression, nullptr);
  EXPECT_TRUE(status.expression->effects().reads_response);
  EXPECT_FALSE(status.expression->effects().reads_response_body);
  const Compiled request("@(context.Request.Body.As<string>(preserveContent: true))");
  ASSERT_NE(request.expression, nullptr);
  EXPECT_TRUE(request.expression->effects().reads_request_body);
  EXPECT_FALSE(request.expression->effects().consumes_request_body);
  EXPECT_FALSE(request.expression->effects().reads_response);
  const Compiled consumes("@(context.Response.Body?.As<JObject>()[\"usage\"])");
  ASSERT_NE(consumes.expression, nullptr);
  EXPECT_TRUE(consumes.expression->effects().reads_response_body);
  EXPECT_TRUE(consumes.expression->effects().consumes_response_body);
}

TEST(Effects, AVariablesResponseIsNotTheResponse) {
  const Compiled reply("@(((IResponse)context.Variables[\"r\"]).Body.As<string>())");
  ASSERT_NE(reply.expression, nullptr);
  EXPECT_FALSE(reply.expression->effects().reads_response_body);
  EXPECT_FALSE(reply.expression->effects().consumes_response_body);
  EXPECT_TRUE(reply.expression->effects().reads_variables);
}

TEST(Effects, AResponseInALocalIsFollowedOnTheSafeSide) {
  const Compiled local("@{ var r = context.Response; return r.Body.As<string>(); }");
  ASSERT_NE(local.expression, nullptr);
  EXPECT_TRUE(local.expression->effects().reads_response_body);
  EXPECT_TRUE(local.expression->effects().consumes_response_body);
}

TEST(Budgets, EndWhatWouldNeverEnd) {
  for (const char* source :
       {"@{ while (true) { } }", "@{ var s = \"x\"; while (true) { s += s; } }",
        "@{ int F(int n) => F(n + 1); return F(0); }", "@(Enumerable.Range(0, int.MaxValue).ToList().Count)",
        "@(Enumerable.Range(0, int.MaxValue).Sum(x => 0))", "@{ var l = new List<int>(); for (;;) { l.Add(1); } }",
        "@(new string('x', int.MaxValue).Length)", "@(new int[2000000000].Length)",
        "@{ try { while (true) { } } catch (Exception) { return 1; } }",
        "@{ try { while (true) { } } finally { while (true) { } } }",
        "@(Enumerable.Range(0, 100000).SelectMany(x => Enumerable.Range(0, 100000)).Count())",
        "@{ IEnumerable<int> It() { while (true) { yield return 1; } } return It().Count(); }",
        "@(\"x\".PadLeft(int.MaxValue))"})
    EXPECT_EQ(resultOf(source), "{\"exception\":\"Sluice.BudgetExceededException\"}") << source;
}

TEST(Bodies, AreGoneOnceConsumed) {
  EXPECT_EQ(resultOf("@(context.Request.Body.As<string>().Length + context.Request.Body.As<string>().Length)"),
            "{\"exception\":\"System.InvalidOperationException\"}");
  EXPECT_EQ(resultOf("@(context.Request.Body.As<string>(true).Length + context.Request.Body.As<string>().Length)"),
            "{\"type\":\"int\",\"value\":44}");
}

TEST(Bodies, EachReaderThatChangesATreeHasItsOwn) {
  EXPECT_EQ(resultOf("@{ var a = context.Request.Body.As<JObject>(true); a[\"model\"] = \"x\"; "
                     "return (string)context.Request.Body.As<JObject>(true)[\"model\"]; }"),
            "{\"type\":\"string\",\"value\":\"m\"}");
}

TEST(Results, BecomeTextAndNumbersForPolicies) {
  Arena arena;
  EXPECT_EQ(toText(makeBool(true), arena), "True");
  EXPECT_EQ(toText(makeNull(), arena), "");
  EXPECT_EQ(toText(makeDouble(1.5), arena), "1.5");
  EXPECT_EQ(toText(makeBytes("ab", arena), arena), "ab");
  EXPECT_EQ(toText(*makeJson("{\"a\":1}", arena), arena), "{\n  \"a\": 1\n}");
  EXPECT_EQ(toJson(*makeJson("{\"a\": 1}", arena), arena), "{\"a\":1}");
  EXPECT_EQ(toBool(makeString("TRUE", arena)), true);
  EXPECT_EQ(toBool(makeString("yes", arena)), std::nullopt);
  EXPECT_EQ(toInteger(makeString(" 12 ", arena)), 12);
  EXPECT_EQ(toInteger(makeDouble(2.5)), std::nullopt);
  EXPECT_EQ(toText(makeString("\xFF"
                              "a",
                              arena),
                   arena),
            "\xEF\xBF\xBD"
            "a");
}

TEST(Results, OutliveTheirArenaWhenCopied) {
  Arena keeper;
  Value kept;
  {
    Arena arena;
    kept = copyTo(*makeJson(std::string("{\"a\":[1,\"two\"]}"), arena), keeper);
  }
  EXPECT_EQ(toJson(kept, keeper), "{\"a\":[1,\"two\"]}");
}

TEST(Constants, AreKnownAtLoad) {
  const Compiled constant("@(\"a\" + \"b\")");
  ASSERT_NE(constant.expression, nullptr);
  ASSERT_TRUE(constant.expression->constant().has_value());
  Arena arena;
  EXPECT_EQ(toText(*constant.expression->constant(), arena), "ab");
  EXPECT_FALSE(Compiled("@(context.Api.Id)").expression->constant().has_value());
}

}  // namespace
}  // namespace sluice::expression
