#include "policies/ip_filter/ip_filter.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class IpFilterTest : public policy::fixtures::PolicyFixture {
 protected:
  IpFilterTest() : PolicyFixture(builtinCatalogue()) {}
};

constexpr const char* kAllowed = "<address>192.0.2.1</address>";
constexpr const char* kNotAllowed = "<address>192.0.2.2</address><address-range from='10.0.0.0' to='10.0.0.255'/>";

TEST_F(IpFilterTest, AllowsOnlyTheListed) {
  inbound(std::string("<ip-filter action='allow'>") + kAllowed + "</ip-filter>");
  EXPECT_EQ(run().error_reason, "");
  inbound(std::string("<ip-filter action='allow'>") + kNotAllowed + "</ip-filter>");
  const auto result = run();
  EXPECT_EQ(result.reply.status, 403);
  EXPECT_EQ(result.error_reason, "CallerIpNotAllowed");
  EXPECT_EQ(result.error_message, "Caller IP address 192.0.2.1 is not allowed. Access denied.");
}

TEST_F(IpFilterTest, ForbidsTheListed) {
  inbound(std::string("<ip-filter action='forbid'>") + kAllowed + "</ip-filter>");
  EXPECT_EQ(run().error_reason, "CallerIpBlocked");
  inbound(std::string("<ip-filter action='forbid'>") + kNotAllowed + "</ip-filter>");
  EXPECT_EQ(run().error_reason, "");
}

TEST_F(IpFilterTest, RangesIncludeTheirEndsAndMappedAddresses) {
  for (const char* range : {"from='192.0.2.1' to='192.0.2.9'", "from='192.0.1.0' to='192.0.2.1'",
                            "from='::ffff:192.0.2.0' to='::ffff:192.0.2.1'"}) {
    inbound(std::string("<ip-filter action='allow'><address-range ") + range + "/></ip-filter>");
    EXPECT_EQ(run().error_reason, "") << range;
  }
  inbound("<ip-filter action='allow'><address-range from='192.0.2.2' to='255.255.255.255'/></ip-filter>");
  EXPECT_EQ(run().error_reason, "CallerIpNotAllowed");
}

TEST_F(IpFilterTest, TellsWhatIsWrong) {
  inbound("<ip-filter action='allow'><address>10.0.0.0/8</address></ip-filter>");
  EXPECT_NE(mistakes().find("`10.0.0.0/8` is not an IP address"), std::string::npos);
  inbound("<ip-filter action='allow'/>");
  EXPECT_NE(mistakes().find("needs an element <address> or <address-range>"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
