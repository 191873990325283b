// The faults and speeds that a caller can ask of the simulated services. Three levels are laid over each other:
// everything, instance, deployment; then the request's own header `x-simulator: latency=200ms; tps=50; status=429;
// retry-after=2`. Units: durations as 200ms, 2s, 1500us or plain milliseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sluice::simulator {

struct Knobs {
  std::optional<Duration> latency;             // latency=200ms: before the response begins
  std::optional<Duration> first_token;         // first-token=300ms: between the head of a stream and its first content
  std::optional<double> tokens_per_second;     // tps=50: pace of a stream; 0: as fast as possible
  std::optional<int64_t> tokens;               // tokens=400: length of the answer, before max_tokens
  std::optional<int> status;                   // status=503: answer with this error
  std::optional<int64_t> retry_after;          // retry-after=2: seconds, with status=429 or 503
  std::optional<int64_t> every;                // every=10: status and reset strike each tenth request only
  std::optional<int64_t> cut;                  // cut=5: the connection ends after so many events (0: inside the body)
  std::optional<int64_t> error_in_stream;      // error-in-stream=1: an error event after so many events, then the end
  std::optional<bool> reset;                   // reset=1: the connection ends without an answer
  std::optional<bool> content_filter;          // content-filter=1: the prompt is refused by the content filter
  std::optional<Duration> slow_body;           // slow-body=2s: a body that is no stream trickles over this time
  std::optional<int64_t> tokens_per_minute;    // tpm=1000: quota of a deployment, 429 beyond
  std::optional<int64_t> requests_per_minute;  // rpm=6

  // One setting by its name; an empty value takes it away.
  Status set(std::string_view name, std::string_view value);
  // `over` wins where it says something.
  Knobs with(const Knobs& over) const;
  bool empty() const;

  friend bool operator==(const Knobs&, const Knobs&) = default;
};

// "name=value; name=value". Unknown names and bad values are errors.
Result<Knobs> parseKnobs(std::string_view text);

std::vector<std::string_view> knobNames();

Result<Duration> parseDuration(std::string_view text);

}  // namespace sluice::simulator
