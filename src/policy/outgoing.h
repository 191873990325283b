// Requests of policies' own (send-request, send-one-way-request; reference 2.9): built by the policies inside, in
// Exchange::outgoing, then sent whole. Shared by the two.
#pragma once

#include <string_view>

#include "http/client.h"
#include "policy/descriptor.h"
#include "policy/element_reader.h"
#include "policy/emitter.h"
#include "policy/exchange.h"

namespace sluice::policy {

// Emits what builds the request: an empty one or a copy of the exchange's, <set-url>, and the policies inside.
void emitOutgoing(Emitter& emitter, ElementReader& reader);

// The request as it is to be sent; Exchange::outgoing is then null again.
struct Outgoing {
  http::FetchRequest request;
  Connection connection;  // its texts live in the exchange
};
Outgoing takeOutgoing(Exchange& exchange, Duration timeout);
// The exchange need not outlive the task.
runtime::Task<Result<http::FetchResponse>> fetchOutgoing(Exchange& exchange, Outgoing outgoing);

// The response for a variable, copied into the exchange's arena: an IResponse.
expression::Value fetchedResponse(Exchange& exchange, const http::FetchResponse& response);
// The response that a variable holds; null: the variable is not there or holds something else.
expression::ResponseView* responseIn(const Exchange& exchange, std::string_view variable);

// --- tables ---
enum class OutgoingMode : uint8_t { New, Copy };
inline constexpr std::string_view kOutgoingModes[] = {"new", "copy"};
inline constexpr AttributeSpec kOutgoingMode{.name = "mode",
                                             .type = ValueType::Choice,
                                             .sentence = "Whether it begins empty, or as a copy of the request.",
                                             .fallback = "new",
                                             .choices = kOutgoingModes};
inline constexpr AttributeSpec kOutgoingTimeout{.name = "timeout",
                                                .type = ValueType::Seconds,
                                                .sentence = "How long the whole exchange may take, in seconds.",
                                                .fallback = "60"};
inline constexpr ElementSpec kOutgoingParts[] = {
    {.name = "set-url", .sentence = "The whole URL.", .content = Content::Text, .most = 1},
};
inline constexpr std::string_view kOutgoingPolicies[] = {"set-method",
                                                         "set-header",
                                                         "set-body",
                                                         "authentication-basic",
                                                         "authentication-managed-identity",
                                                         "authentication-certificate",
                                                         "proxy"};

}  // namespace sluice::policy
