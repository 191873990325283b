#include "policy/document.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::policy {
namespace {

// A document of one inbound section, and its first policy.
class DocumentTest : public ::testing::Test {
 protected:
  const Element& first(const std::string& policy) {
    source.file = "policy.xml";
    source.source = source.expanded.text = "<policies><inbound>" + policy + "</inbound></policies>";
    document = Document::parse(source, DocumentKind::Policies, mistakes);
    EXPECT_NE(document, nullptr) << mistakes.render();
    return document->section(Section::Inbound)->children.front();
  }
  config::PolicyDocument source;
  std::unique_ptr<const Document> document;
  Diagnostics mistakes;
};

TEST_F(DocumentTest, DecodesLiteralsAndKeepsWhiteSpace) {
  const Element& element = first("<p a='x &lt; y'> b &amp;\n c </p>");
  EXPECT_EQ(element.attribute("a")->value.text, "x < y");
  EXPECT_EQ(element.attribute("a")->value.raw, "x &lt; y");
  EXPECT_EQ(element.text.text, " b &\n c ");
  EXPECT_EQ(element.attribute("none"), nullptr);
}

TEST_F(DocumentTest, JoinsTextAroundCommentsAndCdata) {
  EXPECT_EQ(first("<p>a<!-- x -->b<![CDATA[<c>]]>&gt;</p>").text.text, "ab<c>>");
}

TEST_F(DocumentTest, AnExpressionAmongBlanksIsTheText) {
  const Element& element = first("<p>\n <!-- why --> @(a < b) \n</p>");
  EXPECT_TRUE(element.text.isExpression());
  EXPECT_EQ(element.text.text, "@(a < b)");
}

TEST_F(DocumentTest, ReferencesInStringsStayUnlessCodeIsWrittenWithThem) {
  EXPECT_EQ(first("<p a='@(\"?a=1&amp;b\")'/>").attribute("a")->value.text, "@(\"?a=1&amp;b\")");
  const Element& element = first("<p a='@(\"?a=1&amp;b\")'>@(c &amp;&amp; d)</p>");
  EXPECT_EQ(element.attribute("a")->value.text, "@(\"?a=1&b\")");
  EXPECT_EQ(element.text.text, "@(c && d)");
  // Where decoding would break the string that it stands in, it stays.
  EXPECT_EQ(first("<p a='@(\"&quot;\")'>@(c &amp;&amp; d)</p>").attribute("a")->value.text, "@(\"&quot;\")");
}

TEST_F(DocumentTest, KeepsMarkupVerbatim) {
  const Element& element = first("<p><x:y z='1'>&amp;</x:y> t</p>");
  EXPECT_EQ(element.inner, "<x:y z='1'>&amp;</x:y> t");
  EXPECT_EQ(element.children.front().name, "x:y");
}

TEST_F(DocumentTest, KnowsWhichTextsHoldSecrets) {
  source.expanded.replacements.push_back({25, 30, 25, 30, true});
  const Element& element = first("<p a='12345' b='x'/>");
  EXPECT_FALSE(document->isPublic(element.attribute("a")->value));
  EXPECT_TRUE(document->isPublic(element.attribute("b")->value));
}

TEST_F(DocumentTest, BoundsTheSource) {
  source.file = "policy.xml";
  source.source = source.expanded.text = "<policies>" + std::string(600 * 1024, ' ') + "</policies>";
  EXPECT_EQ(Document::parse(source, DocumentKind::Policies, mistakes), nullptr);
  EXPECT_NE(mistakes.render().find("614421 bytes; 524288 are allowed"), std::string::npos) << mistakes.render();
}

}  // namespace
}  // namespace sluice::policy
