#include "policy/scanner.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::policy {
namespace {

// The document as a line per token; an expression is in «», `!` marks one whose references are to be decoded.
std::string scan(std::string_view text, const ScanLimits& limits = {}) {
  Scanner scanner(text, limits);
  Token token;
  std::string out;
  const auto show = [](const ScannedText& value) {
    if (value.kind == TextKind::Literal) return "'" + std::string(value.raw) + "'";
    return (value.entities == Entities::Decode ? "!«" : "«") + std::string(value.raw) + "»";
  };
  while (scanner.next(token)) {
    if (token.kind == Token::Kind::Text) {
      if (!trimXmlSpace(token.text.raw).empty()) out += "text " + show(token.text) + "\n";
      continue;
    }
    out += token.kind == Token::Kind::StartTag ? "<" : "</";
    out += token.name;
    for (const auto& attribute : token.attributes)
      out += " " + std::string(attribute.name) + "=" + show(attribute.value);
    out += token.self_closing ? "/>\n" : ">\n";
  }
  if (scanner.error()) out += "error at " + std::to_string(scanner.error()->offset) + ": " + scanner.error()->message;
  return out;
}

TEST(Scanner, ReadsPlainXml) {
  EXPECT_EQ(scan("<a x='1' y=\"a&amp;b\">\n <b/> t <!-- <c> @( --> </a>"),
            "<a x='1' y='a&amp;b'>\n<b/>\ntext ' t '\n</a>\n");
}

TEST(Scanner, TakesAnExpressionInAnAttributeUpToItsBracket) {
  EXPECT_EQ(scan(R"x(<s v="@(a["x"] < 3 && b("y)"))" w='1'/>)x"), "<s v=«@(a[\"x\"] < 3 && b(\"y)\"))» w='1'/>\n");
  EXPECT_EQ(scan("<s v='@(x ? \"a\" : \"b\")'/>"), "<s v=«@(x ? \"a\" : \"b\")»/>\n");
  EXPECT_EQ(scan("<s v=\" @(1) \"/>"), "<s v=«@(1)»/>\n");
}

TEST(Scanner, TakesABlockWithStringsCharactersAndComments) {
  const std::string block =
      "@{\n var a = \"}\\\"\"; // }\n /* } */ var c = '}'; var q = '\\''; var v = @\"}\"\"}\"; return a; }";
  EXPECT_EQ(scan("<s v=\"" + block + "\"/>"), "<s v=«" + block + "»/>\n");
  EXPECT_EQ(scan("<s>\n " + block + "\n</s>"), "<s>\ntext «" + block + "»\n</s>\n");
}

TEST(Scanner, FollowsInterpolatedStringsThroughTheirHoles) {
  const std::string expression = R"x(@($"a{b["}"]:0.0}{{x}}{c(d ? ")" : "(")}" + $@"""{e}""}}" + @$"{f}"))x";
  EXPECT_EQ(scan("<s v=\"" + expression + "\"/>"), "<s v=«" + expression + "»/>\n");
}

TEST(Scanner, DecodesReferencesOnlyWhereTheyAreCode) {
  EXPECT_EQ(scan("<s v=\"@(a(&quot;)&quot;) &amp;&amp; b)\"/>"), "<s v=!«@(a(&quot;)&quot;) &amp;&amp; b)»/>\n");
  EXPECT_EQ(scan("<s v=\"@(a.Replace(\"&quot;\", \"'\"))\"/>"), "<s v=«@(a.Replace(\"&quot;\", \"'\"))»/>\n");
  EXPECT_EQ(scan("<s>@(a &lt; 3)</s>"), "<s>\ntext !«@(a &lt; 3)»\n</s>\n");
  EXPECT_EQ(decodeEntities("&lt;&#65;&#x20AC;&amp;&nope;"), "<A\xE2\x82\xAC&&nope;");
}

TEST(Scanner, KeepsCdataAndFindsAnExpressionInIt) {
  EXPECT_EQ(scan("<s><![CDATA[a < b &amp;]]></s>"), "<s>\ntext 'a < b &amp;'\n</s>\n");
  EXPECT_EQ(scan("<s><![CDATA[ @(a < b) ]]></s>"), "<s>\ntext «@(a < b)»\n</s>\n");
}

TEST(Scanner, TextAfterOtherContentIsNoExpression) {
  EXPECT_EQ(scan("<s>mail @(home)</s>"), "<s>\ntext 'mail @(home)'\n</s>\n");
}

TEST(Scanner, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(scan("<a><b></a>"), "<a>\n<b>\nerror at 6: </a> where </b> was expected");
  EXPECT_EQ(scan("<a x=1/>"), "error at 5: the value of `x` must be in quotes");
  EXPECT_EQ(scan("<a x='1' x='2'/>"), "error at 9: the attribute `x` is given twice");
  EXPECT_EQ(scan("<a v=\"@(b(\"/>"),
            "error at 10: the string that begins here is not closed on its line, or a bracket before it is not closed");
  EXPECT_EQ(scan("<a v=\"@(b])\"/>"), "error at 9: found `]` where `)` was expected");
  EXPECT_EQ(scan("<a v=\"@(b) c\"/>"), "error at 10: there is more text after the expression's end");
  EXPECT_EQ(scan("<a v=\"x<y\"/>"), "error at 7: a `<` in an attribute value that is no expression");
  EXPECT_EQ(scan("<a v=\"x&y\"/>"), "error at 7: a `&` that begins no entity");
  EXPECT_EQ(scan("<!DOCTYPE a [<!ENTITY x \"y\">]><a/>"),
            "error at 0: a document type or another declaration is not allowed in a policy document");
  EXPECT_EQ(scan("<a/><b/>"), "<a/>\nerror at 4: a second root element <b>");
  EXPECT_EQ(scan(""), "error at 0: the document is empty");
  EXPECT_EQ(scan("<a><!-- "), "<a>\nerror at 3: the comment that begins here has no end");
}

TEST(Scanner, BoundsSizeDepthAndCounts) {
  ScanLimits limits;
  limits.depth = 2;
  limits.attributes = 1;
  limits.elements = 3;
  EXPECT_EQ(scan("<a><b><c/></b></a>", limits), "<a>\n<b>\nerror at 6: elements are nested deeper than 2");
  EXPECT_EQ(scan("<a x='' y=''/>", limits), "error at 8: more than 1 attributes");
  EXPECT_EQ(scan("<a><b/><b/><b/></a>", limits), "<a>\n<b/>\n<b/>\nerror at 11: more than 3 elements");
  limits.bytes = 4;
  EXPECT_EQ(scan("<a></a>", limits), "error at 0: the document has 7 bytes; 4 are allowed");
  EXPECT_NE(scan("<a v=\"@" + std::string(1000, '(') + "\"/>").find("nested too deep"), std::string::npos);
}

TEST(Scanner, GivesOffsetsOfTheUndecodedText) {
  EXPECT_EQ(undecodedOffset("a&lt;b", 2), 5u);
  EXPECT_EQ(undecodedOffset("a&#x20AC;b", 4), 9u);
  EXPECT_EQ(undecodedOffset("ab", 1), 1u);
}

}  // namespace
}  // namespace sluice::policy
