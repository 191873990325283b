// Step: one compiled policy action. A pipeline is a flat array of instructions over steps; choose, retry and fragments
// are jumps, not nesting. Steps are immutable after load and shared by all threads; what they remember about one
// exchange lives in the exchange (Exchange::slot).
#pragma once

#include <cstdint>

namespace sluice::policy {

class Exchange;

enum class Section : uint8_t { Inbound, Backend, Outbound, OnError };
enum class Scope : uint8_t { Global, Workspace, Product, Api, Operation };

// What a step says it did.
enum class Verdict : uint8_t {
  Next,     // go on with the following instruction
  Jump,     // go on at the instruction's target
  Respond,  // the pipeline ends; the exchange's response is sent (return-response and the like)
  Fail,     // Exchange::fail() was called: on-error runs
  Wait,     // Exchange::wait() holds a task whose verdict counts
};

// What a step touches, declared at load: buffering, streaming and deferral are decided from it (design, Streaming).
enum Effect : uint16_t {
  kReadsRequestBody = 1 << 0,
  kReadsResponseBody = 1 << 1,
  kConsumesRequestBody = 1 << 2,  // As<T>() without preserveContent
  kConsumesResponseBody = 1 << 3,
  kChangesRequest = 1 << 4,
  kChangesResponse = 1 << 5,  // status, headers or body of the response, or what becomes of the exchange
  kMayWait = 1 << 6,
  kForwards = 1 << 7,
};
using Effects = uint16_t;

class Step {
 public:
  virtual ~Step() = default;
  virtual Verdict run(Exchange& exchange) const = 0;
  // A policy between the start of this step's guard and this step has failed (Emitter::guard). Fail: the failure goes
  // on to the next guard, then to on-error; Jump: it is forgotten, and the pipeline goes on at the instruction's
  // target.
  virtual Verdict unwound(Exchange&) const { return Verdict::Fail; }
};

}  // namespace sluice::policy
