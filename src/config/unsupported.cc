// One function per feature that is read into the model but has no code behind it yet; whoever writes the code removes
// its line from refuseUnsupported.
#include <fmt/format.h>

#include "base/encoding.h"
#include "config/checks.h"

namespace sluice::config {
namespace {

void diagnosticSettings(const Configuration& configuration, Diagnostics& diagnostics) {
  const auto warn = [&](const DiagnosticSettings& settings) {
    diagnostics.warning(settings.location, fmt::format("the diagnostic `{}` has no effect yet", settings.name),
                        "Every exchange is recorded in table `exchanges` all the same.");
  };
  for (const auto& settings : configuration.diagnostics) warn(settings);
  for (const auto& api : configuration.apis)
    for (const auto& settings : api.diagnostics) warn(settings);
}

void backendFeatures(const Configuration& configuration, Diagnostics& diagnostics) {
  for (const auto& backend : configuration.backends) {
    const auto refuse = [&](bool present, std::string_view what) {
      if (present)
        diagnostics.error(backend.location,
                          fmt::format("the backend `{}` has {}, which is not done yet", backend.name, what));
    };
    refuse(!backend.pool.empty(), "a pool");
    refuse(backend.breaker.has_value(), "a circuit breaker");
    refuse(!backend.credentials.empty(), "credentials");
    refuse(!backend.proxy_url.empty(), "a proxy");
    refuse(!backend.server_thumbprints.empty(), "pinned certificates");
    refuse(!backend.validate_certificate_chain || !backend.validate_certificate_name, "certificate checks turned off");
    refuse(backend.service_fabric, "a Service Fabric cluster");
    refuse(!equalsIgnoreCase(backend.protocol, "http"), "a protocol other than http");
  }
}

}  // namespace

void refuseUnsupported(const Configuration& configuration, Diagnostics& diagnostics) {
  diagnosticSettings(configuration, diagnostics);
  backendFeatures(configuration, diagnostics);
}

}  // namespace sluice::config
