// X509Certificate2: reading certificates, and what they say.
#include "expression/library/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509v3.h>

#include "expression/library/context_support.h"
#include "expression/library/date_text.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

using Bio = std::unique_ptr<BIO, OpenSslFree<BIO_free>>;

CertificateObject* certificateOf(Call& c) {
  return c.object<CertificateObject>(0);
}

struct Loaded {
  X509Handle certificate;
  EvpKey key;
};

Loaded fromPem(std::string_view text) {
  Loaded loaded;
  const Bio certificate(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  loaded.certificate.reset(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
  const Bio key(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  const auto no_password = [](char*, int, int, void*) { return -1; };
  if (text.find("PRIVATE KEY-----") != std::string_view::npos)
    loaded.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, no_password, nullptr));
  return loaded;
}

// An iteration of a PKCS #12 key derivation is about a microsecond; a file says how many, so a huge count is refused.
constexpr long kMostIterations = 100'000;

Loaded fromPkcs12(Eval& eval, std::string_view bytes, std::string_view password) {
  Loaded loaded;
  const auto* at = unsignedBytes(bytes);
  const std::unique_ptr<PKCS12, OpenSslFree<PKCS12_free>> bag(
      d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
  if (bag == nullptr || !eval.step(500'000)) return loaded;
  const ASN1_INTEGER* count = nullptr;
  PKCS12_get0_mac(nullptr, nullptr, nullptr, &count, bag.get());
  if (count != nullptr && ASN1_INTEGER_get(count) > kMostIterations) return loaded;
  EVP_PKEY* key = nullptr;
  X509* certificate = nullptr;
  if (PKCS12_parse(bag.get(), std::string(password).c_str(), &key, &certificate, nullptr) == 1) {
    loaded.key.reset(key);
    loaded.certificate.reset(certificate);
  }
  return loaded;
}

Loaded load(Eval& eval, std::string_view bytes, std::string_view password) {
  if (bytes.find("-----BEGIN ") != std::string_view::npos) return fromPem(bytes);
  const auto* at = unsignedBytes(bytes);
  Loaded loaded;
  loaded.certificate.reset(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())));
  if (loaded.certificate != nullptr) return loaded;
  loaded = fromPkcs12(eval, bytes, password);
  if (loaded.certificate != nullptr || bytes.starts_with('\x30')) return loaded;
  if (const std::optional<std::string> der = base64Decode(bytes); der && der->starts_with('\x30'))
    return load(eval, *der, password);
  return loaded;
}

std::string derOf(X509* certificate) {
  uint8_t* out = nullptr;
  const int size = i2d_X509(certificate, &out);
  std::string der(reinterpret_cast<const char*>(out), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(out);
  return der;
}

Value create(Call& c) {
  if (c.count == 0) {
    auto* object = newObject<CertificateObject>(c.eval, c.type);
    return Value::object(object);
  }
  if (c.isNull(0) || bytesAt(c, 0).empty())
    return c.raise("System.ArgumentException", "Array cannot be empty or null.");
  const std::string_view password = c.count > 1 && !c.isNull(1) ? c.utf8(1) : std::string_view();
  return loadCertificate(c.eval, c.type, bytesAt(c, 0), password);
}

Value copy(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("certificate");
  auto* object = newObject<CertificateObject>(c.eval, c.type);
  object->der = certificateOf(c)->der;
  object->private_key = certificateOf(c)->private_key;
  object->friendly_name = Value::ascii({});
  return Value::object(object);
}

// ---- GetNameInfo -------------------------------------------------------------------------------------------------

std::string lastAttribute(const X509_NAME* name, int nid) {
  int found = -1, at = -1;
  while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0) found = at;
  return found < 0 ? std::string() : asn1Text(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, found)));
}

std::string firstAttributeOf(const X509_NAME* name, std::initializer_list<int> nids) {
  for (const int nid : nids)
    if (std::string text = lastAttribute(name, nid); !text.empty()) return text;
  return {};
}

std::string alternativeName(const X509* certificate, bool issuer, int kind) {
  using Names = std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>>;
  const int nid = issuer ? NID_issuer_alt_name : NID_subject_alt_name;
  const Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, nid, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    if (type == kind) return asn1Text(static_cast<const ASN1_STRING*>(value));
  }
  return {};
}

// X509NameType
enum NameType { kSimpleName, kEmailName, kUpnName, kDnsName, kDnsFromAlternativeName, kUrlName };

Value getNameInfo(Call& c) {
  const X509Handle certificate = openCertificate(c.eval, certificateOf(c));
  if (certificate == nullptr) return {};
  const bool issuer = c.boolean(2);
  const X509_NAME* name = issuer ? X509_get_issuer_name(certificate.get()) : X509_get_subject_name(certificate.get());
  const auto type = static_cast<NameType>(c.int32(1));
  std::string found;
  if (type == kSimpleName)
    found = firstAttributeOf(
        name, {NID_commonName, NID_organizationalUnitName, NID_organizationName, NID_pkcs9_emailAddress});
  if (type == kEmailName || (type == kSimpleName && found.empty())) {
    found = alternativeName(certificate.get(), issuer, GEN_EMAIL);
    if (found.empty()) found = lastAttribute(name, NID_pkcs9_emailAddress);
  }
  if (type == kDnsName || type == kDnsFromAlternativeName) {
    found = alternativeName(certificate.get(), issuer, GEN_DNS);
    if (found.empty() && type == kDnsName) found = lastAttribute(name, NID_commonName);
  }
  if (type == kUrlName) found = alternativeName(certificate.get(), issuer, GEN_URI);
  return c.text(found);
}

