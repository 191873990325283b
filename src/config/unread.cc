#include "config/unread.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/encoding.h"
#include "config/named_attributes.h"

namespace sluice::config {
namespace {

class Unread {
 public:
  explicit Unread(Configuration& configuration) : configuration_(configuration) {}

  // Why a text cannot be used; empty: it has no mark.
  std::string in(std::string_view text) const {
    for (const auto& value : configuration_.unread_values)
      if (text.find(value.mark) != std::string_view::npos) return value.why;
    return {};
  }

  std::string in(const std::optional<PolicyDocument>& document) const {
    if (!document) return {};
    std::string why = in(document->expanded.text);
    for (const auto id : attributeValues(document->expanded.text, "fragment-id")) {
      const Fragment* fragment = configuration_.findFragment(id);
      if (why.empty() && fragment != nullptr) why = in(fragment->policy.expanded.text);
    }
    if (!why.empty()) return why;
    for (const auto id : attributeValues(document->expanded.text, "backend-id"))
      if (const Backend* backend = configuration_.findBackend(id); backend != nullptr && why.empty())
        why = in(*backend);
    return why;
  }

  std::string in(const Backend& backend) const {
    const BackendCredentials& credentials = backend.credentials;
    std::string all = backend.url + " " + backend.proxy_url + " " + backend.proxy_user;
    all.append(" ").append(backend.proxy_password.reveal());
    all.append(" ").append(credentials.authorization_parameter.reveal());
    for (const auto* list : {&credentials.headers, &credentials.query})
      for (const auto& [name, values] : *list)
        for (const auto& value : values) all.append(" ").append(value.reveal());
    return in(std::string_view(all));
  }

  std::string in(const Api& api) const {
    std::string why = in(api.policy);
    for (const auto& operation : api.operations)
      if (why.empty()) why = in(operation.policy);
    for (const auto& product : configuration_.products) {
      const bool has =
          std::ranges::any_of(product.apis, [&](const auto& name) { return equalsIgnoreCase(name, api.name); });
      if (why.empty() && has) why = in(product.policy);
    }
    for (const auto& backend : configuration_.backends)
      if (why.empty() && !backend.url.empty() && backend.url == api.service_url) why = in(backend);
    return why;
  }

 private:
  Configuration& configuration_;
};

}  // namespace

void leaveOutUnread(Configuration& configuration, Diagnostics& diagnostics) {
  if (configuration.unread_values.empty()) return;
  const Unread unread(configuration);
  if (const auto why = unread.in(configuration.policy); !why.empty())
    diagnostics.error({configuration.policy->file, 0, 0}, "the global policy cannot run: " + why,
                      "Every API needs it.");
  std::erase_if(configuration.apis, [&](const Api& api) {
    auto why = unread.in(api);
    if (why.empty()) return false;
    configuration.left_out.push_back({api.name, api.path, std::move(why)});
    return true;
  });
  std::erase_if(configuration.products, [&](const Product& product) { return !unread.in(product.policy).empty(); });
  std::erase_if(configuration.fragments,
                [&](const Fragment& fragment) { return !unread.in(fragment.policy.expanded.text).empty(); });
  std::erase_if(configuration.backends, [&](const Backend& backend) { return !unread.in(backend).empty(); });
  for (auto& logger : configuration.loggers) {
    if (!unread.in(logger.connection_string.reveal()).empty()) logger.connection_string = Secret();
    if (!unread.in(logger.instrumentation_key.reveal()).empty()) logger.instrumentation_key = Secret();
  }
  for (const auto& value : configuration.unread_values) {
    for (auto& named : configuration.named_values) {
      if (named.display_name != value.name) continue;
      named.value = Secret();
      named.resolved = false;
    }
  }
}

}  // namespace sluice::config
