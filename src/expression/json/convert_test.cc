// JsonConvert, FromObject and ToObject.
#include "expression/json/result_fixture.h"

namespace sluice::expression {
namespace {

TEST(JsonConvert, SerializesAndDeserializes) {
  expectResult(R"c(@(JsonConvert.DeserializeObject("{\"a\":1,\"b\":2,\"a\":{\"x\":3}}")))c",
               R"c({"type":"json","jtype":"Object","value":"{\"b\":2,\"a\":{\"x\":3}}"})c");
  expectResult(R"c(@(JToken.FromObject('c')))c", R"c({"type":"json","jtype":"String","value":"\"c\""})c");
  expectResult(R"c(@(JsonConvert.SerializeObject(JObject.Parse("{'a':2}")["a"])))c",
               R"c({"type":"string","value":"2"})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':1,'b':2}").ToObject<Dictionary<string, object>>()))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"long","value":1}],[{"type":"string","value":"b"},{"type":"long","value":2}]]})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':1,'b':2}").ToObject<Dictionary<string, string>>()))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"string","value":"1"}],[{"type":"string","value":"b"},{"type":"string","value":"2"}]]})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':{'x':1},'b':[1]}").ToObject<Dictionary<string, object>>()))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"json","jtype":"Object","value":"{\"x\":1}"}],[{"type":"string","value":"b"},{"type":"json","jtype":"Array","value":"[1]"}]]})c");
  expectResult(R"c(@(JObject.Parse("{'a':{'x':1},'b':[1]}").ToObject<Dictionary<string, string>>()))c",
               R"c({"exception":"Newtonsoft.Json.JsonReaderException"})c");
  expectResult(
      R"c(@(JObject.Parse("{'a':{'x':1},'b':[1]}").ToObject<IDictionary<string, JToken>>()))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"json","jtype":"Object","value":"{\"x\":1}"}],[{"type":"string","value":"b"},{"type":"json","jtype":"Array","value":"[1]"}]]})c");
  expectResult(
      R"c(@(JsonConvert.DeserializeObject<Dictionary<string, string>>("{'a':1.50,'b':true,'d':'2024-05-06T07:08:09Z','n':null}")))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"string","value":"1.50"}],[{"type":"string","value":"b"},{"type":"string","value":"true"}],[{"type":"string","value":"d"},{"type":"string","value":"2024-05-06T07:08:09Z"}],[{"type":"string","value":"n"},{"type":"null","value":null}]]})c");
  expectResult(
      R"c(@(JsonConvert.DeserializeObject<Dictionary<string, object>>("{'a':1.50,'b':true,'d':'2024-05-06T07:08:09Z','n':null,'o':{'x':'2024-05-06T07:08:09Z'}}")))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"double","value":1.5}],[{"type":"string","value":"b"},{"type":"bool","value":true}],[{"type":"string","value":"d"},{"type":"datetime","value":"2024-05-06T07:08:09.0000000Z"}],[{"type":"string","value":"n"},{"type":"null","value":null}],[{"type":"string","value":"o"},{"type":"json","jtype":"Object","value":"{\"x\":\"2024-05-06T07:08:09Z\"}"}]]})c");
  expectResult(
      R"c(@(JsonConvert.DeserializeObject<List<Dictionary<string, int>>>("[{'a':1},{'b':2}]")))c",
      R"c({"type":"list","value":[{"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"int","value":1}]]},{"type":"dictionary","value":[[{"type":"string","value":"b"},{"type":"int","value":2}]]}]})c");
  expectResult(
      R"c(@(JsonConvert.DeserializeObject<int[]>("[1,2,'3']")))c",
      R"c({"type":"list","value":[{"type":"int","value":1},{"type":"int","value":2},{"type":"int","value":3}]})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<int[]>("[1.5]")))c",
               R"c({"exception":"Newtonsoft.Json.JsonReaderException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<long>("1.5")))c", R"c({"type":"long","value":2})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<int>("5000000000")))c",
               R"c({"exception":"Newtonsoft.Json.JsonReaderException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<int>("null")))c",
               R"c({"exception":"Newtonsoft.Json.JsonSerializationException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<int?>("null")))c", R"c({"type":"null","value":null})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<int?>("")))c", R"c({"type":"null","value":null})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<int>("")))c",
               R"c({"exception":"Newtonsoft.Json.JsonSerializationException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<bool>("true")))c", R"c({"type":"bool","value":true})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<decimal>("1.10")))c", R"c({"type":"decimal","value":"1.10"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<DateTime>("'2024-05-06T07:08:09Z'")))c",
               R"c({"type":"datetime","value":"2024-05-06T07:08:09.0000000Z"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<Guid>("'0f8fad5b-d9cb-469f-a165-70867728950e'")))c",
               R"c({"type":"guid","value":"0f8fad5b-d9cb-469f-a165-70867728950e"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<DayOfWeek>("'Monday'")))c",
               R"c({"type":"enum","enum":"System.DayOfWeek","value":"Monday"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<DayOfWeek>("2")))c",
               R"c({"type":"enum","enum":"System.DayOfWeek","value":"Tuesday"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<HashSet<string>>("['a','b','a']")))c",
               R"c({"type":"list","value":[{"type":"string","value":"a"},{"type":"string","value":"b"}]})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<byte[]>("'SGk='")))c", R"c({"type":"bytes","value":"SGk="})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<JArray>("{}")))c",
               R"c({"exception":"Newtonsoft.Json.JsonSerializationException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<JToken>("null")))c",
               R"c({"type":"json","jtype":"Null","value":"null"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<JObject>("null")))c", R"c({"type":"null","value":null})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<List<int>>("{}")))c",
               R"c({"exception":"Newtonsoft.Json.JsonSerializationException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<List<int>>("5")))c",
               R"c({"exception":"Newtonsoft.Json.JsonSerializationException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<string>("{}")))c",
               R"c({"exception":"Newtonsoft.Json.JsonReaderException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<string>("5")))c", R"c({"type":"string","value":"5"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<string>("1.50")))c", R"c({"type":"string","value":"1.50"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject("{\"a\":1} x")))c",
               R"c({"exception":"Newtonsoft.Json.JsonReaderException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject("{\"a\":1")))c",
               R"c({"exception":"Newtonsoft.Json.JsonSerializationException"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject("5").GetType().Name))c", R"c({"type":"string","value":"Int64"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject("'2024-05-06T07:08:09Z'").GetType().Name))c",
               R"c({"type":"string","value":"DateTime"})c");
  expectResult(
      R"c(@(JsonConvert.DeserializeAnonymousType("{'a':1,'B':'x'}", new { a = 0, b = "" })))c",
      R"c({"type":"anonymous","value":[["a",{"type":"int","value":1}],["b",{"type":"string","value":"x"}]]})c");
  expectResult(
      R"c(@(JsonConvert.SerializeObject(new { a = (string)null, b = 1 }, new JsonSerializerSettings { NullValueHandling = NullValueHandling.Ignore })))c",
      R"c({"type":"string","value":"{\"b\":1}"})c");
  expectResult(
      R"c(@(JsonConvert.SerializeObject(new object[] { 1, 2.0, 1.5f, 3m, "x", 'y', null, true, TimeSpan.FromMinutes(90), new byte[] { 1, 2 }, DayOfWeek.Friday })))c",
      R"c({"type":"string","value":"[1,2.0,1.5,3.0,\"x\",\"y\",null,true,\"01:30:00\",\"AQI=\",5]"})c");
  expectResult(
      R"c(@(JsonConvert.SerializeObject(new { a = new { b = new int[0] }, c = new Dictionary<string, object>() }, Newtonsoft.Json.Formatting.Indented)))c",
      R"c({"type":"string","value":"{\n  \"a\": {\n    \"b\": []\n  },\n  \"c\": {}\n}"})c");
  expectResult(R"c(@(JsonConvert.SerializeObject((1, "a"))))c",
               R"c({"type":"string","value":"{\"Item1\":1,\"Item2\":\"a\"}"})c");
  expectResult(R"c(@(JsonConvert.SerializeObject(new Dictionary<int, string> { [1] = "a" })))c",
               R"c({"type":"string","value":"{\"1\":\"a\"}"})c");
  expectResult(R"c(@(JsonConvert.SerializeObject(new[] { 1, 2, 3 }.Where(x => x > 1))))c",
               R"c({"type":"string","value":"[2,3]"})c");
  expectResult(R"c(@(JsonConvert.SerializeObject(new int[2, 2] { { 1, 2 }, { 3, 4 } })))c",
               R"c({"type":"string","value":"[[1,2],[3,4]]"})c");
  expectResult(R"c(@(JsonConvert.SerializeObject("\u0001\u007f\u0085\u2028/é😀")))c",
               R"c({"type":"string","value":"\"\\u0001\\u0085\\u2028/é😀\""})c");
  expectResult(R"c(@(JsonConvert.SerializeObject(double.NaN)))c", R"c({"type":"string","value":"\"NaN\""})c");
  expectResult(R"c(@(JsonConvert.SerializeObject(1e20)))c", R"c({"type":"string","value":"1E+20"})c");
  expectResult(R"c(@(JsonConvert.ToString(1.0)))c", R"c({"type":"string","value":"1.0"})c");
  expectResult(R"c(@(JsonConvert.ToString(true) + JsonConvert.True))c", R"c({"type":"string","value":"truetrue"})c");
  expectResult(R"c(@(JObject.Parse("{'a':[1,2]}")["a"].ToObject<int[]>()))c",
               R"c({"type":"list","value":[{"type":"int","value":1},{"type":"int","value":2}]})c");
  expectResult(R"c(@(JToken.FromObject(new { a = 1 })["a"]))c", R"c({"type":"json","jtype":"Integer","value":"1"})c");
  expectResult(R"c(@(JToken.FromObject(new Uri("https://x.example/")).Type))c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"Uri"})c");
  expectResult(R"c(@(JToken.FromObject(null)))c", R"c({"exception":"System.ArgumentNullException"})c");
  expectResult(R"c(@(JToken.FromObject(new[] { "a" }).Type))c",
               R"c({"type":"enum","enum":"Newtonsoft.Json.Linq.JTokenType","value":"Array"})c");
  expectResult(R"c(@(JObject.FromObject(new { a = new List<object> { 1, "x", null, new { b = 2 } } })))c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":[1,\"x\",null,{\"b\":2}]}"})c");
  expectResult(R"c(@(JObject.FromObject(JObject.Parse("{'a':1}"))))c",
               R"c({"type":"json","jtype":"Object","value":"{\"a\":1}"})c");
  expectResult(R"c(@(JArray.FromObject(new List<JObject> { JObject.Parse("{'a':1}") })))c",
               R"c({"type":"json","jtype":"Array","value":"[{\"a\":1}]"})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<decimal>("1.10")))c", R"c({"type":"decimal","value":"1.10"})c");
  expectResult(
      R"c(@(JsonConvert.DeserializeObject<Dictionary<string, decimal>>("{'a':2.500}")))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"decimal","value":"2.500"}]]})c");
  expectResult(R"c(@(JsonConvert.DeserializeObject<DateTime>("'2024-05-06T07:08:09Z'")))c",
               R"c({"type":"datetime","value":"2024-05-06T07:08:09.0000000Z"})c");
  expectResult(R"c(@(JsonConvert.SerializeObject(new int[2, 2] { { 1, 2 }, { 3, 4 } })))c",
               R"c({"type":"string","value":"[[1,2],[3,4]]"})c");
  expectResult(R"c(@(JToken.FromObject(new int[2, 2] { { 1, 2 }, { 3, 4 } })))c",
               R"c({"type":"json","jtype":"Array","value":"[[1,2],[3,4]]"})c");
  expectResult(
      R"c(@(JsonConvert.DeserializeObject<Dictionary<string, int>>("{'a':1,'b':2,'a':3}")))c",
      R"c({"type":"dictionary","value":[[{"type":"string","value":"a"},{"type":"int","value":3}],[{"type":"string","value":"b"},{"type":"int","value":2}]]})c");
  expectResult(R"c(@(JArray.Parse("['a','b']").ToObject<string[]>()[1]))c", R"c({"type":"string","value":"b"})c");
}

}  // namespace
}  // namespace sluice::expression
