#include "policy/message_edit.h"

#include <algorithm>

namespace sluice::policy {

Effects changeOf(Target target) {
  switch (target) {
    case Target::Request:
      return kChangesRequest;
    case Target::Response:
      return kChangesResponse;
    case Target::Staged:
    case Target::Outgoing:
      break;
  }
  return 0;
}

bool mayChange(Exchange& exchange, Target target) {
  if (target != Target::Response || !exchange.response_frozen) return true;
  const Origin* origin = exchange.currentOrigin();
  exchange.trace(origin == nullptr ? "" : origin->policy, "Not done: the response has been sent already.");
  return false;
}

http::Headers& headersOf(Exchange& exchange, Target target) {
  switch (target) {
    case Target::Response:
      return exchange.response.headers;
    case Target::Staged:
      return exchange.staged->headers;
    case Target::Outgoing:
      return exchange.outgoing->headers;
    case Target::Request:
      break;
  }
  return exchange.request.headers;
}

Connection& connectionOf(Exchange& exchange, Target target) {
  return target == Target::Outgoing ? exchange.outgoing->connection : exchange.request.connection;
}

void replaceBody(Exchange& exchange, Target target, std::string_view bytes) {
  switch (target) {
    case Target::Request:
      exchange.request.body.set(bytes);
      exchange.request.body_replaced = true;
      break;
    case Target::Response:
      exchange.response.body.set(bytes);
      exchange.response.present = true;
      break;
    case Target::Staged:
      exchange.staged->body.set(bytes);
      break;
    case Target::Outgoing:
      exchange.outgoing->body.set(bytes);
      break;
  }
  headersOf(exchange, target).remove("Content-Encoding");
}

bool isHeaderName(std::string_view name) {
  const auto is_token = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_token);
}

bool isHeaderValue(std::string_view value) {
  const auto is_allowed = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7F) || c == '\t';
  };
  return std::all_of(value.begin(), value.end(), is_allowed);
}

}  // namespace sluice::policy
