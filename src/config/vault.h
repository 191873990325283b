// Values of Key Vaults as loading sees them: what it wants, and what somebody fetched beforehand. No I/O here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/secret.h"

namespace sluice::config {

// A secret in a Key Vault. Certificates are secrets too: their /secrets/ address holds the key as well.
struct VaultReference {
  std::string url;       // https://VAULT.vault.azure.net/secrets/NAME[/VERSION]
  std::string identity;  // client id; empty: the gateway's own identity
  std::string used_for;  // "the named value `x`", for messages
};

// nullopt: not the address of a secret or certificate.
std::optional<std::string> vaultSecretUrl(std::string_view identifier);

struct VaultValue {
  std::optional<Secret> value;
  std::string error;  // of the newest attempt; empty: it went well
};
// By URL and identity.
using VaultValues = std::map<std::pair<std::string, std::string>, VaultValue>;

// What loading does about values that nobody has fetched.
enum class VaultMode {
  Fetched,   // they are missing
  StandIns,  // something stands in for them: a check without a network
};

}  // namespace sluice::config
