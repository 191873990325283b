#include "policies/mock_response/mock_response.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class MockResponseTest : public policy::fixtures::PolicyFixture {
 protected:
  MockResponseTest() : PolicyFixture(builtinCatalogue()) {
    operation().responses = {
        {200, {{"text/plain", {}, "sample"}, {"application/json", {"[0]", "[1]"}, "[]"}}},
        {4, {{"application/problem+json", {}, "{}"}}},
        {0, {{"text/plain", {"else"}, ""}}},
    };
  }
  // Status, type and body, of an answer that never saw a backend.
  std::string mocked(const std::string& element) {
    inbound(element);
    sent.clear();
    const auto result = run();
    EXPECT_TRUE(sent.empty());
    EXPECT_EQ(result.error_reason, "");
    return std::to_string(result.reply.status) + " " + fieldOf(result.reply.headers, "Content-Type") + " " +
           result.reply.body;
  }
};

TEST_F(MockResponseTest, PrefersExamplesToSamples) {
  EXPECT_EQ(mocked("<mock-response/>"), "200 application/json [0]");
  EXPECT_EQ(mocked("<mock-response content-type='text/plain'/>"), "200 text/plain sample");
  EXPECT_EQ(mocked("<mock-response content-type='application/json; charset=utf-8' index='1'/>"),
            "200 application/json; charset=utf-8 [1]");
  EXPECT_EQ(mocked("<mock-response content-type='application/json' index='2'/>"), "200 application/json []");
}

TEST_F(MockResponseTest, StatusesAreLookedForExactlyThenByHundredThenAsDefault) {
  EXPECT_EQ(mocked("<mock-response status-code='404'/>"), "404 application/problem+json {}");
  EXPECT_EQ(mocked("<mock-response status-code='503'/>"), "503 text/plain else");
}

TEST_F(MockResponseTest, NothingFoundIsAnEmptyBody) {
  EXPECT_EQ(mocked("<mock-response content-type='image/png'/>"), "200 image/png ");
  operation().responses.clear();
  EXPECT_EQ(mocked("<mock-response status-code='202'/>"), "202  ");
}

TEST_F(MockResponseTest, TellsWhatIsWrong) {
  inbound("<mock-response status-code='@(200)' index='-1'/>");
  EXPECT_NE(mistakes().find("`status-code` of <mock-response> takes no expression"), std::string::npos);
  inbound("<mock-response status-code='99' content-type='a&#10;b'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("not a whole number from 200 to 599"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
