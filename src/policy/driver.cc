#include "policy/driver.h"

#include "policy/services.h"
#include "policy/tracer.h"

namespace sluice::policy {
namespace {

// A policy that jumps backwards (retry) is bounded by its own count; this bounds a compiler's mistake.
constexpr uint32_t kMaxSteps = 100'000;

// The innermost step that is to be told of a failure at `pc`; kNever: there is none. `end`: where this run ends.
uint32_t handlerOf(const Exchange& exchange, Section section, uint32_t pc, uint32_t end) {
  for (const Guard& guard : exchange.pipeline().guards(section))
    if (guard.begin <= pc && pc < guard.handler && guard.handler < end) return guard.handler;
  return Pipeline::kNever;
}

enum class Need : uint8_t { Nothing, RequestBody, ResponseBody };

Need needOf(const Exchange& exchange, const Instruction& instruction) {
  if ((instruction.effects & kReadsRequestBody) != 0 && exchange.request.body.kind() == MessageBody::Kind::Unread)
    return Need::RequestBody;
  if ((instruction.effects & kReadsResponseBody) != 0 && exchange.response.body.kind() == MessageBody::Kind::Unread)
    return Need::ResponseBody;
  return Need::Nothing;
}

}  // namespace

runtime::Task<Verdict> runSection(Exchange& exchange, Section section, uint32_t& pc, uint32_t stop) {
  const Code& code = exchange.pipeline().code(section);
  exchange.section = section;
  Tracer* const tracer = exchange.tracer();
  const auto end = static_cast<uint32_t>(std::min<size_t>(code.size(), stop));
  uint32_t steps = 0;
  bool failing = false;
  while (pc < end) {
    const Instruction& instruction = code[pc];
    exchange.setCurrent(&instruction);
    if (++steps > kMaxSteps) co_return exchange.fail(500, "InternalError", "The policy ran too many steps.");
    const Need need = failing ? Need::Nothing : needOf(exchange, instruction);
    if (need != Need::Nothing) {
      runtime::Task<Verdict> reading = need == Need::RequestBody ? exchange.services().bufferRequestBody(exchange)
                                                                 : exchange.services().bufferResponseBody(exchange);
      const Verdict got = co_await std::move(reading);
      if (got != Verdict::Next) co_return got;
      exchange.setCurrent(&instruction);
    }
    const Instant began = tracer == nullptr ? Instant{} : tracer->now();
    Verdict verdict = failing ? instruction.step->unwound(exchange) : instruction.step->run(exchange);
    if (verdict == Verdict::Wait) {
      // Where sections run beside one another (wait), each has messages of its own under construction.
      RequestMessage* const outgoing = exchange.outgoing;
      ResponseMessage* const staged = exchange.staged;
      runtime::Task<Verdict> task = exchange.takeWait();
      verdict = co_await std::move(task);
      exchange.setCurrent(&instruction);
      exchange.outgoing = outgoing;
      exchange.staged = staged;
    }
    if (tracer != nullptr) tracer->ran(instruction, began, verdict);
    switch (verdict) {
      case Verdict::Next:
        ++pc;
        break;
      case Verdict::Jump:
        if (std::exchange(failing, false)) exchange.forgetError();
        pc = instruction.target;
        break;
      case Verdict::Wait:
        co_return exchange.fail(500, "InternalError", "A policy waited twice.");
      case Verdict::Fail:
        exchange.settleError(instruction);
        if (const uint32_t handler = handlerOf(exchange, section, pc, end); handler != Pipeline::kNever) {
          failing = true;
          pc = handler;
          break;
        }
        co_return verdict;
      case Verdict::Respond:
        co_return verdict;
    }
  }
  co_return Verdict::Next;
}

runtime::Task<void> runOnError(Exchange& exchange) {
  uint32_t pc = 0;
  const Verdict verdict = co_await runSection(exchange, Section::OnError, pc);
  // A failure inside on-error: the gateway's own answer stands (fail() has set it), nothing runs a second time.
  if (verdict == Verdict::Fail) exchange.setErrorResponse(500, "Internal server error");
}

}  // namespace sluice::policy
