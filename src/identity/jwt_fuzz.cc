// Tokens and key documents from anyone. What parses must be consistent, and must not verify against our keys.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/assert.h"
#include "identity/claims.h"
#include "identity/jwt.h"
#include "identity/key_set.h"
#include "identity/openid.h"
#include "identity/token_cache.h"
#include "identity/verify.h"

namespace {

using namespace sluice::identity;

std::shared_ptr<const KeySet> someKeys() {
  KeySetBuilder builder;
  CHECK(builder.addSymmetric("", sluice::Secret("0123456789abcdef0123456789abcdef")).has_value());
  return builder.build();
}

void checkToken(std::string_view text) {
  static const std::shared_ptr<const KeySet> keys = someKeys();
  const auto parsed = Token::parse(text);
  if (!parsed) return;
  const Token& token = **parsed;
  CHECK(token.text() == text);
  CHECK(token.signingInput().size() < text.size());
  for (const Claim& claim : token.claims()) {
    CHECK(token.find(claim.name) == &claim);
    CHECK(claim.kind == ClaimKind::Array || claim.values.size() == 1);
  }
  CHECK(verifySignature(token, *keys).state != SignatureState::Valid);
  TokenCache cache(64 * 1024);
  cache.insert(*parsed, 1);
  CHECK(cache.size() == 0 || cache.find(text, 1) != nullptr);
  const std::string_view audiences[] = {"a"};
  TokenRules rules;
  rules.audiences = audiences;
  checkClaims(token, rules, {}, sluice::UtcTime(std::chrono::seconds(1'700'000'000)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  checkToken(text);
  if (const auto keys = KeySet::fromJwks(text)) CHECK(!(*keys)->keys().empty());
  static_cast<void>(parseOpenIdMetadata(text, "https://idp.example/metadata"));
  return 0;
}
