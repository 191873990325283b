// One public deployment name, many names behind it: instances of Azure OpenAI name their deployments as they like and
// know different api-versions. What a backend's entry in sluice.yaml says is put in place of what the client sent.
// Pure; results are views of the input where nothing changes, else in the arena.
#pragma once

#include <string>
#include <string_view>

#include "base/arena.h"
#include "config/settings.h"

namespace sluice::upstream {

// The segment after `/deployments/`.
std::string_view mapDeployment(std::string_view path, const config::Named<std::string>& names, Arena& arena);
// The api-version parameter's value; where there is none it is added to a path with a deployment and left out of others
// (the v1 routes have none).
std::string_view mapApiVersion(std::string_view path, std::string_view query, std::string_view version, Arena& arena);
// Member `model` of a JSON object, as the v1 routes have it.
std::string_view mapModel(std::string_view body, const config::Named<std::string>& names, Arena& arena);

}  // namespace sluice::upstream
