// All simulated services behind their host names, and the admin pages: the whole simulator but its sockets. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "simulator/counters.h"
#include "simulator/data_plane.h"
#include "simulator/identity_provider.h"
#include "simulator/key_vault.h"
#include "simulator/message.h"
#include "simulator/signing_keys.h"
#include "simulator/world.h"

namespace sluice::simulator {

class Services {
 public:
  Services(World world, std::unique_ptr<SigningKeys> keys, std::shared_ptr<upstream::Tokenizers> tokenizers);

  struct Outcome {
    Reply reply;
    Tally* tally = nullptr;  // where the reply's fate is to be counted; lives as long as this
  };
  // A request to a simulated host.
  Outcome handle(const Request& request);
  // A request to the admin listener.
  Reply admin(const Request& request);

  Result<std::string> issueToken(std::string_view principal, std::string_view audience, Duration lifetime,
                                 UtcTime now) {
    return identity_.issue(principal, audience, lifetime, now);
  }
  const World& world() const { return world_; }
  Counters& counters() { return counters_; }

 private:
  Outcome route(const Request& request);
  Outcome azure(const Request& request, std::string_view instance_name);
  Outcome local(const Request& request);
  static Reply stranger(const Request& request);
  Reply setKnobs(const Request& request);
  Reply setSecret(const Request& request);
  Reply issueAdminToken(const Request& request);
  Knobs* knobsOf(std::string_view instance_name, std::string_view deployment_name);

  World world_;
  std::unique_ptr<SigningKeys> keys_;
  TokenCounter counter_;
  IdentityProvider identity_;
  DataPlane data_plane_;
  KeyVaults vaults_;
  Counters counters_;
};

// The names that the server's certificate covers.
std::vector<std::string> servedNames();

}  // namespace sluice::simulator
