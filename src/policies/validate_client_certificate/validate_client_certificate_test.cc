#include "policies/validate_client_certificate/validate_client_certificate.h"

#include "base/certificate.h"
#include "base/encoding.h"
#include "policies/builtin.h"
#include "policies/validate_client_certificate/client_certificate.h"
#include "policy/policy_fixture.h"
#include "runtime/test_authority.h"

namespace sluice::policies {
namespace {

// Certificates of the fixture are made now, by the machine's clock; policies see this one.
class ValidateClientCertificateTest : public policy::fixtures::PolicyFixture {
 protected:
  ValidateClientCertificateTest() : PolicyFixture(builtinCatalogue()) {
    clock_.advance(SystemClock::instance().utc() - clock_.utc());
    configuration.certificates.push_back({"issuer", *readPem(authority_.pem(), "")});
    leaf_ = *readPem(authority_.issue("DNS:client.test,DNS:other.test").chain_pem, "");
    client_certificate = leaf_.der;
  }
  // Empty: it is let through.
  std::string refused(const std::string& identities = "", const std::string& attributes = "") {
    inbound("<validate-client-certificate validate-revocation='false' " + attributes + ">" +
            (identities.empty() ? "" : "<identities>" + identities + "</identities>") +
            "</validate-client-certificate>");
    const auto result = run();
    EXPECT_EQ(result.error_source.empty() ? 200 : 403, result.reply.status);
    return result.error_message;
  }

  runtime::TestAuthority authority_;
  KeyedCertificate leaf_;
};

constexpr std::string_view kNone = "The client's certificate is none of those allowed. Access denied.";

TEST_F(ValidateClientCertificateTest, TrustedAndInTimeIsEnough) {
  EXPECT_EQ(refused(), "");
  clock_.advance(std::chrono::hours(48));
  EXPECT_EQ(refused(), "The client's certificate has expired. Access denied.");
  EXPECT_EQ(refused("", "validate-not-after='false'"), "");
  clock_.advance(-std::chrono::hours(96));
  EXPECT_EQ(refused(), "The client's certificate is not valid yet. Access denied.");
  EXPECT_EQ(refused("", "validate-not-before='false'"), "");
}

TEST_F(ValidateClientCertificateTest, WhoeverElseSignedItIsNotTrusted) {
  const runtime::TestAuthority other("Other CA");
  client_certificate = readPem(other.issue("DNS:client.test").chain_pem, "")->der;
  EXPECT_EQ(refused(), "The client's certificate is not trusted. Access denied.");
  EXPECT_EQ(refused("", "validate-trust='false'"), "");
  EXPECT_EQ(refused("", "ignore-error='true'"), "");
  client_certificate = "no certificate";
  EXPECT_EQ(refused(), "The client's certificate cannot be read. Access denied.");
  client_certificate = "";
  EXPECT_EQ(refused(), "The client showed no certificate. Access denied.");
}

TEST_F(ValidateClientCertificateTest, RevocationIsLookedUpWhereThereAreLists) {
  const auto state = [this] {
    inbound("<validate-client-certificate/>");
    return run().error_message;
  };
  EXPECT_EQ(state(), "");
  EXPECT_NE(mistakes().find("there are no lists"), std::string::npos);
  const runtime::TestAuthority other("Other CA");
  configuration.revocation_lists = {other.revocationList({leaf_.chain_pem})};
  EXPECT_EQ(state(), "Whether the client's certificate was revoked is not known. Access denied.");
  const auto next = authority_.issue("DNS:next.test");
  configuration.revocation_lists.push_back(authority_.revocationList({next.chain_pem}));
  EXPECT_EQ(state(), "");
  EXPECT_EQ(mistakes(), "");
  client_certificate = readPem(next.chain_pem, "")->der;
  EXPECT_EQ(state(), "The client's certificate was revoked. Access denied.");
  configuration.revocation_lists = {authority_.revocationList({next.chain_pem}, -60)};
  EXPECT_EQ(state(), "Whether the client's certificate was revoked is not known. Access denied.");
  // Signed by who only calls itself the same.
  configuration.revocation_lists = {runtime::TestAuthority().revocationList({})};
  EXPECT_EQ(state(), "Whether the client's certificate was revoked is not known. Access denied.");
}

TEST_F(ValidateClientCertificateTest, EveryClaimOfOneIdentityHasToHold) {
  const auto certificate = ClientCertificate::parse(leaf_.der);
  ASSERT_TRUE(certificate);
  const std::string issuer = configuration.certificates[0].content.thumbprint;
  for (const std::string& claim :
       {"thumbprint='" + leaf_.thumbprint + "'", "serial-number='" + certificate->serialNumber() + "'",
        std::string("common-name='LEAF'"), std::string("subject='cn=leaf'"), std::string("dns-name='Other.test'"),
        std::string("issuer-subject='CN=Test CA'"), "issuer-thumbprint='" + issuer + "'",
        std::string("issuer-certificate-id='issuer'")}) {
    EXPECT_EQ(refused("<identity " + claim + "/>"), "") << claim;
    const std::string other = claim.starts_with("dns-name") ? " common-name='x'" : " dns-name='gone.test'";
    EXPECT_EQ(refused("<identity " + claim + other + "/>"), kNone) << claim;
  }
  for (const auto* claim : {"thumbprint='00'", "serial-number='00'", "common-name='x'", "subject='CN=x'",
                            "dns-name='test'", "issuer-subject='CN=x'", "issuer-thumbprint='00'"})
    EXPECT_EQ(refused("<identity " + std::string(claim) + "/>"), kNone) << claim;
  EXPECT_EQ(refused("<identity common-name='x'/><identity common-name='leaf'/>"), "") << "one is enough";
}

TEST_F(ValidateClientCertificateTest, NamesCompareAsPeopleWriteThem) {
  EXPECT_TRUE(sameName("CN=a b, O=c", "cn=A B,o=c "));
  EXPECT_FALSE(sameName("CN=ab", "CN=a b"));
}

TEST_F(ValidateClientCertificateTest, TellsWhatIsWrong) {
  inbound(
      "<validate-client-certificate><identities><identity/><identity issuer-certificate-id='gone' "
      "issuer-subject='x'/></identities></validate-client-certificate>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("this identity says nothing"), std::string::npos) << told;
  EXPECT_NE(told.find("there is no certificate `gone`"), std::string::npos) << told;
  EXPECT_NE(told.find("stands for all that is said of the issuer"), std::string::npos) << told;
  EXPECT_NE(told.find("whether certificates were revoked is not looked at"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
