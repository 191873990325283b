// Oid, AsnEncodedData, HashAlgorithmName, and the paddings of RSA.
#include <openssl/objects.h>

#include "expression/library/crypto_rsa.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

struct OidName {
  std::string_view value, name;
};
// The friendly names of .NET where they are not OpenSSL's.
constexpr OidName kNames[] = {
    {"1.2.840.113549.1.1.1", "RSA"},
    {"1.2.840.113549.1.1.4", "md5RSA"},
    {"1.2.840.113549.1.1.5", "sha1RSA"},
    {"1.2.840.113549.1.1.10", "RSASSA-PSS"},
    {"1.2.840.113549.1.1.11", "sha256RSA"},
    {"1.2.840.113549.1.1.12", "sha384RSA"},
    {"1.2.840.113549.1.1.13", "sha512RSA"},
    {"1.2.840.113549.2.5", "md5"},
    {"1.2.840.113549.1.9.1", "E"},
    {"1.2.840.113549.3.7", "3des"},
    {"1.2.840.10040.4.1", "DSA"},
    {"1.2.840.10045.2.1", "ECC"},
    {"1.2.840.10045.3.1.7", "nistP256"},
    {"1.2.840.10045.4.1", "sha1ECDSA"},
    {"1.2.840.10045.4.3.2", "sha256ECDSA"},
    {"1.2.840.10045.4.3.3", "sha384ECDSA"},
    {"1.2.840.10045.4.3.4", "sha512ECDSA"},
    {"1.3.132.0.34", "nistP384"},
    {"1.3.132.0.35", "nistP521"},
    {"1.3.14.3.2.7", "des"},
    {"1.3.14.3.2.26", "sha1"},
    {"2.16.840.1.101.3.4.1.2", "aes128"},
    {"2.16.840.1.101.3.4.1.22", "aes192"},
    {"2.16.840.1.101.3.4.1.42", "aes256"},
    {"2.16.840.1.101.3.4.2.1", "sha256"},
    {"2.16.840.1.101.3.4.2.2", "sha384"},
    {"2.16.840.1.101.3.4.2.3", "sha512"},
    {"1.3.6.1.5.5.7.1.1", "Authority Information Access"},
    {"1.3.6.1.5.5.7.3.1", "Server Authentication"},
    {"1.3.6.1.5.5.7.3.2", "Client Authentication"},
    {"1.3.6.1.5.5.7.3.3", "Code Signing"},
    {"1.3.6.1.5.5.7.3.4", "Secure Email"},
    {"2.5.4.3", "CN"},
    {"2.5.4.4", "SN"},
    {"2.5.4.5", "SERIALNUMBER"},
    {"2.5.4.6", "C"},
    {"2.5.4.7", "L"},
    {"2.5.4.8", "S"},
    {"2.5.4.9", "STREET"},
    {"2.5.4.10", "O"},
    {"2.5.4.11", "OU"},
    {"2.5.4.12", "T"},
    {"2.5.4.13", "Description"},
    {"2.5.4.17", "PostalCode"},
    {"2.5.4.20", "Phone"},
    {"2.5.4.42", "G"},
    {"2.5.4.43", "I"},
    {"0.9.2342.19200300.100.1.25", "DC"},
    {"2.5.29.14", "Subject Key Identifier"},
    {"2.5.29.15", "Key Usage"},
    {"2.5.29.17", "Subject Alternative Name"},
    {"2.5.29.18", "Issuer Alternative Name"},
    {"2.5.29.19", "Basic Constraints"},
    {"2.5.29.31", "CRL Distribution Points"},
    {"2.5.29.32", "Certificate Policies"},
    {"2.5.29.35", "Authority Key Identifier"},
    {"2.5.29.37", "Enhanced Key Usage"},
};

struct OidObject : Object {
  Value value;
  Value friendly_name;
};

std::string_view friendlyName(std::string_view value) {
  for (const OidName& known : kNames)
    if (known.value == value) return known.name;
  return {};
}

std::string_view valueOf(std::string_view friendly_name) {
  for (const OidName& known : kNames)
    if (equalsIgnoreCase(known.name, friendly_name)) return known.value;
  return {};
}

