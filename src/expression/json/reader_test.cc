// The reader by itself: messages, what it forgives, bounds against hostile text; and trees of any shape.
#include <gtest/gtest.h>

#include "expression/json/token.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

struct Reading {
  explicit Reading(Limits bounds = {}) : limits(bounds), eval(nullptr, arena, limits) {}

  // `text` must outlive the tree.
  JToken* read(std::string_view text, Expect expect = Expect::Any) { return parseJsonBytes(eval, text, expect); }
  std::string written(std::string_view text) {
    const JToken* tree = read(text);
    return tree != nullptr ? std::string(toUtf8(arena, writeToken(eval, tree, Indent::None))) : exception();
  }
  std::string exception() {
    if (!eval.failed()) return "";
    std::string name = eval.pending()->type->def->name;
    eval.clearPending();
    return name;
  }
  // The message of the exception that reading raises.
  std::string message(std::string_view text, Expect expect = Expect::Any) {
    if (read(text, expect) != nullptr) return "no exception";
    const std::string said(toUtf8(arena, eval.pending()->message));
    eval.clearPending();
    return said;
  }

  Arena arena;
  Limits limits;
  Eval eval;
};

TEST(JsonReader, SaysWhatIsWrongAndWhere) {
  Reading r;
  const auto object = [&](std::string_view text) { return r.message(text, Expect::Object); };
  EXPECT_EQ(object(R"({"a":1)"), "Unexpected end of content while loading JObject. Path 'a', line 1, position 6.");
  EXPECT_EQ(object("{"), "Error reading JObject from JsonReader. Path '', line 1, position 1.");
  EXPECT_EQ(object(""), "Error reading JObject from JsonReader. Path '', line 0, position 0.");
  EXPECT_EQ(object("  "), "Error reading JObject from JsonReader. Path '', line 1, position 2.");
  EXPECT_EQ(
      object("[1]"),
      "Error reading JObject from JsonReader. Current JsonReader item is not an object: StartArray. Path '', line 1, "
      "position 1.");
  EXPECT_EQ(
      r.message("{}", Expect::Array),
      "Error reading JArray from JsonReader. Current JsonReader item is not an array: StartObject. Path '', line 1, "
      "position 1.");
  EXPECT_EQ(r.message("abc"), "Unexpected character encountered while parsing value: a. Path '', line 0, position 0.");
  EXPECT_EQ(object(R"({"a":tru})"), "Error parsing boolean value. Path 'a', line 1, position 8.");
  EXPECT_EQ(object(R"({"a" 1})"),
            "Invalid character after parsing property name. Expected ':' but got: 1. Path '', line 1, position 5.");
  EXPECT_EQ(object("{\"a\":{\"b c\":[1,\r\n{\"d\":}]}}"),
            "Unexpected character encountered while parsing value: }. Path 'a['b c'][1].d', line 2, position 5.");
  EXPECT_EQ(object(R"({"é":"😀"x})"),
            "After parsing a value an unexpected character was encountered: x. Path 'é', line 1, position 9.");
  EXPECT_EQ(object(R"({"a":])"),
            "JsonToken EndArray is not valid for closing JsonType Object. Path '', line 1, position 6.");
  EXPECT_EQ(object(R"({"a":[1.2.3]})"),
            "Input string '1.2.3' is not a valid number. Path 'a[0]', line 1, position 11.");
  EXPECT_EQ(object(R"({"a":1} x)"),
            "Additional text encountered after finished reading JSON content: x. Path '', line 1, position 8.");
  EXPECT_EQ(object(R"({"a":1}{"b":2})"),
            "Additional text encountered after finished reading JSON content: {. Path '', line 1, position 7.");
  EXPECT_EQ(object(R"({"a":'x\q'})"), "Bad JSON escape sequence: \\q. Path 'a', line 1, position 9.");
  EXPECT_EQ(object(R"({"a":"\u00zz"})"), "Invalid Unicode escape sequence: \\u00zz. Path 'a', line 1, position 8.");
  EXPECT_EQ(object(R"({"a":"x)"), "Unterminated string. Expected delimiter: \". Path 'a', line 1, position 7.");
  EXPECT_EQ(object("{a:1,,}"), "Invalid property identifier character: ,. Path 'a', line 1, position 5.");
  EXPECT_EQ(object("{/*x"), "Unexpected end while parsing comment. Path '', line 1, position 4.");
}

