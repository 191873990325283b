#include "identity/refresh_grants.h"

#include <utility>

namespace sluice::identity {

RefreshGrants::Claim RefreshGrants::claim(const std::string& key, const Secret& configured, Instant now,
                                          Duration patience) {
  const std::lock_guard lock(mutex_);
  State& state = states_[key];
  Claim claim;
  if (state.grant.token != nullptr && now < state.grant.renew) {
    claim.turn = Turn::Fresh;
    claim.grant = state.grant;
  } else if (!state.claimed || now >= state.lapses) {
    state.claimed = true;
    state.lapses = now + patience;
    claim.turn = Turn::Mine;
    claim.refresh_token = state.refresh_token.empty() ? configured : state.refresh_token;
  }
  return claim;
}

void RefreshGrants::granted(const std::string& key, AccessGrant grant, Secret refresh_token) {
  const std::lock_guard lock(mutex_);
  State& state = states_[key];
  state.grant = std::move(grant);
  state.refresh_token = std::move(refresh_token);
  state.claimed = false;
}

void RefreshGrants::failed(const std::string& key) {
  const std::lock_guard lock(mutex_);
  states_[key].claimed = false;
}

}  // namespace sluice::identity
