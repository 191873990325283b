// One function per feature that is read into the model but has no code behind it yet; whoever writes the code removes
// its line from refuseUnsupported.
#include <fmt/format.h>

#include "base/encoding.h"
#include "config/checks.h"

namespace sluice::config {
namespace {

void subscriptionKeys(const Configuration& configuration, Diagnostics& diagnostics) {
  for (const auto& api : configuration.apis) {
    if (!api.subscription_required) continue;
    diagnostics.error(api.location,
                      fmt::format("the API `{}` asks for subscription keys, which are not checked yet", api.name),
                      "Set `subscriptionRequired` to false and authenticate by policy.");
  }
}

// A product without subscriptions takes part in every request to its APIs (reference 1.2).
void openProducts(const Configuration& configuration, Diagnostics& diagnostics) {
  for (const auto& product : configuration.products) {
    if (product.subscription_required || !product.policy) continue;
    diagnostics.error(
        product.location,
        fmt::format("the open product `{}` has a policy, and product policies do not run yet", product.name),
        "Move the policy to its APIs.");
  }
}

void versionsAndRevisions(const Configuration& configuration, Diagnostics& diagnostics) {
  for (const auto& api : configuration.apis) {
    if (!api.version_set.empty())
      diagnostics.error(api.location, fmt::format("the API `{}` is versioned, which is not done yet", api.name),
                        "Remove `apiVersionSetId`, and put the version into `path`.");
    if (!api.is_current)
      diagnostics.warning(api.location, fmt::format("revision {} of the API `{}` is not current and not served yet",
                                                    api.revision, api.name));
  }
}

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
  subscriptionKeys(configuration, diagnostics);
  openProducts(configuration, diagnostics);
  versionsAndRevisions(configuration, diagnostics);
  diagnosticSettings(configuration, diagnostics);
  backendFeatures(configuration, diagnostics);
}

}  // namespace sluice::config
