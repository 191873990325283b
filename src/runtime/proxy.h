// HTTP proxies: a connection to another host through one, by CONNECT (RFC 9110 section 9.3.6), for plain and TLS alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "runtime/stream.h"
#include "runtime/task.h"

namespace sluice::runtime {

struct Proxy {
  std::string host;  // IPv6 without brackets
  uint16_t port = 0;
  Secret authorization;  // value of Proxy-Authorization; empty: none
};

// Asks the proxy at the other end of `stream` for a tunnel; afterwards the stream is a connection to the host. What the
// proxy may answer is bounded.
Task<Status> openTunnel(Stream& stream, const Proxy& proxy, std::string host, uint16_t port, Instant deadline);

}  // namespace sluice::runtime
