#include "policies/cors/cors.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class CorsTest : public policy::fixtures::PolicyFixture {
 protected:
  CorsTest() : PolicyFixture(builtinCatalogue()) {}
};

std::string cors(const std::string& attributes, const std::string& origin, const std::string& more = "") {
  return "<cors " + attributes + "><allowed-origins><origin>" + origin + "</origin></allowed-origins>" + more +
         "</cors>";
}

TEST_F(CorsTest, MarksAnswersForAllowedOrigins) {
  inbound(cors("allow-credentials='true'", "https://App.example",
               "<expose-headers><header>A</header><header>B</header></expose-headers>"));
  headers = {{"Origin", "https://app.example:443"}};
  const auto result = run();
  EXPECT_EQ(sent.size(), 1u);
  EXPECT_EQ(fieldOf(result.reply.headers, "Access-Control-Allow-Origin"), "https://app.example:443");
  EXPECT_EQ(fieldOf(result.reply.headers, "Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(fieldOf(result.reply.headers, "Access-Control-Expose-Headers"), "A,B");
  EXPECT_EQ(fieldOf(result.reply.headers, "Vary"), "Origin");
}

TEST_F(CorsTest, AnyOriginIsAStarUnlessCredentialsAreAllowed) {
  headers = {{"Origin", "https://app.example"}};
  inbound(cors("", "*"));
  EXPECT_EQ(fieldOf(run().reply.headers, "Access-Control-Allow-Origin"), "*");
  inbound(cors("allow-credentials='true'", "*"));
  EXPECT_EQ(fieldOf(run().reply.headers, "Access-Control-Allow-Origin"), "https://app.example");
}

TEST_F(CorsTest, OtherOriginsEndOrGoOn) {
  headers = {{"Origin", "https://evil.example"}};
  method = "GET";
  inbound(cors("", "https://app.example"));
  EXPECT_EQ(run().reply.status, 200);
  EXPECT_TRUE(sent.empty());
  inbound(cors("terminate-unmatched-request='false'", "https://app.example"));
  EXPECT_EQ(fieldOf(run().reply.headers, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(sent.size(), 1u);
  inbound(cors("", "https://app.example"));
  method = "POST";
  run();
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(CorsTest, WithoutAnOriginNothingHappens) {
  inbound(cors("", "*"));
  EXPECT_EQ(fieldOf(run().reply.headers, "Access-Control-Allow-Origin"), "");
}

TEST_F(CorsTest, TellsWhatIsWrong) {
  inbound(cors("", "app.example"));
  EXPECT_NE(mistakes().find("`app.example` is not an origin"), std::string::npos);
  inbound("<cors/>");
  EXPECT_NE(mistakes().find("<cors> needs an element <allowed-origins> in it"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
