// Local stand-ins for what exists only in Azure: Azure OpenAI instances (and plain OpenAI) and an Entra-like identity
// provider, told apart by host name on one TLS listener with a certificate of the simulator's own authority.
// Runs on a given loop, whose thread alone may call it, except where noted. Destroying it closes its listeners and
// connections.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulator/world.h"
#include "upstream/tokenizer.h"

namespace sluice::runtime {
class Loop;
}

namespace sluice::simulator {

struct SimulatorOptions {
  SimulatorOptions() = default;

  World world = defaultWorld();
  // host:port, port 0 for any free one; an empty text: no such listener. All serve loopback unless told otherwise.
  std::string tls_listen = "127.0.0.1:0";    // every simulated host, https
  std::string plain_listen;                  // the same over http, for benchmarks
  std::string admin_listen = "127.0.0.1:0";  // http: /simulator/... only
  // Keeps ca.pem, the authority's and the provider's keys, so that clients' trust and tokens outlive a restart. Empty:
  // all new at each start, nothing written.
  std::string state_folder;
  std::vector<std::string> extra_names;  // more DNS names or addresses for the certificate
  // For exact token counts; null: estimates. May be shared with the gateway in the same process.
  std::shared_ptr<upstream::Tokenizers> tokenizers;
};

struct SimulatorAddresses {
  uint16_t tls = 0;  // ports; 0: not listening
  uint16_t plain = 0;
  uint16_t admin = 0;
};

class Simulator {
 public:
  // Generates keys, binds and starts serving.
  static Result<std::unique_ptr<Simulator>> start(runtime::Loop& loop, SimulatorOptions options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  const SimulatorAddresses& addresses() const;
  // The authority's certificate, PEM. Also in state_folder/ca.pem.
  const std::string& authorityPem() const;
  // An access token for a user (by user name) or an application (by client id), for the audience. `lifetime` may be
  // negative: a token that has expired.
  Result<std::string> issueToken(std::string_view principal, std::string_view audience, Duration lifetime);
  // The counters as the admin listener shows them: JSON.
  std::string counters() const;

 private:
  class Implementation;
  explicit Simulator(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

// `sluice simulate`: starts a simulator on a loop of its own, prints where it listens, runs until SIGINT or SIGTERM.
// Returns the process's exit code.
struct SimulateCommand {
  SimulateCommand();  // 127.0.0.1:8443, admin 127.0.0.1:8444, state in the user's own state folder

  std::string world_file;  // YAML; empty: options.world
  SimulatorOptions options;
  std::optional<uint64_t> seed;  // instead of the world's
  std::string ready_file;        // JSON with all addresses, written when serving
};
int runSimulate(SimulateCommand command);

}  // namespace sluice::simulator
