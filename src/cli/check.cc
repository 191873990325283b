#include "cli/check.h"

#include <cstdio>

#include "cli/listing.h"
#include "gateway/left_out.h"
#include "policies/builtin.h"

namespace sluice::cli {

int runCheck(const CheckOptions& options) {
  config::Overrides overrides;
  overrides.variant = options.variant;
  overrides.vault_mode = config::VaultMode::StandIns;
  auto loaded = config::load(options.folder, config::processEnvironment(), overrides);
  Diagnostics& diagnostics = loaded.diagnostics;
  std::shared_ptr<const gateway::Snapshot> snapshot;
  if (loaded.configuration != nullptr) {
    loaded.configuration = gateway::leaveOutRefused(loaded.configuration, policies::builtinCatalogue());
    if (options.strictness == Strictness::Strict) addStrictErrors(*loaded.configuration, diagnostics);
    snapshot = gateway::Snapshot::build(loaded.configuration, policies::builtinCatalogue(), diagnostics);
  }
  std::fputs(diagnostics.render().c_str(), stdout);
  std::fputs(config::renderLacks(loaded.lacks).c_str(), stdout);
  for (const auto& secret : loaded.vault)
    std::printf("would be fetched: %s for %s\n", secret.url.c_str(), secret.used_for.c_str());
  if (loaded.configuration != nullptr) {
    for (const auto& api : loaded.configuration->left_out)
      std::printf("left out: API %s (/%s): %s\n", api.name.c_str(), api.path.c_str(), api.reason.c_str());
    if (options.listing == Listing::On) std::fputs(listing(*loaded.configuration).c_str(), stdout);
  }
  if (diagnostics.hasErrors() || snapshot == nullptr) {
    std::printf("%zu mistakes\n", diagnostics.errors());
    return 1;
  }
  size_t operations = 0;
  for (const auto& api : loaded.configuration->apis) operations += api.operations.size();
  std::printf("%s: good: %zu APIs, %zu operations\n", options.folder.c_str(), loaded.configuration->apis.size(),
              operations);
  return 0;
}

}  // namespace sluice::cli
