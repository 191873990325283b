// Settings that are read when the process starts and never again: a reload that changes them says so instead of seeming
// to have worked.
#pragma once

#include <string_view>
#include <vector>

#include "config/settings.h"

namespace sluice::config {

// The keys of sluice.yaml, in its order, in which `wanted` differs from what the process runs with.
std::vector<std::string_view> keysThatNeedRestart(const Settings& running, const Settings& wanted);

}  // namespace sluice::config
