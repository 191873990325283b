// What Azure OpenAI's dated API versions know. Facts from the service's published schemas and answers: a version that
// the service never had is answered 404 "Resource not found", an argument that came later 400 "Unrecognized request
// argument supplied".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "upstream/dialect.h"

namespace sluice::simulator {

struct ApiVersion {
  std::string text;  // as given; empty for the v1 surfaces without one
  int day = 0;       // 20230515; the v1 surfaces: later than any

  bool hasDialect(upstream::Dialect dialect) const;
  bool knowsArgument(upstream::Dialect dialect, std::string_view argument) const;
  bool reportsContentFilter() const { return day >= 20230601; }  // in answers; streams always begin with it
  bool reportsUsageDetails() const { return day >= 20241001; }
};

// The v1 surface (/openai/v1, api.openai.com).
ApiVersion v1Version();
// nullopt: a version the service does not have.
std::optional<ApiVersion> azureVersion(std::string_view text);

}  // namespace sluice::simulator
