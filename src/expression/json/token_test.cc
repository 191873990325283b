// JToken and its kinds as expressions use them: building, changing, casting, walking.
#include "expression/json/result_fixture.h"

namespace sluice::expression {
namespace {

TEST(JsonTrees, BuildReadAndChange) {
  expectResult(
      R"c(@(JObject.Parse("{'a':1,b:0x1F,c:017,d:.5,e:5.,f:-Infinity,g:undefined,h:new Date(1,2),'i':[,],j:[1,,2]}")))c",
      R"c({"type":"json","jtype":"Object","value":"{\"a\":1,\"b\":31,\"c\":15,\"d\":0.5,\"e\":5.0,\"f\":\"-Infinity\",\"g\":undefined,\"h\":new Date(1,2),\"i\":[undefined],\"j\":[1,undefined,2]}"})c");
  expectResult(R"c(@(JObject.Parse("{\"a\":1,\"b\":2,\"a\":{\"x\":3}}")))c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":{\"x\":3},\"b\":2}"})c");
  expectResult(R"c(@(JObject.Parse("{\"a\":\"\\ud83d\\ude00\\ud800x\\udc00\"}")))c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":\"😀�x�\"}"})c");
  expectResult(R"c(@(JToken.Parse("/*x*/ 5").Type))c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"Comment"})c");
  expectResult(
      R"c(@(JObject.Parse("{\"d\":\"2024-05-06T07:08:09.120+02:00\",\"e\":\"2024-05-06T07:08:09\",\"f\":\"2024-05-06\",\"g\":\"/Date(1198908717056)/\",\"h\":\"2024-13-06T07:08:09Z\"}")))c",
      R"c({"type":"json","jtype":"Object","value":"{\"d\":\"2024-05-06T05:08:09.12+00:00\",\"e\":\"2024-05-06T07:08:09\",\"f\":\"2024-05-06\",\"g\":\"2007-12-29T06:11:57.056Z\",\"h\":\"2024-13-06T07:08:09Z\"}"})c");
  expectResult(
      R"c(@(JObject.Parse("{\"a\":1e400,\"b\":-0,\"c\":-0.0,\"d\":1e16,\"e\":123456789012345678901234567890,\"f\":0.1,\"g\":1E-7,\"h\":100.0}")))c",
      R"c({"type":"json","jtype":"Object","value":"{\"a\":\"Infinity\",\"b\":0,\"c\":-0.0,\"d\":1E+16,\"e\":123456789012345678901234567890,\"f\":0.1,\"g\":1E-07,\"h\":100.0}"})c");
  expectResult(R"c(@((double)JObject.Parse("{\"a\":123456789012345678901234567890}")["a"]))c",
               R"c({"type":"double","value":1.2345678901234568E+29})c");
  expectResult(R"c(@(new JObject(new JProperty("o", new { x = 1 }))))c",
               R"c({"exception":"System.ArgumentException"})c");
  expectResult(R"c(@(new JObject(new JProperty("o", new Dictionary<string, int> { ["a"] = 1 }))))c",
               R"c({"exception":"System.ArgumentException"})c");
  expectResult(R"c(@(new JProperty("a", 'c')))c", R"c({"exception":"System.ArgumentException"})c");
  expectResult(R"c(@(new JValue('c')))c", R"c({"type":"json","jtype":"String","value":"\"c\""})c");
  expectResult(R"c(@{ var o = new JObject(); o["x"] = (string)null; return o["x"].Type; })c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"String"})c");
  expectResult(R"c(@{ var o = new JObject(); o["x"] = (int?)null; return o["x"].Type; })c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"Null"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':{'b':1}}"); o["c"] = o["a"]; o["a"]["b"] = 2; return o; })c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":{\"b\":2},\"c\":{\"b\":1}}"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':1}"); o["self"] = o; return o; })c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":1,\"self\":{\"a\":1}}"})c");
  expectResult(
      R"c(@{ var o = JObject.Parse("{'a':1,'b':2}"); foreach (var p in o.Properties()) p.Remove(); return o; })c",
      R"c({"exception":"System.InvalidOperationException"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':[1,2,3]}"); foreach (var x in o["a"]) x.Remove(); return o; })c",
               R"c({"exception":"System.InvalidOperationException"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':1}"); o["a"].Remove(); return o; })c",
               R"c({"exception":"Newtonsoft.Json.JsonException"})c");
  expectResult(
      R"c(@{ var o = JObject.Parse("{'a':1}"); o.Property("a").AddAfterSelf(new JProperty("b", 2)); o.AddFirst(new JProperty("z", 0)); return o; })c",
      R"c({"type":"json","jtype":"Object","value":"{\"z\":0,\"a\":1,\"b\":2}"})c");
  expectResult(R"c(@{ var a = JArray.Parse("[1,2]"); a[0].AddBeforeSelf("x"); a.Last.AddAfterSelf(null); return a; })c",
               R"c({"type":"json","jtype":"Array","value":"[\"x\",1,2,null]"})c");
  expectResult(R"c(@{ var a = new JArray(); a.Add(new[] { 1, 2 }); return a; })c",
               R"c({"type":"json","jtype":"Array","value":"[1,2]"})c");
  expectResult(
      R"c(@{ var a = JArray.Parse("[1,{'x':1}]"); a.Merge(JArray.Parse("[2,{'y':2},3]"), new JsonMergeSettings { MergeArrayHandling = MergeArrayHandling.Merge }); return a; })c",
      R"c({"type":"json","jtype":"Array","value":"[2,{\"x\":1,\"y\":2},3]"})c");
  expectResult(
      R"c(@{ var a = JArray.Parse("[1,2]"); a.Merge(JArray.Parse("[2,3]"), new JsonMergeSettings { MergeArrayHandling = MergeArrayHandling.Union }); return a; })c",
      R"c({"type":"json","jtype":"Array","value":"[1,2,3]"})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':null,'b':1}").Properties().Where(p => p.Value.Type == JTokenType.Null).Select(p => p.Name)))c",
      R"c({"type":"list","value":[{"type":"string","value":"a"}]})c");
  expectResult(R"c(@(JObject.Parse("{'x':{'p':1,'q':2}}")["x"].Select(p => ((JProperty)p).Name)))c",
               R"c({"type":"list","value":[{"type":"string","value":"p"},{"type":"string","value":"q"}]})c");
  expectResult(R"c(@(JObject.Parse("{'x':{'p':1,'q':2}}")["x"].Children<JProperty>().Select(p => p.Name + p.Value)))c",
               R"c({"type":"list","value":[{"type":"string","value":"p1"},{"type":"string","value":"q2"}]})c");
  expectResult(R"c(@(JObject.Parse("{'x':{'p':1,'q':2}}")["x"].First.Next.Path))c",
               R"c({"type":"string","value":"x.q"})c");
  expectResult(R"c(@(JObject.Parse("{'a b':{'c.d':[1]}}")["a b"]["c.d"][0].Path))c",
               R"c({"type":"string","value":"['a b']['c.d'][0]"})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}")["a"].CompareTo(5)))c",
               R"c({"compileError":["`JToken` has no `CompareTo`"]})c");
  expectResult(R"c(@(((JValue)JObject.Parse("{'a':1}")["a"]).CompareTo(new JValue(2.5))))c",
               R"c({"type":"int","value":-1})c");
  expectResult(R"c(@(new JValue(1).Equals(new JValue(1.0))))c", R"c({"type":"bool","value":false})c");
  expectResult(R"c(@(new JValue(1).Equals(1)))c", R"c({"type":"bool","value":false})c");
  expectResult(R"c(@(JToken.DeepEquals(new JValue(1), new JValue(1.0))))c", R"c({"type":"bool","value":false})c");
  expectResult(R"c(@(JToken.DeepEquals(new JValue(1), new JValue(1L))))c", R"c({"type":"bool","value":true})c");
  expectResult(R"c(@(new JValue(5).Value.GetType().Name))c", R"c({"type":"string","value":"Int64"})c");
  expectResult(R"c(@(JObject.Parse("{'a':5}")["a"].Value<object>().GetType().Name))c",
               R"c({"type":"string","value":"JValue"})c");
  expectResult(R"c(@(((JValue)JObject.Parse("{'a':5}")["a"]).Value.GetType().Name))c",
               R"c({"type":"string","value":"Int64"})c");
  expectResult(R"c(@(JObject.Parse("{'a':'5'}").Value<int>("a")))c", R"c({"type":"int","value":5})c");
  expectResult(R"c(@(JObject.Parse("{'a':'x'}").Value<int>("a")))c", R"c({"exception":"System.FormatException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':null}").Value<int>("a")))c",
               R"c({"exception":"System.InvalidCastException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':null}").Value<int?>("a")))c", R"c({"type":"null","value":null})c");
  expectResult(R"c(@(JObject.Parse("{}").Value<int>("a")))c", R"c({"type":"int","value":0})c");
  expectResult(R"c(@(JObject.Parse("{'a':{}}").Value<string>("a")))c",
               R"c({"exception":"System.InvalidCastException"})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1]}").Value<JArray>("a")))c",
               R"c({"type":"json","jtype":"Array","value":"[1]"})c");
  expectResult(R"c(@(JObject.Parse("{'a':'0f8fad5b-d9cb-469f-a165-70867728950e'}").Value<Guid>("a")))c",
               R"c({"exception":"System.InvalidCastException"})c");
  expectResult(R"c(@((int)JObject.Parse("{'a':'12'}")["a"]))c", R"c({"type":"int","value":12})c");
  expectResult(R"c(@((bool)JObject.Parse("{'a':'true'}")["a"]))c", R"c({"type":"bool","value":true})c");
  expectResult(R"c(@((bool)JObject.Parse("{'a':2}")["a"]))c", R"c({"type":"bool","value":true})c");
  expectResult(R"c(@((int)JObject.Parse("{'a':true}")["a"]))c", R"c({"type":"int","value":1})c");
  expectResult(R"c(@((int)JObject.Parse("{'a':2.5}")["a"]))c", R"c({"type":"int","value":2})c");
  expectResult(R"c(@((int)JObject.Parse("{'a':'2.5'}")["a"]))c", R"c({"exception":"System.FormatException"})c");
  expectResult(R"c(@((string)JObject.Parse("{'a':2.50}")["a"]))c", R"c({"type":"string","value":"2.5"})c");
  expectResult(R"c(@((JObject)JObject.Parse("{'a':2.50}")["a"]))c", R"c({"exception":"System.InvalidCastException"})c");
  expectResult(R"c(@(Convert.ToInt32(JObject.Parse("{'a':2}")["a"])))c", R"c({"type":"int","value":2})c");
  expectResult(R"c(@(Convert.ToString(JObject.Parse("{'a':2}")["a"])))c", R"c({"type":"string","value":"2"})c");
  expectResult(
      R"c(@{ var s = ""; foreach (var kv in JObject.Parse("{'a':1,'b':[2]}")) s += kv.Key + "=" + kv.Value.ToString(Newtonsoft.Json.Formatting.None) + ";"; return s; })c",
      R"c({"type":"string","value":"a=1;b=[2];"})c");
  expectResult(
      R"c(@{ var s = ""; foreach (KeyValuePair<string, JToken> kv in JObject.Parse("{'a':1}")) s += kv.Key; return s; })c",
      R"c({"type":"string","value":"a"})c");
  expectResult(R"c(@{ var s = ""; foreach (JProperty p in (JToken)JObject.Parse("{'a':1}")) s += p.Name; return s; })c",
               R"c({"type":"string","value":"a"})c");
  expectResult(
      R"c(@(new JArray(JObject.Parse("{'a':1}"), JObject.Parse("{'a':2}")).Values<JObject>().Values("a").Values<int>()))c",
      R"c({"type":"list","value":[{"type":"int","value":1},{"type":"int","value":2}]})c");
  expectResult(R"c(@(new JArray(1, 2, 3).Values<int>().Sum()))c", R"c({"type":"int","value":6})c");
  expectResult(R"c(@(new[] { JObject.Parse("{'a':1}") }.Properties().Select(p => p.Name)))c",
               R"c({"type":"list","value":[{"type":"string","value":"a"}]})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2]}")["a"].Children().Count()))c", R"c({"type":"int","value":2})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2]}").Descendants().Count()))c", R"c({"type":"int","value":4})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2]}").DescendantsAndSelf().OfType<JValue>().Count()))c",
               R"c({"type":"int","value":2})c");
}

