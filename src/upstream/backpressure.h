// What an answer's head says of when its sender can take more: Retry-After (RFC 9110 10.2.3), OpenAI's retry-after-ms,
// and the rate limit headers of Azure OpenAI and OpenAI (x-ratelimit-remaining-tokens and the like). Pure.
#pragma once

#include "base/clock.h"
#include "http/message.h"

namespace sluice::upstream {

// Zero: it can at once, as far as it says. Of a good answer only used-up limits count; of a refusal the longest of what
// it asks for. `now`: for Retry-After as a date.
Duration retryAfter(int status, const http::Headers& headers, UtcTime now);

// "6s", "1m30s", "250ms", "1h2m3.5s", "12" (seconds). Zero when it is nothing of the kind.
Duration parseReset(std::string_view text);

}  // namespace sluice::upstream
