// The identity provider's keys: RS256 signatures, the public JWKS document, rotation; and a seal for what it gives out
// and wants to see again unchanged (codes, refresh tokens). One thread.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "identity/key_set.h"

namespace sluice::simulator {

struct PrivateKeyDeleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using PrivateKey = std::unique_ptr<EVP_PKEY, PrivateKeyDeleter>;

// How many former keys stay published after a rotation.
enum class FormerKeys { Keep, Drop };

class SigningKeys {
 public:
  // Empty folder: new keys, kept in memory only. Else those of the folder, made there if it has none.
  static Result<std::unique_ptr<SigningKeys>> open(const std::string& folder);

  // From now on signs with a new key. With Keep the last one stays published, so that its tokens stay good.
  Status rotate(FormerKeys former);
  // header.payload.signature; `payload` is JSON.
  Result<std::string> signToken(std::string_view payload) const;
  // The JWKS document; `issuer` is put into each key as Entra does.
  std::string jwks(std::string_view issuer) const;
  const identity::KeySet& publicKeys() const { return *public_keys_; }
  const std::string& currentKeyId() const { return keys_.front().id; }

  // Text that unseal() gives back, if nobody has changed it. `purpose` keeps kinds of sealed texts apart.
  std::string seal(std::string_view purpose, std::string_view text) const;
  std::optional<std::string> unseal(std::string_view purpose, std::string_view sealed) const;

 private:
  struct Key {
    PrivateKey key;
    std::string id;
    std::string modulus;  // base64url
    std::string exponent;
  };
  explicit SigningKeys(std::string folder) : folder_(std::move(folder)) {}
  static Result<Key> describe(PrivateKey key);
  Status load();
  Status store() const;
  Status publish();
  std::string mac(std::string_view purpose, std::string_view text) const;

  std::string folder_;
  std::vector<Key> keys_;  // newest first
  Secret sealing_key_;
  std::shared_ptr<const identity::KeySet> public_keys_;
};

}  // namespace sluice::simulator
