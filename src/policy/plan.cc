#include "policy/plan.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::policy {
namespace {

bool touches(const Instruction& instruction, Effects effects) {
  return (instruction.effects & effects) != 0;
}

// A loop that reaches back over `first` repeats what stands before it, so that part belongs to the tail too.
uint32_t beforeLoops(const Code& code, uint32_t first) {
  for (size_t i = code.size(); i-- > first;)
    if (code[i].target < first && code[i].target < i) {
      first = code[i].target;
      i = code.size();
    }
  return first;
}

}  // namespace

void planBodies(Pipeline& pipeline) {
  for (const Code& code : pipeline.sections)
    for (const Instruction& instruction : code)
      pipeline.reads_request_body = pipeline.reads_request_body || touches(instruction, kReadsRequestBody);

  const Code& outbound = pipeline.code(Section::Outbound);
  const auto reads = [](const Instruction& instruction) { return touches(instruction, kReadsResponseBody); };
  const auto reader = std::find_if(outbound.begin(), outbound.end(), reads);
  if (reader == outbound.end()) return;
  const auto first = beforeLoops(outbound, static_cast<uint32_t>(reader - outbound.begin()));
  const auto changes = [](const Instruction& instruction) {
    return touches(instruction, kChangesResponse | kForwards);
  };
  const auto changer = std::find_if(outbound.begin() + first, outbound.end(), changes);
  if (changer == outbound.end()) {
    pipeline.deferred_from = first;
    return;
  }
  pipeline.buffers_response = true;
  const Origin& by = pipeline.origins[changer->origin];
  const Origin& read_by = pipeline.origins[reader->origin];
  pipeline.buffering_reason =
      reader == changer
          ? fmt::format(
                "streamed answers are buffered whole here: <{}> reads the response's body and changes the response",
                by.policy)
          : fmt::format(
                "streamed answers are buffered whole: <{}> changes the response after <{}> (line {}) has read its body",
                by.policy, read_by.policy, read_by.location.line);
  pipeline.buffering_location = by.location;
}

}  // namespace sluice::policy
