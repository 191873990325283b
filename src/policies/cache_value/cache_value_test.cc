#include "policies/cache_value/cache_value.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;
using std::chrono::seconds;

class CacheValueTest : public policy::fixtures::PolicyFixture {
 protected:
  CacheValueTest() : PolicyFixture(builtinCatalogue()) {}

  // The variable as the backend sees it, after an exchange in which <value> holds `inside`.
  std::string variableAfter(const std::string& attributes, const std::string& inside) {
    inbound(cached(attributes, inside) + kShow);
    run();
    return sent.empty() ? "" : fieldOf(sent.back().headers, "V");
  }
  static std::string cached(const std::string& attributes, const std::string& inside) {
    return "<cache-value key='k' variable-name='v' " + attributes + "><value>" + inside + "</value></cache-value>";
  }
  static std::string set(const std::string& value) { return "<set-variable name='v' value='" + value + "'/>"; }
  bool keeps() { return values().find("k", clock_.now(), arena).has_value(); }

  static constexpr const char* kShow =
      "<set-header name='V'><value>@((string)context.Variables.GetValueOrDefault(\"v\", (object)\"none\") ?? "
      "\"null\")</value></set-header>";
  static constexpr const char* kFails = "<set-variable name='v' value='@(context.Request.Headers[\"Absent\"][3])'/>";
};

TEST_F(CacheValueTest, AFreshValuePassesOverThePoliciesInside) {
  EXPECT_EQ(variableAfter("", set("first")), "first");
  EXPECT_EQ(variableAfter("", set("second")), "first");
  EXPECT_EQ(variableAfter("", kFails), "first");
}

TEST_F(CacheValueTest, AStaleValueIsWorkedOutAnew) {
  const std::string times = "expires-after='10' refresh-after='4'";
  EXPECT_EQ(variableAfter(times, set("first")), "first");
  clock_.advance(seconds(3));
  EXPECT_EQ(variableAfter(times, set("second")), "first");
  clock_.advance(seconds(1));
  EXPECT_EQ(variableAfter(times, set("third")), "third");
  EXPECT_EQ(variableAfter(times, set("fourth")), "third");
}

TEST_F(CacheValueTest, AStaleValueStandsInForAFailure) {
  const std::string times = "expires-after='10' refresh-after='0'";
  EXPECT_EQ(variableAfter(times, set("first")), "first");
  EXPECT_EQ(variableAfter(times, kFails), "first");
  inbound(cached(times, kFails));
  const auto result = run();
  EXPECT_EQ(result.error_reason, "");
  EXPECT_EQ(result.reply.status, 200);
  EXPECT_EQ(result.traces.back(), "cache-value: <value> failed: the stale value is used.");
  clock_.advance(seconds(10));
  sent.clear();
  EXPECT_EQ(run().reply.status, 500) << "it has expired";
  EXPECT_TRUE(sent.empty());
}

TEST_F(CacheValueTest, InOutboundTheResponseStaysAsItWas) {
  values().store("k", expression::Value::ascii("old"), seconds(10), clock_.now());
  outbound(cached("refresh-after='0'", kFails) +
           "<set-header name='V'><value>@((string)context.Variables[\"v\"])</value></set-header>");
  replies = {{203, "theirs", {{"A", "1"}}}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 203);
  EXPECT_EQ(result.reply.body, "theirs");
  EXPECT_EQ(fieldOf(result.reply.headers, "A"), "1");
  EXPECT_EQ(fieldOf(result.reply.headers, "V"), "old");
}

TEST_F(CacheValueTest, InOnErrorTheErrorStaysAsItWas) {
  values().store("k", expression::Value::ascii("old"), seconds(10), clock_.now());
  policies("<policies><backend><forward-request/></backend><on-error>" + cached("refresh-after='0'", kFails) +
           "<set-header name='V'><value>@(context.LastError.Reason)</value></set-header></on-error></policies>");
  replies = {{0}};
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_source, "forward-request");
  EXPECT_EQ(fieldOf(result.reply.headers, "V"), "BackendConnectionFailure");
}

TEST_F(CacheValueTest, AVariableThatIsNotSetIsNotKept) {
  EXPECT_EQ(variableAfter("", ""), "none");
  EXPECT_FALSE(keeps());
  EXPECT_EQ(variableAfter("", "<set-variable name='v' value='@(null)'/>"), "null");
  EXPECT_FALSE(keeps());
  EXPECT_EQ(variableAfter("default-value='d'", ""), "d");
  EXPECT_FALSE(keeps());
  values().store("k", expression::Value::ascii("old"), seconds(10), clock_.now());
  EXPECT_EQ(variableAfter("default-value='d' refresh-after='0'", ""), "old");
}

TEST_F(CacheValueTest, WhatTheVariableHeldBeforeIsNotKept) {
  inbound(set("before") + cached("", "") + kShow);
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "V"), "before");
  EXPECT_FALSE(keeps());
}

TEST_F(CacheValueTest, ItsTimesMayDependOnWhatIsInside) {
  inbound(cached("expires-after='@((int)context.Variables[\"life\"])'",
                 "<set-variable name='life' value='@(7)'/>" + set("a")));
  run();
  EXPECT_TRUE(values().find("k", clock_.now() + seconds(6), arena).has_value());
  EXPECT_FALSE(values().find("k", clock_.now() + seconds(7), arena).has_value());
}

TEST_F(CacheValueTest, WithoutTimesAValueLivesEightHours) {
  variableAfter("", set("a"));
  EXPECT_TRUE(values().find("k", clock_.now() + seconds(28'799), arena).has_value());
  EXPECT_FALSE(values().find("k", clock_.now() + seconds(28'800), arena).has_value());
}

TEST_F(CacheValueTest, TellsWhatIsWrong) {
  inbound("<cache-value key='k' variable-name='v'/>");
  EXPECT_NE(mistakes().find("<cache-value> needs an element <value> in it"), std::string::npos);
  inbound(cached("caching-type='external'", ""));
  EXPECT_NE(mistakes().find("there is no external cache"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
