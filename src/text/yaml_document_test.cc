#include "text/yaml_document.h"

#include <gtest/gtest.h>

namespace sluice::text {
namespace {

std::string mistakeIn(std::string text, const Bounds& bounds = {}) {
  Diagnostics diagnostics;
  const auto document = parseYaml("a.yaml", std::move(text), diagnostics, bounds);
  EXPECT_EQ(document.has_value(), diagnostics.all().empty());
  return diagnostics.render();
}

Document parsed(std::string text) {
  Diagnostics diagnostics;
  auto document = parseYaml("a.yaml", std::move(text), diagnostics);
  EXPECT_TRUE(document.has_value()) << diagnostics.render();
  return *document;
}

TEST(YamlDocument, TypesPlainScalarsByTheCoreSchema) {
  const auto document =
      parsed("a: 12\nb: '12'\nc: yes\nd: true\ne: ~\nf:\ng: 2023-05-15\nh: -1.5e3\ni: text\nj: \"true\"\nk: !!str 5\n");
  const auto kindOf = [&](std::string_view key) { return document.root().find(key)->kind; };
  EXPECT_EQ(kindOf("a"), Node::Kind::Number);
  EXPECT_EQ(kindOf("b"), Node::Kind::String);
  EXPECT_EQ(kindOf("c"), Node::Kind::String);
  EXPECT_EQ(kindOf("d"), Node::Kind::Bool);
  EXPECT_EQ(kindOf("e"), Node::Kind::Null);
  EXPECT_EQ(kindOf("f"), Node::Kind::Null);
  EXPECT_EQ(kindOf("g"), Node::Kind::String);
  EXPECT_EQ(document.root().find("g")->scalar, "2023-05-15");
  EXPECT_EQ(kindOf("h"), Node::Kind::Number);
  EXPECT_EQ(kindOf("i"), Node::Kind::String);
  EXPECT_EQ(kindOf("j"), Node::Kind::String);
  EXPECT_EQ(kindOf("k"), Node::Kind::String);
}

TEST(YamlDocument, KeepsPositions) {
  const auto document = parsed("a:\n  - b: 1\n    c: {d: x}\n");
  const Node& item = document.root().find("a")->items[0];
  EXPECT_EQ(item.members[1].key, "c");
  EXPECT_EQ(item.members[1].position.line, 3u);
  EXPECT_EQ(item.members[1].position.column, 5u);
  EXPECT_EQ(item.find("c")->find("d")->position.column, 12u);
}

TEST(YamlDocument, ExpandsAliases) {
  const auto document = parsed("a: &x {b: [1, 2]}\nc: *x\n");
  EXPECT_EQ(document.root().find("c")->find("b")->items[1].scalar, "2");
}

TEST(YamlDocument, AnEmptyFileIsAnEmptyMapping) {
  EXPECT_TRUE(parsed("").root().isMapping());
  EXPECT_TRUE(parsed("# nothing\n").root().members.empty());
}

TEST(YamlDocument, PointsAtMistakes) {
  EXPECT_EQ(mistakeIn("a: 1\nb: 2\na: 3\n"), "a.yaml:3:1: error: the key `a` stands here twice\n  a: 3\n  ^\n");
  EXPECT_EQ(mistakeIn("a: [1, 2\nb: 3\n").substr(0, 16), "a.yaml:2:2: erro");
  EXPECT_EQ(mistakeIn("a: 1\n---\nb: 2\n"), "a.yaml: error: more than one YAML document in the file\n");
  EXPECT_EQ(mistakeIn("? [a, b]\n: c\n"),
            "a.yaml:1:3: error: a key has to be a plain word or a string\n  ? [a, b]\n    ^\n");
  EXPECT_NE(mistakeIn("a: *nobody\n"), "");
  EXPECT_NE(mistakeIn("a: &x [*x]\n"), "");
  EXPECT_NE(mistakeIn("a: \"\xff\"\n"), "");
}

// Each line stands for ten of the one before: a billion values in a kilobyte.
TEST(YamlDocument, ABillionLaughsEndEarly) {
  std::string text = "a0: &a0 [lol,lol,lol,lol,lol,lol,lol,lol,lol,lol]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) text += (j > 0 ? "," : "") + previous;
    text += "]\n";
  }
  EXPECT_NE(mistakeIn(text).find("once aliases are expanded"), std::string::npos);
  // The same with long texts instead of many values.
  std::string long_text = "a: &a " + std::string(1'000'000, 'x') + "\nb: [";
  for (int i = 0; i < 1000; ++i) long_text += "*a, ";
  EXPECT_NE(mistakeIn(long_text + "1]\n").find("once aliases are expanded"), std::string::npos);
}

TEST(YamlDocument, DepthIsBounded) {
  EXPECT_NE(mistakeIn(std::string(200, '[') + std::string(200, ']')).find("nested more than 100 levels"),
            std::string::npos);
  EXPECT_NE(mistakeIn(std::string(20'000, '[')), "");
  EXPECT_NE(mistakeIn(std::string(20'000, '{')), "");
  std::string block;
  for (int i = 0; i < 300; ++i) block += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_NE(mistakeIn(block), "");
}

TEST(YamlDocument, AFileEndingInJsonIsStrictJson) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parseDocument("a.json", "a: 1", diagnostics));
  EXPECT_TRUE(parseDocument("a.yml", "a: 1", diagnostics));
}

}  // namespace
}  // namespace sluice::text
