// What the simulated services have seen, for tests and the curious: shown at the admin listener. Plain numbers, one
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace sluice::simulator {

struct Tally {
  uint64_t requests = 0;
  uint64_t streams = 0;        // begun
  uint64_t streams_ended = 0;  // to their last event
  uint64_t aborted = 0;        // the client left before the answer's end
  uint64_t cut = 0;            // ended early because a knob said so
  uint64_t prompt_tokens = 0;  // as estimated for quotas
  std::map<int, uint64_t> statuses;
};

struct Counters {
  Tally identity;
  Tally openai;  // api.openai.com
  std::map<std::string, Tally, std::less<>> instances;
  uint64_t open_requests = 0;

  std::string json() const;
};

}  // namespace sluice::simulator