TEST(JsonReader, ForgivesWhatNewtonsoftForgives) {
  Reading r;
  EXPECT_EQ(r.written("{'a':'x\"',b:1,}"), R"({"a":"x\"","b":1})");
  EXPECT_EQ(r.written("[1,,2,]"), "[1,undefined,2]");
  EXPECT_EQ(r.written("[,]"), "[undefined]");
  EXPECT_EQ(r.written("[0x1F,017,-0.0,.5,5.,1E3,NaN,-Infinity]"), R"([31,15,-0.0,0.5,5.0,1000.0,"NaN","-Infinity"])");
  EXPECT_EQ(r.written("// c\n[1/*x*/,/**/2]//"), "/* c*/");
  EXPECT_EQ(r.written("[1/*x*/,/**/2]//"), "[1,2]");
  EXPECT_EQ(r.written("[123456789012345678901234567890,-9223372036854775808,9223372036854775807,9223372036854775808]"),
            "[123456789012345678901234567890,-9223372036854775808,9223372036854775807,9223372036854775808]");
  EXPECT_EQ(r.written(R"({"a":1,"b":2,"a":{"c":3}})"), R"({"a":{"c":3},"b":2})");
  EXPECT_EQ(r.written("[new Date(1,'x'), new A()]"), "[new Date(1,\"x\"),new A()]");
  EXPECT_EQ(r.written("\xEF\xBB\xBF[1]"), "[1]");
  EXPECT_EQ(r.written("[\"a\nb\tc\"]"), R"(["a\nb\tc"])");
  EXPECT_EQ(r.written("[\"\xFF\"]"), "[\"\xEF\xBF\xBD\"]");
  EXPECT_EQ(r.written(R"(["\u0085\u2028\u001f\/é\ud83d\ude00\ud83d"])"), "[\"\\u0085\\u2028\\u001f/é😀\xEF\xBF\xBD\"]");
}

TEST(JsonReader, TakesDatesAsNewtonsoftDoes) {
  Reading r;
  const auto type = [&](std::string_view text) { return jtypeName(r.read("\"" + std::string(text) + "\"")->jtype()); };
  EXPECT_EQ(type("2024-05-06T07:08:09Z"), "Date");
  EXPECT_EQ(type("2024-05-06T07:08:09.1234567+0200"), "Date");
  EXPECT_EQ(type("2024-05-06T24:00:00"), "Date");
  EXPECT_EQ(type("/Date(1198908717056)/"), "Date");
  EXPECT_EQ(type("2024-05-06"), "String");
  EXPECT_EQ(type("2024-05-06 07:08:09Z"), "String");
  EXPECT_EQ(type("2024-02-30T07:08:09Z"), "String");
  EXPECT_EQ(type("2024-05-06T07:08:09.Z"), "String");
  EXPECT_EQ(type("2024-05-06T07:08:09Zx"), "String");
  EXPECT_EQ(r.written(R"(["2024-05-06T07:08:09.120+02:00","2024-05-06T24:00:00"])"),
            R"(["2024-05-06T05:08:09.12+00:00","2024-05-07T00:00:00"])");
}

TEST(JsonReader, StringsAreViewsOfTheText) {
  Reading r;
  const std::string text = R"({"name":"a value"})";
  const auto* object = static_cast<JContainer*>(r.read(text));
  const auto* member = static_cast<JProperty*>(object->items[0]);
  EXPECT_EQ(member->name.pointer(), text.data() + 2);
  EXPECT_EQ(static_cast<JValue*>(member->content)->value.pointer(), text.data() + 9);
}

