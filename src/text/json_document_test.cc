#include "text/json_document.h"

#include <gtest/gtest.h>

namespace sluice::text {
namespace {

std::string mistakeIn(std::string text, const Bounds& bounds = {}) {
  Diagnostics diagnostics;
  const auto document = parseJson("a.json", std::move(text), diagnostics, bounds);
  EXPECT_EQ(document.has_value(), diagnostics.all().empty());
  return diagnostics.render();
}

TEST(JsonDocument, KeepsKindsOrderAndPositions) {
  Diagnostics diagnostics;
  const auto document = parseJson("a.json", "{\n  \"b\": [1, -2.5e3, true, null],\n  \"a\": \"x\\ty\"\n}", diagnostics);
  ASSERT_TRUE(document);
  const Node& root = document->root();
  ASSERT_EQ(root.members.size(), 2u);
  EXPECT_EQ(root.members[0].key, "b");
  EXPECT_EQ(root.members[1].key, "a");
  const Node& list = root.members[0].value;
  ASSERT_EQ(list.items.size(), 4u);
  EXPECT_EQ(list.items[1].scalar, "-2.5e3");
  EXPECT_EQ(list.items[1].kind, Node::Kind::Number);
  EXPECT_EQ(list.items[2].kind, Node::Kind::Bool);
  EXPECT_EQ(list.items[3].kind, Node::Kind::Null);
  EXPECT_EQ(list.items[1].position.line, 2u);
  EXPECT_EQ(list.items[1].position.column, 12u);
  EXPECT_EQ(root.find("a")->scalar, "x\ty");
  EXPECT_EQ(root.find("c"), nullptr);
}

TEST(JsonDocument, DecodesEscapesAndSurrogatePairs) {
  Diagnostics diagnostics;
  const auto document = parseJson("a.json", R"("\u00e9\ud83d\ude00\/\"")", diagnostics);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().scalar, "é😀/\"");
}

TEST(JsonDocument, SkipsAByteOrderMark) {
  Diagnostics diagnostics;
  const auto document = parseJson("a.json", "\xEF\xBB\xBF{\"a\": 1}", diagnostics);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().members[0].position.column, 2u);
}

TEST(JsonDocument, PointsAtMistakes) {
  EXPECT_EQ(mistakeIn("{\n  \"a\": 1,\n  \"a\": 2\n}"),
            "a.json:3:3: error: the key `a` stands here twice\n    \"a\": 2\n    ^\n");
  EXPECT_EQ(mistakeIn("{\"a\": tru}"), "a.json:1:7: error: expected a JSON value\n  {\"a\": tru}\n        ^\n");
  EXPECT_EQ(mistakeIn("{\"a\": 1,}"),
            "a.json:1:9: error: expected a key in double quotes\n  {\"a\": 1,}\n          ^\n");
  EXPECT_EQ(mistakeIn("[1 2]"), "a.json:1:4: error: expected `,` or `]` in a list\n  [1 2]\n     ^\n");
  EXPECT_EQ(mistakeIn("[\"a"), "a.json:1:2: error: this string is never closed\n  [\"a\n   ^\n");
  EXPECT_EQ(mistakeIn("{} x"), "a.json:1:4: error: unexpected text after the end of the JSON value\n  {} x\n     ^\n");
}

TEST(JsonDocument, RefusesWhatJsonDoesNotHave) {
  for (const std::string_view text :
       {"", "01", "+1", "1.", ".5", "1e", "'a'", "{a: 1}", "// c\n1", "\"\\x\"", "\"\\ud800\"", "\"\\udc00\"",
        "\"\\ud800\\u0041\"", "\"\n\"", "NaN", "[1,]", "{\"a\" 1}", "nul", "\xff"})
    EXPECT_NE(mistakeIn(std::string(text)), "") << text;
}

TEST(JsonDocument, IsBounded) {
  EXPECT_NE(mistakeIn(std::string(1'000'000, '[')).find("nested more than 100 levels deep"), std::string::npos);
  Bounds few;
  few.nodes = 10;
  EXPECT_NE(mistakeIn("[1,2,3,4,5,6,7,8,9,10]", few).find("more than 10 values"), std::string::npos);
  Bounds small;
  small.bytes = 3;
  EXPECT_NE(mistakeIn("[1,2]", small).find("5 bytes are too many"), std::string::npos);
}

TEST(JsonDocument, UnknownKeysGetTheNearestName) {
  Diagnostics diagnostics;
  const auto document = parseJson("a.json", R"({"listners": 1, "zzzzzzzz": 2})", diagnostics);
  ASSERT_TRUE(document);
  expectKeys(*document, document->root(), {"listeners", "threads"}, "the document", diagnostics);
  EXPECT_EQ(diagnostics.render(),
            "a.json:1:2: error: unknown key `listners` in the document\n  {\"listners\": 1, \"zzzzzzzz\": 2}\n   ^\n"
            "  Did you mean `listeners`?\n"
            "a.json:1:17: error: unknown key `zzzzzzzz` in the document\n  {\"listners\": 1, \"zzzzzzzz\": 2}\n"
            "                  ^\n  Known here: listeners, threads.\n");
}

}  // namespace
}  // namespace sluice::text
