#include "policies/log_to_eventhub/log_to_eventhub.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class LogToEventhubTest : public policy::fixtures::PolicyFixture {
 protected:
  LogToEventhubTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(LogToEventhubTest, LeavesAnEventWithTheExchange) {
  logger("hub");
  outbound(
      "<log-to-eventhub logger-id='hub'>@(context.Request.Method + \" \" + "
      "context.Response.StatusCode)</log-to-eventhub>");
  const auto result = run();
  ASSERT_EQ(result.events.size(), 1u);
  EXPECT_EQ(result.events[0].first, "hub");
  EXPECT_EQ(result.events[0].second, "POST 200");
}

TEST_F(LogToEventhubTest, OnlyObserves) {
  logger("hub");
  outbound("<log-to-eventhub logger-id='hub'>@(context.Response.Body.As<string>(true))</log-to-eventhub>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr);
  EXPECT_EQ(pipeline->deferred_from, 0u);
}

TEST_F(LogToEventhubTest, TellsWhatIsWrong) {
  logger("hub");
  configuration.loggers[0].type = config::LoggerType::ApplicationInsights;
  inbound("<log-to-eventhub logger-id='hub'>x</log-to-eventhub>");
  EXPECT_NE(mistakes().find("the logger `hub` is not of the type azureEventHub"), std::string::npos);
  inbound("<log-to-eventhub logger-id='hob' partition-id='1' partition-key='2'>x</log-to-eventhub>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("there is no logger `hob`"), std::string::npos) << told;
  EXPECT_NE(told.find("Did you mean `hub`?"), std::string::npos) << told;
  EXPECT_NE(told.find("exclude each other"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
