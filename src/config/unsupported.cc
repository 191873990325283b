// One function per feature that is read into the model but has no code behind it yet; whoever writes the code removes
// its line from here.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "config/checks.h"
#include "config/named_attributes.h"

namespace sluice::config {
namespace {

// What is kept of an exchange stands in the built-in record, whoever asks for it; an azuremonitor diagnostic asks for
// nothing else than such a record, unless it leaves some out.
void diagnosticSettings(const Configuration& configuration, Diagnostics& diagnostics) {
  const auto tell = [&](const DiagnosticSettings& settings) {
    const Logger* logger = configuration.findLogger(settings.logger);
    const bool monitor = logger != nullptr && logger->type == LoggerType::AzureMonitor;
    if (monitor && settings.sampling_percentage == 100) return;
    diagnostics.warning(
        settings.location,
        monitor ? fmt::format("the diagnostic `{}` keeps {} percent of exchanges; here every one is kept",
                              settings.name, settings.sampling_percentage)
                : fmt::format("the diagnostic `{}` sends nothing to its logger yet", settings.name),
        "Every exchange is recorded in table `exchanges`; `record` in sluice.yaml says how much of it.");
  };
  for (const auto& settings : configuration.diagnostics) tell(settings);
  for (const auto& api : configuration.apis)
    for (const auto& settings : api.diagnostics) tell(settings);
}

// Why a backend cannot be called as it asks; empty: it can.
std::string refusalOf(const Backend& backend) {
  if (!backend.pool.empty()) return "a pool";
  if (backend.breaker) return "a circuit breaker";
  if (!backend.credentials.empty()) return "credentials";
  if (!backend.proxy_url.empty()) return "a proxy";
  if (!backend.server_thumbprints.empty()) return "pinned certificates";
  if (!backend.validate_certificate_chain || !backend.validate_certificate_name) return "certificate checks turned off";
  if (backend.service_fabric) return "a Service Fabric cluster";
  if (!equalsIgnoreCase(backend.protocol, "http")) return "a protocol other than http";
  return {};
}

bool namesBackend(const Configuration& configuration, const std::optional<PolicyDocument>& document,
                  std::string_view backend) {
  if (!document) return false;
  const std::string_view text = document->expanded.text;
  for (const auto id : attributeValues(text, "backend-id"))
    if (equalsIgnoreCase(id, backend)) return true;
  for (const auto id : attributeValues(text, "fragment-id")) {
    const Fragment* fragment = configuration.findFragment(id);
    if (fragment == nullptr) continue;
    for (const auto inner : attributeValues(fragment->policy.expanded.text, "backend-id"))
      if (equalsIgnoreCase(inner, backend)) return true;
  }
  return false;
}

bool namesBackend(const Configuration& configuration, const Api& api, std::string_view backend) {
  return namesBackend(configuration, api.policy, backend) ||
         std::ranges::any_of(api.operations, [&](const Operation& operation) {
           return namesBackend(configuration, operation.policy, backend);
         });
}

void backends(Configuration& configuration, Diagnostics& diagnostics) {
  std::erase_if(configuration.backends, [&](const Backend& backend) {
    const std::string what = refusalOf(backend);
    if (what.empty()) return false;
    diagnostics.warning(backend.location,
                        fmt::format("the backend `{}` has {}, which is not done yet", backend.name, what),
                        "It cannot be called; APIs that name it are left out.");
    std::erase_if(configuration.apis, [&](const Api& api) {
      if (!namesBackend(configuration, api, backend.name)) return false;
      configuration.left_out.push_back(
          {api.name, api.path, fmt::format("its backend `{}` has {}, which is not done yet", backend.name, what)});
      return true;
    });
    return true;
  });
}

}  // namespace

void refuseUnsupported(Configuration& configuration, Diagnostics& diagnostics) {
  diagnosticSettings(configuration, diagnostics);
  backends(configuration, diagnostics);
}

}  // namespace sluice::config
