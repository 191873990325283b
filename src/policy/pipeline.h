// Pipeline: the effective policy of one operation, compiled: four flat sections and the plan for bodies and streams.
// Immutable, shared by all threads, owned by the snapshot.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "policy/step.h"

namespace sluice::policy {

// Where an instruction came from: for LastError, traces and diagnostics.
struct Origin {
  std::string policy;  // element name: "set-header"
  std::string id;      // the element's id attribute
  std::string path;    // "choose[3]\when[2]", siblings counted from 1 (reference 1.4)
  Scope scope = Scope::Api;
  Section section = Section::Inbound;
  Location location;
};

struct Instruction {
  const Step* step = nullptr;  // owned by Pipeline::steps
  uint32_t target = 0;         // where Verdict::Jump goes; may be the section's end
  uint32_t origin = 0;         // index into Pipeline::origins
  Effects effects = 0;
};

using Code = std::vector<Instruction>;

// A failure from `begin` up to `handler` is told to the step at `handler` before it leaves (Step::unwound).
struct Guard {
  uint32_t begin = 0;
  uint32_t handler = 0;
};

struct Pipeline {
  static constexpr uint32_t kNever = UINT32_MAX;

  const Code& code(Section section) const { return sections[static_cast<size_t>(section)]; }

  const std::vector<Guard>& guards(Section section) const { return guarded[static_cast<size_t>(section)]; }

  Code sections[4];
  std::vector<Guard> guarded[4];  // inner before outer
  std::vector<Origin> origins;
  std::vector<std::shared_ptr<const Step>> steps;
  uint32_t slots = 0;  // per-exchange counters (retry)

  // The plan (reference 2.5, design Streaming), computed by the compiler.
  // First outbound instruction that reads the response body, when everything from it on only observes; kNever when
  // nothing reads it or when a later step changes the response.
  uint32_t deferred_from = kNever;
  // Outbound reads the response body and something changes the response afterwards: a stream is buffered, as in APIM.
  bool buffers_response = false;
  // Any step of inbound or backend reads the request body, or outbound and on-error do.
  bool reads_request_body = false;
  // Why a stream is buffered, for `sluice check`: names the step.
  std::string buffering_reason;
  Location buffering_location;
};

}  // namespace sluice::policy
