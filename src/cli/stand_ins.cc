#include "cli/stand_ins.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/encoding.h"
#include "config/digest.h"

namespace sluice::cli {
namespace {

constexpr std::string_view kAzureOpenAi = ".openai.azure.com";
constexpr std::string_view kMaster = "master";

// 32 hexadecimal digits, as keys of API Management are.
std::string derived(std::string_view seed, std::string_view kind, std::string_view name) {
  config::Digest digest;
  digest.add("seed", seed);
  digest.add(kind, name);
  const std::string first = digest.text();
  digest.add("more", first);
  return first + digest.text();
}

bool says(const std::string& name, std::string_view word) {
  std::string lower = name;
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
  return lower.find(word) != std::string::npos;
}

// A value that has the form that a name of its kind asks for; a policy with another form in mind says so at load.
std::string valueFor(const std::string& name, const simulator::World& world, const std::string& seed) {
  const std::string text = derived(seed, "value", name);
  const std::string guid = fmt::format("{}-{}-4{}-8{}-{}", text.substr(0, 8), text.substr(8, 4), text.substr(13, 3),
                                       text.substr(17, 3), text.substr(20));
  if (says(name, "tenant")) return world.tenant_id;
  if (says(name, "connection"))
    return fmt::format("InstrumentationKey={};IngestionEndpoint=https://ingestion.example/", guid);
  if (says(name, "url") || says(name, "endpoint")) return "https://stand-in.example";
  if (says(name, "host") || says(name, "domain")) return "stand-in.example";
  if (says(name, "ip-address") || says(name, "ipaddress")) return "127.0.0.1";
  if (says(name, "client") || says(name, "audience") || says(name, "appid") || says(name, "app-id") ||
      says(name, "subscription-id"))
    return guid;
  return text;
}

// Names before `.openai.azure.com` in a text.
void instancesIn(std::string_view text, std::set<std::string>& names) {
  for (size_t at = text.find(kAzureOpenAi); at != std::string_view::npos; at = text.find(kAzureOpenAi, at + 1)) {
    size_t begin = at;
    const auto isLabel = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    };
    while (begin > 0 && isLabel(text[begin - 1])) --begin;
    if (begin < at) names.emplace(text.substr(begin, at - begin));
  }
}

std::set<std::string> instancesOf(const config::Configuration& configuration) {
  std::set<std::string> names;
  const auto document = [&names](const std::optional<config::PolicyDocument>& policy) {
    if (policy) instancesIn(policy->expanded.text, names);
  };
  document(configuration.policy);
  for (const auto& fragment : configuration.fragments) instancesIn(fragment.policy.expanded.text, names);
  for (const auto& product : configuration.products) document(product.policy);
  for (const auto& backend : configuration.backends) instancesIn(backend.url, names);
  for (const auto& value : configuration.named_values) instancesIn(value.value.reveal(), names);
  for (const auto& api : configuration.apis) {
    instancesIn(api.service_url, names);
    document(api.policy);
    for (const auto& operation : api.operations) document(operation.policy);
  }
  return names;
}

}  // namespace

StandIns standInsFor(const config::LoadResult& loaded, const simulator::World& world, const std::string& seed) {
  StandIns result;
  const auto value = [&](const std::string& name) {
    if (config::findNamed(result.named_values, name) == nullptr)
      result.named_values.emplace_back(name, valueFor(name, world, seed));
  };
  bool has_master = false;
  for (const auto& lack : loaded.lacks) {
    if (lack.kind == config::LackKind::NamedValue) value(lack.name);
    // Its detail is the {{name}} that its file asks for.
    if (lack.kind == config::LackKind::LoggerCredential && lack.detail.size() > 4)
      value(lack.detail.substr(2, lack.detail.size() - 4));
    if (lack.kind == config::LackKind::SubscriptionKey) {
      has_master |= equalsIgnoreCase(lack.name, kMaster);
      result.subscription_keys.emplace_back(lack.name, derived(seed, "key", lack.name));
    }
  }
  if (!has_master) result.subscription_keys.emplace_back(kMaster, derived(seed, "key", kMaster));
  return result;
}

void replaceTenants(const config::Configuration& configuration, const simulator::World& world, StandIns& stand_ins) {
  for (const auto& value : configuration.named_values) {
    if (says(value.name, "tenant") && config::findNamed(stand_ins.named_values, value.name) == nullptr)
      stand_ins.named_values.emplace_back(value.name, world.tenant_id);
  }
}

void addInstances(const config::Configuration& configuration, simulator::World& world, const std::string& seed) {
  const auto model = world.instances.front();
  for (const auto& name : instancesOf(configuration)) {
    if (world.instance(name) != nullptr) continue;
    auto added = model;
    added.name = name;
    added.key = Secret(derived(seed, "instance", name));
    world.instances.push_back(std::move(added));
  }
}

}  // namespace sluice::cli