Value makeOid(Eval& eval, const Value& value, const Value& name) {
  static const Type* const kType = libraryType("System.Security.Cryptography.Oid");
  auto* oid = newObject<OidObject>(eval, kType);
  oid->value = value;
  oid->friendly_name = name;
  return Value::object(oid);
}

OidObject* oidOf(Call& c) {
  return c.object<OidObject>(0);
}

Value oidFromText(Call& c) {
  if (c.isNull(0)) return makeOid(c.eval, {}, {});
  const std::string_view value = valueOf(c.utf8(0));
  return value.empty() ? makeOid(c.eval, c[0], {}) : makeOid(c.eval, Value::ascii(value), c[0]);
}

Value oidName(Call& c) {
  OidObject* oid = oidOf(c);
  if (oid->friendly_name.isNull() && !oid->value.isNull())
    if (const std::string_view name = friendlyName(toUtf8(c.arena(), oid->value)); !name.empty())
      oid->friendly_name = Value::ascii(name);
  return oid->friendly_name;
}

Value oidValue(Call& c) {
  return oidOf(c)->value;
}

Value oidFromName(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("friendlyName");
  const std::string_view value = valueOf(c.utf8(0));
  return value.empty() ? raiseCrypto(c.eval, "No OID value matches this name.")
                       : makeOid(c.eval, Value::ascii(value), c[0]);
}

Value oidFromValue(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("oidValue");
  const std::string_view name = friendlyName(c.utf8(0));
  return name.empty() ? raiseCrypto(c.eval, "The OID value is invalid.") : makeOid(c.eval, c[0], Value::ascii(name));
}

constexpr MemberRow kOid[] = {
    {"Oid()", [](Call& c) { return makeOid(c.eval, {}, {}); }},
    {"Oid(string oid)", oidFromText},
    {"Oid(string value, string friendlyName)", [](Call& c) { return makeOid(c.eval, c[0], c[1]); }},
    {"Oid(Oid oid)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("oid");
       return makeOid(c.eval, oidOf(c)->value, oidOf(c)->friendly_name);
     }},
    {"string Value { get; set; }", oidValue, [](Call& c) { return oidOf(c)->value = c[1], Value(); }},
    {"string FriendlyName { get; set; }", oidName, [](Call& c) { return oidOf(c)->friendly_name = c[1], Value(); }},
    {"static Oid FromFriendlyName(string friendlyName, OidGroup group)", oidFromName},
    {"static Oid FromOidValue(string oidValue, OidGroup group)", oidFromValue},
};
constexpr EnumRow kOidGroup[] = {
    {"All", 0},
    {"HashAlgorithm", 1},
    {"EncryptionAlgorithm", 2},
    {"PublicKeyAlgorithm", 3},
    {"SignatureAlgorithm", 4},
    {"Attribute", 5},
    {"ExtensionOrAttribute", 6},
    {"EnhancedKeyUsage", 7},
    {"Policy", 8},
    {"Template", 9},
    {"KeyDerivationFunction", 10},
};

// ---- HashAlgorithmName: a record of one text ---------------------------------------------------------------------

Value nameOf(const Value& name) {
  const auto* record = as<RecordObject>(name);
  return record->count > 0 ? record->members[0] : Value();
}

template <size_t which>
Value knownName(Call& c) {
  static constexpr std::string_view kAll[] = {"MD5", "SHA1", "SHA256", "SHA384", "SHA512"};
  return newRecord(c.eval, c.type, {Value::ascii(kAll[which])});
}

bool sameName(Eval& eval, const Value& a, const Value& b) {
  return valueEquals(eval, nameOf(a), nameOf(b));
}

Value nameToString(Eval&, const Value& name) {
  return nameOf(name).isNull() ? Value::ascii({}) : nameOf(name);
}

