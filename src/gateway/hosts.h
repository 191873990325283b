// The `hosts:` mapping of sluice.yaml as connections use it.
#pragma once

#include <memory>

#include "config/settings.h"
#include "runtime/hosts.h"

namespace sluice::gateway {

// Entries that cannot be used are left out and logged.
std::shared_ptr<const runtime::HostsMap> hostsOf(const config::Settings& settings);

}  // namespace sluice::gateway
