// What authors are told, to the letter: a change of these texts is to be seen in review.
#include "policy/compiler.h"
#include "policy/element_reader.h"
#include "policy/emitter.h"
#include "policy/policy_fixture.h"

namespace sluice::policy {
namespace {

class Nothing final : public Step {
 public:
  Verdict run(Exchange&) const override { return Verdict::Next; }
};

std::shared_ptr<const Step> makeNothing(ElementReader&) {
  return std::make_shared<Nothing>();
}

void walk(Emitter& emitter, ElementReader& reader) {
  for (const auto& part : reader.children()) emitter.policies(part);
}

void include(Emitter& emitter, ElementReader& reader) {
  emitter.fragment(reader, reader.literal("fragment-id"));
}

constexpr std::string_view kActions[] = {"override", "skip"};
constexpr AttributeSpec kSetAttributes[] = {
    {.name = "name", .need = Need::Required, .form = Form::Literal, .sentence = "The header's name."},
    {.name = "exists-action", .type = ValueType::Choice, .sentence = "What to do.", .choices = kActions},
    {.name = "count", .type = ValueType::Integer, .sentence = "How often.", .least = 1, .most = 50},
    {.name = "wait", .type = ValueType::Seconds, .sentence = "How long."},
    {.name = "fast", .type = ValueType::Bool, .sentence = "Whether at once."},
};
constexpr ElementSpec kSetChildren[] = {{.name = "value", .sentence = "A value.", .content = Content::Text, .most = 1}};
constexpr ElementSpec kGroupChildren[] = {
    {.name = "when", .sentence = "A branch.", .content = Content::Policies, .least = 1},
    {.name = "otherwise", .sentence = "The last branch.", .content = Content::Policies, .most = 1}};
constexpr AttributeSpec kIncludeAttributes[] = {{.name = "fragment-id", .need = Need::Required, .form = Form::Literal}};
constexpr Descriptor kSet{.element = {.name = "set-header", .attributes = kSetAttributes, .children = kSetChildren},
                          .sections = kInbound | kOutbound,
                          .make = &makeNothing};
constexpr Descriptor kGroup{.element = {.name = "choose", .children = kGroupChildren}, .flow = &walk};
constexpr Descriptor kInclude{.element = {.name = "include-fragment", .attributes = kIncludeAttributes},
                              .flow = &include};
constexpr Descriptor kOnce{.element = {.name = "cors"},
                           .scopes = in(Scope::Product),
                           .repetition = Repetition::OncePerSection,
                           .make = &makeNothing};
constexpr Descriptor kForward{.element = {.name = "forward-request"}, .make = &makeNothing};

const Catalogue& catalogue() {
  static const Descriptor* const all[] = {&kSet, &kGroup, &kInclude, &kOnce, &kForward};
  static const Catalogue result(all);
  return result;
}

class PolicyDiagnostics : public fixtures::PolicyFixture {
 protected:
  PolicyDiagnostics() : PolicyFixture(catalogue()) {}
  std::string told(const std::string& text) {
    inbound("\n" + text + "\n");
    return mistakes();
  }
};

TEST_F(PolicyDiagnostics, NamesUnknownPoliciesAndTheNearestOne) {
  EXPECT_EQ(told("  <set-heder name='x'/>"),
            "policy.xml:2:3: error: there is no policy <set-heder>\n"
            "    <set-heder name='x'/>\n"
            "    ^\n"
            "  Did you mean <set-header>?\n");
}

TEST_F(PolicyDiagnostics, RefusesKnownPoliciesWithTheReason) {
  EXPECT_EQ(
      told("<publish-to-dapr/>"),
      "policy.xml:2:1: error: the policy <publish-to-dapr> is refused: it needs Dapr's sidecar, which this gateway "
      "does not use\n"
      "  <publish-to-dapr/>\n"
      "  ^\n"
      "  Remove it, or leave this API out.\n");
}

TEST_F(PolicyDiagnostics, RefusesEveryPolicyOfServicesThatExistInAzureOnly) {
  constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
      {"set-graphql-resolver", "GraphQL"},
      {"http-data-source", "GraphQL"},
      {"sql-data-source", "GraphQL"},
      {"cosmosdb-data-source", "GraphQL"},
      {"publish-event", "GraphQL"},
      {"validate-graphql-request", "GraphQL"},
      {"validate-odata-request", "OData"},
      {"publish-to-dapr", "it needs Dapr's sidecar"},
      {"invoke-dapr-binding", "it needs Dapr's sidecar"},
      {"send-service-bus-message", "Service Bus is part of Azure's own fabric"},
  };
  for (const auto& [name, reason] : kRefused) {
    const auto text = told("<" + std::string(name) + "/>");
    EXPECT_NE(text.find("the policy <" + std::string(name) + "> is refused: " + std::string(reason)), std::string::npos)
        << text;
  }
}

TEST_F(PolicyDiagnostics, SaysWhereAPolicyMayStand) {
  policies("<policies>\n<on-error><set-header name='x'/></on-error></policies>");
  EXPECT_EQ(mistakes(),
            "policy.xml:2:11: error: <set-header> is not allowed in <on-error>\n"
            "  <on-error><set-header name='x'/></on-error></policies>\n"
            "            ^\n"
            "  It may stand in <inbound>, <outbound>.\n");
  EXPECT_EQ(told("<cors/>"),
            "policy.xml:2:1: error: <cors> is not allowed in a policy document of the scope api\n"
            "  <cors/>\n"
            "  ^\n"
            "  It may stand in these scopes: product.\n");
}

TEST_F(PolicyDiagnostics, ChecksAttributes) {
  EXPECT_EQ(told("<set-header nam='x' id='@(1)'/>"),
            "policy.xml:2:13: error: <set-header> has no attribute `nam`\n"
            "  <set-header nam='x' id='@(1)'/>\n"
            "              ^\n"
            "  Did you mean `name`?\n"
            "policy.xml:2:25: error: the attribute `id` takes no expression\n"
            "  <set-header nam='x' id='@(1)'/>\n"
            "                          ^\n"
            "  Write a literal.\n"
            "policy.xml:2:1: error: <set-header> needs the attribute `name`\n"
            "  <set-header nam='x' id='@(1)'/>\n"
            "  ^\n"
            "  The header's name.\n");
  EXPECT_EQ(told("<set-header name='@(\"x\")' />"),
            "policy.xml:2:19: error: the attribute `name` of <set-header> takes no expression\n"
            "  <set-header name='@(\"x\")' />\n"
            "                    ^\n"
            "  Write a text here.\n");
}

TEST_F(PolicyDiagnostics, ChecksLiterals) {
  EXPECT_EQ(
      told("<set-header name='x' exists-action='overide' />"),
      "policy.xml:2:37: error: the attribute `exists-action` of <set-header> is `overide`, not one of override, skip\n"
      "  <set-header name='x' exists-action='overide' />\n"
      "                                      ^\n"
      "  Did you mean `override`?\n");
  EXPECT_EQ(told("<set-header name='x' count='51' wait='soon' fast='yes' />"),
            "policy.xml:2:29: error: the attribute `count` of <set-header> is `51`, not a whole number from 1 to 50\n"
            "  <set-header name='x' count='51' wait='soon' fast='yes' />\n"
            "                              ^\n"
            "  How often.\n"
            "policy.xml:2:39: error: the attribute `wait` of <set-header> is `soon`, not a number of seconds\n"
            "  <set-header name='x' count='51' wait='soon' fast='yes' />\n"
            "                                        ^\n"
            "  How long.\n"
            "policy.xml:2:51: error: the attribute `fast` of <set-header> is `yes`, not true or false\n"
            "  <set-header name='x' count='51' wait='soon' fast='yes' />\n"
            "                                                    ^\n"
            "  Whether at once.\n");
  EXPECT_EQ(told("<set-header name='x' count=' 50 ' wait='PT1M' fast='TRUE' />"), "");
}

TEST_F(PolicyDiagnostics, ChecksChildrenAndTextAndTheirOrder) {
  EXPECT_EQ(told("<set-header name='x'>text<valu/></set-header>"),
            "policy.xml:2:22: error: text in <set-header>\n"
            "  <set-header name='x'>text<valu/></set-header>\n"
            "                       ^\n"
            "  It may hold elements only; remove the text.\n"
            "policy.xml:2:26: error: <set-header> has no element <valu> in it\n"
            "  <set-header name='x'>text<valu/></set-header>\n"
            "                           ^\n"
            "  Did you mean `value`?\n");
  EXPECT_EQ(told("<set-header name='x'><value/><value/></set-header>"),
            "policy.xml:2:1: error: <set-header> takes <value> at most once\n"
            "  <set-header name='x'><value/><value/></set-header>\n"
            "  ^\n"
            "  Remove the others.\n");
  EXPECT_EQ(told("<choose/>"),
            "policy.xml:2:1: error: <choose> needs an element <when> in it\n"
            "  <choose/>\n"
            "  ^\n"
            "  A branch.\n");
  EXPECT_EQ(told("<choose><otherwise/><when/></choose>"),
            "policy.xml:2:21: warning: <when> comes after <otherwise>\n"
            "  <choose><otherwise/><when/></choose>\n"
            "                      ^\n"
            "  API Management wants the elements in the order of its documentation.\n");
}

TEST_F(PolicyDiagnostics, FindsMistakesInsideFaultyFlowsToo) {
  EXPECT_EQ(told("<choose><when><base/><nope-nope/></when></choose>"),
            "policy.xml:2:15: error: <base> is not allowed here\n"
            "  <choose><when><base/><nope-nope/></when></choose>\n"
            "                ^\n"
            "  It stands directly in a section: <inbound>, <backend>, <outbound> or <on-error>.\n"
            "policy.xml:2:22: error: there is no policy <nope-nope>\n"
            "  <choose><when><base/><nope-nope/></when></choose>\n"
            "                       ^\n"
            "  See the reference of policies.\n");
}

TEST_F(PolicyDiagnostics, ChecksFragments) {
  fragment("first", "<fragment><include-fragment fragment-id='second'/></fragment>");
  fragment("second", "<fragment><set-heade/></fragment>");
  EXPECT_EQ(told("<include-fragment fragment-id='firs'/>"),
            "policy.xml:2:1: error: there is no policy fragment `firs`\n"
            "  <include-fragment fragment-id='firs'/>\n"
            "  ^\n"
            "  Did you mean `first`?\n");
  EXPECT_EQ(told("<include-fragment fragment-id='first'/><include-fragment fragment-id='second'/>"),
            "first/policy.xml:1:11: error: a policy fragment cannot include another\n"
            "  <fragment><include-fragment fragment-id='second'/></fragment>\n"
            "            ^\n"
            "  Include both where the outer one is included.\n"
            "second/policy.xml:1:11: error: there is no policy <set-heade>\n"
            "  <fragment><set-heade/></fragment>\n"
            "            ^\n"
            "  Did you mean <set-header>?\n");
}

TEST_F(PolicyDiagnostics, ChecksTheDocumentsShape) {
  policies("<policy/>");
  EXPECT_EQ(mistakes(),
            "policy.xml:1:1: error: the root element is <policy>; expected <policies>\n"
            "  <policy/>\n"
            "  ^\n"
            "  A policy document is <policies> with its sections.\n");
  policies("<policies><inbuond/><outbound/><inbound/><inbound/></policies>");
  EXPECT_EQ(mistakes(),
            "policy.xml:1:11: error: <inbuond> is not a section\n"
            "  <policies><inbuond/><outbound/><inbound/><inbound/></policies>\n"
            "            ^\n"
            "  Did you mean <inbound>?\n"
            "policy.xml:1:32: warning: <inbound> comes after <outbound>\n"
            "  <policies><inbuond/><outbound/><inbound/><inbound/></policies>\n"
            "                                 ^\n"
            "  API Management wants the order inbound, backend, outbound, on-error.\n"
            "policy.xml:1:42: error: a second <inbound> section\n"
            "  <policies><inbuond/><outbound/><inbound/><inbound/></policies>\n"
            "                                           ^\n"
            "  Join the two.\n");
  policies("<policies><inbound x='1'>text</inbound></policies>");
  EXPECT_EQ(mistakes(),
            "policy.xml:1:11: error: <inbound> has no attribute `x`\n"
            "  <policies><inbound x='1'>text</inbound></policies>\n"
            "            ^\n"
            "  Remove it.\n"
            "policy.xml:1:11: error: text in <inbound>\n"
            "  <policies><inbound x='1'>text</inbound></policies>\n"
            "            ^\n"
            "  It may hold elements only; remove the text.\n");
}

TEST_F(PolicyDiagnostics, PointsIntoTheAuthorsTextThroughNamedValues) {
  config::PolicyDocument source =
      document("<policies><inbound><set-header name='LONG-VALUE' count='x'/></inbound></policies>");
  source.source = "<policies><inbound><set-header name='{{n}}' count='x'/></inbound></policies>";
  source.expanded.replacements.push_back({37, 47, 37, 42, true});
  api().policy = source;
  EXPECT_EQ(mistakes(),
            "policy.xml:1:52: error: the attribute `count` of <set-header> is `x`, not a whole number from 1 to 50\n"
            "  <policies><inbound><set-header name='{{n}}' count='x'/></inbound></policies>\n"
            "                                                     ^\n"
            "  How often.\n");
}

TEST_F(PolicyDiagnostics, NeverShowsASecret) {
  config::PolicyDocument source =
      document("<policies><inbound><set-header name='x' count='hunter2'/></inbound></policies>");
  source.source = "<policies><inbound><set-header name='x' count='{{n}}'/></inbound></policies>";
  source.expanded.replacements.push_back({47, 54, 47, 52, true});
  api().policy = source;
  const std::string text = mistakes();
  EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  EXPECT_NE(text.find("is a secret, not a whole number"), std::string::npos) << text;
}

}  // namespace
}  // namespace sluice::policy
