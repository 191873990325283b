#include "cli/vault_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "gateway/hosts.h"
#include "identity/key_vault.h"

namespace sluice::cli {
namespace {

constexpr Duration kOneSecret = std::chrono::seconds(10);

}  // namespace

VaultReader::VaultReader(runtime::Loop& loop)
    : loop_(loop), resolver_(loop), connector_(loop, resolver_, nullptr), clients_(connector_) {}

VaultReader::~VaultReader() {
  loop_.scope().cancelAll();  // renewals under way use what goes now
}

void VaultReader::use(const config::Configuration& configuration) {
  connector_.setHosts(gateway::hostsOf(configuration.settings));
  if (identities_ != nullptr && configuration.settings.tls.ca.text == ca_file_) return;
  ca_file_ = configuration.settings.tls.ca.text;
  runtime::TlsClientOptions options;
  options.ca_file = ca_file_;
  auto made = runtime::TlsClientContext::create(options);
  if (made) {
    tls_ = std::move(*made);
  } else {
    log::error("cannot prepare TLS to Key Vaults", {{"reason", made.error().message}, {"ca", ca_file_}});
  }
  // Who the gateway is changes with a restart only, as for requests.
  if (identities_ == nullptr)
    identities_ = std::make_unique<identity::ManagedIdentities>(loop_, *this,
                                                                identity::identityEnvironment(configuration.outbound));
}

runtime::Task<Result<http::FetchResponse>> VaultReader::fetch(http::FetchRequest request) {
  request.tls = tls_;
  return http::fetch(clients_, std::move(request));
}

std::vector<config::VaultReference> VaultReader::unknown(const std::vector<config::VaultReference>& references) const {
  std::vector<config::VaultReference> result;
  for (const auto& reference : references)
    if (!values_.contains(std::pair(reference.url, reference.identity))) result.push_back(reference);
  return result;
}

VaultReader::Change VaultReader::keep(const config::VaultReference& reference, Result<Secret> outcome) {
  config::VaultValue& value = values_[std::pair(reference.url, reference.identity)];
  if (!outcome) {
    ++failures_;
    value.error = outcome.error().message;
    log::error(value.value ? "a secret could not be read again; the last value serves" : "a secret could not be read",
               {{"secret", reference.url}, {"for", reference.used_for}, {"reason", value.error}});
    return Change::None;
  }
  if (!value.error.empty()) log::info("a secret was read", {{"secret", reference.url}});
  value.error.clear();
  const bool same = value.value && value.value->reveal() == outcome->reveal();
  value.value = std::move(*outcome);
  return same ? Change::None : Change::Some;
}

runtime::Task<VaultReader::Change> VaultReader::fetchAll(std::vector<config::VaultReference> references,
                                                         Duration patience) {
  const Instant deadline = loop_.now() + patience;
  Change change = Change::None;
  for (const auto& reference : references) {
    const Duration left = std::min<Duration>(deadline - loop_.now(), kOneSecret);
    Result<Secret> outcome = fail("there was no time left to ask for it (keyVault.wait)");
    if (left > Duration::zero()) {
      std::string url = reference.url, client = reference.identity;
      outcome = co_await identity::readVaultSecret(*this, *identities_, std::move(url), std::move(client), left);
    }
    if (keep(reference, std::move(outcome)) == Change::Some) change = Change::Some;
  }
  co_return change;
}

bool VaultReader::anyFails() const {
  return std::ranges::any_of(values_, [](const auto& entry) { return !entry.second.error.empty(); });
}

console::VaultState VaultReader::state() const {
  console::VaultState state;
  state.failures = failures_;
  for (const auto& [key, value] : values_) {
    ++state.secrets;
    if (value.error.empty()) continue;
    ++state.failing;
    state.errors.push_back(fmt::format("{}: {}", key.first, value.error));
  }
  return state;
}

}  // namespace sluice::cli