TEST(JsonTrees, CastCompareAndWalk) {
  expectResult(R"c(@(((JContainer)JObject.Parse("{'a':[1,2]}")).Count))c", R"c({"type":"int","value":1})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':[1,2]}")["a"][0].Ancestors().Select(t => t.Type.ToString())))c",
      R"c({"type":"list","value":[{"type":"string","value":"Array"},{"type":"string","value":"Property"},{"type":"string","value":"Object"}]})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2]}")["a"][0].AfterSelf().Count()))c", R"c({"type":"int","value":1})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").PropertyValues().Select(v => (int)v)))c",
               R"c({"type":"list","value":[{"type":"int","value":1}]})c");
  expectResult(R"c(@(new JArray(new JArray(1, 2))))c", R"c({"type":"json","jtype":"Array","value":"[1,2]"})c");
  expectResult(R"c(@(new JArray { new JArray { 1 }, 2 }))c", R"c({"type":"json","jtype":"Array","value":"[[1],2]"})c");
  expectResult(R"c(@(new JObject(JObject.Parse("{'a':1}"))))c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":1}"})c");
  expectResult(R"c(@(new JRaw("{x}").ToString()))c", R"c({"type":"string","value":"{x}"})c");
  expectResult(R"c(@(new JObject(new JProperty("r", new JRaw("[1, 2]"))).ToString(Newtonsoft.Json.Formatting.None)))c",
               R"c({"type":"string","value":"{\"r\":[1, 2]}"})c");
  expectResult(R"c(@(new JProperty("a", 1).ToString()))c", R"c({"type":"string","value":"\"a\": 1"})c");
  expectResult(R"c(@(new JProperty("a", 1, 2)))c",
               R"c({"type":"jproperty","name":"a","value":{"type":"json","jtype":"Array","value":"[1,2]"}})c");
  expectResult(R"c(@(new JProperty("a").Value))c", R"c({"type":"json","jtype":"Array","value":"[]"})c");
  expectResult(R"c(@(new JValue(5).ToString("D3")))c", R"c({"type":"string","value":"005"})c");
  expectResult(R"c(@($"{new JValue(1.5):F2}"))c", R"c({"type":"string","value":"1.50"})c");
  expectResult(R"c(@(new JObject { ["a"] = new JArray { 1, "x", null } }.ToString()))c",
               R"c({"type":"string","value":"{\n  \"a\": [\n    1,\n    \"x\",\n    null\n  ]\n}"})c");
  expectResult(R"c(@(JObject.Parse("{'a':{'b':{}}}").ToString()))c",
               R"c({"type":"string","value":"{\n  \"a\": {\n    \"b\": {}\n  }\n}"})c");
  expectResult(R"c(@(((JObject)JObject.Parse("{'a':1}").DeepClone()).Remove("a")))c",
               R"c({"type":"bool","value":true})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").GetValue("A", StringComparison.OrdinalIgnoreCase).Value<int>()))c",
               R"c({"type":"int","value":1})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").Property("x")?.Value))c", R"c({"type":"null","value":null})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").Remove("zz")))c", R"c({"type":"bool","value":false})c");
  expectResult(
      R"c(@(new JArray(3, 1, 2).OrderBy(x => x).Select(x => (int)x)))c",
      R"c({"type":"list","value":[{"type":"int","value":1},{"type":"int","value":2},{"type":"int","value":3}]})c");
  expectResult(R"c(@(new JArray(3, 1, 2).Max()))c", R"c({"type":"json","jtype":"Integer","value":"3"})c");
  expectResult(R"c(@(JToken.Parse("/*x*/ 5").Type))c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"Comment"})c");
  expectResult(R"c(@(JToken.Parse("//x").Type))c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"Comment"})c");
  expectResult(R"c(@(JToken.Parse("/*x*/ 5 6").Type))c", R"c({"exception":"Newtonsoft.Json.JsonReaderException"})c");
  expectResult(R"c(@(JToken.Parse("/*x*/ [1]").ToString(Newtonsoft.Json.Formatting.None)))c",
               R"c({"type":"string","value":"/*x*/"})c");
  expectResult(
      R"c(@(new JObject { ["n"] = 5.0f, ["u"] = 7u, ["d"] = new DateTime(2024, 1, 2), ["g"] = Guid.Empty, ["t"] = TimeSpan.FromSeconds(1.5), ["b"] = new byte[] { 1 } }.ToString(Newtonsoft.Json.Formatting.None)))c",
      R"c({"type":"string","value":"{\"n\":5.0,\"u\":7,\"d\":\"2024-01-02T00:00:00\",\"g\":\"00000000-0000-0000-0000-000000000000\",\"t\":\"00:00:01.5000000\",\"b\":\"AQ==\"}"})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2]}")["a"] is JContainer c ? c.Count : 0))c",
               R"c({"type":"int","value":2})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}") as JToken != null))c", R"c({"type":"bool","value":true})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}")["a"].Type == JTokenType.Integer ? "i" : "o"))c",
               R"c({"type":"string","value":"i"})c");
  expectResult(
      R"c(@{ switch (JObject.Parse("{'a':1}")["a"].Type) { case JTokenType.Integer: return 1; default: return 2; } })c",
      R"c({"type":"int","value":1})c");
  expectResult(
      R"c(@{ JToken t; return JObject.Parse("{'a':1}").TryGetValue("A", StringComparison.OrdinalIgnoreCase, out t) ? (string)t : "none"; })c",
      R"c({"type":"string","value":"1"})c");
  expectResult(R"c(@{ var o = new JObject(); o.Add("x", "y"); o.Add(new JProperty("z", 1)); return o; })c",
               R"c({"type":"json","jtype":"Object","value":"{\"x\":\"y\",\"z\":1}"})c");
  expectResult(R"c(@{ var o = new JObject(); o.Add(1); return o; })c", R"c({"exception":"System.ArgumentException"})c");
  expectResult(R"c(@{ var a = new JArray(); a.Add(new JProperty("z", 1)); return a; })c",
               R"c({"exception":"System.ArgumentException"})c");
  expectResult(
      R"c(@{ var o = JObject.Parse("{'a':{'b':1}}"); ((JObject)o["a"]).Property("b").Value = "q"; return o.ToString(Newtonsoft.Json.Formatting.None); })c",
      R"c({"type":"string","value":"{\"a\":{\"b\":\"q\"}}"})c");
  expectResult(
      R"c(@{ var o = JObject.Parse("{'a':{'b':1}}"); o["a"]["b"] = o["a"]; return o.ToString(Newtonsoft.Json.Formatting.None); })c",
      R"c({"type":"string","value":"{\"a\":{\"b\":{\"b\":1}}}"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':[1]}"); o["a"][0] = 5; ((JArray)o["a"])[1] = 6; return o; })c",
               R"c({"exception":"System.ArgumentOutOfRangeException"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':1}"); JToken t = o["a"]; t.Replace(null); return o; })c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":null}"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':1}"); o.ReplaceAll(new JProperty("b", 2)); return o; })c",
               R"c({"type":"json","jtype":"Object","value":"{\"b\":2}"})c");
  expectResult(R"c(@{ var o = JObject.Parse("{'a':1}"); o.RemoveAll(); return o.Count; })c",
               R"c({"type":"int","value":0})c");
  expectResult(R"c(@{ var v = new JValue(1); v.Value = "x"; return v.Type; })c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"String"})c");
  expectResult(
      R"c(@(string.Join(",", JObject.Parse("{'b':1,'a':2}").Properties().Select(p => p.Name).OrderBy(n => n))))c",
      R"c({"type":"string","value":"a,b"})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}").ToString() == JObject.Parse("{\"a\":1}").ToString()))c",
               R"c({"type":"bool","value":true})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}") == JObject.Parse("{'a':1}")))c", R"c({"type":"bool","value":false})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2,3]}")["a"].Skip(1).First()))c",
               R"c({"type":"json","jtype":"Integer","value":"2"})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2,3]}")["a"].ToList().Count))c", R"c({"type":"int","value":3})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2,3]}")["a"].Any(t => (int)t == 2)))c",
               R"c({"type":"bool","value":true})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':[{'x':'p'},{'x':'q'}]}")["a"].Select(t => t.Value<string>("x")).Aggregate((s, t) => s + t)))c",
      R"c({"type":"string","value":"pq"})c");
  expectResult(
      R"c(@((from m in JObject.Parse("{'a':[{'x':2},{'x':1}]}")["a"] orderby (int)m["x"] select m["x"]).First()))c",
      R"c({"type":"json","jtype":"Integer","value":"1"})c");
  expectResult(R"c(@(JArray.Parse("[1,2,3]").Where(x => x.Value<int>() > 1).ToArray().Length))c",
               R"c({"type":"int","value":2})c");
  expectResult(R"c(@(JArray.Parse("['a','b']").Select(x => (string)x).Contains("b")))c",
               R"c({"type":"bool","value":true})c");
  expectResult(R"c(@(new JArray(JArray.Parse("[3,1]").OrderBy(x => (int)x))))c",
               R"c({"type":"json","jtype":"Array","value":"[1,3]"})c");
  expectResult(R"c(@(JObject.Parse("{'a':'x'}")["a"].Value<string>().Length))c", R"c({"type":"int","value":1})c");
  expectResult(R"c(@(JObject.Parse("{'a':'x'}")["a"].ToString().Equals("x")))c", R"c({"type":"bool","value":true})c");
  expectResult(R"c(@(JObject.Parse("{'a':1.5}")["a"].Value<decimal>()))c", R"c({"type":"decimal","value":"1.5"})c");
  expectResult(R"c(@(JObject.Parse("{'a':1.5}")["a"].Value<float>()))c", R"c({"type":"float","value":1.5})c");
  expectResult(R"c(@(JObject.Parse("{'a':1}")["a"].Value<long?>()))c", R"c({"type":"long","value":1})c");
  expectResult(R"c(@(JObject.Parse("{'a':'2024-05-06T07:08:09Z'}")["a"].Value<DateTime>().Year))c",
               R"c({"type":"int","value":2024})c");
  expectResult(R"c(@(JObject.Parse("{'a':'2024-05-06T07:08:09Z'}")["a"].Value<string>()))c",
               R"c({"type":"string","value":"05/06/2024 07:08:09"})c");
  expectResult(R"c(@(JObject.Parse("{'a':'2024-05-06T07:08:09Z'}")["a"].ToString()))c",
               R"c({"type":"string","value":"05/06/2024 07:08:09"})c");
  expectResult(R"c(@((string)JObject.Parse("{'a':'2024-05-06T07:08:09Z'}")["a"]))c",
               R"c({"type":"string","value":"05/06/2024 07:08:09"})c");
  expectResult(R"c(@((DateTimeOffset)JObject.Parse("{'a':'2024-05-06T07:08:09Z'}")["a"]))c",
               R"c({"type":"datetimeoffset","value":"2024-05-06T07:08:09.0000000+00:00"})c");
  expectResult(R"c(@(JObject.Parse("{'a':'2024-05-06T07:08:09Z'}")["a"].ToString(Newtonsoft.Json.Formatting.None)))c",
               R"c({"type":"string","value":"\"2024-05-06T07:08:09Z\""})c");
}

}  // namespace
}  // namespace sluice::expression
