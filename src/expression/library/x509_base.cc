// X509Certificate, and the check of a certificate's chain.
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "expression/date.h"
#include "expression/library/date_text.h"
#include "expression/library/declarations.h"
#include "expression/library/x509.h"

namespace sluice::expression {
namespace {

CertificateObject* certificateOf(Call& c) {
  return c.object<CertificateObject>(0);
}

template <class Read>
Value read(Call& c, Read what) {
  const X509Handle certificate = openCertificate(c.eval, certificateOf(c));
  return certificate == nullptr ? Value() : what(certificate.get());
}

// X509Certificate2's members over an X509Certificate, when it was made as one.
Value create(Call& c) {
  if (c.isNull(0) || bytesAt(c, 0).empty())
    return c.raise("System.ArgumentException", "Array cannot be empty or null.");
  const std::string_view password = c.count > 1 && !c.isNull(1) ? c.utf8(1) : std::string_view();
  return loadCertificate(c.eval, c.type, bytesAt(c, 0), password);
}

template <const X509_NAME* (*kName)(const X509*)>
Value shownName(Call& c) {
  return read(c, [&](X509* x) { return c.text(distinguishedName(kName(x))); });
}
const X509_NAME* subject(const X509* x) {
  return X509_get_subject_name(x);
}
const X509_NAME* issuer(const X509* x) {
  return X509_get_issuer_name(x);
}

std::string hashOf(const CertificateObject* certificate, const Digest& digest) {
  uint8_t hash[EVP_MAX_MD_SIZE];
  if (!digestOf(digest, {certificate->der}, hash)) return {};
  return {reinterpret_cast<const char*>(hash), digest.size};
}

Value certHash(Call& c) {
  const Digest* digest = c.count > 1 ? hashNamed(c, 1) : findDigest("SHA1");
  return digest == nullptr ? Value()
                           : read(c, [&](X509*) { return newBytes(c.eval, hashOf(certificateOf(c), *digest)); });
}

Value certHashText(Call& c) {
  const Digest* digest = c.count > 1 ? hashNamed(c, 1) : findDigest("SHA1");
  return digest == nullptr ? Value()
                           : read(c, [&](X509*) { return c.text(upperHex(hashOf(certificateOf(c), *digest))); });
}

// General format of the invariant culture, as DateTime.ToString() gives it.
Value dateText(Call& c, const ASN1_TIME* time) {
  const Value date = asn1Date(c, time);
  return c.eval.failed() ? date : valueToString(c.eval, date);
}

std::string reversed(std::string bytes) {
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

const X509_ALGOR* keyAlgorithm(const X509* certificate) {
  X509_ALGOR* algorithm = nullptr;
  X509_PUBKEY_get0_param(nullptr, nullptr, nullptr, &algorithm, X509_get_X509_PUBKEY(certificate));
  return algorithm;
}

std::string keyAlgorithmOid(const X509* certificate) {
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, keyAlgorithm(certificate));
  return oidText(object);
}

std::string pkcs12Of(X509* certificate, const CertificateObject* object, const std::string& password) {
  KeyObject stored{};
  stored.der = object->private_key;
  stored.is_private = true;
  const EvpKey key = stored.der.empty() ? nullptr : openKey(&stored);
  const std::unique_ptr<PKCS12, OpenSslFree<PKCS12_free>> bag(
      PKCS12_create(password.c_str(), nullptr, key.get(), certificate, nullptr, 0, 0, 0, 0, 0));
  uint8_t* out = nullptr;
  const int size = bag == nullptr ? 0 : i2d_PKCS12(bag.get(), &out);
  std::string bytes(reinterpret_cast<const char*>(out), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(out);
  return bytes;
}

Value exportBytes(Call& c) {
  const int32_t type = c.int32(1);
  if (type != 1 && type != 3) return raiseCrypto(c.eval, "Invalid content type.");
  return read(c, [&](X509* x) {
    if (type == 1) return newBytes(c.eval, certificateOf(c)->der);
    const std::string password(c.count > 2 && !c.isNull(2) ? c.utf8(2) : std::string_view());
    if (!c.eval.step(500'000)) return Value();
    const std::string bytes = pkcs12Of(x, certificateOf(c), password);
    return bytes.empty() ? raiseCrypto(c.eval, "The certificate could not be exported.") : newBytes(c.eval, bytes);
  });
}

Value toText(Eval& eval, const Value& value, Call& c) {
  const auto* object = as<CertificateObject>(value);
  if (object->der.empty()) return fromStd(eval.arena, value.asObject()->type->fullName());
  const X509Handle certificate = openCertificate(eval, object);
  if (certificate == nullptr) return {};
  const X509* x = certificate.get();
  const Value from = dateText(c, X509_get0_notBefore(x));
  const Value to = eval.failed() ? Value() : dateText(c, X509_get0_notAfter(x));
  if (eval.failed()) return {};
  const auto text = [&](const Value& date) { return std::string(toUtf8(eval.arena, date)); };
  return fromStd(eval.arena, "[Subject]\n  " + distinguishedName(X509_get_subject_name(x)) + "\n\n[Issuer]\n  " +
                                 distinguishedName(X509_get_issuer_name(x)) + "\n\n[Serial Number]\n  " +
                                 upperHex(serialNumber(x)) + "\n\n[Not Before]\n  " + text(from) +
                                 "\n\n[Not After]\n  " + text(to) + "\n\n[Thumbprint]\n  " +
                                 upperHex(hashOf(object, *findDigest("SHA1"))) + "\n");
}

Value toString(Eval& eval, const Value& value) {
  Value args[] = {value};
  Call call{eval, args, 1, core().string, {}, value.asObject()->type};
  return toText(eval, value, call);
}

// Issuer and serial number make a certificate.
bool equal(Eval& eval, const Value& a, const Value& b) {
  if (!isInstance(b, libraryType("System.Security.Cryptography.X509Certificates.X509Certificate"))) return false;
  const auto* left = as<CertificateObject>(a);
  const auto* right = as<CertificateObject>(b);
  if (left->der.empty() || right->der.empty()) return left->der == right->der;
  const X509Handle x = openCertificate(eval, left);
  const X509Handle y = x == nullptr ? nullptr : openCertificate(eval, right);
  return y != nullptr && X509_issuer_and_serial_cmp(x.get(), y.get()) == 0;
}

uint32_t hashCode(Eval&, const Value& value) {
  const std::string hash = hashOf(as<CertificateObject>(value), *findDigest("SHA1"));
  uint32_t number = 0;
  for (size_t i = 0; i < 4 && i < hash.size(); ++i) number = number << 8 | static_cast<uint8_t>(hash[i]);
  return number;
}

constexpr MemberRow kCertificate[] = {
    {"X509Certificate()", [](Call& c) { return Value::object(newObject<CertificateObject>(c.eval, c.type)); }},
    {"X509Certificate(byte[] data)", create},
    {"X509Certificate(byte[] rawData, string password)", create},
    {"X509Certificate(byte[] rawData, string password, X509KeyStorageFlags keyStorageFlags)", create},
    {"X509Certificate(X509Certificate cert)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("cert");
       auto* made = newObject<CertificateObject>(c.eval, c.type);
       made->der = certificateOf(c)->der;
       return Value::object(made);
     }},
    {"string Subject { get; }", shownName<subject>},
    {"string Issuer { get; }", shownName<issuer>},
    {"string GetName()", shownName<subject>},
    {"string GetIssuerName()", shownName<issuer>},
    {"byte[] GetCertHash()", certHash},
    {"byte[] GetCertHash(HashAlgorithmName hashAlgorithm)", certHash},
    {"string GetCertHashString()", certHashText},
    {"string GetCertHashString(HashAlgorithmName hashAlgorithm)", certHashText},
    {"string GetEffectiveDateString()",
     [](Call& c) { return read(c, [&](X509* x) { return dateText(c, X509_get0_notBefore(x)); }); }},
    {"string GetExpirationDateString()",
     [](Call& c) { return read(c, [&](X509* x) { return dateText(c, X509_get0_notAfter(x)); }); }},
    {"string GetFormat()", [](Call&) { return Value::ascii("X509"); }},
    {"string GetKeyAlgorithm()", [](Call& c) { return read(c, [&](X509* x) { return c.text(keyAlgorithmOid(x)); }); }},
    {"byte[] GetKeyAlgorithmParameters()",
     [](Call& c) { return read(c, [&](X509* x) { return newBytes(c.eval, algorithmParameters(keyAlgorithm(x))); }); }},
    {"string GetKeyAlgorithmParametersString()",
     [](Call& c) { return read(c, [&](X509* x) { return c.text(upperHex(algorithmParameters(keyAlgorithm(x)))); }); }},
    {"byte[] GetPublicKey()",
     [](Call& c) { return read(c, [&](X509* x) { return newBytes(c.eval, publicKeyBits(x)); }); }},
    {"string GetPublicKeyString()",
     [](Call& c) { return read(c, [&](X509* x) { return c.text(upperHex(publicKeyBits(x))); }); }},
    {"byte[] GetRawCertData()",
     [](Call& c) { return read(c, [&](X509*) { return newBytes(c.eval, certificateOf(c)->der); }); }},
    {"string GetRawCertDataString()",
     [](Call& c) { return read(c, [&](X509*) { return c.text(upperHex(certificateOf(c)->der)); }); }},
    {"byte[] GetSerialNumber()",
     [](Call& c) { return read(c, [&](X509* x) { return newBytes(c.eval, reversed(serialNumber(x))); }); }},
    {"string GetSerialNumberString()",
     [](Call& c) { return read(c, [&](X509* x) { return c.text(upperHex(serialNumber(x))); }); }},
    {"byte[] Export(X509ContentType contentType)", exportBytes},
    {"byte[] Export(X509ContentType contentType, string password)", exportBytes},
    {"bool Equals(X509Certificate other)",
     [](Call& c) { return Value::boolean(!c.isNull(1) && equal(c.eval, c[0], c[1])); }},
    {"string ToString(bool fVerbose)",
     [](Call& c) { return c.boolean(1) ? toString(c.eval, c[0]) : c.text(c.object<Object>(0)->type->fullName()); }},
    {"void Reset()",
     [](Call& c) {
       certificateOf(c)->der = {};
       certificateOf(c)->private_key = {};
       return Value();
     }},
    {"void Dispose()", nothing},
};

}  // namespace

Hooks certificateHooks() {
  Hooks hooks;
  hooks.to_string = toString;
  hooks.equals = equal;
  hooks.hash = hashCode;
  return hooks;
}

Value verifyCertificate(Call& c) {
  using Store = std::unique_ptr<X509_STORE, OpenSslFree<X509_STORE_free>>;
  using Check = std::unique_ptr<X509_STORE_CTX, OpenSslFree<X509_STORE_CTX_free>>;
  // The authorities of the machine, read once.
  static const Store kStore = [] {
    Store store(X509_STORE_new());
    if (store != nullptr) X509_STORE_set_default_paths(store.get());
    return store;
  }();
  const X509Handle certificate = openCertificate(c.eval, certificateOf(c));
  if (certificate == nullptr || !c.eval.step(100'000)) return {};
  const Check context(X509_STORE_CTX_new());
  if (context == nullptr || kStore == nullptr ||
      X509_STORE_CTX_init(context.get(), kStore.get(), certificate.get(), nullptr) != 1)
    return Value::boolean(false);
  X509_STORE_CTX_set_time(context.get(), 0, (nowTicks(c.eval) - kUnixEpochTicks) / kTicksPerSecond);
  const bool good = X509_verify_cert(context.get()) == 1;
  ERR_clear_error();
  return Value::boolean(good);
}

void declareX509Base(Library& library) {
  library.add("class System.Security.Cryptography.X509Certificates.X509Certificate : IDisposable", kCertificate,
              certificateHooks());
}

}  // namespace sluice::expression
