// What an author reads when an expression does not bind: where, what, and what to do about it.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "expression/expression.h"

namespace sluice::expression {
namespace {

// "column: message | remedy", one line for each diagnostic.
std::string said(std::string_view source) {
  const std::string text(source);
  const SourceText where("policy.xml", text);
  Diagnostics diagnostics;
  Expression::compile(text, where, diagnostics);
  std::string all;
  for (const Diagnostic& one : diagnostics.all()) {
    if (!all.empty()) all += "\n";
    if (one.severity == Severity::Warning) all += "warning ";
    all += std::to_string(one.location.column) + ": " + one.message;
    if (!one.remedy.empty()) all += " | " + one.remedy;
  }
  return all;
}

struct Row {
  std::string_view source;
  std::string_view expected;
};

TEST(MistakeTexts, NamesNearMisses) {
  static constexpr Row kRows[] = {
      {"@(context.Request.Headers.GetOrDefault(\"x\"))",
       "27: `Headers` has no `GetOrDefault` | did you mean `GetValueOrDefault`?"},
      {"@(context.Request.body.As<string>())", "19: `Request` has no `body` | did you mean `Body`?"},
      {"@(\"abc\".substring(1))", "9: `string` has no `substring` | did you mean `Substring`?"},
      {"@(JsonConvert.Serialize(1))", "15: `JsonConvert` has no `Serialize` | did you mean `SerializeObject`?"},
      {"@(contxt.Request)", "3: there is no `contxt` that a policy expression may use | did you mean `context`?"},
      {"@{ x = 5; return x; }", "4: there is no `x` that a policy expression may use"},
      {"@(new Dictionary<string>())", "7: `Dictionary` takes 2 type arguments, not 1"},
      {"@(context.Request.Body.As<JObject>(preserve: true))", "46: `As` has no parameter `preserve`"},
      {"@(System.IO.File.ReadAllText(\"x\"))", "13: there is no `System.IO.File` that a policy expression may use"},
  };
  for (const Row& row : kRows) EXPECT_EQ(said(row.source), row.expected) << row.source;
}

TEST(MistakeTexts, SayWhichCastOrCallIsMissing) {
  static constexpr Row kRows[] = {
      {"@(context.Variables[\"x\"].Length)",
       "26: `object` has no `Length` | Its type is not known here: cast it first, as in ((string)value)."},
      {"@(context.Variables[\"n\"] > 1)",
       "26: the operator > cannot be used on `object` and `int` | Its type is not known here: cast the `object` first, "
       "with (int)."},
      {"@{ string s = context.Variables[\"x\"]; return s; }",
       "32: `object` cannot be converted to `string` | Write a cast: (string)"},
      {"@(JObject.Parse(\"{}\")[\"a\"] > 1)",
       "28: the operator > cannot be used on `JToken` and `int` | Cast the JSON value first, with (int)."},
      {"@(JObject.Parse(\"{}\").a)", "23: `JObject` has no `a` | A member of a JSON object is read as value[\"a\"]."},
      {"@(context.Response.StatusCode == \"200\")",
       "31: the operator == cannot be used on `int` and `string` | Use int.Parse(...) on the text, or ToString() on "
       "the "
       "number."},
      {"@(context.Request.Headers[\"a\"] == \"x\")",
       "32: the operator == cannot be used on `string[]` and `string` | There can be several values: use "
       "GetValueOrDefault, or Contains."},
      {"@{ int i = \"5\"; return i; }", "12: `string` cannot be converted to `int` | Use int.Parse(...)."},
      {"@{ string s = 5; return s; }", "15: `int` cannot be converted to `string` | Use ToString()."},
      {"@(context.Request.MatchedParameters(\"x\"))",
       "19: `MatchedParameters` is no method and cannot be called | An element is read with brackets: [...]."},
      {"@(Guid.NewGuid.ToString())", "8: a method cannot be used as a value here | Call it: add (...)."},
  };
  for (const Row& row : kRows) EXPECT_EQ(said(row.source), row.expected) << row.source;
}

TEST(MistakeTexts, SayWhatWasExpected) {
  static constexpr Row kRows[] = {
      {"@(context.Request.Headers.GetValueOrDefault(\"x\")", "49: expected ')', but found the end of the expression"},
      {"@{ return \"a\" }", "15: expected ';', but found '}'"},
      {"@{ var x = 1 return x; }", "14: expected ';', but found 'return'"},
      {"@{ var x = 1; }", "15: not every path returns a value | Add a return at the end."},
      {"@(if (true) \"a\" else \"b\")",
       "3: expected an expression, but found 'if' | @( ) holds one expression; statements go into @{ }."},
      {"@(1;)", "4: expected ')', but found ';' | @( ) holds one expression; statements go into @{ }."},
      {"@{ return context.Tracing ? \"x\"; }", "32: expected ':', but found ';'"},
      {"@('abc')", "3: a character literal holds exactly one character | Use double quotes for a string."},
      {"@(\"abc)", "3: this string does not end | Close it with \"."},
      {"@{ if (true) int x = 1; return 2; }", "14: a declaration cannot be the whole body | Put it in braces."},
      {"@(1 + throw null)", "7: a throw expression may stand only behind ??, in ?: or as a lambda's body"},
  };
  for (const Row& row : kRows) EXPECT_EQ(said(row.source), row.expected) << row.source;
}

TEST(MistakeTexts, WarnOfIdentityWhereTextIsMeant) {
  EXPECT_EQ(said("@(context.Variables[\"x\"] == \"a\")"),
            "warning 26: == on an `object` and a `string` compares identity, not text | Cast the `object` first, with "
            "(string).");
  EXPECT_EQ(said("@((string)context.Variables[\"x\"] == \"a\")"), "");
  EXPECT_EQ(said("@(context.Variables[\"x\"] == null)"), "");
}

TEST(MistakeTexts, PointIntoTheDocument) {
  const std::string document = "<policies>\n  <set-variable name=\"a\" value=\"@(1 + nope)\" />\n</policies>";
  const size_t at = document.find("@(");
  const SourceText where("policy.xml", document);
  Diagnostics diagnostics;
  EXPECT_EQ(Expression::compile(document.substr(at, 11), where, diagnostics, at), nullptr);
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].location.line, 2u);
  EXPECT_EQ(diagnostics.all()[0].location.column, document.find("nope") - document.find('\n'));
}

}  // namespace
}  // namespace sluice::expression
