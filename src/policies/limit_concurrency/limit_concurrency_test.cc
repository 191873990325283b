#include "policies/limit_concurrency/limit_concurrency.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class LimitConcurrencyTest : public policy::fixtures::PolicyFixture {
 protected:
  LimitConcurrencyTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(LimitConcurrencyTest, OneTooManyFailsAtOnce) {
  inbound("<limit-concurrency key='k' max-count='1'><limit-concurrency key='k' max-count='1'/></limit-concurrency>");
  const auto result = run();
  EXPECT_EQ(result.reply.status, 429);
  EXPECT_EQ(result.error_reason, "ConcurrencyLimitExceeded");
  EXPECT_EQ(counters().size(), 0u) << "the exchange's end gives all places back";
}

TEST_F(LimitConcurrencyTest, PlacesAreGivenBackWhenWhatIsInsideIsDone) {
  inbound(
      "<limit-concurrency key='k' max-count='1'><set-header name='A'><value>1</value></set-header></limit-concurrency>"
      "<limit-concurrency key='k' max-count='1'/>");
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(fieldOf(sent.at(0).headers, "A"), "1");
}

TEST_F(LimitConcurrencyTest, KeysAreApart) {
  inbound("<limit-concurrency key='a' max-count='1'><limit-concurrency key='b' max-count='1'/></limit-concurrency>");
  EXPECT_EQ(run().reply.status, 200);
}

TEST_F(LimitConcurrencyTest, AnEarlyAnswerGivesThePlaceBack) {
  inbound("<limit-concurrency key='k' max-count='1'><return-response/></limit-concurrency>");
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_EQ(counters().size(), 0u);
}

}  // namespace
}  // namespace sluice::policies
