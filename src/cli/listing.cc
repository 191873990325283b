#include "cli/listing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace sluice::cli {
namespace {

using config::Configuration;

// A heading and its lines; nothing when there are none.
class Part {
 public:
  Part(std::string& out, std::string_view title) : out_(out), title_(title) {}

  void line(std::string text) {
    if (first_) out_ += fmt::format("{}\n", title_);
    first_ = false;
    out_ += fmt::format("  {}\n", text);
  }

 private:
  std::string& out_;
  std::string_view title_;
  bool first_ = true;
};

std::string_view withPolicy(const std::optional<config::PolicyDocument>& policy) {
  return policy ? ", with a policy" : "";
}

void apis(const Configuration& configuration, std::string& out) {
  Part part(out, "APIs");
  for (const auto& api : configuration.apis) {
    std::string line = fmt::format("{} /{}", api.name, api.path);
    if (!api.version_set.empty())
      line += fmt::format(", version {} of {}", api.version.empty() ? "(none)" : api.version, api.version_set);
    if (!api.is_current) line += fmt::format(", revision {} at /{};rev={}", api.revision, api.path, api.revision);
    line += fmt::format(", {} operations", api.operations.size());
    const auto policies =
        std::ranges::count_if(api.operations, [](const auto& operation) { return operation.policy.has_value(); });
    if (policies > 0) line += fmt::format(" ({} with policies)", policies);
    line += withPolicy(api.policy);
    line += api.subscription_required ? fmt::format(", key in header {}{} or query {}", api.key_header,
                                                    api.key_as_bearer ? ", as Bearer" : "", api.key_query)
                                      : std::string(", no key");
    if (!api.service_url.empty()) line += fmt::format(" -> {}", api.service_url);
    if (!api.tags.empty()) line += fmt::format(" [{}]", fmt::join(api.tags, ", "));
    part.line(std::move(line));
  }
}

void products(const Configuration& configuration, std::string& out) {
  Part part(out, "Products");
  for (const auto& product : configuration.products) {
    part.line(fmt::format("{} ({}), {}{}: {}", product.name, product.display_name,
                          product.subscription_required ? "protected" : "open", withPolicy(product.policy),
                          product.apis.empty() ? "no APIs" : fmt::format("{}", fmt::join(product.apis, ", "))));
  }
}

std::string scopeOf(const config::Subscription& subscription) {
  switch (subscription.scope) {
    case config::SubscriptionScope::Service:
      return "everything";
    case config::SubscriptionScope::AllApis:
      return "all APIs";
    case config::SubscriptionScope::Api:
      return fmt::format("API {}", subscription.target);
    case config::SubscriptionScope::Product:
      return fmt::format("product {}", subscription.target);
  }
  return {};
}

void subscriptions(const Configuration& configuration, std::string& out) {
  static constexpr std::array<std::string_view, 6> kStates{"active",   "suspended", "submitted",
                                                           "rejected", "cancelled", "expired"};
  Part part(out, "Subscriptions");
  for (const auto& subscription : configuration.subscriptions) {
    const int keys = !subscription.primary_key.empty() + !subscription.secondary_key.empty();
    part.line(fmt::format("{} ({}), {}, {}, {}{}", subscription.name, subscription.display_name, scopeOf(subscription),
                          kStates[static_cast<size_t>(subscription.state)],
                          keys == 0   ? "no key"
                          : keys == 1 ? "one key"
                                      : "both keys",
                          subscription.owner.empty() ? "" : fmt::format(", of user {}", subscription.owner)));
  }
}

void backends(const Configuration& configuration, std::string& out) {
  Part part(out, "Backends");
  for (const auto& backend : configuration.backends) {
    part.line(fmt::format("{} -> {}{}", backend.name,
                          backend.pool.empty() ? backend.url : fmt::format("a pool of {}", backend.pool.size()),
                          backend.credentials.empty() ? "" : ", with credentials"));
  }
}

void loggers(const Configuration& configuration, std::string& out) {
  static constexpr std::array<std::string_view, 3> kTypes{"azureEventHub", "applicationInsights", "azureMonitor"};
  Part part(out, "Loggers");
  for (const auto& logger : configuration.loggers) {
    std::string table = logger.type == config::LoggerType::AzureMonitor ? "table exchanges" : "the journal only";
    for (const auto& [name, rows] : configuration.settings.tables)
      if (rows.logger == logger.name) table = fmt::format("table {}", name);
    part.line(fmt::format("{}, {} -> {}", logger.name, kTypes[static_cast<size_t>(logger.type)], table));
  }
}

void namedValues(const Configuration& configuration, std::string& out) {
  Part part(out, "Named values");
  for (const auto& value : configuration.named_values) {
    const std::string id = value.name == value.display_name ? "" : fmt::format(" (id {})", value.name);
    part.line(fmt::format("{}{}, {}{}", value.display_name, id, value.secret ? "secret" : "plain",
                          value.resolved ? "" : ", no value"));
  }
}

template <class T>
void names(std::string& out, std::string_view title, const std::vector<T>& items) {
  Part part(out, title);
  for (const auto& item : items) part.line(item.name);
}

}  // namespace

std::string listing(const Configuration& configuration) {
  std::string out;
  if (configuration.policy) out += "Global policy\n";
  apis(configuration, out);
  Part left_out(out, "Left out");
  for (const auto& api : configuration.left_out)
    left_out.line(fmt::format("{} /{}: {}", api.name, api.path, api.reason));
  products(configuration, out);
  subscriptions(configuration, out);
  names(out, "Users", configuration.users);
  names(out, "Groups", configuration.groups);
  backends(configuration, out);
  loggers(configuration, out);
  Part diagnostics(out, "Diagnostics");
  const auto diagnostic = [&](const config::DiagnosticSettings& settings, std::string_view of) {
    diagnostics.line(fmt::format("{} of {} -> {}", settings.name, of, settings.logger));
  };
  for (const auto& settings : configuration.diagnostics) diagnostic(settings, "all APIs");
  for (const auto& api : configuration.apis)
    for (const auto& settings : api.diagnostics) diagnostic(settings, api.name);
  namedValues(configuration, out);
  names(out, "Policy fragments", configuration.fragments);
  names(out, "Version sets", configuration.version_sets);
  names(out, "Tags", configuration.tags);
  names(out, "Gateways", configuration.gateways);
  return out;
}

}  // namespace sluice::cli
