#include "runtime/tls_context.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "base/encoding.h"
#include "runtime/tls_verification.h"

namespace sluice::runtime {
namespace {

constexpr unsigned char kAlpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
constexpr size_t kMaxSessions = 1024;

tl::unexpected<Error> tlsFailure(const std::string& what) {
  return fail(what + ": " + openSslErrors());
}

OpenSslPtr<BIO> memory(std::string_view text) {
  return OpenSslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

void setCommon(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_read_ahead(context, 1);  // a record in one read, not header and body in two
}

Status useIdentity(SSL_CTX* context, const TlsIdentity& identity) {
  const auto chain = memory(identity.chain_pem);
  const OpenSslPtr<X509> leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return tlsFailure("bad certificate");
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return tlsFailure("bad certificate chain");
    }
  }
  ERR_clear_error();  // the end of the chain is an error to OpenSSL
  const auto bytes = memory(identity.key_pem.reveal());
  const OpenSslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bytes.get(), nullptr, nullptr, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return tlsFailure("bad private key");
  if (SSL_CTX_check_private_key(context) != 1) return tlsFailure("the private key is not the certificate's");
  return {};
}

// The DNS names of the certificate in use, in lower case.
std::vector<std::string> namesOf(SSL_CTX* context) {
  std::vector<std::string> names;
  auto* all = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(SSL_CTX_get0_certificate(context), NID_subject_alt_name, nullptr, nullptr));
  if (all == nullptr) return names;
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type != GEN_DNS) continue;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                     static_cast<size_t>(ASN1_STRING_length(name->d.dNSName)));
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
    names.push_back(std::move(text));
  }
  GENERAL_NAMES_free(all);
  return names;
}

int selectAlpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered, unsigned size,
               void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kAlpn, sizeof(kAlpn), offered, size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int selectIdentity(SSL* ssl, int*, void* data) {
  const auto& impl = *static_cast<const TlsServerContext::Impl*>(data);
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name != nullptr) SSL_set_SSL_CTX(ssl, impl.forName(name));
  return SSL_TLSEXT_ERR_OK;
}

int acceptAnyCertificate(int, X509_STORE_CTX*) {
  return 1;
}

int onNewSession(SSL* ssl, SSL_SESSION* session) {
  const auto* impl = static_cast<const TlsClientContext::Impl*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  const auto* peer = static_cast<const std::string*>(SSL_get_ex_data(ssl, tlsPeerNameIndex()));
  if (impl == nullptr || peer == nullptr) return 0;
  impl->keepSession(*peer, session);
  return 1;  // the session is ours now
}

Status trust(SSL_CTX* context, const TlsClientOptions& options) {
  if (options.ca_file.empty() && options.ca_pem.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  if (!options.ca_file.empty() && SSL_CTX_load_verify_locations(context, options.ca_file.c_str(), nullptr) != 1) {
    return tlsFailure("cannot read the CA file " + options.ca_file);
  }
  if (options.ca_pem.empty()) return {};
  const auto text = memory(options.ca_pem);
  size_t count = 0;
  while (const OpenSslPtr<X509> certificate{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get()) != 1) return tlsFailure("bad CA");
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return fail("no certificate in the CA text");
  return {};
}

}  // namespace

int tlsPeerNameIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

std::string openSslErrors() {
  std::string text;
  while (const unsigned long error = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(error);
    if (!text.empty()) text += "; ";
    text += reason != nullptr ? reason : "unknown";
  }
  return text.empty() ? "no reason given" : text;
}

// --- server ---

TlsServerContext::TlsServerContext() : impl_(std::make_unique<Impl>()) {}
TlsServerContext::~TlsServerContext() = default;

SSL_CTX* TlsServerContext::Impl::forName(std::string_view name) const {
  for (const Named& identity : identities) {
    for (const std::string& known : identity.names) {
      if (equalsIgnoreCase(known, name)) return identity.context.get();
    }
  }
  const size_t dot = name.find('.');
  for (const Named& identity : identities) {
    for (const std::string& known : identity.names) {
      const bool wildcard = known.starts_with("*.") && dot != std::string_view::npos;
      if (wildcard && equalsIgnoreCase(std::string_view(known).substr(1), name.substr(dot)))
        return identity.context.get();
    }
  }
  return identities.front().context.get();
}