TEST(JsonReader, StopsAtSixtyFourLevels) {
  Reading r;
  EXPECT_NE(r.read(std::string(64, '[') + std::string(64, ']')), nullptr);
  EXPECT_EQ(
      r.message(std::string(1'000'000, '[')),
      "The reader's MaxDepth of 64 has been exceeded. Path '[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"
      "[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]"
      "[0][0][0][0][0][0][0][0]', line 1, position 65.");
}

TEST(JsonReader, IsHeldByTheBudgetsOfTheEvaluation) {
  Limits small;
  small.memory = 4 * 1024 * 1024;
  Reading memory(small);
  std::string many = "[";
  for (int i = 0; i < 5'000'000; ++i) many += "1,";
  EXPECT_EQ(memory.read(many + "1]"), nullptr);
  EXPECT_TRUE(memory.eval.pendingIsBudget());
  EXPECT_LT(memory.arena.reserved(), 16u * 1024 * 1024);

  Limits few;
  few.steps = 1000;
  Reading steps(few);
  EXPECT_EQ(steps.read(std::string(1'000'000, ' ') + "1"), nullptr);
  EXPECT_TRUE(steps.eval.pendingIsBudget());
}

TEST(JsonReader, ReadsTenMegabytes) {
  Limits limits;
  limits.memory = 512u * 1024 * 1024;
  limits.steps = 50'000'000;
  Reading r(limits);
  std::string text = "{\"list\":[";
  for (int i = 0; text.size() < 10'000'000; ++i) text += "{\"id\":" + std::to_string(i) + ",\"name\":\"some text\"},";
  text += "null]}";
  const JToken* tree = r.read(text);
  ASSERT_NE(tree, nullptr);
  EXPECT_EQ(writeToken(r.eval, tree, Indent::None).bytes(), text);
}

