#include "identity/verify.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "identity/signing_fixture.h"

namespace sluice::identity {
namespace {

using fixtures::keyDocument;
using fixtures::signHmac;
using fixtures::SigningKey;

constexpr std::string_view kPayload = R"({"sub":"you"})";

// RFC 7515, appendix A: one payload, signed in three ways.
constexpr std::string_view kRfcPayload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const SigningKey& rsaKey() {
  static const SigningKey key = SigningKey::rsa();
  return key;
}

std::string headerFor(Algorithm algorithm, std::string_view id = {}) {
  std::string header = "{\"alg\":\"" + std::string(algorithmName(algorithm)) + "\"";
  if (!id.empty()) header += ",\"kid\":\"" + std::string(id) + "\"";
  return header + "}";
}

std::shared_ptr<const Token> parse(std::string_view text) {
  auto token = Token::parse(text);
  EXPECT_TRUE(token) << token.error().message;
  return token ? *token : nullptr;
}

std::shared_ptr<const KeySet> keys(std::string_view jwks) {
  auto set = KeySet::fromJwks(keyDocument(jwks));
  EXPECT_TRUE(set) << set.error().message;
  return *set;
}

SignatureState stateOf(std::string_view text, const KeySet& set) {
  return verifySignature(*parse(text), set).state;
}

TEST(Verify, Rfc7515AppendixA1Hs256) {
  KeySetBuilder builder;
  const auto secret =
      base64UrlDecode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  ASSERT_TRUE(builder.addSymmetric("", Secret(*secret)));
  const std::string token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + std::string(kRfcPayload) +
                            ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_EQ(stateOf(token, *builder.build()), SignatureState::Valid);
}

TEST(Verify, Rfc7515AppendixA2Rs256) {
  const auto set = keys(
      R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"})");
  const std::string token =
      "eyJhbGciOiJSUzI1NiJ9." + std::string(kRfcPayload) +
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr"
      "7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi1"
      "2jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlU"
      "PQGe77Rw";
  EXPECT_EQ(stateOf(token, *set), SignatureState::Valid);
}

TEST(Verify, Rfc7515AppendixA3Es256) {
  const auto set = keys(
      R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
  const std::string token = "eyJhbGciOiJFUzI1NiJ9." + std::string(kRfcPayload) +
                            ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  EXPECT_EQ(stateOf(token, *set), SignatureState::Valid);
}

TEST(Verify, EveryAlgorithmAcceptsItsOwnAndRefusesAChange) {
  struct Case {
    SigningKey key;
    std::vector<Algorithm> algorithms;
  };
  std::vector<Case> cases;
  cases.push_back(
      {SigningKey::rsa(),
       {Algorithm::Rs256, Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Ps384, Algorithm::Ps512}});
  cases.push_back({SigningKey::ec("P-256"), {Algorithm::Es256}});
  cases.push_back({SigningKey::ec("P-384"), {Algorithm::Es384}});
  cases.push_back({SigningKey::ec("P-521"), {Algorithm::Es512}});
  for (const Case& one : cases) {
    const auto set = keys(one.key.jwk("k"));
    for (const Algorithm algorithm : one.algorithms) {
      const std::string token = one.key.sign(algorithm, headerFor(algorithm, "k"), kPayload);
      EXPECT_EQ(stateOf(token, *set), SignatureState::Valid) << algorithmName(algorithm);
      std::string changed = token;
      changed[token.find('.') + 5] = changed[token.find('.') + 5] == 'A' ? 'B' : 'A';
      if (const auto parsed = Token::parse(changed)) {
        EXPECT_EQ(verifySignature(**parsed, *set).state, SignatureState::Invalid);
      }
      std::string other_signature = token;
      char& bit = other_signature[token.rfind('.') + 10];
      bit = bit == 'A' ? 'B' : 'A';
      EXPECT_EQ(stateOf(other_signature, *set), SignatureState::Invalid) << algorithmName(algorithm);
    }
  }
}

TEST(Verify, HmacOfEverySize) {
  const std::string secret(64, 's');
  KeySetBuilder builder;
  ASSERT_TRUE(builder.addSymmetric("", Secret(secret)));
  const auto set = builder.build();
  for (const Algorithm algorithm : {Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512}) {
    EXPECT_EQ(stateOf(signHmac(algorithm, secret, headerFor(algorithm), kPayload), *set), SignatureState::Valid);
    EXPECT_EQ(stateOf(signHmac(algorithm, "other" + secret, headerFor(algorithm), kPayload), *set),
              SignatureState::Invalid);
  }
  // A cut signature is not a shorter comparison.
  const std::string token = signHmac(Algorithm::Hs256, secret, headerFor(Algorithm::Hs256), kPayload);
  EXPECT_EQ(stateOf(token.substr(0, token.rfind('.') + 1), *set), SignatureState::Invalid);
}

TEST(Verify, APublicKeyIsNeverAnHmacSecret) {
  const auto set = keys(rsaKey().jwk("k"));
  const std::string jwk = rsaKey().jwk("k");
  for (const std::string& secret : {jwk, rsaKey().certificate()}) {
    const std::string forged = signHmac(Algorithm::Hs256, secret, headerFor(Algorithm::Hs256, "k"), kPayload);
    EXPECT_EQ(stateOf(forged, *set), SignatureState::KeyNotFound);
  }
  for (const Key& key : set->keys()) {
    EXPECT_FALSE(keyFits(key, Algorithm::Hs256));
    EXPECT_FALSE(keyFits(key, Algorithm::Es256));
    EXPECT_FALSE(keyFits(key, Algorithm::None));
    EXPECT_TRUE(keyFits(key, Algorithm::Ps512));
  }
}

TEST(Verify, ACurveVerifiesOnlyItsOwnAlgorithm) {
  const SigningKey p384 = SigningKey::ec("P-384");
  const auto set = keys(p384.jwk("k"));
  const std::string token = p384.sign(Algorithm::Es384, headerFor(Algorithm::Es256, "k"), kPayload);
  EXPECT_EQ(stateOf(token, *set), SignatureState::KeyNotFound);
}

TEST(Verify, EcdsaSignatureMustHaveItsExactLength) {
  const SigningKey p256 = SigningKey::ec("P-256");
  const auto set = keys(p256.jwk(""));
  const std::string start = base64UrlEncode(headerFor(Algorithm::Es256)) + "." + base64UrlEncode(kPayload) + ".";
  for (const size_t size : {0u, 1u, 63u, 65u, 128u}) {
    EXPECT_EQ(stateOf(start + base64UrlEncode(std::string(size, '\x01')), *set), SignatureState::Invalid);
  }
  EXPECT_EQ(stateOf(start + base64UrlEncode(std::string(64, '\0')), *set), SignatureState::Invalid);
  EXPECT_EQ(stateOf(start + base64UrlEncode(std::string(64, '\xff')), *set), SignatureState::Invalid);
}

TEST(Verify, UnsignedAndUnknownAlgorithmsAreRefused) {
  const auto set = keys(rsaKey().jwk("k"));
  EXPECT_EQ(stateOf(fixtures::unsignedToken(R"({"alg":"none"})", kPayload), *set), SignatureState::Refused);
  EXPECT_EQ(stateOf(fixtures::unsignedToken(R"({"alg":"EdDSA"})", kPayload), *set), SignatureState::Refused);
}

TEST(Verify, KeyIdChoosesTheKeyAndNamelessKeysAreTried) {
  const SigningKey other = SigningKey::rsa();
  const auto set = keys(other.jwk("other") + "," + rsaKey().jwk("mine"));
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, headerFor(Algorithm::Rs256, "mine"), kPayload), *set),
            SignatureState::Valid);
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, headerFor(Algorithm::Rs256, "other"), kPayload), *set),
            SignatureState::Invalid);
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, headerFor(Algorithm::Rs256, "gone"), kPayload), *set),
            SignatureState::KeyNotFound);
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, headerFor(Algorithm::Rs256), kPayload), *set),
            SignatureState::Valid);
  const auto nameless = keys(other.jwk("") + "," + rsaKey().jwk(""));
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, headerFor(Algorithm::Rs256, "any"), kPayload), *nameless),
            SignatureState::Valid);
}

