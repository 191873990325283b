// What rate limits tell: the headers and variables that their attributes name, and the answer to a call that is too
// many (reference 2.1). Shared by the policies that limit; immutable after load.
#pragma once

#include <string>
#include <string_view>

#include "policy/descriptor.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policy {

class LimitAnswer {
 public:
  explicit LimitAnswer(const ElementReader& reader);

  // A call that may go on.
  void within(Exchange& exchange, int64_t remaining, int64_t total) const;
  // 429; the wait is rounded up to whole seconds.
  Verdict tooMany(Exchange& exchange, Duration retry_after, int64_t total) const;

 private:
  void tell(Exchange& exchange, const std::string& header, const std::string& variable, int64_t number) const;

  std::string retry_header_, retry_variable_;
  std::string remaining_header_, remaining_variable_;
  std::string total_header_;
};

// The attributes that LimitAnswer reads; every policy that has one has them all.
inline constexpr AttributeSpec kRetryHeader{
    .name = "retry-after-header-name",
    .form = Form::Literal,
    .sentence = "The header with the seconds to wait, on an answer to a call too many.",
    .fallback = "Retry-After"};
inline constexpr AttributeSpec kRetryVariable{
    .name = "retry-after-variable-name", .form = Form::Literal, .sentence = "A variable with the seconds to wait."};
inline constexpr AttributeSpec kRemainingHeader{.name = "remaining-calls-header-name",
                                                .form = Form::Literal,
                                                .sentence = "The header with the calls left in this window."};
inline constexpr AttributeSpec kRemainingVariable{.name = "remaining-calls-variable-name",
                                                  .form = Form::Literal,
                                                  .sentence = "A variable with the calls left in this window."};
inline constexpr AttributeSpec kTotalHeader{.name = "total-calls-header-name",
                                            .form = Form::Literal,
                                            .sentence = "The header with the calls allowed in a window."};

}  // namespace sluice::policy
