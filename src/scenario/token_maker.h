// TokenMaker: RS256 tokens for scenarios, with a key made at start, and the OpenID documents that vouch for it. A
// request header may say `Bearer {{token: {"aud": "...", ...}}}`: the braces are replaced by a signed token with these
// claims; `iss`, `nbf` and `exp` (an hour from the scenario's clock) are added where absent.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace sluice::scenario {

class TokenMaker {
 public:
  explicit TokenMaker(std::string issuer);
  ~TokenMaker();
  TokenMaker(const TokenMaker&) = delete;
  TokenMaker& operator=(const TokenMaker&) = delete;

  // Replaces every {{token: ...}} of a text. An error: the claims are no JSON object.
  Result<std::string> expand(std::string_view text, const Clock& clock) const;
  // Documents at /.well-known/openid-configuration and /keys of any host; `base` is scheme and host.
  std::string metadata(std::string_view base) const;
  std::string keys() const;

 private:
  std::string sign(std::string_view claims) const;
  std::string issuer_;
  EVP_PKEY* key_ = nullptr;
};

}  // namespace sluice::scenario
