// StreamAssembler: watches the events of a streamed answer and puts together the answer that the same request would
// have got without `stream`: same members, in the same shape. Also finds usage, the end, errors inside a 200, and the
// one event that we caused ourselves by asking for usage.
//
// One per exchange, one thread. Work is linear in the bytes given; memory is bounded by AssemblyBounds (past it the
// answer is cut and truncated() says so). Any bytes may come: an event that is not understood is counted and otherwise
// ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "upstream/dialect.h"

namespace sluice::upstream {

class Assembly;

struct AssemblyBounds {
  size_t bytes = 4 * 1024 * 1024;  // of what is kept, all choices together
  size_t choices = 128;
  size_t tool_calls = 128;  // per choice
};

enum class EventKind : uint8_t {
  Content,    // a part of the answer
  UsageOnly,  // empty `choices`, non-null `usage`: what include_usage causes
  Prompt,     // empty `choices`, no usage: Azure's first event (prompt filter results)
  Done,       // [DONE], or the dialect's own last event
  Error,      // an error object inside the stream
  Other       // not understood
};

class StreamAssembler {
 public:
  explicit StreamAssembler(Dialect dialect, const AssemblyBounds& bounds = {});
  ~StreamAssembler();
  StreamAssembler(const StreamAssembler&) = delete;
  StreamAssembler& operator=(const StreamAssembler&) = delete;

  // One event's data (http::SseParser gives it: lines joined, no trailing newline).
  EventKind event(std::string_view data);

  bool done() const;         // [DONE] or its like was seen
  bool truncated() const;    // a bound cut something
  size_t lostBytes() const;  // of text beyond the bound, for estimates
  size_t events() const;     // all of them
  const Usage& usage() const;
  std::string_view model() const;
  std::string_view id() const;
  std::string_view finishReason() const;  // of choice 0, the last one given
  std::string_view errorCode() const;     // of an error event: code, else type, else "error"; empty: none
  ContentFilter contentFilter() const;
  // All text that the model wrote (contents, refusals, reasoning, names and arguments of calls), for counting tokens
  // where no usage came.
  std::string completionText() const;

  // The whole answer as JSON. Valid also before the end: what there is so far. `estimated`: where no usage came, a
  // `usage` member with these numbers is written.
  std::string answer(const Usage* estimated = nullptr) const;

 private:
  std::unique_ptr<Assembly> assembly_;
  size_t events_ = 0;
};

}  // namespace sluice::upstream
