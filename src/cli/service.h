// Service: `sluice serve`. The main thread's part of a gateway process: loads the configuration and reloads it when
// files change or SIGHUP comes, supervises the explorer, answers on the management listener, drains on SIGTERM.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/vault_reader.h"
#include "config/loader.h"
#include "config/watch.h"
#include "console/management.h"
#include "gateway/gateway.h"
#include "runtime/loop.h"
#include "runtime/signals.h"

namespace sluice::analytics {
class Supervisor;
}

namespace sluice::cli {

enum class Strictness : uint8_t { Lenient, Strict };

struct ServeOptions {
  ServeOptions() = default;

  std::string folder;
  config::Overrides overrides;
  Strictness strictness = Strictness::Lenient;  // Strict: an API that cannot run is an error
  std::string ready_file;                       // JSON with all addresses, written when serving
};

class Service {
 public:
  explicit Service(ServeOptions options);
  ~Service();

  // Everything up to serving; the error is for the terminal, as it is.
  Status start();
  // Until a signal ends it; the process's exit code.
  int run();

  const gateway::Gateway& gateway() const { return *gateway_; }
  const std::string& managementAddress() const { return management_address_; }
  const std::string& explorerSocket() const { return explorer_socket_; }

 private:
  // The snapshot of what the folder holds now, or null with `diagnostics`.
  std::shared_ptr<const gateway::Snapshot> load(Diagnostics& diagnostics);
  Status startExplorer();
  Status writeReadyFile() const;
  void watchFiles();
  void reload();
  // Key Vault: before the first snapshot, for what a reload names anew, and every so often.
  std::shared_ptr<const gateway::Snapshot> loadWithSecrets(Diagnostics& diagnostics);
  runtime::Task<void> fetchThenReload();
  runtime::Task<void> refreshSecrets();
  void reportRestart(const config::Settings& wanted) const;
  runtime::Task<void> handleSignals();
  runtime::Task<void> watchForChanges();

  ServeOptions options_;
  config::Settings started_with_;
  runtime::Loop loop_;
  runtime::Signals signals_;
  VaultReader vault_{loop_};
  std::vector<config::VaultReference> vault_references_;
  config::KeyVault vault_settings_;
  bool fetching_ = false;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<console::Management> management_;
  std::unique_ptr<analytics::Supervisor> explorer_;
  std::unique_ptr<config::Watcher> watcher_;
  runtime::Watch watch_;
  std::vector<std::string> watched_folders_, watched_files_;
  console::ReloadState reloads_;
  std::string management_address_;
  std::string explorer_socket_;
};

int runServe(ServeOptions options);
// What --strict makes of APIs that are left out.
void addStrictErrors(const config::Configuration& configuration, Diagnostics& diagnostics);

}  // namespace sluice::cli
