#include "policies/validate_client_certificate/client_certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "base/certificate.h"
#include "base/encoding.h"

namespace sluice::policies {
namespace {

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(char* text) const { OPENSSL_free(text); }
  void operator()(X509_CRL* list) const { X509_CRL_free(list); }
};
template <class T>
using Ptr = std::unique_ptr<T, Free>;

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<size_t>(size)) : std::string();
}

// As X509Certificate.Subject: the last part first, "CN=a, O=b".
std::string nameText(const X509_NAME* name) {
  const Ptr<BIO> out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0,
                     XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | XN_FLAG_DN_REV | ASN1_STRFLGS_UTF8_CONVERT);
  return contents(out.get());
}

std::string derOf(X509* certificate) {
  unsigned char* raw = nullptr;
  const int size = i2d_X509(certificate, &raw);
  if (size <= 0) return {};
  std::string der(reinterpret_cast<char*>(raw), static_cast<size_t>(size));
  OPENSSL_free(raw);
  return der;
}

Ptr<X509> firstOf(const std::string& pem) {
  const Ptr<BIO> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return Ptr<X509>(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
}

std::time_t secondsOf(UtcTime time) {
  return static_cast<std::time_t>(std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

struct TrustStore::Impl {
  Ptr<X509_STORE> store;
  std::vector<Ptr<X509_CRL>> lists;
};
struct ClientCertificate::Impl {
  Ptr<X509> certificate;
};

TrustStore::TrustStore() : impl_(std::make_unique<Impl>()) {}
TrustStore::~TrustStore() = default;

std::shared_ptr<const TrustStore> TrustStore::create(const std::string& ca_file, const std::vector<std::string>& pem,
                                                     const std::vector<std::string>& revocation_lists) {
  std::shared_ptr<TrustStore> made(new TrustStore);
  made->impl_->store.reset(X509_STORE_new());
  X509_STORE* store = made->impl_->store.get();
  if (ca_file.empty()) {
    X509_STORE_set_default_paths(store);
  } else {
    X509_STORE_load_file(store, ca_file.c_str());
  }
  for (const auto& text : pem)
    if (const Ptr<X509> certificate = firstOf(text)) X509_STORE_add_cert(store, certificate.get());
  for (const auto& der : revocation_lists) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    if (Ptr<X509_CRL> list{d2i_X509_CRL(nullptr, &bytes, static_cast<long>(der.size()))})
      made->impl_->lists.push_back(std::move(list));
  }
  ERR_clear_error();
  return made;
}

ClientCertificate::ClientCertificate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ClientCertificate::ClientCertificate(ClientCertificate&&) noexcept = default;
ClientCertificate::~ClientCertificate() = default;

std::optional<ClientCertificate> ClientCertificate::parse(std::string_view der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  auto impl = std::make_unique<Impl>();
  impl->certificate.reset(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  ERR_clear_error();
  if (impl->certificate == nullptr) return std::nullopt;
  ClientCertificate made(std::move(impl));
  made.thumbprint_ = thumbprintOf(der);
  return made;
}

bool ClientCertificate::begunBy(UtcTime now) const {
  std::time_t seconds = secondsOf(now);
  return X509_cmp_time(X509_get0_notBefore(impl_->certificate.get()), &seconds) < 0;
}
bool ClientCertificate::endedBefore(UtcTime now) const {
  std::time_t seconds = secondsOf(now);
  return X509_cmp_time(X509_get0_notAfter(impl_->certificate.get()), &seconds) < 0;
}

namespace {

// The context after verification; `good` says what came of it.
Ptr<X509_STORE_CTX> verified(X509* certificate, X509_STORE* store, bool& good) {
  Ptr<X509_STORE_CTX> context(X509_STORE_CTX_new());
  good = X509_STORE_CTX_init(context.get(), store, certificate, nullptr) == 1;
  if (!good) return context;
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN);
  good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return context;
}

}  // namespace

bool ClientCertificate::trusted(const TrustStore& store) const {
  bool good = false;
  verified(impl_->certificate.get(), store.impl().store.get(), good);
  return good;
}

namespace {

using Revocation = ClientCertificate::Revocation;

bool counts(X509_CRL* list, X509* issuer, std::time_t now) {
  if (X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) != 0) return false;
  const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list);
  const bool in_time =
      X509_cmp_time(X509_CRL_get0_lastUpdate(list), &now) < 0 && (next == nullptr || X509_cmp_time(next, &now) > 0);
  // A critical extension changes what the list is about: some certificates only, or changes to another list.
  return in_time && X509_CRL_get_ext_by_critical(list, 1, -1) < 0 &&
         X509_CRL_verify(list, X509_get0_pubkey(issuer)) == 1;
}

Revocation revocationOf(X509* certificate, X509* issuer, const std::vector<Ptr<X509_CRL>>& lists, std::time_t now) {
  for (const auto& list : lists) {
    if (!counts(list.get(), issuer, now)) continue;
    X509_REVOKED* entry = nullptr;
    // 2: it stands there as taken back.
    return X509_CRL_get0_by_cert(list.get(), &entry, certificate) == 1 ? Revocation::Revoked : Revocation::Good;
  }
  return Revocation::Unknown;
}

}  // namespace

