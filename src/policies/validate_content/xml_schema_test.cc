#include "policies/validate_content/xml_schema.h"

#include <gtest/gtest.h>

namespace sluice::policies {
namespace {

constexpr std::string_view kPets = R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:p="urn:pets" xmlns:t="urn:types" targetNamespace="urn:pets" elementFormDefault="qualified">
  <xs:import namespace="urn:types" schemaLocation="http://nowhere.invalid/types.xsd"/>
  <xs:element name="pet"><xs:complexType><xs:sequence>
    <xs:element name="name" type="t:name"/>
    <xs:element name="age" type="xs:int" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>)";
constexpr std::string_view kTypes =
    R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:types">
  <xs:simpleType name="name"><xs:restriction base="xs:string"><xs:maxLength value="5"/></xs:restriction></xs:simpleType>
</xs:schema>)";

std::shared_ptr<const XmlSchemas> compiled(std::vector<XmlSchemaSource> sources) {
  auto schemas = XmlSchemas::compile(sources);
  EXPECT_TRUE(schemas) << schemas.error().message;
  return schemas ? *schemas : nullptr;
}

std::string mistakeOf(std::vector<XmlSchemaSource> sources) {
  const auto schemas = XmlSchemas::compile(sources);
  return schemas ? "" : schemas.error().message;
}

std::string pet(std::string_view inside) {
  return "<pet xmlns='urn:pets'>" + std::string(inside) + "</pet>";
}

TEST(XmlSchemasTest, DocumentsOfTheSetAreImportedByTheirNamespace) {
  const auto schemas = compiled({{"pets", kPets}, {"types", kTypes}});
  EXPECT_TRUE(schemas->validate(pet("<name>Rex</name><age>3</age>"), XmlEnvelope::None).mistakes.empty());
  const auto long_name = schemas->validate(pet("\n<name>Methuselah</name>"), XmlEnvelope::None);
  ASSERT_FALSE(long_name.mistakes.empty());
  EXPECT_NE(long_name.mistakes[0].find("maxLength"), std::string::npos) << long_name.mistakes[0];
  EXPECT_NE(long_name.mistakes[0].find("Line: 2"), std::string::npos) << long_name.mistakes[0];
  EXPECT_FALSE(schemas->validate("<pet/>", XmlEnvelope::None).mistakes.empty());
  EXPECT_FALSE(schemas->validate(pet("<name>R</name><age>three</age>"), XmlEnvelope::None).mistakes.empty());
}

TEST(XmlSchemasTest, SeveralDocumentsMayBeOfOneNamespaceAndIncludeEachOther) {
  const std::string_view more = R"(<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:types">
    <xs:include schemaLocation="../types.xsd"/><xs:element name="n" type="t:name" xmlns:t="urn:types"/></xs:schema>)";
  const auto schemas = compiled({{"types", kTypes}, {"more", more}});
  EXPECT_TRUE(schemas->validate("<n xmlns='urn:types'>Rex</n>", XmlEnvelope::None).mistakes.empty());
  EXPECT_FALSE(schemas->validate("<n xmlns='urn:types'>Methuselah</n>", XmlEnvelope::None).mistakes.empty());
  EXPECT_NE(mistakeOf({{"more", more}}).find("includes `../types.xsd`"), std::string::npos);
}

TEST(XmlSchemasTest, WhatIsWrongWithASchemaIsSaid) {
  EXPECT_NE(mistakeOf({{"pets", kPets}}).find("{urn:types}name"), std::string::npos);
  EXPECT_NE(mistakeOf({{"a", "<a>"}}).find("`a`: it is not XML"), std::string::npos);
  EXPECT_NE(mistakeOf({{"a", "<a/>"}}).find("its root is <a>"), std::string::npos);
  const std::string_view doctype = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>";
  EXPECT_NE(mistakeOf({{"a", doctype}}).find("document type"), std::string::npos);
}

TEST(XmlSchemasTest, NothingOutsideIsReadForABody) {
  const auto schemas = compiled({{"types", kTypes}, {"pets", kPets}});
  const auto hinted = schemas->validate(
      "<pet xmlns='urn:pets' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
      "i:schemaLocation='urn:pets file:///etc/passwd' i:noNamespaceSchemaLocation='x.xsd'><name>Rex</name></pet>",
      XmlEnvelope::None);
  EXPECT_TRUE(hinted.mistakes.empty() && hinted.exception.empty());
  const auto entity = schemas->validate(
      "<!DOCTYPE pet [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>" + pet("<name>&x;</name>"), XmlEnvelope::None);
  EXPECT_NE(entity.exception.find("document type"), std::string::npos);
  EXPECT_NE(schemas->validate("{}", XmlEnvelope::None).exception.find("not XML"), std::string::npos);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_FALSE(schemas->validate(deep, XmlEnvelope::None).exception.empty());
}

TEST(XmlSchemasTest, OfASoapEnvelopeTheBodyIsValidated) {
  const auto schemas = compiled({{"types", kTypes}, {"pets", kPets}});
  const auto envelope = [&](std::string_view space, const std::string& body) {
    return schemas->validate(
        "<s:Envelope xmlns:s='" + std::string(space) + "'><s:Header><x/></s:Header>" + body + "</s:Envelope>",
        XmlEnvelope::Soap);
  };
  const std::string_view soap11 = "http://schemas.xmlsoap.org/soap/envelope/";
  const std::string good = "<s:Body>" + pet("<name>Rex</name>") + "</s:Body>";
  EXPECT_TRUE(envelope(soap11, good).mistakes.empty());
  EXPECT_TRUE(envelope("http://www.w3.org/2003/05/soap-envelope", good).mistakes.empty());
  EXPECT_FALSE(envelope(soap11, "<s:Body>" + pet("<nmae>Rex</nmae>") + "</s:Body>").mistakes.empty());
  EXPECT_TRUE(envelope(soap11, "<s:Body><s:Fault/></s:Body>").mistakes.empty());
  EXPECT_EQ(envelope(soap11, "").mistakes, std::vector<std::string>{"The SOAP envelope has no Body."});
  EXPECT_EQ(schemas->validate(pet("<name>Rex</name>"), XmlEnvelope::Soap).mistakes,
            std::vector<std::string>{"It is not a SOAP envelope."});
}

}  // namespace
}  // namespace sluice::policies
