// Egress: connections that differ from the usual ones: with a certificate of the gateway's own, through a proxy
// (reference 2.2, 2.5). Making a TLS context is slow, so they are kept, and found by what they were made of. One per
// worker; its thread only.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "policy/exchange.h"
#include "runtime/connector.h"

namespace sluice::gateway {

class Egress {
 public:
  // `usual`: for connections without a certificate; may be null. `ca_file`: whom the others trust; empty: the system's.
  Egress(std::shared_ptr<const runtime::TlsClientContext> usual, std::string ca_file)
      : usual_(std::move(usual)), ca_file_(std::move(ca_file)) {}

  struct Way {
    std::shared_ptr<const runtime::TlsClientContext> tls;
    std::shared_ptr<const runtime::Proxy> proxy;
  };
  Result<Way> find(const policy::Connection& connection);

 private:
  Result<std::shared_ptr<const runtime::TlsClientContext>> contextFor(const policy::Connection& connection);
  Result<std::shared_ptr<const runtime::Proxy>> proxyFor(const policy::Connection& connection);

  std::shared_ptr<const runtime::TlsClientContext> usual_;
  const std::string ca_file_;
  std::map<std::string, std::shared_ptr<const runtime::TlsClientContext>> contexts_;  // by certificate
  std::map<std::string, std::shared_ptr<const runtime::Proxy>> proxies_;              // by all that names it
};

}  // namespace sluice::gateway