Revocation ClientCertificate::revocation(const TrustStore& store, UtcTime now) const {
  bool good = false;
  const auto context = verified(impl_->certificate.get(), store.impl().store.get(), good);
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  const int size = chain == nullptr ? 0 : sk_X509_num(chain);
  Revocation result = size < 2 ? Revocation::Unknown : Revocation::Good;
  for (int i = 0; i + 1 < size && result != Revocation::Revoked; ++i) {
    const auto each =
        revocationOf(sk_X509_value(chain, i), sk_X509_value(chain, i + 1), store.impl().lists, secondsOf(now));
    if (each != Revocation::Good) result = each;
  }
  ERR_clear_error();
  return result;
}

std::string ClientCertificate::issuerThumbprint(const TrustStore& store) const {
  bool good = false;
  const auto context = verified(impl_->certificate.get(), store.impl().store.get(), good);
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  if (!good || sk_X509_num(chain) < 2) return {};
  return thumbprintOf(derOf(sk_X509_value(chain, 1)));
}

std::string ClientCertificate::serialNumber() const {
  const Ptr<BIGNUM> number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(impl_->certificate.get()), nullptr));
  const Ptr<char> hex(number == nullptr ? nullptr : BN_bn2hex(number.get()));
  return hex == nullptr ? std::string() : std::string(hex.get());
}

std::string ClientCertificate::commonName() const {
  const X509_NAME* name = X509_get_subject_name(impl_->certificate.get());
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* raw = nullptr;
  const int size = ASN1_STRING_to_UTF8(&raw, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string text(reinterpret_cast<char*>(raw), static_cast<size_t>(size));
  OPENSSL_free(raw);
  return text;
}

std::string ClientCertificate::subject() const {
  return nameText(X509_get_subject_name(impl_->certificate.get()));
}
std::string ClientCertificate::issuer() const {
  return nameText(X509_get_issuer_name(impl_->certificate.get()));
}

bool ClientCertificate::hasDnsName(std::string_view name) const {
  const Ptr<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(impl_->certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* each = sk_GENERAL_NAME_value(names.get(), i);
    if (each->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(each->d.dNSName));
    if (equalsIgnoreCase({text, static_cast<size_t>(ASN1_STRING_length(each->d.dNSName))}, name)) return true;
  }
  return false;
}

bool ClientCertificate::issuedBy(const std::string& pem) const {
  const Ptr<X509> issuer = firstOf(pem);
  X509* own = impl_->certificate.get();
  const bool good = issuer != nullptr && X509_check_issued(issuer.get(), own) == X509_V_OK &&
                    X509_verify(own, X509_get0_pubkey(issuer.get())) == 1;
  ERR_clear_error();
  return good;
}

bool sameName(std::string_view a, std::string_view b) {
  const auto plain = [](std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      const bool around = text[i] == ' ' && (out.empty() || out.back() == ',' || i + 1 == text.size() ||
                                             text[i + 1] == ',' || text[i + 1] == ' ');
      if (!around) out += text[i];
    }
    return out;
  };
  return equalsIgnoreCase(plain(a), plain(b));
}

}  // namespace sluice::policies
