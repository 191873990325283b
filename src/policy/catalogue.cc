#include "policy/catalogue.h"

#include <algorithm>
#include <utility>

namespace sluice::policy {
namespace {

constexpr std::string_view kNotYet = "this gateway does not run it yet";
constexpr std::string_view kGraphQl = "GraphQL APIs and their resolvers are not run by this gateway";
constexpr std::string_view kDapr = "it needs Dapr's sidecar, which this gateway does not use";

// What API Management knows and we do not run (reference, section 2), with the reason shown at load. A name that has a
// descriptor is looked up there first, so an entry here goes when its policy comes.
constexpr std::pair<std::string_view, std::string_view> kKnown[] = {
    {"azure-openai-emit-token-metric", kNotYet},
    {"azure-openai-semantic-cache-lookup", kNotYet},
    {"azure-openai-semantic-cache-store", kNotYet},
    {"azure-openai-token-limit", kNotYet},
    {"cosmosdb-data-source", kGraphQl},
    {"http-data-source", kGraphQl},
    {"invoke-dapr-binding", kDapr},
    {"llm-content-safety", kNotYet},
    {"llm-emit-token-metric", kNotYet},
    {"llm-semantic-cache-lookup", kNotYet},
    {"llm-semantic-cache-store", kNotYet},
    {"llm-token-limit", kNotYet},
    {"publish-event", kGraphQl},
    {"publish-to-dapr", kDapr},
    {"send-service-bus-message", "Service Bus is part of Azure's own fabric; send-request can reach it over HTTP"},
    {"set-graphql-resolver", kGraphQl},
    {"sql-data-source", kGraphQl},
    {"validate-graphql-request", kGraphQl},
    {"validate-odata-request", "OData APIs are not run by this gateway"},
};

bool before(const Descriptor* descriptor, std::string_view name) {
  return descriptor->element.name < name;
}

}  // namespace

Catalogue::Catalogue(std::span<const Descriptor* const> descriptors)
    : descriptors_(descriptors.begin(), descriptors.end()) {
  std::sort(descriptors_.begin(), descriptors_.end(),
            [](const Descriptor* a, const Descriptor* b) { return before(a, b->element.name); });
}

const Descriptor* Catalogue::find(std::string_view name) const {
  const auto at = std::lower_bound(descriptors_.begin(), descriptors_.end(), name, before);
  return at != descriptors_.end() && (*at)->element.name == name ? *at : nullptr;
}

std::vector<std::string_view> Catalogue::names() const {
  std::vector<std::string_view> names;
  for (const auto* descriptor : descriptors_) names.push_back(descriptor->element.name);
  for (const auto& [name, reason] : kKnown) names.push_back(name);
  return names;
}

std::span<const std::pair<std::string_view, std::string_view>> refusedPolicies() {
  return kKnown;
}

std::string_view refusalOf(std::string_view name) {
  for (const auto& [known, reason] : kKnown)
    if (known == name) return reason;
  return {};
}

}  // namespace sluice::policy
