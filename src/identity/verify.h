// Signatures of tokens (RFC 7518 section 3): RS, PS, ES and HS with SHA-256, 384, 512. The algorithm's family must be
// the key's type, so that no public key is ever used as an HMAC secret. Thread-safe; nothing is kept.
#pragma once

#include <cstdint>

#include "identity/jwt.h"
#include "identity/key_set.h"

namespace sluice::identity {

enum class SignatureState : uint8_t {
  Valid,
  Invalid,      // keys fit, none verifies
  KeyNotFound,  // no key fits the token's `kid` (or `x5t`) and algorithm
  Refused       // unsigned, or an algorithm that we do not verify
};

struct Verification {
  SignatureState state = SignatureState::Refused;
  const Key* key = nullptr;  // the one that verified; lives in the set
};

// Keys whose id is the token's `kid` are tried; without a `kid`, or for keys without an id, each that fits in turn, at
// most kKeysTried.
constexpr size_t kKeysTried = 32;
Verification verifySignature(const Token& token, const KeySet& keys);

// Whether `key` may verify `algorithm` at all.
bool keyFits(const Key& key, Algorithm algorithm);

// True for signatures that take so long (ES: 60 microseconds and more) that a loop should hand them to a worker.
bool isSlow(Algorithm algorithm);

}  // namespace sluice::identity