Result<std::shared_ptr<const TlsServerContext>> TlsServerContext::create(const std::vector<TlsIdentity>& identities,
                                                                         ClientCertificate client_certificate) {
  if (identities.empty()) return fail("a TLS listener needs a certificate");
  std::shared_ptr<TlsServerContext> made(new TlsServerContext());
  for (const TlsIdentity& identity : identities) {
    OpenSslPtr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
    if (!context) return tlsFailure("cannot make a TLS context");
    setCommon(context.get());
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    if (Status used = useIdentity(context.get(), identity); !used) return tl::make_unexpected(used.error());
    SSL_CTX_set_alpn_select_cb(context.get(), &selectAlpn, nullptr);
    SSL_CTX_set_tlsext_servername_callback(context.get(), &selectIdentity);
    SSL_CTX_set_tlsext_servername_arg(context.get(), made->impl_.get());
    static constexpr unsigned char kSessionContext[] = "sluice";
    SSL_CTX_set_session_id_context(context.get(), kSessionContext, sizeof(kSessionContext));
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets keep nothing here
    SSL_CTX_set_num_tickets(context.get(), 1);
    if (client_certificate == ClientCertificate::Request) {
      SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, &acceptAnyCertificate);
    }
    Impl::Named named;
    named.names = namesOf(context.get());
    named.context = std::move(context);
    made->impl_->identities.push_back(std::move(named));
  }
  return std::shared_ptr<const TlsServerContext>(std::move(made));
}

// --- client ---

TlsClientContext::TlsClientContext() : impl_(std::make_unique<Impl>()) {}
TlsClientContext::~TlsClientContext() = default;

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::create(const TlsClientOptions& options) {
  std::shared_ptr<TlsClientContext> made(new TlsClientContext());
  made->impl_->options = options;
  OpenSslPtr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()));
  if (!context) return tlsFailure("cannot make a TLS context");
  setCommon(context.get());
  SSL_CTX_set_alpn_protos(context.get(), kAlpn, sizeof(kAlpn));
  SSL_CTX_set_verify(context.get(), options.verify == Verify::Peer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (Status trusted = trust(context.get(), options); !trusted) return tl::make_unexpected(trusted.error());
  const ServerChecks& checks = made->impl_->options.checks;  // lives as long as the context
  if (options.verify == Verify::Peer && !checks.usual()) useServerChecks(context.get(), checks);
  if (!options.identity.empty()) {
    if (Status used = useIdentity(context.get(), options.identity.front()); !used)
      return tl::make_unexpected(used.error());
  }
  SSL_CTX_set_app_data(context.get(), made->impl_.get());
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), &onNewSession);
  made->impl_->context = std::move(context);
  return std::shared_ptr<const TlsClientContext>(std::move(made));
}

Result<std::shared_ptr<const TlsClientContext>> TlsClientContext::trusting(const std::string& ca_file) const {
  TlsClientOptions options = impl_->options;
  options.ca_file = ca_file;
  options.ca_pem.clear();
  return create(options);
}

OpenSslPtr<SSL_SESSION> TlsClientContext::Impl::takeSession(const std::string& peer) const {
  const std::lock_guard lock(sessions_mutex);
  const auto found = sessions.find(peer);
  if (found == sessions.end()) return nullptr;
  OpenSslPtr<SSL_SESSION> session = std::move(found->second);  // a ticket is for one use (RFC 8446 C.4)
  sessions.erase(found);
  return session;
}

void TlsClientContext::Impl::keepSession(const std::string& peer, SSL_SESSION* session) const {
  const std::lock_guard lock(sessions_mutex);
  if (sessions.size() >= kMaxSessions) sessions.erase(sessions.begin());
  sessions[peer].reset(session);
}

}  // namespace sluice::runtime
