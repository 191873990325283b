// One function per feature that is read into the model but has no code behind it yet; whoever writes the code removes
// its line from here.
#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "config/checks.h"
#include "config/named_attributes.h"
#include "config/units.h"

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
  if (backend.service_fabric) return "has a Service Fabric cluster, which exists in Azure only";
  if (!equalsIgnoreCase(backend.protocol, "http")) return "has a protocol other than http, which is not done yet";
  return {};
}

// What a backend needs that nobody supplied; empty: nothing.
std::string needOf(const Configuration& configuration, const Backend& backend) {
  for (const auto& name : backend.credentials.certificates) {
    const Certificate* certificate = configuration.findCertificate(name);
    if (certificate == nullptr) certificate = configuration.findThumbprint(name);
    if (certificate == nullptr) return fmt::format("needs the certificate `{}`, which nothing supplies", name);
    if (certificate->content.key_pem.empty())
      return fmt::format("needs the private key of the certificate `{}`, which nothing supplies", name);
  }
  return {};
}

bool isProxyUrl(std::string_view url) {
  constexpr std::string_view kHttp = "http://";
  return url.starts_with(kHttp) && parseAddress(url.substr(kHttp.size()), PortPolicy::Optional).has_value();
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

bool usesBackend(const Configuration& configuration, const Api& api, const Backend& backend) {
  return namesBackend(configuration, api, backend.name) || (!backend.url.empty() && api.service_url == backend.url);
}

void backends(Configuration& configuration, Diagnostics& diagnostics) {
  for (const auto& backend : configuration.backends) {
    std::string url = backend.proxy_url;
    while (url.ends_with('/')) url.pop_back();
    if (!url.empty() && !isProxyUrl(url))
      diagnostics.error(backend.location,
                        fmt::format("the proxy `{}` of the backend `{}` is not a proxy's URL", url, backend.name),
                        "Write it as in http://proxy:8080.");
  }
  std::erase_if(configuration.backends, [&](const Backend& backend) {
    std::string reason = refusalOf(backend);
    const bool lacks = reason.empty();
    if (lacks) reason = needOf(configuration, backend);
    if (reason.empty()) return false;
    diagnostics.warning(backend.location, fmt::format("the backend `{}` {}", backend.name, reason),
                        lacks ? "Add it to `certificates` in sluice.yaml; until then APIs that use it are left out."
                              : "It cannot be called; APIs that use it are left out.");
    std::erase_if(configuration.apis, [&](const Api& api) {
      if (!usesBackend(configuration, api, backend)) return false;
      configuration.left_out.push_back({api.name, api.path, fmt::format("its backend `{}` {}", backend.name, reason)});
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
