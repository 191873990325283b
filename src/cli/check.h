// `sluice check`: loads and compiles a folder, prints every mistake, what the extract lacks and what is left out; with
// --list also everything that is loaded.
#pragma once

#include <string>

#include "cli/service.h"

namespace sluice::cli {

enum class Listing : uint8_t { Off, On };

struct CheckOptions {
  CheckOptions() = default;

  std::string folder;
  std::string variant;  // of configuration.NAME.yaml; empty: none
  Strictness strictness = Strictness::Lenient;
  Listing listing = Listing::Off;
};

// 0 when there is no mistake.
int runCheck(const CheckOptions& options);

}  // namespace sluice::cli
