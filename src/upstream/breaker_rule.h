// BreakerRule: a backend's circuit breaker as its configuration has it (reference 4.5), ready to judge with. Immutable.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "config/resources.h"

namespace sluice::upstream {

// Why no answer came from a backend. Values of a breaker's errorReasons have these names.
enum class CallError : uint8_t { None, ConnectionFailure, Timeout };

// How one call ended, as far as a breaker and a pool care.
struct CallResult {
  int status = 0;  // 0: no answer, and `error` says why
  CallError error = CallError::None;
  // What the backend said of when it can take more: Retry-After and its kin. Zero: nothing.
  Duration retry_after{};
};

class BreakerRule {
 public:
  // No rule: nothing ever counts as a failure.
  BreakerRule() = default;
  explicit BreakerRule(const config::CircuitBreaker& breaker);

  bool present() const { return count_ > 0 || percentage_ > 0; }
  bool isFailure(const CallResult& result) const;

  uint32_t count() const { return count_; }            // failures that trip it; 0: it goes by percentage
  uint32_t percentage() const { return percentage_; }  // 1 to 100
  Duration interval() const { return interval_; }
  // For how long it stays open after `result`.
  Duration tripDuration(const CallResult& result) const;
  int answerStatus() const { return answer_status_; }  // sent while it is open

 private:
  uint32_t count_ = 0;
  uint32_t percentage_ = 0;
  Duration interval_{};
  Duration trip_duration_{};
  std::vector<config::StatusRange> statuses_;
  bool server_errors_ = false;
  bool connection_failures_ = false;
  bool timeouts_ = false;
  bool accept_retry_after_ = false;
  int answer_status_ = 503;
};

}  // namespace sluice::upstream
