// The few files that the simulator keeps: read whole, written whole, readable by their owner alone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::simulator {

// nullopt: there is none. Files over 1 MiB are an error.
Result<std::optional<std::string>> readStateFile(const std::string& folder, std::string_view name);
// Makes the folder if need be; the file is replaced in one step.
Status writeStateFile(const std::string& folder, std::string_view name, std::string_view content);

}  // namespace sluice::simulator
