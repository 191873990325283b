// What TLS contexts are made of. Internal to this folder.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/tls.h"

namespace sluice::runtime {

struct FreeOpenSsl {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(BIO_METHOD* method) const { BIO_meth_free(method); }
};
template <class T>
using OpenSslPtr = std::unique_ptr<T, FreeOpenSsl>;

struct TlsServerContext::Impl {
  struct Named {
    std::vector<std::string> names;  // lower case; "*.example.org" matches one label
    OpenSslPtr<SSL_CTX> context;
  };
  std::vector<Named> identities;

  SSL_CTX* forName(std::string_view name) const;
};

struct TlsClientContext::Impl {
  TlsClientOptions options;
  OpenSslPtr<SSL_CTX> context;

  // The newest session of each peer, so that the next handshake is short.
  OpenSslPtr<SSL_SESSION> takeSession(const std::string& peer) const;
  void keepSession(const std::string& peer, SSL_SESSION* session) const;
  mutable std::mutex sessions_mutex;
  mutable std::map<std::string, OpenSslPtr<SSL_SESSION>> sessions;
};

// Where an SSL keeps a pointer to the std::string under which its sessions are kept.
int tlsPeerNameIndex();

// The reasons in OpenSSL's error queue, which it empties.
std::string openSslErrors();

}  // namespace sluice::runtime
