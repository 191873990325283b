#include "runtime/tls_verification.h"

#include <fmt/format.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

#include "base/certificate.h"
#include "base/encoding.h"
#include "runtime/tls_context.h"

namespace sluice::runtime {
namespace {

// Errors that OpenSSL has for applications, one for each of our checks.
constexpr int kNotPinned = X509_V_ERR_CERT_REJECTED;
constexpr int kOtherName = X509_V_ERR_APPLICATION_VERIFICATION;

std::string thumbprint(const X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  std::string bytes(reinterpret_cast<const char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return thumbprintOf(bytes);
}

bool hostMatches(X509_STORE_CTX* store, X509* leaf) {
  X509_VERIFY_PARAM* param = X509_STORE_CTX_get0_param(store);
  if (const char* host = X509_VERIFY_PARAM_get0_host(param, 0))
    return X509_check_host(leaf, host, std::strlen(host), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
  char* const address = X509_VERIFY_PARAM_get1_ip_asc(param);
  const bool matches = address != nullptr && X509_check_ip_asc(leaf, address, 0) == 1;
  OPENSSL_free(address);
  return matches;
}

// The certificate in what the server sent, or in the chain that was built of it, that signed the leaf and is the one
// asked for.
bool issuedBy(X509* leaf, STACK_OF(X509) * candidates, const std::string& issuer_thumbprint) {
  for (int i = 0; i < sk_X509_num(candidates); ++i) {
    X509* const candidate = sk_X509_value(candidates, i);
    if (!sameThumbprint(thumbprint(candidate), issuer_thumbprint)) continue;
    if (X509_check_issued(candidate, leaf) == X509_V_OK && X509_verify(leaf, X509_get0_pubkey(candidate)) == 1)
      return true;
  }
  return false;
}

bool hasName(X509* leaf, const std::string& name) {
  return X509_check_host(leaf, name.data(), name.size(),
                         X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT, nullptr) == 1;
}

bool namePinned(const ServerChecks& checks, X509_STORE_CTX* store, X509* leaf, bool trusted) {
  return std::ranges::any_of(checks.names, [&](const ServerChecks::Name& pin) {
    if (!hasName(leaf, pin.name)) return false;
    if (pin.issuer_thumbprint.empty()) return trusted;
    return issuedBy(leaf, X509_STORE_CTX_get0_chain(store), pin.issuer_thumbprint) ||
           issuedBy(leaf, X509_STORE_CTX_get0_untrusted(store), pin.issuer_thumbprint);
  });
}

int refuse(X509_STORE_CTX* store, int error) {
  X509_STORE_CTX_set_error(store, error);
  return 0;
}

// Instead of OpenSSL's own verification, which it calls for the chain.
int verify(X509_STORE_CTX* store, void* data) {
  const auto& checks = *static_cast<const ServerChecks*>(data);
  X509* const leaf = X509_STORE_CTX_get0_cert(store);
  if (leaf == nullptr) return refuse(store, X509_V_ERR_UNSPECIFIED);
  const bool trusted = X509_verify_cert(store) == 1;  // the host's name too, where connectTls() has set one
  if (!trusted && checks.chain) return 0;
  if (!trusted && checks.name && !hostMatches(store, leaf)) return refuse(store, X509_V_ERR_HOSTNAME_MISMATCH);
  const auto is_leaf = [own = thumbprint(leaf)](const std::string& pin) { return sameThumbprint(pin, own); };
  if (!checks.thumbprints.empty() && std::ranges::none_of(checks.thumbprints, is_leaf))
    return refuse(store, kNotPinned);
  if (!checks.names.empty() && !namePinned(checks, store, leaf, trusted)) return refuse(store, kOtherName);
  X509_STORE_CTX_set_error(store, X509_V_OK);
  return 1;
}

}  // namespace

void useServerChecks(SSL_CTX* context, const ServerChecks& checks) {
  SSL_CTX_set_cert_verify_callback(context, &verify, const_cast<ServerChecks*>(&checks));
}

std::string verificationFailure(long error) {
  switch (error) {
    case kNotPinned:
      return "the server's certificate is none of those that its thumbprint is pinned to";
    case kOtherName:
      return "the server's certificate has none of the names and issuers that it is pinned to";
    default:
      return X509_verify_cert_error_string(error);
  }
}

std::string textOf(const ServerChecks& checks) {
  std::string text = fmt::format("chain {} name {}", checks.chain, checks.name);
  for (const auto& thumbprint : checks.thumbprints) text += fmt::format(" {}:{}", thumbprint.size(), thumbprint);
  for (const auto& name : checks.names)
    text += fmt::format(" name {}:{} {}:{}", name.name.size(), name.name, name.issuer_thumbprint.size(),
                        name.issuer_thumbprint);
  return text;
}

}  // namespace sluice::runtime
