// How policies change messages: which message, and the rules that all of them share (reference 2.7).
#pragma once

#include <cstdint>
#include <string_view>

#include "http/message.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/step.h"

namespace sluice::policy {

// exists-action of set-header and set-query-parameter.
enum class ExistsAction : uint8_t { Override, Skip, Append, Delete };
inline constexpr std::string_view kExistsActions[] = {"override", "skip", "append", "delete"};

// What changing the message means to the plan.
Effects changeOf(Target target);
// False when the message is the response and its head has gone to the client; that is then traced.
bool mayChange(Exchange& exchange, Target target);
http::Headers& headersOf(Exchange& exchange, Target target);
// How the request is sent: the exchange's own, or the one under construction.
Connection& connectionOf(Exchange& exchange, Target target);
// Replaces the body. A Content-Encoding of the old one goes with it: the new bytes are plain.
void replaceBody(Exchange& exchange, Target target, std::string_view bytes);

bool isHeaderName(std::string_view name);
// No byte that could end the header early (RFC 9110 section 5.5).
bool isHeaderValue(std::string_view value);

}  // namespace sluice::policy
