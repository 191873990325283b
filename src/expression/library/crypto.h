// Shared by the files of System.Security.Cryptography. Objects hold bytes, never OpenSSL handles: each operation opens
// and closes its own, so that nothing has to be destroyed with the arena.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

#include "expression/library.h"

namespace sluice::expression {

template <auto free>
struct OpenSslFree {
  template <class T>
  void operator()(T* handle) const {
    free(handle);
  }
};
using EvpKey = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using X509Handle = std::unique_ptr<X509, OpenSslFree<X509_free>>;

// An asymmetric key. `der` is a PKCS#8 private key or a SubjectPublicKeyInfo; empty: not made yet (of `key_size` bits).
struct KeyObject : Object {
  std::string_view der;
  bool is_private;
  int32_t key_size;
};

struct CertificateObject : Object {
  std::string_view der;
  std::string_view private_key;  // PKCS#8, or empty
  Value friendly_name;
};

inline std::string_view bytesOf(const Value& bytes) {
  if (bytes.isNull()) return {};
  const auto* object = as<BytesObject>(bytes);
  return {reinterpret_cast<const char*>(object->data), object->length};
}
inline std::string_view bytesAt(Call& c, size_t index) {
  return bytesOf(c[index]);
}
inline const uint8_t* unsignedBytes(std::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}
// A byte[] of its own with the same bytes; null for null.
Value copyOfBytes(Eval& eval, const Value& bytes);

// The part [offset, offset + count) of a byte[] argument, checked as .NET does; false with an exception pending.
bool bytesPart(Call& c, size_t index, std::string_view& out);

Value raiseCrypto(Eval& eval, std::string_view message);
// byte[] of random bytes; null with an exception pending.
Value randomBytes(Eval& eval, size_t count);
Value nothing(Call& c);

struct Digest {
  std::string_view name;  // "SHA256"
  const EVP_MD* (*md)();
  uint32_t size;   // bytes
  uint32_t block;  // bytes: the size of a key made for an HMAC
};
// The digest that HashAlgorithmName and HashAlgorithm.Create name ("SHA256", "SHA-256", "SHA256Managed",
// "System.Security.Cryptography.SHA256CryptoServiceProvider"); null: unknown.
const Digest* findDigest(std::string_view name);
// The digest's bytes of `parts` one after the other, into `out` (EVP_MAX_MD_SIZE bytes); false: OpenSSL failed.
bool digestOf(const Digest& digest, std::initializer_list<std::string_view> parts, uint8_t* out);
// Of a hash object, such as SHA256.Create() gives.
const Digest* digestOfObject(Object* hash);

Value newOid(Eval& eval, std::string_view dotted);
Value newKey(Eval& eval, const EVP_PKEY* key, bool is_private);
EvpKey openKey(const KeyObject* key);
// Null for a null certificate or one of another kind of key.
Value certificateRsaKey(Eval& eval, const CertificateObject* certificate, bool is_private);
// An X.500 name as .NET shows it: last part first, with its abbreviations; `separator` "," or "+" between parts.
std::string distinguishedName(const X509_NAME* name, bool reversed = true, std::string_view separator = ", ");

}  // namespace sluice::expression
