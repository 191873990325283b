// The simulated Key Vaults: GET /secrets/NAME[/VERSION]?api-version=7.x at VAULT.vault.azure.net, for tokens of the
// simulated tenant. One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "simulator/identity_provider.h"
#include "simulator/message.h"
#include "simulator/world.h"

namespace sluice::simulator {

class KeyVaults {
 public:
  // Both must outlive this.
  KeyVaults(const World& world, const IdentityProvider& identity);

  Reply handle(const Request& request, std::string_view vault);
  // A new version of a secret; an empty value takes the secret away.
  void set(std::string vault, std::string name, Secret value);

 private:
  struct Version {
    std::string id;
    Secret value;
  };
  Reply secret(std::string_view vault, const std::vector<std::string>& segments) const;

  const World& world_;
  const IdentityProvider& identity_;
  std::map<std::pair<std::string, std::string>, std::vector<Version>> secrets_;  // by vault and name, in lower case
};

}  // namespace sluice::simulator
