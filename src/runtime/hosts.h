// The `hosts:` mapping of sluice.yaml (design, Configuration): host[:port] to an address and a CA, applied to every
// outgoing connection before names are resolved, so that documents naming Azure's hosts run against a simulator or a
// private endpoint. Immutable once built; shared by threads.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::runtime {

struct HostMapping {
  HostMapping() = default;
  HostMapping(std::string to_host, uint16_t to_port, std::string ca)
      : host(std::move(to_host)), port(to_port), ca_file(std::move(ca)) {}
  std::string host;     // address or name to connect to instead; TLS still verifies the original name
  uint16_t port = 0;    // 0: the port asked for
  std::string ca_file;  // PEM file to trust for it; empty: as usual
  bool plain = false;   // no TLS, whatever the URL says: a stand-in or side-car on this machine
};

class HostsMap {
 public:
  enum class Transport : uint8_t { AsAsked, Plain };

  // `from` is "host" (any port) or "host:port", `to` is "address[:port]" or empty (only the CA changes). A leading "*."
  // matches one or more labels, "*" alone every host. The more exact entry wins: port over any port, full name over
  // wildcard, longer over shorter.
  Status add(std::string_view from, std::string_view to, std::string ca_file, Transport transport = Transport::AsAsked);
  const HostMapping* find(std::string_view host, uint16_t port) const;
  bool empty() const { return entries_.empty(); }

 private:
  std::map<std::string, HostMapping, std::less<>> entries_;
};

}  // namespace sluice::runtime
