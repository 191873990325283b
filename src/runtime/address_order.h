// In which order the addresses of a name are tried: families alternate (RFC 8305 section 4), each call begins with
// another address of each family, and what failed a short while ago comes last. One per connector; its thread only.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "runtime/address.h"

namespace sluice::runtime {

class AddressOrder {
 public:
  static constexpr Duration kSetAside = std::chrono::seconds(30);

  // `addresses`: the family to prefer first.
  std::vector<SocketAddress> arrange(const std::vector<SocketAddress>& addresses, Instant now);
  void failed(const SocketAddress& address, Instant now);
  void worked(const SocketAddress& address);

 private:
  bool isSetAside(const SocketAddress& address, Instant now) const;

  std::map<std::string, Instant> failed_until_;  // by address and port
  size_t turn_ = 0;
};

}  // namespace sluice::runtime
