#include "policies/xsl_transform/xsl_transform.h"

#include "policies/builtin.h"
#include "policies/xsl_transform/stylesheet.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

std::string sheet(std::string_view inside, std::string_view output = "<xsl:output method='text'/>") {
  return "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'>" + std::string(output) +
         std::string(inside) + "</xsl:stylesheet>";
}

// The result, or why there is none.
std::string transformed(const std::string& stylesheet, std::string_view xml,
                        const Stylesheet::Parameters& parameters = {}, size_t limit = 1u << 20) {
  const auto compiled = Stylesheet::compile(stylesheet);
  if (!compiled) return "not compiled: " + compiled.error().message;
  const auto result = (*compiled)->transform(xml, parameters, limit);
  return result ? *result : "error: " + result.error().message;
}

TEST(StylesheetTest, TransformsWithParameters) {
  const auto text = sheet(
      "<xsl:param name='who'/><xsl:template match='/'>"
      "<xsl:for-each select='//i'><xsl:sort select='.'/><xsl:value-of select='.'/>,</xsl:for-each>"
      "<xsl:value-of select='$who'/></xsl:template>");
  EXPECT_EQ(transformed(text, "<r><i>b</i><i>a</i></r>", {{"who", "O'Neil \"x\""}}), "a,b,O'Neil \"x\"");
  const auto xml = sheet("<xsl:template match='/r'><out><xsl:copy-of select='i'/></out></xsl:template>",
                         "<xsl:output omit-xml-declaration='yes'/>");
  EXPECT_EQ(transformed(xml, "<r><i>\xC3\xA9</i></r>"), "<out><i>\xC3\xA9</i></out>\n");
}

TEST(StylesheetTest, ReachesNothing) {
  EXPECT_TRUE(transformed(sheet("<xsl:template match='/'>[<xsl:value-of select=\"document('/etc/hostname')\"/>]"
                                "</xsl:template>"),
                          "<r/>")
                  .starts_with("error: "));
  EXPECT_TRUE(transformed(sheet("<xsl:template match='/'/>", "<xsl:include href='/etc/hostname'/>"), "<r/>")
                  .starts_with("not compiled: "));
  const std::string entity = transformed(sheet("<xsl:template match='/'>[<xsl:value-of select='.'/>]</xsl:template>"),
                                         "<!DOCTYPE r [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><r>&e;</r>");
  EXPECT_EQ(entity, "[]");
}

TEST(StylesheetTest, WorkIsBounded) {
  const auto endless = sheet(
      "<xsl:template match='/'><xsl:call-template name='again'/></xsl:template>"
      "<xsl:template name='again'><xsl:call-template name='again'/></xsl:template>");
  EXPECT_TRUE(transformed(endless, "<r/>").starts_with("error: ")) << transformed(endless, "<r/>");
  std::string many = "<r>";
  for (int i = 0; i < 3000; ++i) many += "<i/>";
  many += "</r>";
  const auto cubic = sheet(
      "<xsl:template match='/'><xsl:for-each select='//i'><xsl:for-each select='//i'><xsl:for-each select='//i'>x"
      "</xsl:for-each></xsl:for-each></xsl:for-each></xsl:template>");
  EXPECT_TRUE(transformed(cubic, many).starts_with("error: ")) << "27,000,000,000 turns";
  EXPECT_EQ(transformed(sheet("<xsl:template match='/'>0123456789</xsl:template>"), "<r/>", {}, 5),
            "error: the result is larger than this gateway buffers");
}

TEST(StylesheetTest, SaysWhatIsWrong) {
  EXPECT_TRUE(transformed("<xsl:stylesheet", "<r/>").starts_with("not compiled: it is not XML: line 1: "));
  EXPECT_NE(transformed(sheet("<xsl:template match='['/>"), "<r/>").find("not compiled: "), std::string::npos);
  EXPECT_NE(transformed("<a/>", "<r/>").find("not compiled: "), std::string::npos);
  EXPECT_TRUE(transformed(sheet(""), "{}").starts_with("error: it is not XML: line 1: "));
}

class XslTransformTest : public policy::fixtures::PolicyFixture {
 protected:
  XslTransformTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(XslTransformTest, BodiesBothWays) {
  const std::string policy =
      "<xsl-transform><parameter name='m'>@(context.Request.Method)</parameter><parameter parameter-name='n'> lit "
      "</parameter>" +
      sheet(
          "<xsl:param name='m'/><xsl:param name='n'/><xsl:template match='/'><xsl:value-of "
          "select=\"concat($m, '-', $n, '-', /a/@k)\"/></xsl:template>") +
      "</xsl-transform>";
  policies("<policies><inbound>" + policy + "</inbound><outbound>" + policy + "</outbound></policies>");
  body = "<a k='1'/>";
  replies = {{200, "<a k='2'/>"}};
  EXPECT_EQ(run().reply.body, "POST-lit-2");
  EXPECT_EQ(sent.at(0).body, "POST-lit-1");
}

TEST_F(XslTransformTest, ABodyThatIsNoXmlGoesToOnError) {
  outbound("<xsl-transform>" + sheet("") + "</xsl-transform>");
  replies = {{200, "{}"}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_reason, "TransformationFailed");
}

TEST_F(XslTransformTest, TellsWhatIsWrong) {
  outbound("<xsl-transform><parameter>x</parameter></xsl-transform>");
  EXPECT_NE(mistakes().find("this parameter has no name"), std::string::npos);
  EXPECT_NE(diagnostics.render().find("needs a stylesheet in it"), std::string::npos);
  outbound("<xsl-transform>" + sheet("<xsl:template match='['/>") + "</xsl-transform>");
  EXPECT_NE(mistakes().find("the stylesheet cannot be used: "), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