constexpr MemberRow kHashName[] = {
    {"HashAlgorithmName(string name)", [](Call& c) { return newRecord(c.eval, c.type, {c[0]}); }},
    {"string Name { get; }", [](Call& c) { return nameOf(c[0]); }},
    {"static HashAlgorithmName MD5 { get; }", knownName<0>},
    {"static HashAlgorithmName SHA1 { get; }", knownName<1>},
    {"static HashAlgorithmName SHA256 { get; }", knownName<2>},
    {"static HashAlgorithmName SHA384 { get; }", knownName<3>},
    {"static HashAlgorithmName SHA512 { get; }", knownName<4>},
    {"bool Equals(HashAlgorithmName other)", [](Call& c) { return Value::boolean(sameName(c.eval, c[0], c[1])); }},
    {"static bool operator ==(HashAlgorithmName left, HashAlgorithmName right)",
     [](Call& c) { return Value::boolean(sameName(c.eval, c[0], c[1])); }},
    {"static bool operator !=(HashAlgorithmName left, HashAlgorithmName right)",
     [](Call& c) { return Value::boolean(!sameName(c.eval, c[0], c[1])); }},
};

// ---- Paddings: records of a mode and a hash's name ---------------------------------------------------------------

struct PaddingRow {
  int64_t mode;
  std::string_view hash;
};
constexpr PaddingRow kEncryptionPaddings[] = {{0, {}}, {1, "SHA1"}, {1, "SHA256"}, {1, "SHA384"}, {1, "SHA512"}};
constexpr PaddingRow kSignaturePaddings[] = {{0, {}}, {1, {}}};

Value makePadding(Eval& eval, const Type* type, const PaddingRow& row) {
  return newRecord(eval, type, {Value::int64(row.mode), row.hash.empty() ? Value() : Value::ascii(row.hash)});
}

template <size_t which>
Value encryptionPadding(Call& c) {
  return makePadding(c.eval, c.type, kEncryptionPaddings[which]);
}
template <size_t which>
Value signaturePadding(Call& c) {
  return makePadding(c.eval, c.type, kSignaturePaddings[which]);
}

bool samePadding(Eval& eval, const Value& a, const Value& b) {
  if (a.isNull() || b.isNull() || a.isString() || !a.isObject() || !b.isObject()) return a.isNull() && b.isNull();
  if (a.asObject()->type != b.asObject()->type) return false;
  return rsaPaddingMode(a) == rsaPaddingMode(b) && valueEquals(eval, rsaPaddingHash(a), rsaPaddingHash(b));
}

Value createOaep(Call& c) {
  const Value name = nameOf(c[0]);
  if (name.isNull() || name.extra() == 0)
    return c.raise("System.ArgumentException", "The hash algorithm name cannot be null or empty.");
  return newRecord(c.eval, c.type, {Value::int64(1), name});
}

Value paddingToString(Eval& eval, const Value& value) {
  const Value hash = rsaPaddingHash(value);
  const bool signs = value.asObject()->type->def->name == "RSASignaturePadding";
  if (rsaPaddingMode(value) == 0) return Value::ascii("Pkcs1");
  if (signs) return Value::ascii("Pss");
  return fromStd(eval.arena, "Oaep" + std::string(toUtf8(eval.arena, hash)));
}

Value paddingsEqual(Call& c) {
  return Value::boolean(samePadding(c.eval, c[0], c[1]));
}
Value paddingsDiffer(Call& c) {
  return Value::boolean(!samePadding(c.eval, c[0], c[1]));
}
Value paddingMode(Call& c) {
  return newEnum(c.type, rsaPaddingMode(c[0]));
}

