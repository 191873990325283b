#include "policies/cross_domain/cross_domain.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class CrossDomainTest : public policy::fixtures::PolicyFixture {
 protected:
  CrossDomainTest() : PolicyFixture(builtinCatalogue()) { method = "GET"; }
  void global(const std::string& inside) {
    configuration.policy =
        document("<policies><inbound><cross-domain>" + inside + "</cross-domain></inbound></policies>");
    policies("<policies/>");
  }
};

TEST_F(CrossDomainTest, AnswersForItsFile) {
  global("\n<cross-domain-policy><allow-access-from domain='*.test' secure=\"true\"/></cross-domain-policy>\n");
  url = "http://gateway.test/crossdomain.xml";
  const auto result = run();
  EXPECT_EQ(result.reply.body,
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
            "<cross-domain-policy><allow-access-from domain='*.test' secure=\"true\"/></cross-domain-policy>");
  EXPECT_EQ(fieldOf(result.reply.headers, "Content-Type"), "text/x-cross-domain-policy");
  EXPECT_TRUE(sent.empty());
  url = "http://gateway.test/clientaccesspolicy.xml";
  run();
  EXPECT_EQ(sent.size(), 1u) << "another file";
  url = "http://gateway.test/crossdomain.xml";
  method = "POST";
  run();
  EXPECT_EQ(sent.size(), 2u);
}

TEST_F(CrossDomainTest, SilverlightsFile) {
  global("<access-policy><cross-domain-access/></access-policy>");
  url = "http://gateway.test/clientaccesspolicy.xml";
  EXPECT_EQ(fieldOf(run().reply.headers, "Content-Type"), "text/xml");
}

TEST_F(CrossDomainTest, TellsWhatIsWrong) {
  global("<policy/>");
  EXPECT_NE(mistakes().find("holds one <cross-domain-policy> or one <access-policy>"), std::string::npos);
  configuration.policy = std::nullopt;
  inbound("<cross-domain><access-policy/></cross-domain>");
  EXPECT_NE(mistakes().find("not allowed in a policy document of the scope api"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