// ---- Members -----------------------------------------------------------------------------------------------------

template <class Read>
Value read(Call& c, Read what) {
  const X509Handle certificate = openCertificate(c.eval, certificateOf(c));
  return certificate == nullptr ? Value() : what(certificate.get());
}

Value notBefore(Call& c) {
  return read(c, [&](X509* x) { return asn1Date(c, X509_get0_notBefore(x)); });
}
Value notAfter(Call& c) {
  return read(c, [&](X509* x) { return asn1Date(c, X509_get0_notAfter(x)); });
}
Value signatureAlgorithm(Call& c) {
  return read(c, [&](X509* x) {
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, X509_get0_tbs_sigalg(x));
    return newOid(c.eval, oidText(object));
  });
}

Value contentType(Call& c) {
  if (c.isNull(0) || bytesAt(c, 0).empty())
    return c.raise("System.ArgumentException", "Array cannot be empty or null.");
  std::string_view bytes = bytesAt(c, 0);
  const auto* at = unsignedBytes(bytes);
  const std::unique_ptr<PKCS12, OpenSslFree<PKCS12_free>> bag(
      d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
  if (bag != nullptr) return newEnum(c.type, 3);
  const Loaded loaded = load(c.eval, bytes, {});
  if (c.eval.failed()) return {};
  return loaded.certificate != nullptr ? newEnum(c.type, 1) : raiseCrypto(c.eval, "Cannot find the requested object.");
}

Value hasPrivateKey(Call& c) {
  return Value::boolean(!certificateOf(c)->private_key.empty());
}

Value withPrivateKey(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("certificate");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("privateKey");
  const X509Handle certificate = openCertificate(c.eval, certificateOf(c));
  auto* object = c.object<KeyObject>(1);
  const EvpKey key = certificate == nullptr ? nullptr : usableRsaKey(c.eval, object);
  if (key == nullptr) return {};
  if (!certificateOf(c)->private_key.empty())
    return c.raise("System.InvalidOperationException", "The certificate already has an associated private key.");
  if (!object->is_private || X509_check_private_key(certificate.get(), key.get()) != 1)
    return c.raise("System.ArgumentException", "The provided key does not match the public key for this certificate.");
  const Value made = copy(c);
  as<CertificateObject>(made)->private_key = object->der;
  return made;
}

template <bool is_private>
Value rsaKey(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("certificate");
  return certificateRsaKey(c.eval, certificateOf(c), is_private);
}

constexpr MemberRow kCertificate2[] = {
    {"X509Certificate2()", create},
    {"X509Certificate2(byte[] rawData)", create},
    {"X509Certificate2(byte[] rawData, string password)", create},
    {"X509Certificate2(byte[] rawData, string password, X509KeyStorageFlags keyStorageFlags)", create},
    {"X509Certificate2(X509Certificate certificate)", copy},
    {"byte[] RawData { get; }", [](Call& c) { return read(c, [&](X509* x) { return newBytes(c.eval, derOf(x)); }); }},
    {"bool Archived { get; set; }", [](Call&) { return Value::boolean(false); }, nothing},
    {"string FriendlyName { get; set; }", [](Call& c) { return certificateOf(c)->friendly_name; },
     [](Call& c) { return certificateOf(c)->friendly_name = c.isNull(1) ? Value::ascii({}) : c[1], Value(); }},
    {"bool HasPrivateKey { get; }", hasPrivateKey},
    {"DateTime NotBefore { get; }", notBefore},
    {"DateTime NotAfter { get; }", notAfter},
    {"string SerialNumber { get; }",
     [](Call& c) { return read(c, [&](X509* x) { return c.text(upperHex(serialNumber(x))); }); }},
    {"string Thumbprint { get; }",
     [](Call& c) {
       return read(c, [&](X509* x) {
         uint8_t hash[EVP_MAX_MD_SIZE];
         const std::string der = derOf(x);
         if (!digestOf(*findDigest("SHA1"), {der}, hash)) return raiseCrypto(c.eval, "The hash could not be computed.");
         return c.text(upperHex({reinterpret_cast<const char*>(hash), 20}));
       });
     }},
    {"int Version { get; }",
     [](Call& c) {
       return read(c, [](X509* x) { return Value::int32(static_cast<int32_t>(X509_get_version(x)) + 1); });
     }},
    {"X500DistinguishedName SubjectName { get; }",
     [](Call& c) { return read(c, [&](X509* x) { return newDistinguishedName(c.eval, X509_get_subject_name(x)); }); }},
    {"X500DistinguishedName IssuerName { get; }",
     [](Call& c) { return read(c, [&](X509* x) { return newDistinguishedName(c.eval, X509_get_issuer_name(x)); }); }},
    {"Oid SignatureAlgorithm { get; }", signatureAlgorithm},
    {"PublicKey PublicKey { get; }", certificatePublicKey},
    {"AsymmetricAlgorithm PrivateKey { get; }",
     [](Call& c) { return certificateRsaKey(c.eval, certificateOf(c), true); }},
    {"X509ExtensionCollection Extensions { get; }", certificateExtensions},
    {"string GetNameInfo(X509NameType nameType, bool forIssuer)", getNameInfo},
    {"bool Verify()", verifyCertificate},
    {"static X509ContentType GetCertContentType(byte[] rawData)", contentType},
};

constexpr MemberRow kRsaExtensions[] = {
    {"static RSA GetRSAPublicKey(this X509Certificate2 certificate)", rsaKey<false>},
    {"static RSA GetRSAPrivateKey(this X509Certificate2 certificate)", rsaKey<true>},
    {"static X509Certificate2 CopyWithPrivateKey(this X509Certificate2 certificate, RSA privateKey)", withPrivateKey},
};
constexpr MemberRow kVerifyExtensions[] = {
    {"static bool VerifyNoRevocation(this X509Certificate2 certificate)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("certificate") : verifyCertificate(c); }},
};

constexpr EnumRow kContentType[] = {{"Unknown", 0}, {"Cert", 1},        {"SerializedCert", 2},
                                    {"Pfx", 3},     {"Pkcs12", 3},      {"SerializedStore", 4},
                                    {"Pkcs7", 5},   {"Authenticode", 6}};
constexpr EnumRow kNameType[] = {
    {"SimpleName", 0}, {"EmailName", 1}, {"UpnName", 2}, {"DnsName", 3}, {"DnsFromAlternativeName", 4}, {"UrlName", 5}};
constexpr EnumRow kStorageFlags[] = {{"DefaultKeySet", 0},   {"UserKeySet", 1},    {"MachineKeySet", 2},
                                     {"Exportable", 4},      {"UserProtected", 8}, {"PersistKeySet", 16},
                                     {"EphemeralKeySet", 32}};

}  // namespace

X509Handle openCertificate(Eval& eval, const CertificateObject* certificate) {
  const auto* at = unsignedBytes(certificate->der);
  X509Handle handle(certificate->der.empty() ? nullptr
                                             : d2i_X509(nullptr, &at, static_cast<long>(certificate->der.size())));
  if (handle == nullptr) raiseCrypto(eval, "m_safeCertContext is an invalid handle.");
  eval.step(500);
  return handle;
}

Value loadCertificate(Eval& eval, const Type* type, std::string_view bytes, std::string_view password) {
  if (!eval.step(bytes.size() / 16 + 500)) return {};
  const Loaded loaded = load(eval, bytes, password);
  ERR_clear_error();
  if (eval.failed()) return {};
  if (loaded.certificate == nullptr) return raiseCrypto(eval, "Cannot find the requested object.");
  auto* object = newObject<CertificateObject>(eval, type);
  object->der = eval.arena.copy(derOf(loaded.certificate.get()));
  if (loaded.key != nullptr) object->private_key = eval.arena.copy(keyBytes(loaded.key.get(), true));
  object->friendly_name = Value::ascii({});
  return Value::object(object);
}

Value newCertificate(Eval& eval, std::string_view bytes) {
  if (bytes.empty()) return {};
  static const Type* const kType = libraryType("System.Security.Cryptography.X509Certificates.X509Certificate2");
  if (!bytes.starts_with('\x30')) return loadCertificate(eval, kType, bytes, {});
  auto* object = newObject<CertificateObject>(eval, kType);
  object->der = bytes;
  object->friendly_name = Value::ascii({});
  return Value::object(object);
}

Value certificateRsaKey(Eval& eval, const CertificateObject* certificate, bool is_private) {
  if (is_private) {
    if (certificate->private_key.empty()) return {};
    KeyObject stored{};
    stored.der = certificate->private_key;
    stored.is_private = true;
    const EvpKey key = openKey(&stored);
    return key != nullptr && EVP_PKEY_is_a(key.get(), "RSA") == 1 ? newKey(eval, key.get(), true) : Value();
  }
  const X509Handle handle = openCertificate(eval, certificate);
  if (handle == nullptr) return {};
  const EVP_PKEY* key = X509_get0_pubkey(handle.get());
  return key != nullptr && EVP_PKEY_is_a(key, "RSA") == 1 ? newKey(eval, key, false) : Value();
}

void declareX509(Library& library) {
  const std::string space = "System.Security.Cryptography.X509Certificates.";
  library.addEnum(space + "X509ContentType", kContentType);
  library.addEnum(space + "X509NameType", kNameType);
  library.addEnum(space + "X509KeyStorageFlags", kStorageFlags, true);
  library.add("class " + space + "X509Certificate2 : X509Certificate", kCertificate2, certificateHooks());
  library.add("static class " + space + "RSACertificateExtensions", kRsaExtensions);
  library.add("static class CertificateExtensions", kVerifyExtensions);
}

}  // namespace sluice::expression