constexpr MemberRow kEncryptionPadding[] = {
    {"static RSAEncryptionPadding Pkcs1 { get; }", encryptionPadding<0>},
    {"static RSAEncryptionPadding OaepSHA1 { get; }", encryptionPadding<1>},
    {"static RSAEncryptionPadding OaepSHA256 { get; }", encryptionPadding<2>},
    {"static RSAEncryptionPadding OaepSHA384 { get; }", encryptionPadding<3>},
    {"static RSAEncryptionPadding OaepSHA512 { get; }", encryptionPadding<4>},
    {"static RSAEncryptionPadding CreateOaep(HashAlgorithmName hashAlgorithm)", createOaep},
    {"RSAEncryptionPaddingMode Mode { get; }", paddingMode},
    {"HashAlgorithmName OaepHashAlgorithm { get; }",
     [](Call& c) { return newRecord(c.eval, c.type, {rsaPaddingHash(c[0])}); }},
    {"bool Equals(RSAEncryptionPadding other)", paddingsEqual},
    {"static bool operator ==(RSAEncryptionPadding left, RSAEncryptionPadding right)", paddingsEqual},
    {"static bool operator !=(RSAEncryptionPadding left, RSAEncryptionPadding right)", paddingsDiffer},
};
constexpr MemberRow kSignaturePadding[] = {
    {"static RSASignaturePadding Pkcs1 { get; }", signaturePadding<0>},
    {"static RSASignaturePadding Pss { get; }", signaturePadding<1>},
    {"RSASignaturePaddingMode Mode { get; }", paddingMode},
    {"bool Equals(RSASignaturePadding other)", paddingsEqual},
    {"static bool operator ==(RSASignaturePadding left, RSASignaturePadding right)", paddingsEqual},
    {"static bool operator !=(RSASignaturePadding left, RSASignaturePadding right)", paddingsDiffer},
};
constexpr EnumRow kEncryptionMode[] = {{"Pkcs1", 0}, {"Oaep", 1}};
constexpr EnumRow kSignatureMode[] = {{"Pkcs1", 0}, {"Pss", 1}};

}  // namespace

Value newOid(Eval& eval, std::string_view value) {
  const std::string_view name = friendlyName(value);
  return makeOid(eval, Value::ascii(eval.arena.copy(value)), name.empty() ? Value() : Value::ascii(name));
}

std::string oidText(const ASN1_OBJECT* object) {
  char text[128];
  const int size = OBJ_obj2txt(text, sizeof text, object, 1);
  return size > 0 && size < static_cast<int>(sizeof text) ? std::string(text, static_cast<size_t>(size))
                                                          : std::string();
}

std::string_view oidValueOf(Eval& eval, const Value& oid) {
  const Value& value = as<OidObject>(oid)->value;
  return value.isNull() ? std::string_view() : toUtf8(eval.arena, value);
}

std::string_view oidFriendlyName(std::string_view value) {
  return friendlyName(value);
}

const Digest* hashNamed(Call& c, size_t index) {
  const Value name = nameOf(c[index]);
  if (name.isNull() || name.extra() == 0) {
    c.eval.raise("System.ArgumentException", "The hash algorithm name cannot be null or empty.", "hashAlgorithm");
    return nullptr;
  }
  const Digest* digest = findDigest(toUtf8(c.arena(), name));
  if (digest == nullptr)
    raiseCrypto(c.eval, "'" + std::string(toUtf8(c.arena(), name)) + "' is not a known hash algorithm.");
  return digest;
}

int64_t rsaPaddingMode(const Value& padding) {
  return as<RecordObject>(padding)->members[0].asInt64();
}
Value rsaPaddingHash(const Value& padding) {
  return as<RecordObject>(padding)->members[1];
}

void declareCryptoNames(Library& library) {
  const std::string space = "System.Security.Cryptography.";
  library.addEnum(space + "OidGroup", kOidGroup);
  library.addEnum(space + "RSAEncryptionPaddingMode", kEncryptionMode);
  library.addEnum(space + "RSASignaturePaddingMode", kSignatureMode);
  library.add("sealed class " + space + "Oid", kOid);
  Hooks names;
  names.to_string = nameToString;
  names.equals = [](Eval& eval, const Value& a, const Value& b) { return sameName(eval, a, b); };
  names.hash = [](Eval& eval, const Value& a) { return valueHash(eval, nameOf(a)); };
  library.add("struct " + space + "HashAlgorithmName : IEquatable<HashAlgorithmName>", kHashName, names);
  Hooks paddings;
  paddings.to_string = paddingToString;
  paddings.equals = samePadding;
  paddings.hash = [](Eval&, const Value& a) { return static_cast<uint32_t>(rsaPaddingMode(a)); };
  library.add("sealed class " + space + "RSAEncryptionPadding : IEquatable<RSAEncryptionPadding>", kEncryptionPadding,
              paddings);
  library.add("sealed class " + space + "RSASignaturePadding : IEquatable<RSASignaturePadding>", kSignaturePadding,
              paddings);
}

}  // namespace sluice::expression
