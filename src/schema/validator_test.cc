#include "schema/validator.h"

#include <gtest/gtest.h>

#include "text/yaml_document.h"

namespace sluice::schema {
namespace {

// A document whose root is the schema, with `defs` to refer to.
class ValidatorTest : public ::testing::Test {
 protected:
  void use(const std::string& yaml, Dialect dialect = Dialect::OpenApi30) {
    Diagnostics parsing;
    auto document = text::parseYaml("schema.yaml", yaml, parsing);
    ASSERT_TRUE(document) << parsing.render();
    diagnostics = {};
    schemas =
        std::make_unique<Schemas>(std::make_shared<const text::Document>(std::move(*document)), dialect, diagnostics);
    root = schemas->add(schemas->document().root());
    schemas->compileAll();
  }
  // What is wrong, one below the other; "" when nothing is.
  std::string check(std::string_view json) const {
    const ValidationResult result = validate(*schemas, root, json, options);
    std::string text;
    for (const auto& mistake : result.mistakes) text += (text.empty() ? "" : "\n") + mistake.text();
    if (!result.exception.empty()) text += "exception: " + result.exception;
    return text;
  }

  Diagnostics diagnostics;
  std::unique_ptr<Schemas> schemas;
  SchemaIndex root = kNoSchema;
  ValidationOptions options;
};

TEST_F(ValidatorTest, TypesAndNullable) {
  use("{type: object, properties: {n: {type: integer}, s: {type: string, nullable: true}, f: {type: number}}}");
  EXPECT_EQ(check(R"({"n":1,"s":null,"f":2})"), "");
  EXPECT_EQ(check(R"({"n":1.0,"f":2.5})"), "");
  EXPECT_EQ(check(R"({"n":"1"})"), "Invalid type. Expected Integer but got String. Line: 1, Position: 6");
  EXPECT_EQ(check(R"({"n":null})"), "Invalid type. Expected Integer but got Null. Line: 1, Position: 6");
  EXPECT_EQ(check("{\"s\": \"a\",\n \"f\": true}"),
            "Invalid type. Expected Number but got Boolean. Line: 2, Position: 7");
  EXPECT_EQ(check("[]"), "Invalid type. Expected Object but got Array. Line: 1, Position: 1");
  use("{type: [string, 'null']}", Dialect::OpenApi31);
  EXPECT_EQ(check("null"), "");
  EXPECT_EQ(check("1"), "Invalid type. Expected String, Null but got Integer. Line: 1, Position: 1");
}

TEST_F(ValidatorTest, ObjectsNeedWhatIsRequiredAndMayBeClosed) {
  use("{type: object, required: [b, a], properties: {a: {}, b: {}}, additionalProperties: false, maxProperties: 2}");
  EXPECT_EQ(check(R"({"a":1,"b":2})"), "");
  EXPECT_EQ(check("{}"), "Required properties are missing from object: a, b. Line: 1, Position: 1");
  EXPECT_EQ(
      check(R"({"a":1,"b":2,"c":3})"),
      "Property 'c' has not been defined and the schema does not allow additional properties. Line: 1, Position: 18\n"
      "Object property count 3 exceeds maximum count of 2. Line: 1, Position: 1");
  options.additional_properties = true;
  EXPECT_EQ(check(R"({"a":1,"b":2,"c":3})"),
            "Object property count 3 exceeds maximum count of 2. Line: 1, Position: 1");
  options.additional_properties = std::nullopt;
  EXPECT_NE(check(R"({"A":1,"B":2})"), "");
  options.ignore_case = true;
  EXPECT_EQ(check(R"({"A":1,"B":2})"), "");
}

TEST_F(ValidatorTest, EqualNamesAreAllLookedAt) {
  use("{properties: {role: {enum: [user]}}}");
  EXPECT_EQ(check(R"({"role":"admin","role":"user"})"), "Value \"admin\" is not defined in enum. Line: 1, Position: 9");
  EXPECT_EQ(check(R"({"role":"user","role":"admin"})"),
            "Value \"admin\" is not defined in enum. Line: 1, Position: 23");
}

TEST_F(ValidatorTest, ClosingByTheOptionCountsAllPartsOfAnObject) {
  use(R"(
allOf:
  - {type: object, properties: {a: {type: integer}}}
  - {type: object, properties: {b: {type: object, properties: {c: {}}}}}
)");
  EXPECT_EQ(check(R"({"a":1,"b":{"c":1,"d":2},"x":1})"), "");
  options.additional_properties = false;
  EXPECT_EQ(check(R"({"a":1,"b":{"c":1}})"), "");
  EXPECT_NE(check(R"({"a":1,"x":1})").find("Property 'x' has not been defined"), std::string::npos);
  EXPECT_NE(check(R"({"b":{"c":1,"d":2}})").find("Property 'd' has not been defined"), std::string::npos);
}

TEST_F(ValidatorTest, PatternsOfPropertiesAndNames) {
  use(R"({patternProperties: {'^x-': {type: string}}, additionalProperties: {type: integer}, propertyNames: {maxLength: 4}})");
  EXPECT_EQ(check(R"({"x-a":"s","n":1})"), "");
  EXPECT_NE(check(R"({"x-a":1})").find("Expected String"), std::string::npos);
  EXPECT_NE(check(R"({"n":"s"})").find("Expected Integer"), std::string::npos);
  EXPECT_NE(check(R"({"longer":1})").find("Property name 'longer'"), std::string::npos);
}

TEST_F(ValidatorTest, Strings) {
  use("{type: string, minLength: 2, maxLength: 3, pattern: '^(?=a)[a-zé]+$'}");
  EXPECT_EQ(check(R"("ab")"), "");
  EXPECT_EQ(check(R"("aéb")"), "");
  EXPECT_EQ(check(R"("a")"), "String 'a' is less than minimum length of 2. Line: 1, Position: 1");
  EXPECT_EQ(check(R"("abcd")"), "String 'abcd' exceeds maximum length of 3. Line: 1, Position: 1");
  EXPECT_EQ(check(R"("ba")"), "String 'ba' does not match regex pattern '^(?=a)[a-zé]+$'. Line: 1, Position: 1");
}

TEST_F(ValidatorTest, Numbers) {
  use("{type: number, minimum: 1, exclusiveMinimum: true, maximum: 10, multipleOf: 0.1}");
  EXPECT_EQ(check("1.1"), "");
  EXPECT_EQ(check("10"), "");
  EXPECT_EQ(check("1"), "Integer 1 equals minimum value of 1 and exclusive minimum is true. Line: 1, Position: 1");
  EXPECT_EQ(check("10.5"), "Float 10.5 exceeds maximum value of 10. Line: 1, Position: 1");
  EXPECT_EQ(check("1.25"), "Float 1.25 is not a multiple of 0.1. Line: 1, Position: 1");
  use("{type: number, exclusiveMaximum: 5}", Dialect::OpenApi31);
  EXPECT_EQ(check("4.9"), "");
  EXPECT_NE(check("5"), "");
  EXPECT_NE(check("6"), "");
  use("{type: integer, format: int32}");
  EXPECT_EQ(check("2147483647"), "");
  EXPECT_EQ(check("2147483648"), "Integer 2147483648 does not validate against format 'int32'. Line: 1, Position: 1");
}

TEST_F(ValidatorTest, Arrays) {
  use("{type: array, items: {type: integer}, minItems: 1, maxItems: 3, uniqueItems: true}");
  EXPECT_EQ(check("[1, 2]"), "");
  EXPECT_EQ(check("[]"), "Array item count 0 is less than minimum count of 1. Line: 1, Position: 1");
  EXPECT_EQ(check("[1,2,3,4]"), "Array item count 4 exceeds maximum count of 3. Line: 1, Position: 1");
  EXPECT_EQ(check("[1, 2, 1.0]"), "Non-unique array item at index 2. Line: 1, Position: 1");
  EXPECT_EQ(check("[1, \"2\"]"), "Invalid type. Expected Integer but got String. Line: 1, Position: 5");
  use("{uniqueItems: true}");
  EXPECT_EQ(check(R"([{"a":1,"b":[2]},{"b":[2],"a":1.0}])"), "Non-unique array item at index 1. Line: 1, Position: 1");
  EXPECT_EQ(check(R"([{"a":1},{"a":1,"b":1},[1],1,"1",true,null,false])"), "");
  use("{prefixItems: [{type: string}], items: {type: integer}, contains: {const: 7}}", Dialect::OpenApi31);
  EXPECT_EQ(check(R"(["a", 1, 7])"), "");
  EXPECT_EQ(check(R"(["a", 1])"), "No items match contains. Line: 1, Position: 1");
}

TEST_F(ValidatorTest, EnumsAndConstants) {
  use("{enum: [a, 1, null, {x: [1, true]}]}");
  for (const auto* good : {"\"a\"", "1", "1.0", "null", R"({"x":[1,true]})"}) EXPECT_EQ(check(good), "") << good;
  for (const auto* bad : {"\"b\"", "2", "false", R"({"x":[1]})", R"({"x":[1,true],"y":1})", "[]"})
    EXPECT_NE(check(bad), "") << bad;
  use("{type: string, enum: [1, 2.0]}");
  EXPECT_EQ(check("\"2.0\""), "");
  EXPECT_NE(check("\"2\""), "");
}

TEST_F(ValidatorTest, Compositions) {
  use("{oneOf: [{type: integer}, {minimum: 5}]}");
  EXPECT_EQ(check("1"), "");
  EXPECT_EQ(
      check("6"),
      "JSON is valid against more than one schema from 'oneOf'. Valid schema indexes: 0, 1. Line: 1, Position: 1");
  EXPECT_EQ(check("1.5"), "JSON is valid against no schemas from 'oneOf'. Line: 1, Position: 1");
  use("{anyOf: [{type: string}, {type: integer}], not: {const: 3}}");
  EXPECT_EQ(check("4"), "");
  EXPECT_EQ(check("3"), "JSON is valid against schema from 'not'. Line: 1, Position: 1");
  EXPECT_EQ(check("true"), "JSON does not match any schemas from 'anyOf'. Line: 1, Position: 1");
  use("{if: {required: [a]}, then: {required: [b]}, else: {required: [c]}}", Dialect::OpenApi31);
  EXPECT_EQ(check(R"({"a":1,"b":1})"), "");
  EXPECT_EQ(check(R"({"c":1})"), "");
  EXPECT_EQ(check(R"({"a":1})"), "Required properties are missing from object: b. Line: 1, Position: 1");
}

TEST_F(ValidatorTest, ReferencesAndRecursion) {
  use(R"(
$ref: '#/defs/tree~1node'
defs:
  tree/node: {type: object, properties: {value: {type: integer}, children: {type: array, items: {$ref: '#/defs/tree~1node'}}}}
)");
  EXPECT_EQ(check(R"({"value":1,"children":[{"value":2,"children":[]}]})"), "");
  EXPECT_EQ(check(R"({"value":1,"children":[{"value":2},{"value":"x"}]})"),
            "Invalid type. Expected Integer but got String. Line: 1, Position: 45");
  use("{$ref: '#/defs/a', minimum: 3, defs: {a: {type: integer}}}", Dialect::OpenApi31);
  EXPECT_EQ(check("3"), "");
  EXPECT_NE(check("2"), "");
  EXPECT_NE(check("3.5"), "");
}

TEST_F(ValidatorTest, WhatCannotBeUsedIsToldAndRefuses) {
  use("{properties: {a: {$ref: '#/nowhere'}, b: {pattern: '('}, c: {$ref: 'other.yaml#/x'}, d: {type: strnig}}}");
  EXPECT_EQ(diagnostics.all().size(), 4u) << diagnostics.render();
  EXPECT_FALSE(diagnostics.hasErrors());
  EXPECT_NE(diagnostics.render().find("there is nothing at `#/nowhere`"), std::string::npos);
  for (const auto* name : {"a", "b", "c", "d"})
    EXPECT_NE(check("{\"" + std::string(name) + "\":\"x\"}").find("exception: its schema cannot be used"),
              std::string::npos);
  EXPECT_EQ(check(R"({"e":1})"), "");
}

TEST_F(ValidatorTest, ReferencesInACircleEnd) {
  use("{$ref: '#/defs/a', defs: {a: {$ref: '#/defs/b'}, b: {$ref: '#/defs/a'}}}");
  EXPECT_NE(check("1").find("cannot be used"), std::string::npos);
  use("{allOf: [{$ref: '#/defs/a'}], defs: {a: {allOf: [{$ref: '#/defs/b'}]}, b: {anyOf: [{$ref: '#/defs/a'}]}}}");
  EXPECT_EQ(check("1"), "exception: its schemas are nested too deeply");
}

TEST_F(ValidatorTest, WorkIsBounded) {
  // Each level tries the next twice: 2^30 ways without a bound.
  std::string yaml = "{$ref: '#/defs/d0', defs: {";
  for (int i = 0; i < 30; ++i) {
    const std::string next = "'#/defs/d" + std::to_string(i + 1) + "'";
    yaml += "d" + std::to_string(i) + ": {oneOf: [{$ref: " + next + "}, {allOf: [{$ref: " + next + "}]}]}, ";
  }
  use(yaml + "d30: {type: string}}}");
  EXPECT_NE(check("1").find("exception: it takes more work"), std::string::npos);
  use("{pattern: '^(a+)+$'}");
  EXPECT_NE(check("\"" + std::string(60, 'a') + "b\"").find("exception: the pattern"), std::string::npos);
  use("{}");
  EXPECT_NE(check(std::string(100, '[') + std::string(100, ']')).find("nested more than 64"), std::string::npos);
}

TEST_F(ValidatorTest, NotJson) {
  use("{}");
  for (const auto* bad : {"", "{", "{'a':1}", "[1,]", "// x\n1", "\"\xFF\"", "1 2", "nul"})
    EXPECT_EQ(check(bad).substr(0, 10), "exception:") << bad;
  EXPECT_EQ(check("\xEF\xBB\xBF{}"), "");
}

TEST_F(ValidatorTest, AtMostTenMistakes) {
  use("{items: {type: string}}");
  EXPECT_EQ(validate(*schemas, root, "[1,2,3,4,5,6,7,8,9,10,11,12]", {}).mistakes.size(), kMaxMistakes);
}

TEST(Formats, TellGoodFromBad) {
  const auto good = [](Format format, std::string_view text) { return conforms(text, format); };
  EXPECT_TRUE(good(Format::DateTime, "2024-02-29T23:59:60.123+01:00"));
  EXPECT_FALSE(good(Format::DateTime, "2023-02-29T00:00:00Z"));
  EXPECT_FALSE(good(Format::DateTime, "2023-02-01T00:00:00"));
  EXPECT_FALSE(good(Format::Date, "2024-13-01"));
  EXPECT_TRUE(good(Format::Time, "12:00:00Z"));
  EXPECT_FALSE(good(Format::Time, "24:00:00"));
  EXPECT_TRUE(good(Format::Email, "ada.l+x@example.co.uk"));
  EXPECT_FALSE(good(Format::Email, "ada@"));
  EXPECT_FALSE(good(Format::Hostname, "-a.example"));
  EXPECT_TRUE(good(Format::Ipv4, "192.0.2.1"));
  EXPECT_FALSE(good(Format::Ipv4, "192.0.2.256"));
  EXPECT_TRUE(good(Format::Ipv6, "2001:db8::1"));
  EXPECT_FALSE(good(Format::Ipv6, "1::2::3"));
  EXPECT_TRUE(good(Format::Uri, "https://example.test/a?b#c"));
  EXPECT_FALSE(good(Format::Uri, "/relative"));
  EXPECT_TRUE(good(Format::Uuid, "00000000-0000-4000-8000-00000000000A"));
  EXPECT_FALSE(good(Format::Uuid, "00000000-0000-4000-8000-00000000000"));
  EXPECT_TRUE(good(Format::Base64, "aGk="));
  EXPECT_FALSE(good(Format::Base64, "aGk*"));
  EXPECT_EQ(formatOf("x-own"), Format::None);
}

}  // namespace
}  // namespace sluice::schema
