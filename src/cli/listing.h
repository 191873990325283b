// What `sluice check --list` prints of a configuration: one line for each resource, kind by kind; never a secret.
#pragma once

#include <string>

#include "config/model.h"

namespace sluice::cli {

std::string listing(const config::Configuration& configuration);

}  // namespace sluice::cli
