#include "config/named_values.h"

#include <gtest/gtest.h>

#include "config/resources.h"

namespace sluice::config {
namespace {

NamedValue value(std::string name, std::string text, bool secret = false) {
  NamedValue result;
  result.name = result.display_name = std::move(name);
  result.value = Secret(std::move(text));
  result.secret = secret;
  result.resolved = true;
  return result;
}

class NamedValues : public testing::Test {
 protected:
  ExpandedText expand(std::string_view text, ExpandMode mode = ExpandMode::Policy) {
    const SourceText source("policy.xml", text);
    return expandNamedValues(text, values_, mode, source, diagnostics_);
  }

  std::vector<NamedValue> values_{value("tenant", "contoso"), value("key.1", "s3cret", true),
                                  value("nested", "{{tenant}}"), value("multi", "a\nb")};
  Diagnostics diagnostics_;
};

TEST_F(NamedValues, AreReplacedAsTextAndNotSearchedAgain) {
  EXPECT_EQ(expand("<a b=\"{{tenant}}/{{nested}}\"/>").text, "<a b=\"contoso/{{tenant}}\"/>");
  EXPECT_EQ(expand("{{{tenant}}}").text, "{contoso}");
  EXPECT_EQ(expand("{{ tenant }} {{}} {{a b}} {{\"json\": 1}} {{tenant").text,
            "{{ tenant }} {{}} {{a b}} {{\"json\": 1}} {{tenant");
  EXPECT_TRUE(diagnostics_.all().empty());
}

TEST_F(NamedValues, MapPositionsBack) {
  const std::string original = "ab{{tenant}}cd{{key.1}}ef";
  const auto expanded = expand(original);
  EXPECT_EQ(expanded.text, "abcontosocds3cretef");
  EXPECT_EQ(expanded.originalOffset(1), 1u);
  EXPECT_EQ(expanded.originalOffset(2), 2u);  // the first byte of `contoso`
  EXPECT_EQ(expanded.originalOffset(8), 2u);  // its last one
  EXPECT_EQ(expanded.originalOffset(9), original.find("cd"));
  EXPECT_EQ(expanded.originalOffset(10), original.find("cd") + 1);
  EXPECT_EQ(expanded.originalOffset(12), original.find("{{key"));
  EXPECT_EQ(expanded.originalOffset(17), original.find("ef"));
  EXPECT_EQ(expanded.originalOffset(expanded.text.size()), original.size());
  EXPECT_TRUE(expanded.touchesSecret(12, 13));
  EXPECT_TRUE(expanded.touchesSecret(0, expanded.text.size()));
  EXPECT_FALSE(expanded.touchesSecret(0, 11));
  EXPECT_FALSE(expanded.touchesSecret(17, 19));
}

TEST_F(NamedValues, UnknownOnesAreErrorsWithTheNearestName) {
  expand("<a b=\"{{tenannt}}\" c=\"{{tenannt}}\"/>\n<z x=\"{{qqqq}}\"/>");
  EXPECT_EQ(diagnostics_.render(),
            "policy.xml:1:7: error: there is no named value `tenannt`\n"
            "  <a b=\"{{tenannt}}\" c=\"{{tenannt}}\"/>\n        ^\n  Did you mean `tenant`?\n"
            "policy.xml:2:7: error: there is no named value `qqqq`\n  <z x=\"{{qqqq}}\"/>\n        ^\n"
            "  Add it under `named values/`, or to `namedValues` in sluice.yaml.\n");
}

TEST_F(NamedValues, ASecretWithoutValueIsAnErrorWhereItIsUsed) {
  NamedValue missing = value("password", "", true);
  missing.resolved = false;
  values_.push_back(missing);
  expand("{{tenant}}");
  EXPECT_FALSE(diagnostics_.hasErrors());
  EXPECT_EQ(expand("x {{password}}").text, "x {{password}}");
  EXPECT_EQ(diagnostics_.render(),
            "policy.xml:1:3: error: the secret named value `password` has no value here\n  x {{password}}\n    ^\n"
            "  Say where it is in sluice.yaml, for example `namedValues: {password: {env: NAME}}`.\n");
}

TEST_F(NamedValues, CommentsAndLiquidTemplatesMayHoldOtherBraces) {
  const std::string_view text =
      "<!-- {{nobody}} {{tenant}} --><set-body template=\"liquid\">{{body.name}} {{tenant}}</set-body>"
      "<set-body>{{tenant}}</set-body>";
  EXPECT_EQ(expand(text).text,
            "<!-- {{nobody}} contoso --><set-body template=\"liquid\">{{body.name}} contoso</set-body>"
            "<set-body>contoso</set-body>");
  EXPECT_FALSE(diagnostics_.hasErrors());
  expand("<set-body>{{body.name}}</set-body>");
  EXPECT_EQ(diagnostics_.errors(), 1u);
  expand("<!-- {{nobody}} -->", ExpandMode::Resource);
  EXPECT_EQ(diagnostics_.errors(), 2u);
}

TEST_F(NamedValues, ExpansionIsBounded) {
  values_.push_back(value("long", std::string(64 * 1024, 'x')));
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "{{long}}";
  EXPECT_LE(expand(text).text.size(), kMaxExpanded + 64 * 1024);
  EXPECT_EQ(diagnostics_.errors(), 1u);
}

TEST_F(NamedValues, DiagnosticsOfTheExpandedTextAreShownInTheAuthorsFile) {
  PolicyDocument document{"policy.xml", "<a b=\"{{multi}}\"\n   wrong=\"{{key.1}}\" c=\"\"/>", {}};
  document.expanded = expand(document.source);
  // As the scanner sees it: `multi` has added a line, the secret has moved columns.
  const SourceText seen("policy.xml", document.expanded.text);
  const size_t at = document.expanded.text.find("c=");
  const auto moved = document.relocate(seen.diagnostic(Severity::Error, at, "bad", "Fix it."));
  EXPECT_EQ(render(moved),
            "policy.xml:2:22: error: bad\n     wrong=\"{{key.1}}\" c=\"\"/>\n                       ^\n  Fix it.\n");
  EXPECT_EQ(render(document.diagnostic(Severity::Error, at, "bad", "Fix it.")), render(moved));
  EXPECT_EQ(render(moved).find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace sluice::config
