// The simulator's own certificate authority and the server certificate that it makes for all simulated hosts. Keys are
// P-256. Kept in a folder, ca.pem outlives restarts, so that a client has to be told to trust it once.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "simulator/pem.h"

namespace sluice::simulator {

class CertificateAuthority {
 public:
  // Empty folder: a new authority, nothing written. Else ca.pem and ca-key.pem of the folder, made there if it has none
  // or the certificate has less than a month to go.
  static Result<CertificateAuthority> open(const std::string& folder, UtcTime now);

  struct Issued {
    std::string chain_pem;
    Secret key_pem;
  };
  // For these DNS names and IP addresses; good for 90 days.
  Result<Issued> issue(const std::vector<std::string>& names, UtcTime now) const;
  const std::string& pem() const { return pem_; }

 private:
  CertificateAuthority() = default;
  static Result<CertificateAuthority> make(UtcTime now);

  Certificate certificate_;
  PrivateKey key_;
  std::string pem_;
};

}  // namespace sluice::simulator
