#include "policy/limit_answer.h"

#include <fmt/format.h>

namespace sluice::policy {

LimitAnswer::LimitAnswer(const ElementReader& reader)
    : retry_header_(reader.literal("retry-after-header-name")),
      retry_variable_(reader.literal("retry-after-variable-name")),
      remaining_header_(reader.literal("remaining-calls-header-name")),
      remaining_variable_(reader.literal("remaining-calls-variable-name")),
      total_header_(reader.literal("total-calls-header-name")) {}

void LimitAnswer::tell(Exchange& exchange, const std::string& header, const std::string& variable,
                       int64_t number) const {
  if (!header.empty()) exchange.answer_headers.set(header, exchange.arena().copy(fmt::format_int(number).str()));
  if (!variable.empty()) exchange.setVariable(variable, expression::makeInt(static_cast<int32_t>(number)));
}

void LimitAnswer::within(Exchange& exchange, int64_t remaining, int64_t total) const {
  tell(exchange, remaining_header_, remaining_variable_, std::max<int64_t>(remaining, 0));
  tell(exchange, total_header_, {}, total);
}

Verdict LimitAnswer::tooMany(Exchange& exchange, Duration retry_after, int64_t total) const {
  const int64_t seconds = std::chrono::ceil<std::chrono::seconds>(retry_after).count();
  tell(exchange, total_header_, {}, total);
  tell(exchange, remaining_header_, remaining_variable_, 0);
  tell(exchange, retry_header_, retry_variable_, seconds);
  return exchange.fail(429, "RateLimitExceeded", "Rate limit is exceeded",
                       fmt::format("Rate limit is exceeded. Try again in {} seconds.", seconds));
}

}  // namespace sluice::policy
