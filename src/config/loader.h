// The front door: a folder in APIOps layout plus sluice.yaml becomes a Configuration, or a list of every mistake found
// and no Configuration. Reads files only (and the environment through `Environment`); opens no socket. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "config/lacks.h"
#include "config/model.h"
#include "config/vault.h"

namespace sluice::config {

// An environment variable's value, or nullopt.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
// The process's own.
Environment processEnvironment();

// What `sluice demo` and tests put over a folder without changing it. Entries replace those of the same name.
struct Overrides {
  std::vector<Listener> listeners;  // not empty: instead of the folder's
  std::optional<Listener> management;
  std::optional<uint32_t> threads;
  Named<HostMapping> hosts;
  Named<std::string> named_values;  // by display name
  std::string journal_directory;    // not empty: instead of the folder's
  std::string store_path;
  std::string identity_ca;
  std::string tls_ca;
  std::string variant;                   // NAME: configuration.NAME.yaml, in the folder or above it, is applied
  Named<std::string> subscription_keys;  // primary keys by subscription, where the folder has none
  VaultValues vault;                     // what has been fetched from Key Vaults
  VaultMode vault_mode = VaultMode::Fetched;
};

struct LoadResult {
  std::shared_ptr<const Configuration> configuration;  // null when there were errors
  Diagnostics diagnostics;
  std::vector<VaultReference> vault;  // every secret of a Key Vault that it takes, each once
  // The settings and the identity to fetch them with, also when there were errors.
  std::shared_ptr<const Configuration> draft;
  std::vector<Lack> lacks;           // what nobody supplied, whether or not loading succeeded
  std::vector<std::string> folders;  // every folder that was read, for the watcher, whether or not loading succeeded
  std::vector<std::string> files;    // files outside those (certificates, secrets), likewise
};

LoadResult load(const std::string& folder, const Environment& environment, const Overrides& overrides = {});

}  // namespace sluice::config
