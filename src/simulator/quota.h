// Tokens and requests per minute of deployments, counted as Azure counts them: by minute windows, a request weighing
// its prompt and the most it may generate. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "simulator/knobs.h"

namespace sluice::simulator {

class Quota {
 public:
  struct Verdict {
    const char* exceeded = nullptr;  // "token" or "call"; null: granted
    int64_t retry_after = 0;         // seconds
    int64_t remaining_tokens = 0;    // for the headers
    int64_t remaining_requests = 0;
  };
  Verdict take(const std::string& deployment, const Knobs& knobs, int64_t tokens, UtcTime now);

 private:
  struct Window {
    UtcTime start{};
    int64_t tokens = 0;
    int64_t requests = 0;
  };
  std::map<std::string, Window> windows_;  // as many as there are deployments
};

}  // namespace sluice::simulator
