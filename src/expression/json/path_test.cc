// JSONPath, with the oddities of Newtonsoft's own.
#include "expression/json/result_fixture.h"

namespace sluice::expression {
namespace {

TEST(JsonPaths, SelectAsNewtonsoftDoes) {
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':1},{'b':2}]}").SelectTokens("$..b").Select(t => t.Path)))c",
               R"c({"type":"list","value":[{"type":"string","value":"a[0].b"},{"type":"string","value":"a[1].b"}]})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':1},{'b':2}]}").SelectTokens("$.a[*]").Count()))c",
               R"c({"type":"int","value":2})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':1},{'b':2}]}").SelectTokens("$.a.*").Count()))c",
               R"c({"type":"int","value":0})c");
  expectResult(R"c(@(JObject.Parse("{'a':{'x':{'b':1},'y':{'b':2}}}").SelectTokens("$.a[?(@.b > 1)]").Count()))c",
               R"c({"type":"int","value":0})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':{'x':{'b':1},'y':{'b':2}}}").SelectTokens("$..[?(@.b > 1)]").Select(t => t.Path)))c",
      R"c({"type":"list","value":[{"type":"string","value":"a.y"}]})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':'x'},{'b':'y'}]}").SelectToken("$.a[?(@.b == \"x\")]")))c",
               R"c({"exception":"Newtonsoft.Json.JsonException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':'x'},{'b':'y'}]}").SelectToken("$.a[?(@.b == 'y')]")))c",
               R"c({"type":"json","jtype":"Object","value":"{\"b\":\"y\"}"})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':'x'},{'b':'y'}]}").SelectToken("a[-1]")))c",
               R"c({"exception":"System.ArgumentOutOfRangeException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':'x'},{'b':'y'}]}").SelectToken("a[-1:].b")))c",
               R"c({"type":"json","jtype":"String","value":"\"y\""})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'b':'x'},{'b':'y'}]}").SelectToken("a[*].b")))c",
               R"c({"exception":"Newtonsoft.Json.JsonException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").SelectToken("b", true)))c",
               R"c({"exception":"Newtonsoft.Json.JsonException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").SelectToken("b", false)))c", R"c({"type":"null","value":null})c");
  expectResult(R"c(@(JObject.Parse("{'a b':{'c':1}}").SelectToken("['a b'].c")))c",
               R"c({"type":"json","jtype":"Integer","value":"1"})c");
  expectResult(R"c(@(JObject.Parse("{'a':1,'b':2}").SelectTokens("['a','b']").Sum(t => (int)t)))c",
               R"c({"type":"int","value":3})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'n':1,'s':'q'},{'n':2}]}").SelectTokens("$.a[?(@.s)].n")))c",
               R"c({"type":"list","value":[{"type":"json","jtype":"Integer","value":"1"}]})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':[{'n':1,'s':'q'},{'n':2,'s':'r'}]}").SelectTokens("$.a[?(@.n==1 || @.s == 'r')].n")))c",
      R"c({"type":"list","value":[{"type":"json","jtype":"Integer","value":"1"},{"type":"json","jtype":"Integer","value":"2"}]})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'n':'Abc'},{'n':'xyz'}]}").SelectTokens("$.a[?(@.n =~ /^a/i)].n")))c",
               R"c({"type":"list","value":[{"type":"json","jtype":"String","value":"\"Abc\""}]})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'n':null},{'n':1.0}]}").SelectTokens("$.a[?(@.n == null)]").Count()))c",
               R"c({"type":"int","value":1})c");
  expectResult(R"c(@(JObject.Parse("{'a':[{'n':null},{'n':1.0}]}").SelectTokens("$.a[?(@.n == 1)]").Count()))c",
               R"c({"type":"int","value":1})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").SelectToken("..")))c",
               R"c({"exception":"Newtonsoft.Json.JsonException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").SelectToken("$..")))c",
               R"c({"exception":"Newtonsoft.Json.JsonException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':{'b':1}}").SelectTokens("$..*").Count()))c", R"c({"type":"int","value":3})c");
  expectResult(R"c(@(JObject.Parse("{'$a':1}").SelectToken("$a")))c",
               R"c({"type":"json","jtype":"Integer","value":"1"})c");
}

}  // namespace
}  // namespace sluice::expression
