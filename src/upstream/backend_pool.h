// BackendPool: which of many backends gets the next call (reference 4.5): the lowest priority number whose members can
// take one, by weight among them. Immutable but for its turn counter; made once per snapshot, shared by all threads.
// Choosing takes no lock and allocates nothing.
//
// Beyond the reference: a half-open member gets one request as its probe; one that has just recovered gets less than
// its share for a while; when nothing better is left, a half-open member gets everything.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/resources.h"
#include "upstream/backend_health.h"
#include "upstream/breaker_rule.h"

namespace sluice::upstream {

// Members that an exchange has called already, a bit for each.
using MemberSet = uint32_t;
inline constexpr size_t kMaxMembers = 30;  // APIM's limit (reference 7)

class BackendPool {
 public:
  struct Member {
    const config::Backend* backend = nullptr;
    BackendHealth* health = nullptr;
    BreakerRule rule;
    int priority = 1;
    uint32_t weight = 1;
    std::string token;  // for session affinity: says nothing of the member's name
  };
  static constexpr int kNone = -1;

  // `members`: those that exist, at most kMaxMembers.
  BackendPool(const config::Backend& pool, std::vector<Member> members);

  const config::Backend& source() const { return source_; }
  const std::vector<Member>& members() const { return members_; }
  bool hasAffinity() const { return !source_.session_cookie.empty(); }

  // Index of the member to call, without `tried`; kNone: none can take a call. Counts as a turn. `preferred`: kNone, or
  // the member to stay with while it can take a call.
  int choose(Instant now, MemberSet tried, int preferred = kNone) const;
  // The member whose token is the value of the pool's cookie in a Cookie header; kNone: none.
  int memberOfCookie(std::string_view cookie_header) const;
  // When the first member is to be asked again; `now` or earlier: at once.
  Instant availableFrom() const;
  // Status and reason phrase of the answer when no member can take a call. Published policies test the reason for
  // `Backend pool` and `is temporarily unavailable` (reference 1.5).
  int answerStatus() const { return answer_status_; }
  std::string_view answerReason() const { return answer_reason_; }

 private:
  struct Candidates;
  void consider(int index, Instant now, Candidates& candidates) const;
  int pick(const Candidates& candidates) const;

  const config::Backend& source_;
  std::vector<Member> members_;  // by priority
  int answer_status_ = 503;
  std::string answer_reason_;
  mutable std::atomic<uint32_t> turn_{0};
};

// The rule of pool members that have none: three calls in ten seconds without an answer, or with 500 and above, and the
// member is left alone for ten seconds.
const BreakerRule& usualMemberRule();

}  // namespace sluice::upstream
