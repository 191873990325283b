#include "policies/xml_to_json/xml_to_json.h"

#include "policies/builtin.h"
#include "policies/xml_to_json/json_text.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

std::string direct(std::string_view xml, ChildArrays arrays = ChildArrays::WhereSeveral) {
  const JsonText made = toJson(xml, JsonKind::Direct, arrays, 1u << 20);
  return made.error.empty() ? made.text : "error: " + made.error;
}
std::string friendly(std::string_view xml) {
  const JsonText made = toJson(xml, JsonKind::JavascriptFriendly, ChildArrays::WhereSeveral, 1u << 20);
  return made.error.empty() ? made.text : "error: " + made.error;
}

TEST(XmlAsJson, EnvelopeAsSeenOfApiManagement) {
  EXPECT_EQ(direct("<?xml version=\"1.0\"?><soap:Envelope xmlns=\"http://a/\" xmlns:soap=\"http://b/\"><soap:Body>"
                   "<GetOrders><Customer>1234567</Customer></GetOrders></soap:Body></soap:Envelope>"),
            R"({"version":"1.0","soap$Envelope":{"@xmlns":"http://a/","@xmlns$soap":"http://b/","soap$Body":)"
            R"({"GetOrders":{"Customer":"1234567"}}}})");
}

TEST(XmlAsJson, TextsAttributesAndArrays) {
  constexpr std::string_view kXml =
      "<r a='1'>\n <i>x &amp; \"y\"</i><j/><!-- gone --><i k='2'>z<![CDATA[<]]></i>tail<e></e></r>";
  EXPECT_EQ(direct(kXml),
            R"({"r":{"@a":"1","i":["x & \"y\"",{"@k":"2","#text":["z","<"]}],"j":null,"#text":"tail","e":null}})");
  EXPECT_EQ(friendly(kXml), R"({"r":{"a":"1","i":["x & \"y\"",{"k":"2","$t":"z<"}],"j":null,"$t":"tail","e":null}})");
  EXPECT_EQ(direct("<r><i>1</i></r>", ChildArrays::Always), R"({"r":{"i":["1"]}})");
  EXPECT_EQ(friendly("<r a='1'><a>2</a></r>"), R"({"r":{"a":["1","2"]}})") << "an attribute and an element of one name";
}

TEST(XmlAsJson, WhatIsNoDocumentIsAnError) {
  EXPECT_TRUE(direct("<a><b></a>").starts_with("error: ")) << direct("<a><b></a>");
  EXPECT_EQ(direct("<a/><b/>"), "error: a document has one root element");
  EXPECT_TRUE(direct("").starts_with("error: "));
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (int i = 0; i < 100'000; ++i) deep += "</a>";
  EXPECT_EQ(direct(deep), "error: its elements are too deep inside each other");
  EXPECT_EQ(toJson("<a>" + std::string(100, 'x') + "<b/></a>", JsonKind::Direct, ChildArrays::Always, 50).error,
            "the JSON is larger than this gateway buffers");
}

TEST(XmlAsJson, EntitiesOfTheDocumentAreNotExpanded) {
  EXPECT_EQ(direct("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><a>&e;</a>"), R"({"a":"&e;"})");
}

class XmlToJsonTest : public policy::fixtures::PolicyFixture {
 protected:
  XmlToJsonTest() : PolicyFixture(builtinCatalogue()) {}
  std::string answered(const std::string& attributes, const std::string& type = "application/xml") {
    outbound("<xml-to-json " + attributes + "/>");
    replies = {{200, "<a>1</a>", {{"Content-Type", type}}}};
    const auto result = run();
    return fieldOf(result.reply.headers, "Content-Type") + " " + result.reply.body;
  }
};

TEST_F(XmlToJsonTest, AppliesAsTold) {
  const std::string converted = "application/json {\"a\":\"1\"}";
  EXPECT_EQ(answered("kind='direct' apply='always' consider-accept-header='false'", "text/plain"), converted);
  EXPECT_EQ(answered("kind='direct' apply='content-type-xml' consider-accept-header='false'", "text/plain"),
            "text/plain <a>1</a>");
  EXPECT_EQ(answered("kind='direct' apply='content-type-xml' consider-accept-header='false'", "text/xml"), converted);
  EXPECT_EQ(answered("kind='direct' apply='always'"), "application/xml <a>1</a>") << "nobody asked for JSON";
  headers = {{"Accept", "application/json"}};
  EXPECT_EQ(answered("kind='@(\"direct\")' apply='@(\"always\")'"), converted);
}

TEST_F(XmlToJsonTest, RequestsToo) {
  inbound(
      "<xml-to-json kind='javascript-friendly' apply='always' consider-accept-header='false' "
      "always-array-child-elements='true'/>");
  body = "<a><b>1</b></a>";
  run();
  EXPECT_EQ(sent.at(0).body, R"({"a":{"b":["1"]}})");
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Content-Type"), "application/json");
}

TEST_F(XmlToJsonTest, ABodyThatIsNoXmlGoesToOnError) {
  outbound("<xml-to-json kind='direct' apply='always' consider-accept-header='false'/>");
  replies = {{200, "{}"}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_source, "xml-to-json");
  EXPECT_EQ(result.error_reason, "ConversionFailed");
}

TEST_F(XmlToJsonTest, TellsWhatIsWrong) {
  outbound("<xml-to-json kind='plain'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("needs the attribute `apply`"), std::string::npos) << told;
  EXPECT_NE(told.find("not one of javascript-friendly, direct"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
