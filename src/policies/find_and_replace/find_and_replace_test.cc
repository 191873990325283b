#include "policies/find_and_replace/find_and_replace.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class FindAndReplaceTest : public policy::fixtures::PolicyFixture {
 protected:
  FindAndReplaceTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(FindAndReplaceTest, ReplacesEveryOccurrence) {
  inbound("<find-and-replace from='ab' to='b'/>");
  body = "aab ab abab";
  run();
  EXPECT_EQ(sent.at(0).body, "ab b bb") << "what a replacement makes is not searched again";
}

TEST_F(FindAndReplaceTest, LeavesOtherBodiesAlone) {
  outbound("<find-and-replace from='x' to=''/>");
  replies = {{200, "plain", {{"Content-Encoding", "identity"}}}};
  const auto result = run();
  EXPECT_EQ(result.reply.body, "plain");
  EXPECT_EQ(fieldOf(result.reply.headers, "Content-Encoding"), "identity");
}

TEST_F(FindAndReplaceTest, DeclaresThatItReadsAndChanges) {
  outbound("<find-and-replace from='x' to='y'/>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr);
  EXPECT_TRUE(pipeline->buffers_response);
  inbound("<find-and-replace from='x' to='y'/>");
  EXPECT_TRUE(compile()->reads_request_body);
}

TEST_F(FindAndReplaceTest, NothingToFindIsAMistake) {
  inbound("<find-and-replace from='' to='y'/>");
  EXPECT_NE(mistakes().find("there is nothing to find"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
