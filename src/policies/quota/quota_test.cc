#include "policies/quota/quota.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class QuotaTest : public policy::fixtures::PolicyFixture {
 protected:
  QuotaTest() : PolicyFixture(builtinCatalogue()) {
    configuration.products.resize(1);
    configuration.products[0].name = "p";
    product = &configuration.products[0];
    configuration.subscriptions.resize(2);
    configuration.subscriptions[0].name = "one";
    configuration.subscriptions[1].name = "two";
    subscription = &configuration.subscriptions[0];
  }
  void productInbound(const std::string& text) {
    configuration.products[0].policy = document("<policies><inbound>" + text + "</inbound></policies>");
  }
};

TEST_F(QuotaTest, CountsBySubscriptionFromItsStart) {
  productInbound("<quota calls='1' renewal-period='3600'/>");
  // Half of an hour that began with the subscription has passed.
  configuration.subscriptions[0].start = clock_.utc() - std::chrono::hours(5) - std::chrono::minutes(30);
  EXPECT_EQ(run().reply.status, 200);
  const auto result = run();
  EXPECT_EQ(result.reply.status, 403);
  EXPECT_EQ(result.error_source, "quota");
  EXPECT_EQ(result.error_reason, "QuotaExceeded");
  EXPECT_EQ(result.error_message, "Out of call volume quota. Quota will be replenished in 00:30:00.");
  EXPECT_EQ(fieldOf(result.reply.headers, "Retry-After"), "1800");
  subscription = &configuration.subscriptions[1];
  EXPECT_EQ(run().reply.status, 200) << "another subscription";
  subscription = &configuration.subscriptions[0];
  clock_.advance(std::chrono::minutes(30));
  EXPECT_EQ(run().reply.status, 200);
}

TEST_F(QuotaTest, ApisAndOperationsHaveQuotasOfTheirOwn) {
  productInbound(
      "<quota calls='9' renewal-period='0'><api name='other' calls='1' renewal-period='0'/>"
      "<api id='A' name='other' calls='3' renewal-period='0'><operation id='all' calls='2' renewal-period='0'/>"
      "</api></quota>");
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(run().reply.status, 200);
  const auto result = run();
  EXPECT_EQ(result.reply.status, 403);
  EXPECT_EQ(result.error_message, "Out of call volume quota.") << "a period for ever does not end";
}

TEST_F(QuotaTest, BytesCountWhenTheExchangeIsOver) {
  productInbound("<quota bandwidth='1' renewal-period='60'/>");
  bytes_of_next = 1024;
  EXPECT_EQ(run().reply.status, 200);
  const auto result = run();
  EXPECT_EQ(result.error_message.substr(0, 23), "Out of bandwidth quota.");
}

TEST_F(QuotaTest, WithoutASubscriptionNobodyIsCounted) {
  productInbound("<quota calls='1' renewal-period='60'/>");
  subscription = nullptr;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run().reply.status, 200);
}

TEST_F(QuotaTest, TellsWhatIsWrong) {
  productInbound(
      "<quota renewal-period='1'><api calls='1' renewal-period='1'/></quota><quota calls='1' "
      "renewal-period='1'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("this quota limits nothing"), std::string::npos) << told;
  EXPECT_NE(told.find("this quota names nothing"), std::string::npos) << told;
  EXPECT_NE(told.find("a second <quota> in <inbound>"), std::string::npos) << told;
  productInbound("");
  inbound("<quota calls='1' renewal-period='1'/>");
  EXPECT_NE(mistakes().find("not allowed in a policy document of the scope api"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
