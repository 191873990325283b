#include "identity/token_board.h"

namespace sluice::identity {

TokenBoard::Claim TokenBoard::claim(const Key& key, Instant now, std::function<void(const TokenOutcome&)> then,
                                    TokenOutcome& known) {
  const std::scoped_lock lock(mutex_);
  if (entries_.size() >= kMaxTokens && !entries_.contains(key))
    std::erase_if(entries_, [](const auto& entry) { return !entry.second.claimed; });
  Entry& entry = entries_[key];
  if (entry.claimed) {
    entry.waiting.push_back(std::move(then));
    return Claim::Waiting;
  }
  if (entry.last.token != nullptr && now < entry.last.renew) {
    known = entry.last;
    return Claim::Known;
  }
  entry.claimed = true;
  return Claim::Yours;
}

void TokenBoard::publish(const Key& key, const TokenOutcome& outcome) {
  std::vector<std::function<void(const TokenOutcome&)>> waiting;
  {
    const std::scoped_lock lock(mutex_);
    Entry& entry = entries_[key];
    entry.claimed = false;
    if (outcome.token != nullptr) entry.last = outcome;
    waiting.swap(entry.waiting);
  }
  for (const auto& then : waiting) then(outcome);
}

}  // namespace sluice::identity
