// What quotas have in common (reference 2.1): the answer to a call that is too many, and the bytes that count when an
// exchange is over.
#pragma once

#include <string_view>

#include "policy/counters.h"
#include "policy/exchange.h"

namespace sluice::policy {

// Counts a call, and when the exchange is over its bytes; refuses it with 403 when the quota is used up. `key` must
// live as long as the exchange.
Verdict countQuota(Exchange& exchange, std::string_view key, const QuotaLimit& limit, int64_t calls);

// "hh:mm:ss", or "2.12 days" for a day and more.
std::string quotaWait(Duration wait);

}  // namespace sluice::policy
