#include "policy/preflight.h"

namespace sluice::policy {

bool isPreflight(const Exchange& exchange) {
  return exchange.request.method == "OPTIONS" && exchange.operation == nullptr &&
         exchange.request.headers.has("Origin") && exchange.request.headers.has("Access-Control-Request-Method");
}

Verdict answerCrossDomain(Exchange& exchange) {
  exchange.section = Section::Inbound;
  for (const Instruction& instruction : exchange.pipeline().code(Section::Inbound)) {
    const Origin& origin = exchange.pipeline().origins[instruction.origin];
    if (origin.policy != "cross-domain" || origin.path.find('\\') != std::string::npos) continue;
    exchange.setCurrent(&instruction);
    if (instruction.step->run(exchange) == Verdict::Respond) return Verdict::Respond;
  }
  return Verdict::Next;
}

Verdict answerPreflight(Exchange& exchange) {
  exchange.section = Section::Inbound;
  bool found = false;
  for (const Instruction& instruction : exchange.pipeline().code(Section::Inbound)) {
    const Origin& origin = exchange.pipeline().origins[instruction.origin];
    // A path without a separator is that of a direct child; fragments and branches do not count.
    if (origin.policy != "cors" || origin.path.find('\\') != std::string::npos) continue;
    found = true;
    exchange.setCurrent(&instruction);
    const Verdict verdict = instruction.step->run(exchange);
    if (verdict != Verdict::Next) return verdict;
  }
  if (!found) return Verdict::Next;
  exchange.newResponse(200, http::reasonPhrase(200));
  return Verdict::Respond;
}

}  // namespace sluice::policy
