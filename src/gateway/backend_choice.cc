#include "gateway/backend_choice.h"

#include "base/encoding.h"

namespace sluice::gateway {
namespace {

// The value of a session's cookie: the same for a member in every process and after every reload, without showing its
// name. FNV-1a, 64 bits: a client that makes one up chooses its member, which is what the cookie is for.
std::string affinityToken(std::string_view pool, std::string_view member) {
  uint64_t hash = 14695981039346656037ull;
  const auto mix = [&](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
  };
  mix(pool);
  mix("\n");
  mix(member);
  char bytes[8];
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(hash >> (8 * i));
  return hexEncode({bytes, 8});
}

}  // namespace

BackendChoices::BackendChoices(const config::Configuration& configuration, upstream::BackendHealths& healths) {
  for (const auto& backend : configuration.backends) {
    if (!backend.pool.empty()) {
      addPool(configuration, backend, healths);
    } else if (backend.breaker) {
      guarded_.push_back({&backend, &healths.of(backend.name), upstream::BreakerRule(*backend.breaker)});
    }
  }
}

void BackendChoices::addPool(const config::Configuration& configuration, const config::Backend& backend,
                             upstream::BackendHealths& healths) {
  std::vector<upstream::BackendPool::Member> members;
  for (const auto& entry : backend.pool) {
    const config::Backend* found = configuration.findBackend(entry.backend);
    if (found == nullptr || !found->pool.empty() || members.size() == upstream::kMaxMembers) continue;
    upstream::BackendPool::Member member;
    member.backend = found;
    member.health = &healths.of(found->name);
    member.rule = found->breaker ? upstream::BreakerRule(*found->breaker) : upstream::usualMemberRule();
    member.priority = entry.priority;
    member.weight = static_cast<uint32_t>(entry.weight);
    member.token = affinityToken(backend.name, found->name);
    members.push_back(std::move(member));
  }
  pools_.push_back(std::make_unique<PooledBackends>(backend, std::move(members)));
}

const PooledBackends* BackendChoices::pool(const config::Backend* backend) const {
  if (backend == nullptr || backend->pool.empty()) return nullptr;
  for (const auto& pool : pools_)
    if (&pool->choice.source() == backend) return pool.get();
  return nullptr;
}

const GuardedBackend* BackendChoices::guarded(const config::Backend* backend) const {
  if (backend == nullptr || !backend->breaker) return nullptr;
  for (const auto& guarded : guarded_)
    if (guarded.backend == backend) return &guarded;
  return nullptr;
}

}  // namespace sluice::gateway
