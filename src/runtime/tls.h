// TLS by OpenSSL, which drives the socket directly (a BIO of ours tells it when a read is sure to find nothing).
// TLS 1.2 and later. Servers agree on http/1.1; clients on what they are told to offer. Contexts are built once, then
// read-only and shared between threads, except for the client context's session store, which locks.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "runtime/stream.h"
#include "runtime/tcp.h"

namespace sluice::runtime {

// PEM texts. Names: the certificate's own DNS names choose it by SNI; the first identity serves everything else.
struct TlsIdentity {
  TlsIdentity(std::string chain, Secret key) : chain_pem(std::move(chain)), key_pem(std::move(key)) {}
  std::string chain_pem;  // leaf first
  Secret key_pem;
};

enum class ClientCertificate : uint8_t { None, Request };

class TlsServerContext {
 public:
  // `client_certificate` Request: asks for one and hands it on unverified (Stream::peerCertificateDer); policies judge.
  static Result<std::shared_ptr<const TlsServerContext>> create(const std::vector<TlsIdentity>& identities,
                                                                ClientCertificate client_certificate);
  ~TlsServerContext();

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  TlsServerContext();
  std::unique_ptr<Impl> impl_;
};

enum class Verify : uint8_t { Peer, None };

// What else a server's certificate must be, or need not be (reference 4.5, a backend's `tls`). Pins are checked
// whatever `chain` and `name` say. Thumbprints are SHA-1 in hexadecimal, compared without case.
struct ServerChecks {
  struct Name {
    std::string name;               // the certificate's common name or one of its DNS names
    std::string issuer_thumbprint;  // of the certificate that signed it; empty: then the chain must be trusted
  };
  bool chain = true;  // up to a trusted authority
  bool name = true;   // the host's
  std::vector<std::string> thumbprints;
  std::vector<Name> names;
  bool usual() const { return chain && name && thumbprints.empty() && names.empty(); }
};

// All of it in one text: equal when the checks are.
std::string textOf(const ServerChecks& checks);

struct TlsClientOptions {
  TlsClientOptions() {}
  Verify verify = Verify::Peer;
  ServerChecks checks;                // with Verify::Peer
  std::string ca_file;                // PEM; empty: the system's
  std::string ca_pem;                 // added to the file's or instead of it
  std::vector<TlsIdentity> identity;  // zero or one: our own certificate
};

class TlsClientContext {
 public:
  static Result<std::shared_ptr<const TlsClientContext>> create(const TlsClientOptions& options);
  // The same, but trusting this CA file instead of its own.
  Result<std::shared_ptr<const TlsClientContext>> trusting(const std::string& ca_file) const;
  ~TlsClientContext();

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  TlsClientContext();
  std::unique_ptr<Impl> impl_;
};

// Handshakes. On failure Error.message says why (with the verification error); Error.code is a TlsError.
enum class TlsError { Handshake = 1, Verification, Timeout, Closed };
Task<Result<std::unique_ptr<Stream>>> acceptTls(std::shared_ptr<const TlsServerContext> context,
                                                std::unique_ptr<TcpStream> transport, Instant deadline);

// What a client offers by ALPN (RFC 7301). What was agreed on: Stream::alpn(), empty when the server does not know
// ALPN.
enum class Alpn : uint8_t { Http1, Http2OrHttp1, Http2 };

// `host`: sent as SNI unless numeric, and verified against the certificate.
Task<Result<std::unique_ptr<Stream>>> connectTls(std::shared_ptr<const TlsClientContext> context, std::string host,
                                                 std::unique_ptr<TcpStream> transport, Instant deadline,
                                                 Alpn alpn = Alpn::Http1);

}  // namespace sluice::runtime
