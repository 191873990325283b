#include "upstream/backend_pool.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/encoding.h"

namespace sluice::upstream {

using State = BackendHealth::State;

struct BackendPool::Candidates {
  std::array<uint8_t, kMaxMembers> members;
  std::array<uint32_t, kMaxMembers> weights;
  size_t count = 0;
  uint64_t total = 0;
  bool equal = true;
  int probe = kNone;
  int last_resort = kNone;

  void add(int index, uint32_t weight) {
    if (count > 0 && weight != weights[0]) equal = false;
    members[count] = static_cast<uint8_t>(index);
    weights[count++] = weight;
    total += weight;
  }
};

BackendPool::BackendPool(const config::Backend& pool, std::vector<Member> members)
    : source_(pool),
      members_(std::move(members)),
      answer_status_(pool.failure_status.value_or(503)),
      answer_reason_("Backend pool '" + pool.name + "' is temporarily unavailable") {
  std::ranges::stable_sort(members_, {}, &Member::priority);
}

void BackendPool::consider(int index, Instant now, Candidates& candidates) const {
  const Member& member = members_[static_cast<size_t>(index)];
  switch (member.health->state(now)) {
    case State::Well:
      candidates.add(index, member.weight * 256);
      break;
    case State::Recovering:
      candidates.add(index, member.weight * member.health->share(now));
      break;
    case State::HalfOpen:
      if (candidates.last_resort == kNone) candidates.last_resort = index;
      if (candidates.probe == kNone && member.health->takeProbe(now)) candidates.probe = index;
      break;
    case State::Full:
    case State::Open:
      break;
  }
}

int BackendPool::pick(const Candidates& candidates) const {
  const uint32_t turn = turn_.fetch_add(1, std::memory_order_relaxed);
  if (candidates.equal || candidates.total == 0) return candidates.members[turn % candidates.count];
  // Multiples of the golden ratio fall evenly: members take turns as their weights say, not one after another in runs.
  const uint64_t fraction = static_cast<uint32_t>(turn * 2654435769u);
  uint64_t at = fraction * candidates.total >> 32;
  for (size_t i = 0; i < candidates.count; ++i) {
    if (at < candidates.weights[i]) return candidates.members[i];
    at -= candidates.weights[i];
  }
  return candidates.members[candidates.count - 1];
}

int BackendPool::choose(Instant now, MemberSet tried, int preferred) const {
  const auto isTried = [&](size_t index) { return (tried >> index & 1) != 0; };
  if (preferred != kNone && !isTried(static_cast<size_t>(preferred))) {
    const State state = members_[static_cast<size_t>(preferred)].health->state(now);
    if (state == State::Well || state == State::Recovering) return preferred;
  }
  int last_resort = kNone;
  for (size_t begin = 0; begin < members_.size();) {
    Candidates candidates;
    size_t end = begin;
    for (; end < members_.size() && members_[end].priority == members_[begin].priority; ++end)
      if (!isTried(end)) consider(static_cast<int>(end), now, candidates);
    if (candidates.probe != kNone) return candidates.probe;
    if (candidates.count > 0) return pick(candidates);
    if (last_resort == kNone) last_resort = candidates.last_resort;
    begin = end;
  }
  return last_resort;
}

int BackendPool::memberOfCookie(std::string_view cookie_header) const {
  const std::string_view name = source_.session_cookie;
  while (!cookie_header.empty()) {
    const size_t end = cookie_header.find(';');
    std::string_view pair = cookie_header.substr(0, end);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    cookie_header = end == std::string_view::npos ? std::string_view() : cookie_header.substr(end + 1);
    if (pair.size() <= name.size() || !pair.starts_with(name) || pair[name.size()] != '=') continue;
    const std::string_view value = pair.substr(name.size() + 1);
    for (size_t i = 0; i < members_.size(); ++i)
      if (members_[i].token == value) return static_cast<int>(i);
  }
  return kNone;
}

Instant BackendPool::availableFrom() const {
  Instant first = Instant::max();
  for (const auto& member : members_) first = std::min(first, member.health->until());
  return first;
}

const BreakerRule& usualMemberRule() {
  static const BreakerRule rule = [] {
    config::CircuitBreaker breaker;
    breaker.count = 3;
    breaker.interval = std::chrono::seconds(10);
    breaker.trip_duration = std::chrono::seconds(10);
    breaker.accept_retry_after = true;
    return BreakerRule(breaker);
  }();
  return rule;
}

}  // namespace sluice::upstream
