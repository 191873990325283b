// The first of several addresses that takes a TCP connection (RFC 8305 section 5, "Happy Eyeballs"): they are tried in
// order, each a quarter of a second after the one before, or at once when that has failed; the others are given up as
// soon as one is there.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "runtime/address_order.h"
#include "runtime/tcp.h"

namespace sluice::runtime {

inline constexpr Duration kAttemptDelay = std::chrono::milliseconds(250);  // RFC 8305 section 8

// `order` learns what failed and what worked; it must outlive the task. Error.code is the errno of the last failure
// (ETIMEDOUT when the deadline passed); the message names its address.
Task<Result<std::unique_ptr<TcpStream>>> connectFirst(Loop& loop, std::vector<SocketAddress> addresses,
                                                      AddressOrder& order, Instant deadline);

}  // namespace sluice::runtime
