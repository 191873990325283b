// Shared by the files of RSA: its paddings, its parameters, and the bytes of keys.
#pragma once

#include "base/encoding.h"
#include "expression/library/crypto.h"

namespace sluice::expression {

// Dotted text of an object identifier; empty: longer than any in use.
std::string oidText(const ASN1_OBJECT* object);
// The dotted text of an Oid object.
std::string_view oidValueOf(Eval& eval, const Value& oid);
// "CN", "sha256RSA"; empty: none.
std::string_view oidFriendlyName(std::string_view value);

// The digest that a HashAlgorithmName argument names; null with an exception pending.
const Digest* hashNamed(Call& c, size_t index);

// 0: PKCS #1. 1: OAEP of an RSAEncryptionPadding, PSS of an RSASignaturePadding.
int64_t rsaPaddingMode(const Value& padding);
Value rsaPaddingHash(const Value& padding);  // a string; null for PKCS #1

// The numbers of an RSA key, big-endian, in the order of RSAParameters' fields; empty: not given.
struct RsaNumbers {
  enum Field : uint8_t { Exponent, Modulus, P, Q, D, DP, DQ, InverseQ, kCount };
  std::string field[kCount];
};
// Null: they are not those of a key.
EvpKey rsaKeyFrom(const RsaNumbers& numbers);
RsaNumbers rsaNumbersOf(const EVP_PKEY* key, bool with_private);
// The bytes of a key as KeyObject holds them.
std::string keyBytes(const EVP_PKEY* key, bool is_private);
// Replaces an RSA object's key.
void setRsaKey(Eval& eval, KeyObject* object, const EVP_PKEY* key, bool is_private);
// The key of an RSA object, made now if it has none; null with an exception pending.
EvpKey usableRsaKey(Eval& eval, KeyObject* object);

// <RSAKeyValue>, as ToXmlString and FromXmlString have it.
Value rsaToXml(Call& c);
Value rsaFromXml(Call& c);

}  // namespace sluice::expression
