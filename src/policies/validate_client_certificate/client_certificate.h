// ClientCertificate: what validate-client-certificate asks of a certificate (RFC 5280), by OpenSSL. Names compare as
// .NET writes them, without case and without regard to blanks around commas.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace sluice::policies {

// Whom certificates are trusted by: the system's authorities or a file's, and others in PEM. Immutable, shared.
class TrustStore {
 public:
  // `ca_file` empty: the system's. `revocation_lists`: DER.
  static std::shared_ptr<const TrustStore> create(const std::string& ca_file, const std::vector<std::string>& pem,
                                                  const std::vector<std::string>& revocation_lists = {});
  ~TrustStore();
  TrustStore(const TrustStore&) = delete;
  TrustStore& operator=(const TrustStore&) = delete;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  TrustStore();
  std::unique_ptr<Impl> impl_;
};

class ClientCertificate {
 public:
  // nullopt: the bytes are no certificate.
  static std::optional<ClientCertificate> parse(std::string_view der);
  ClientCertificate(ClientCertificate&&) noexcept;
  ~ClientCertificate();

  bool begunBy(UtcTime now) const;      // notBefore
  bool endedBefore(UtcTime now) const;  // notAfter
  // A chain leads to an authority of the store; times are not looked at.
  bool trusted(const TrustStore& store) const;
  // What the store's lists say of the certificate and of those between it and the authority. Unknown: of one of them
  // there is no list that its issuer signed, that is in its time and that says no more than this reads.
  enum class Revocation : uint8_t { Good, Revoked, Unknown };
  Revocation revocation(const TrustStore& store, UtcTime now) const;

  const std::string& thumbprint() const { return thumbprint_; }
  std::string serialNumber() const;  // hexadecimal, upper case
  std::string commonName() const;
  std::string subject() const;
  std::string issuer() const;
  bool hasDnsName(std::string_view name) const;
  // Of the certificate that signed this one, where the store has it; empty: it is not known.
  std::string issuerThumbprint(const TrustStore& store) const;
  // Signed by the first certificate of `pem`.
  bool issuedBy(const std::string& pem) const;

 private:
  struct Impl;
  explicit ClientCertificate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  std::string thumbprint_;
};

// "CN=a, O=b" and "cn=a,o=b" name the same.
bool sameName(std::string_view a, std::string_view b);

}  // namespace sluice::policies
