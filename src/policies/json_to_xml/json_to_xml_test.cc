#include "policies/json_to_xml/json_to_xml.h"

#include "expression/json/token.h"
#include "policies/builtin.h"
#include "policies/json_to_xml/xml_text.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

std::string xml(std::string_view json, const XmlOptions& options = {}, size_t limit = 1u << 20) {
  Arena arena;
  expression::Eval eval(nullptr, arena, {});
  const auto* token = expression::parseJson(eval, expression::fromUtf8(arena, json), expression::Expect::Any,
                                            expression::ReadDates::Dates);
  if (token == nullptr) return "not JSON";
  const XmlText made = toXml(eval, expression::Value::object(token), options, limit);
  return made.error.empty() ? made.text : "error: " + made.error;
}

TEST(JsonAsXml, ValuesAsSeenOfApiManagement) {
  EXPECT_EQ(xml(R"({"name":"J & S","alive":true,"age":25,"address":{"city":"N"},"phones":[{"t":"home"},{"t":"mobile"}],
                 "children":[],"spouse":null})"),
            "<Document><name>J &amp; S</name><alive>True</alive><age>25</age><address><city>N</city></address>"
            "<phones><t>home</t></phones><phones><t>mobile</t></phones><children />"
            "<spouse xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" /></Document>");
}

TEST(JsonAsXml, TheDocumentedEnvelope) {
  XmlOptions options;
  options.namespace_separator = ":";
  options.attribute_block_name = "#attrs";
  const std::string expected =
      "<soapenv:Envelope xmlns:soapenv=\"http://a/\" xmlns:v1=\"http://b/\"><soapenv:Header /><soapenv:Body>"
      "<v1:Query name=\"te&quot;st\"><v1:Item><name>dummy text</name></v1:Item></v1:Query></soapenv:Body>"
      "</soapenv:Envelope>";
  constexpr std::string_view kJson = R"({"soapenv:Envelope":{"xmlns:soapenv":"http://a/","xmlns:v1":"http://b/",
      "soapenv:Header":{},"soapenv:Body":{"v1:Query":{"#attrs":{"name":"te\"st"},"v1:Item":{"name":"dummy text"}}}}})";
  EXPECT_EQ(xml(kJson, options), expected);
  options.namespace_prefix = "xmlns";
  EXPECT_EQ(xml(kJson, options), expected);
}

TEST(JsonAsXml, SeparatorsCountWherePrefixesAreDeclared) {
  EXPECT_EQ(xml(R"({"a_b":{"xmlns_a":"u","a_c":1,"x_y":2,"xmlns":"d"}})"),
            "<a:b xmlns:a=\"u\" xmlns=\"d\"><a:c>1</a:c><x_y>2</x_y></a:b>");
  EXPECT_EQ(xml(R"({"r":{"a:b":1}})"), "<r><a_x003A_b>1</a_x003A_b></r>");
}

TEST(JsonAsXml, NamesAndTextsAreMadeProper) {
  EXPECT_EQ(encodedName("a b"), "a_x0020_b");
  EXPECT_EQ(encodedName("1a"), "_x0031_a");
  EXPECT_EQ(encodedName("_x0041_"), "_x005F_x0041_");
  EXPECT_EQ(encodedName("\xC3\xA9t\xC3\xA9"), "\xC3\xA9t\xC3\xA9");
  EXPECT_EQ(encodedName("\xF0\x9F\x98\x80"), "_x0001F600_");
  EXPECT_EQ(encodedName(""), "_");
  EXPECT_EQ(xml(R"({"r":"a\tb\r\n<>"})"), "<r>a\tb&#xD;\n&lt;&gt;</r>");
  EXPECT_EQ(xml(R"({"r":"\u0001"})"), "error: the character U+0001 cannot stand in XML");
}

TEST(JsonAsXml, TopsOfAllKinds) {
  EXPECT_EQ(xml(R"([1,[2]])"), "<Document><Item>1</Item><Item>2</Item></Document>");
  EXPECT_EQ(xml(R"("x")"), "<Document>x</Document>");
  EXPECT_EQ(xml(R"({"a":[1,2]})"), "<Document><a>1</a><a>2</a></Document>") << "a document has one root";
  EXPECT_EQ(xml(R"({"a":[[1,2],[]]})"), "<Document><a><Item>1</Item><Item>2</Item></a><a></a></Document>");
  EXPECT_EQ(xml(R"({})"), "<Document />");
  EXPECT_EQ(xml(R"({"a":"2012-03-21T05:40:00Z"})"), "<a>03/21/2012 05:40:00</a>");
}

TEST(JsonAsXml, IsBounded) {
  EXPECT_EQ(xml(R"({"a":[1,2,3,4,5,6,7,8,9]})", {}, 20), "error: the XML is larger than this gateway buffers");
  XmlOptions options;
  options.attribute_block_name = "at";
  EXPECT_EQ(xml(R"({"r":{"at":{"x":{}}}})", options), "error: the attribute x is not a plain value");
}

class JsonToXmlTest : public policy::fixtures::PolicyFixture {
 protected:
  JsonToXmlTest() : PolicyFixture(builtinCatalogue()) {}
  std::string answered(const std::string& attributes, const std::string& type = "application/json") {
    outbound("<json-to-xml " + attributes + "/>");
    replies = {{200, R"({"a":"2012-03-21T05:40:00Z"})", {{"Content-Type", type}, {"Content-Encoding", "x"}}}};
    const auto result = run();
    return fieldOf(result.reply.headers, "Content-Type") + " " + result.reply.body;
  }
};

TEST_F(JsonToXmlTest, AppliesAsTold) {
  const std::string converted = "application/xml <a>2012-03-21T05:40:00Z</a>";
  EXPECT_EQ(answered("apply='always' consider-accept-header='false' parse-date='false'", "text/plain"), converted);
  EXPECT_EQ(answered("apply='always' consider-accept-header='false'", "text/plain"),
            "application/xml <a>03/21/2012 05:40:00</a>");
  EXPECT_EQ(answered("apply='content-type-json' consider-accept-header='false'", "text/plain").substr(0, 12),
            "text/plain {");
  EXPECT_EQ(answered("apply='always' parse-date='false'").substr(0, 18), "application/json {")
      << "nobody asked for XML";
  headers = {{"Accept", "text/xml"}};
  EXPECT_EQ(answered("apply='@(\"content-type-json\")' parse-date='false'"), converted);
}

TEST_F(JsonToXmlTest, RequestsTooAndExpressionsEverywhere) {
  inbound(
      "<json-to-xml apply='always' consider-accept-header='@(false)' namespace-separator='@(\":\")' "
      "namespace-prefix='@(\"ns\")' attribute-block-name='@(\"at\")'/>");
  body = R"({"p:r":{"ns:p":"u","at":{"k":1}}})";
  run();
  EXPECT_EQ(sent.at(0).body, "<p:r xmlns:p=\"u\" k=\"1\" />");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Content-Type"), "application/xml");
}

TEST_F(JsonToXmlTest, ABodyThatIsNoJsonGoesToOnError) {
  outbound("<json-to-xml apply='always' consider-accept-header='false'/>");
  replies = {{200, "<a/>"}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_reason, "ConversionFailed");
}

TEST_F(JsonToXmlTest, TellsWhatIsWrong) {
  outbound("<json-to-xml apply='never' parse-date='@(true)'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("not one of always, content-type-json"), std::string::npos) << told;
  EXPECT_NE(told.find("takes no expression"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
