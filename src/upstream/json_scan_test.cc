#include "upstream/json_scan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "upstream/json_check.h"

namespace sluice::upstream {
namespace {

// The whole value, walked by nextMember and nextItem: kinds and texts; "!" at the end when the scan failed.
std::string walk(JsonScan& scan) {
  JsonString text;
  JsonString name;
  if (scan.enterObject()) {
    std::string out = "{";
    while (scan.nextMember(name)) out += std::string(name.raw) + "=" + walk(scan) + ";";
    return out + "}";
  }
  if (scan.enterArray()) {
    std::string out = "[";
    while (scan.nextItem()) out += walk(scan) + ";";
    return out + "]";
  }
  if (scan.string(text)) return "'" + std::string(text.raw) + "'";
  return std::string(scan.raw());
}

std::string walked(std::string_view json) {
  JsonScan scan(json);
  std::string out = walk(scan);
  if (!scan.complete()) out += "!";
  return out;
}

TEST(JsonScan, WalksValuesInOrder) {
  EXPECT_EQ(walked(R"( {"a" : 1 , "b":[true,null , "x\"y"],"c":{} ,"d":[ ]} )"),
            R"({a=1;b=[true;null;'x\"y';];c={};d=[];})");
  EXPECT_EQ(walked("[]"), "[]");
  EXPECT_EQ(walked("\"\""), "''");
  EXPECT_EQ(walked("-1.5e3"), "-1.5e3");
}

TEST(JsonScan, FailsOnBrokenTexts) {
  for (const std::string_view json : {"",
                                      " ",
                                      "{",
                                      "[",
                                      "{\"a\"",
                                      "{\"a\":",
                                      "{\"a\":1",
                                      "{\"a\" 1}",
                                      "{\"a\":1 \"b\":2}",
                                      "{\"a\":1,}",
                                      "{,}",
                                      "[1,]",
                                      "[,1]",
                                      "[1 2]",
                                      "{\"a\":}",
                                      "{1:2}",
                                      "\"abc",
                                      "\"abc\\\"",
                                      "[1}",
                                      "{\"a\":1]",
                                      "{} x",
                                      "[[1]",
                                      "{\"a\":{\"b\":1}"}) {
    EXPECT_TRUE(walked(json).ends_with("!")) << json;
  }
}

TEST(JsonScan, SkipsAnythingBracketedAndGivesItsText) {
  JsonScan scan(R"({"deep":{"a":["}",{"b":"]"},"\\\""]},"after":7})");
  JsonString name;
  ASSERT_TRUE(scan.enterObject());
  ASSERT_TRUE(scan.nextMember(name));
  EXPECT_EQ(scan.raw(), R"({"a":["}",{"b":"]"},"\\\""]})");
  ASSERT_TRUE(scan.nextMember(name));
  uint64_t number = 0;
  EXPECT_TRUE(name == "after" && scan.integer(number));
  EXPECT_EQ(number, 7u);
  EXPECT_FALSE(scan.nextMember(name));
  EXPECT_TRUE(scan.complete());
}

TEST(JsonScan, DepthIsBoundedAndBracketsMustMatch) {
  const auto skips = [](const std::string& json) {
    JsonScan scan(json);
    scan.skip();
    return scan.complete();
  };
  EXPECT_TRUE(skips(std::string(1024, '[') + std::string(1024, ']')));
  EXPECT_FALSE(skips(std::string(1025, '[') + std::string(1025, ']')));
  EXPECT_FALSE(skips("[{]}"));
  EXPECT_FALSE(skips(std::string(1'000'000, '[')));
}

TEST(JsonScan, TypedReadsTakeOnlyTheirKind) {
  JsonString text;
  bool flag = false;
  uint64_t number = 0;
  for (const std::string_view json :
       {"1.0", "-1", "1e3", "9007199254740993", "99999999999999999999", "\"1\"", "true", "1x"}) {
    JsonScan scan(json);
    EXPECT_FALSE(scan.integer(number)) << json;
    EXPECT_EQ(scan.offset(), 0u);
  }
  EXPECT_TRUE(JsonScan("9007199254740992").integer(number));
  EXPECT_FALSE(JsonScan("trueish").boolean(flag));
  EXPECT_FALSE(JsonScan("nullx").null());
  EXPECT_FALSE(JsonScan("1").string(text));
  EXPECT_TRUE(JsonScan("true").boolean(flag));
  EXPECT_TRUE(flag);
}

TEST(JsonString, DecodesEscapesAndComparesWhatIsMeant) {
  Arena arena;
  const auto text = [&](std::string_view raw) {
    JsonString value{raw, raw.find('\\') != std::string_view::npos};
    std::string appended;
    value.appendTo(appended);
    EXPECT_EQ(value.text(arena), appended);
    EXPECT_TRUE(value == appended);
    EXPECT_FALSE(value == appended + "x");
    return appended;
  };
  EXPECT_EQ(text("plain"), "plain");
  EXPECT_EQ(text(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(text(R"(\u0041\u00e9\u20ac\ud83d\ude00)"), "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(text(R"(\ud83dx\ude00)"), "\xef\xbf\xbdx\xef\xbf\xbd");
  EXPECT_EQ(text(R"(\x\u12)"),
            "\xef\xbf\xbd\xef\xbf\xbd"
            "12");
  EXPECT_EQ(text("a\\"), "a\xef\xbf\xbd");
  const JsonString escaped_name{R"(str\u0065am)", true};
  EXPECT_TRUE(escaped_name == "stream");
}

TEST(JsonCheck, TakesJsonAndNothingElse) {
  for (const std::string_view json :
       {"0", "-0", "1.5", "1e9", "1E+2", "-1.0e-2", "\"\"", "true", "false", "null", "[]", "{}", " [ ] ", "[1,2]",
        "{\"a\":1,\"b\":[{}]}", R"("\ud83d")", R"("\u0000")", "\"\xc3\xa9\"", "[[],[[]],{}]"}) {
    EXPECT_TRUE(isJson(json)) << json;
  }
  for (const std::string_view json : {"",           " ",       "01",       "1.",         ".5",
                                      "+1",         "1e",      "1e+",      "-",          "tru",
                                      "truex",      "nul",     "\"",       "\"\\x\"",    "\"\\u12g4\"",
                                      "\"\n\"",     "[",       "]",        "[1",         "[1,]",
                                      "[,]",        "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",
                                      "{\"a\":1}}", "[1]]",    "1 2",      "[1}",        "{\"a\":1]",
                                      "\"\xff\"",   "NaN",     "'a'",      "[1 2]",      "{\"a\":1 \"b\":2}"}) {
    EXPECT_FALSE(isJson(json)) << json;
  }
  EXPECT_TRUE(isJson(std::string(64, '[') + std::string(64, ']')));
  EXPECT_FALSE(isJson(std::string(65, '[') + std::string(65, ']')));
  EXPECT_FALSE(isJson(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace sluice::upstream
