#include "identity/key_set.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "identity/signing_fixture.h"
#include "identity/verify.h"

namespace sluice::identity {
namespace {

using fixtures::keyDocument;
using fixtures::SigningKey;

const SigningKey& rsaKey() {
  static const SigningKey key = SigningKey::rsa();
  return key;
}

TEST(KeySet, TakesUsableKeysAndCountsTheOthers) {
  const SigningKey weak = SigningKey::rsa(1024);
  const SigningKey curve = SigningKey::ec("P-384");
  const auto set = KeySet::fromJwks(keyDocument(
      rsaKey().jwk("a", R"(,"use":"sig","x5c":["ignored"])") + "," + rsaKey().jwk("enc", R"(,"use":"enc")") + "," +
      rsaKey().jwk("ops", R"(,"key_ops":["encrypt"])") + "," + weak.jwk("weak") + "," + curve.jwk("b") +
      R"(,{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ","kid":"s"},{"kty":"OKP","crv":"Ed25519","x":"AA"},7,{})" +
      "," + rsaKey().jwk("oaep", R"(,"alg":"RSA-OAEP")") + "," + rsaKey().jwk("odd", R"(,"alg":"ES256")")));
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_EQ((*set)->keys().size(), 2u);
  EXPECT_EQ((*set)->keys()[0].id, "a");
  EXPECT_EQ((*set)->keys()[0].type, KeyType::Rsa);
  EXPECT_EQ((*set)->keys()[1].type, KeyType::EcP384);
  EXPECT_EQ((*set)->leftOut(), 9u);
  EXPECT_TRUE((*set)->hasKeyId("b"));
  EXPECT_FALSE((*set)->hasKeyId("s"));
}

TEST(KeySet, RefusesDocumentsWithoutAUsableKey) {
  for (const std::string_view document :
       {"", "{", "[]", "{}", R"({"keys":{}})", R"({"keys":[]})", R"({"keys":[{"kty":"RSA"}]})",
        R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})"}) {
    EXPECT_FALSE(KeySet::fromJwks(document)) << document;
  }
  KeySetLimits small;
  small.document_bytes = 100;
  EXPECT_FALSE(KeySet::fromJwks(keyDocument(rsaKey().jwk("a")), small));
  KeySetLimits one;
  one.keys = 1;
  const auto set = KeySet::fromJwks(keyDocument(rsaKey().jwk("a") + "," + rsaKey().jwk("b")), one);
  ASSERT_TRUE(set);
  EXPECT_EQ((*set)->keys().size(), 1u);
}

TEST(KeySet, EverySetHasItsOwnVersion) {
  const std::string document = keyDocument(rsaKey().jwk("a"));
  const auto first = KeySet::fromJwks(document);
  const auto second = KeySet::fromJwks(document);
  ASSERT_TRUE(first && second);
  EXPECT_NE((*first)->version(), (*second)->version());
  EXPECT_NE((*first)->version(), 0u);
}

TEST(KeySetBuilder, RefusesPointsOffTheCurveAndWrongLengths) {
  KeySetBuilder builder;
  EXPECT_FALSE(builder.addEc("", "P-256", std::string(32, '\x01'), std::string(32, '\x02')));
  EXPECT_FALSE(builder.addEc("", "P-256", std::string(31, '\x01'), std::string(32, '\x02')));
  EXPECT_FALSE(builder.addEc("", "secp256k1", std::string(32, '\x01'), std::string(32, '\x02')));
  EXPECT_EQ(builder.size(), 0u);
}

TEST(KeySetBuilder, RefusesWeakAndBrokenKeys) {
  KeySetBuilder builder;
  const std::string even(256, '\xfe');
  EXPECT_FALSE(builder.addRsa("", even, "\x01\x00\x01"));
  EXPECT_FALSE(builder.addRsa("", std::string(256, '\xff'), "\x01"));
  EXPECT_FALSE(builder.addRsa("", std::string(64, '\xff'), std::string("\x01\x00\x01", 3)));
  EXPECT_FALSE(builder.addRsa("", std::string(5000, '\xff'), std::string("\x01\x00\x01", 3)));
  EXPECT_FALSE(builder.addRsa("", "", ""));
  EXPECT_FALSE(builder.addSymmetric("", Secret("short")));
  EXPECT_FALSE(builder.addCertificate("", "not a certificate"));
  EXPECT_FALSE(builder.addCertificate("", ""));
}

TEST(KeySetBuilder, TakesTheKeyOfACertificate) {
  KeySetBuilder builder;
  ASSERT_TRUE(builder.addCertificate("c", rsaKey().certificate()));
  std::string wrapped = "-----BEGIN CERTIFICATE-----\n";
  const std::string body = base64Encode(rsaKey().certificate());
  for (size_t i = 0; i < body.size(); i += 64) wrapped += body.substr(i, 64) + "\n";
  ASSERT_TRUE(builder.addCertificate("p", wrapped + "-----END CERTIFICATE-----\n"));
  const auto set = builder.build();
  const auto token = Token::parse(rsaKey().sign(Algorithm::Ps256, R"({"alg":"PS256","kid":"p"})", "{}"));
  ASSERT_TRUE(token);
  const Verification verification = verifySignature(**token, *set);
  EXPECT_EQ(verification.state, SignatureState::Valid);
  EXPECT_EQ(verification.key->id, "p");
}

}  // namespace
}  // namespace sluice::identity