TEST(JsonTree, FindsAmongManyNames) {
  Reading r;
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"n" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  text += "\"n5\":\"last\"}";
  auto* object = static_cast<JContainer*>(r.read(text));
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->count, 100'000u);
  EXPECT_EQ(static_cast<JValue*>(findProperty(r.eval, object, Value::ascii("n5"))->content)->value.bytes(), "last");
  EXPECT_EQ(findProperty(r.eval, object, Value::ascii("n99999"))->position, 99'999u);
  EXPECT_EQ(findProperty(r.eval, object, Value::ascii("n100000")), nullptr);
  ASSERT_TRUE(removeToken(r.eval, findProperty(r.eval, object, Value::ascii("n10"))));
  EXPECT_EQ(findProperty(r.eval, object, Value::ascii("n10")), nullptr);
  EXPECT_EQ(findProperty(r.eval, object, Value::ascii("n99999"))->position, 99'998u);
  ASSERT_TRUE(setProperty(r.eval, object, Value::wide(u"n10"), newJValue(r.arena, Value::int64(1), JType::Integer)));
  EXPECT_EQ(findProperty(r.eval, object, Value::ascii("n10"))->position, 99'999u);
}

TEST(JsonTree, IsSafeHoweverDeep) {
  Reading r;
  JContainer* top = newJArray(r.arena);
  JContainer* inner = top;
  for (int i = 0; i < 100'000; ++i) {
    JContainer* next = newJArray(r.arena);
    appendRaw(r.arena, inner, next);
    inner = next;
  }
  const JToken* copy = cloneToken(r.eval, top);
  ASSERT_NE(copy, nullptr);
  writeToken(r.eval, copy, Indent::None);
  EXPECT_TRUE(r.eval.pendingIsBudget());

  Reading again;
  EXPECT_FALSE(deepEquals(again.eval, top, copy));
  EXPECT_TRUE(again.eval.pendingIsBudget());
}

TEST(JsonTree, CopiesIntoAnotherArena) {
  Arena to;
  const JToken* copy = nullptr;
  {
    Reading r;
    const std::string text = R"({"a":["x","é",1.5,null,"2024-05-06T07:08:09Z"]})";
    copy = copyToken(to, r.read(text));
  }
  Eval eval(nullptr, to, Limits{});
  EXPECT_EQ(toUtf8(to, writeToken(eval, copy, Indent::None)), R"({"a":["x","é",1.5,null,"2024-05-06T07:08:09Z"]})");
}

// What strict JSON is made of, and now and then something that is not.
std::string anyJson(uint64_t& seed, int depth) {
  static constexpr std::string_view kScalars[] = {"0",
                                                  "-1",
                                                  "12",
                                                  "1234567890123456",
                                                  "123456789012345678901",
                                                  "-0",
                                                  "0.5",
                                                  "1.50",
                                                  "1e3",
                                                  "-2.25E-2",
                                                  "1.",
                                                  ".5",
                                                  "01",
                                                  "0x1f",
                                                  "true",
                                                  "false",
                                                  "null",
                                                  "NaN",
                                                  "undefined",
                                                  "\"\"",
                                                  "\"a\"",
                                                  "\"a longer text, without any escape\"",
                                                  "\"quote \\\" and \\u00e9 \\n\"",
                                                  "\"Z\u00fcrich\"",
                                                  "\"\u4f60\u597d, and some more\"",
                                                  "\"2024-05-06T07:08:09Z\"",
                                                  "\"2024-05-06T07:08:09.123+02:00\"",
                                                  "\"20240506070809\"",
                                                  "\"/Date(1700000000000)/\"",
                                                  "'single'",
                                                  "\"tab\there\"",
                                                  "[]",
                                                  "{}",
                                                  "tru",
                                                  "\"open",
                                                  "new Date(1)",
                                                  "12 /* twelve */"};
  static constexpr std::string_view kNames[] = {
      "\"a\"", "\"name\"", "\"a\"",       "\"content_filter_results\"", "\"\"",
      "'b'",   "bare",     "\"\\u0061\"", "\"Gr\u00f6\u00dfe\""};
  static constexpr std::string_view kBlanks[] = {"", "", "", " ", "\n  ", "\t\r\n", "/*c*/"};
  const auto any = [&seed](size_t below) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return static_cast<size_t>(seed >> 33) % below;
  };
  // Mostly the first, ordinary ones.
  const auto pick = [&](const auto& from) { return std::string(from[any(4) == 0 ? any(std::size(from)) : any(3)]); };
  const auto blank = [&] { return pick(kBlanks); };
  const size_t kind = any(depth > 5 ? 1 : 3);
  if (kind == 0 && depth > 0) return std::string(kScalars[any(3) == 0 ? any(std::size(kScalars)) : any(3) * 7]);
  std::string text = kind == 1 ? "[" : "{";
  const size_t count = any(20) == 0 ? 40 : any(5);
  for (size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : ",") + blank();
    if (kind != 1)
      text += (any(3) == 0 ? pick(kNames) : "\"member" + std::to_string(i) + "\"") + blank() + ":" + blank();
    text += anyJson(seed, depth + 1) + blank();
  }
  return text + (any(50) == 0 ? "," : "") + (kind == 1 ? "]" : "}");
}

TEST(JsonReader, ReadsTheCommonRoadAsTheWholeMachineDoes) {
  // A comment behind the text keeps the common road (reader_quick.cc) out.
  uint64_t seed = 20240506;
  size_t read = 0;
  for (int turn = 0; turn < 3000; ++turn) {
    Reading quick, slow;
    const std::string text = anyJson(seed, 0);
    const std::string commented = text + "/**/";
    const auto result = [](Reading& r, std::string_view from) {
      const JToken* tree = r.read(from);
      if (tree != nullptr) return std::string(toUtf8(r.arena, writeToken(r.eval, tree, Indent::Indented)));
      std::string said(toUtf8(r.arena, r.eval.pending()->message));
      return said.substr(0, said.find(" Path '"));
    };
    const std::string expected = result(slow, commented);
    EXPECT_EQ(result(quick, text), expected) << text;
    read += slow.eval.failed() ? 0 : 1;
  }
  EXPECT_GT(read, 750u);
}

}  // namespace
}  // namespace sluice::expression