TEST(Verify, AThumbprintNamesAKeyWhereThereIsNoKeyId) {
  const auto set = keys(rsaKey().jwk("k", R"(,"x5t":"print")"));
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, R"({"alg":"RS256","x5t":"print"})", kPayload), *set),
            SignatureState::Valid);
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, R"({"alg":"RS256","x5t":"else"})", kPayload), *set),
            SignatureState::KeyNotFound);
}

TEST(Verify, AKeysOwnAlgorithmHolds) {
  const auto set = keys(rsaKey().jwk("k", R"(,"alg":"RS256")"));
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs256, headerFor(Algorithm::Rs256, "k"), kPayload), *set),
            SignatureState::Valid);
  EXPECT_EQ(stateOf(rsaKey().sign(Algorithm::Rs512, headerFor(Algorithm::Rs512, "k"), kPayload), *set),
            SignatureState::KeyNotFound);
}

TEST(Verify, TriesOnlySoManyNamelessKeys) {
  KeySetBuilder builder;
  for (size_t i = 0; i < kKeysTried; ++i) ASSERT_TRUE(builder.addSymmetric("", Secret(std::string(16, 'x'))));
  ASSERT_TRUE(builder.addSymmetric("", Secret(std::string(16, 'y'))));
  const std::string token = signHmac(Algorithm::Hs256, std::string(16, 'y'), headerFor(Algorithm::Hs256), kPayload);
  EXPECT_EQ(stateOf(token, *builder.build()), SignatureState::Invalid);
}

}  // namespace
}  // namespace sluice::identity
