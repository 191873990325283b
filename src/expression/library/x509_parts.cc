// What hangs on a certificate: X500DistinguishedName, PublicKey, X509Extension and their collection.
#include <openssl/x509v3.h>

#include "expression/collection.h"
#include "expression/library/declarations.h"
#include "expression/library/x509.h"

namespace sluice::expression {
namespace {

#define SLUICE_CRYPTOGRAPHY "System.Security.Cryptography."
#define SLUICE_X509 SLUICE_CRYPTOGRAPHY "X509Certificates."

// AsnEncodedData and what derives from it.
struct AsnObject : Object {
  Value oid;
  std::string_view raw;
  bool critical;
};

AsnObject* asnOf(Call& c) {
  return c.object<AsnObject>(0);
}

AsnObject* newAsn(Eval& eval, std::string_view type, std::string_view raw) {
  auto* object = newObject<AsnObject>(eval, libraryType(type));
  object->raw = eval.arena.copy(raw);
  return object;
}

std::string spacedHex(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) out += (i == 0 ? "" : " ") + hexEncode(bytes.substr(i, 1));
  return out;
}

constexpr MemberRow kAsn[] = {
    {"Oid Oid { get; set; }", [](Call& c) { return asnOf(c)->oid; },
     [](Call& c) { return asnOf(c)->oid = c[1], Value(); }},
    {"byte[] RawData { get; }", [](Call& c) { return newBytes(c.eval, asnOf(c)->raw); }},
    {"string Format(bool multiLine)", [](Call& c) { return c.text(spacedHex(asnOf(c)->raw)); }},
};

// ---- X500DistinguishedName ---------------------------------------------------------------------------------------

using NameHandle = std::unique_ptr<X509_NAME, OpenSslFree<X509_NAME_free>>;

NameHandle openName(Call& c) {
  const auto* at = unsignedBytes(asnOf(c)->raw);
  NameHandle name(d2i_X509_NAME(nullptr, &at, static_cast<long>(asnOf(c)->raw.size())));
  if (name == nullptr) raiseCrypto(c.eval, "The name is invalid.");
  return name;
}

// X500DistinguishedNameFlags
constexpr int32_t kReversed = 1, kSemicolons = 16, kNewLines = 256;

Value decodeName(Call& c) {
  const NameHandle name = openName(c);
  if (name == nullptr) return {};
  const int32_t flags = c.count > 1 ? c.int32(1) : kReversed;
  const std::string_view separator = (flags & kSemicolons) != 0 ? "; " : (flags & kNewLines) != 0 ? "\n" : ", ";
  return c.text(distinguishedName(name.get(), (flags & kReversed) != 0, separator));
}

Value formatName(Call& c) {
  const NameHandle name = openName(c);
  if (name == nullptr) return {};
  return c.text(distinguishedName(name.get(), true, c.boolean(1) ? "\n" : ", ") + (c.boolean(1) ? "\n" : ""));
}

constexpr MemberRow kName[] = {
    {"string Name { get; }", decodeName},
    {"string Decode(X500DistinguishedNameFlags flag)", decodeName},
    {"string Format(bool multiLine)", formatName},
};
constexpr EnumRow kNameFlags[] = {{"None", 0},
                                  {"Reversed", 1},
                                  {"UseSemicolons", 16},
                                  {"DoNotUsePlusSign", 32},
                                  {"DoNotUseQuotes", 64},
                                  {"UseCommas", 128},
                                  {"UseNewLines", 256},
                                  {"UseUTF8Encoding", 4096}};

// ---- PublicKey ---------------------------------------------------------------------------------------------------

struct PublicKeyObject : Object {
  Value oid, parameters, value, key;
};

constexpr MemberRow kPublicKey[] = {
    {"Oid Oid { get; }", [](Call& c) { return c.object<PublicKeyObject>(0)->oid; }},
    {"AsymmetricAlgorithm Key { get; }",
     [](Call& c) {
       const Value key = c.object<PublicKeyObject>(0)->key;
       return key.isNull() ? c.raise("System.NotSupportedException", "The certificate key algorithm is not supported.")
                           : key;
     }},
    {"AsnEncodedData EncodedKeyValue { get; }", [](Call& c) { return c.object<PublicKeyObject>(0)->value; }},
    {"AsnEncodedData EncodedParameters { get; }", [](Call& c) { return c.object<PublicKeyObject>(0)->parameters; }},
    {"RSA GetRSAPublicKey()", [](Call& c) { return c.object<PublicKeyObject>(0)->key; }},
};

// ---- X509Extension -----------------------------------------------------------------------------------------------

// "DNS Name=a.example, DNS Name=b.example", as Windows shows alternative names.
std::string alternativeNames(std::string_view raw, std::string_view separator) {
  using Names = std::unique_ptr<GENERAL_NAMES, OpenSslFree<GENERAL_NAMES_free>>;
  const auto* at = unsignedBytes(raw);
  const Names names(d2i_GENERAL_NAMES(nullptr, &at, static_cast<long>(raw.size())));
  std::string text;
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &type);
    const std::string_view label = type == GEN_DNS     ? "DNS Name="
                                   : type == GEN_EMAIL ? "RFC822 Name="
                                   : type == GEN_URI   ? "URL="
                                   : type == GEN_IPADD ? "IP Address="
                                                       : "";
    if (label.empty()) continue;
    const std::string bytes = asn1Bytes(static_cast<const ASN1_STRING*>(value));
    std::string shown = bytes;
    if (type == GEN_IPADD && bytes.size() == 4) {
      shown.clear();
      for (const char byte : bytes) shown += (shown.empty() ? "" : ".") + std::to_string(static_cast<uint8_t>(byte));
    } else if (type == GEN_IPADD) {
      shown = hexEncode(bytes);
    }
    text.append(text.empty() ? "" : separator).append(label).append(shown);
  }
  return text;
}

Value formatAny(Call& c) {
  AsnObject* object = asnOf(c);
  const std::string_view separator = c.boolean(1) ? "\n" : ", ";
  if (object->detail == 1) return c.text(alternativeNames(object->raw, separator) + (c.boolean(1) ? "\n" : ""));
  // An octet string inside, such as a key identifier, shows without its header.
  std::string_view raw = object->raw;
  if (object->detail == 2 && raw.size() > 2) raw.remove_prefix(2);
  return c.text(object->detail == 2 ? hexEncode(raw) : spacedHex(raw));
}

constexpr MemberRow kExtension[] = {
    {"bool Critical { get; set; }", [](Call& c) { return Value::boolean(asnOf(c)->critical); },
     [](Call& c) { return asnOf(c)->critical = c.boolean(1), Value(); }},
    {"string Format(bool multiLine)", formatAny},
};

ListObject* extensionsOf(Call& c) {
  return c.object<ListObject>(0);
}

Value extensionAt(Call& c) {
  const ListObject* list = extensionsOf(c);
  if (c.int32(1) < 0) return c.raise("System.InvalidOperationException", "Enumeration has not started.");
  if (static_cast<uint32_t>(c.int32(1)) >= list->count) return c.eval.raiseOutOfRange("index");
  return list->items[c.int32(1)];
}

// By OID or friendly name; null: there is none.
Value extensionNamed(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("oid");
  const std::string wanted(c.utf8(1));
  const ListObject* list = extensionsOf(c);
  for (uint32_t i = 0; i < list->count; ++i)
    if (const Value oid = as<AsnObject>(list->items[i])->oid;
        oidValueOf(c.eval, oid) == wanted || oidFriendlyName(oidValueOf(c.eval, oid)) == wanted)
      return list->items[i];
  return {};
}

constexpr MemberRow kExtensions[] = {
    {"int Count { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(extensionsOf(c)->count)); }},
    {"X509Extension this[int index] { get; }", extensionAt},
    {"X509Extension this[string oid] { get; }", extensionNamed},
};

}  // namespace

Value newDistinguishedName(Eval& eval, const X509_NAME* name) {
  return Value::object(newAsn(eval, SLUICE_X509 "X500DistinguishedName", encodedName(name)));
}

Value certificatePublicKey(Call& c) {
  const X509Handle certificate = openCertificate(c.eval, c.object<CertificateObject>(0));
  if (certificate == nullptr) return {};
  X509_ALGOR* algorithm = nullptr;
  X509_PUBKEY_get0_param(nullptr, nullptr, nullptr, &algorithm, X509_get_X509_PUBKEY(certificate.get()));
  const ASN1_OBJECT* object = nullptr;
  X509_ALGOR_get0(&object, nullptr, nullptr, algorithm);
  auto* key = newObject<PublicKeyObject>(c.eval, c.type);
  key->oid = newOid(c.eval, oidText(object));
  AsnObject* parameters = newAsn(c.eval, SLUICE_CRYPTOGRAPHY "AsnEncodedData", algorithmParameters(algorithm));
  AsnObject* value = newAsn(c.eval, SLUICE_CRYPTOGRAPHY "AsnEncodedData", publicKeyBits(certificate.get()));
  parameters->oid = value->oid = key->oid;
  key->parameters = Value::object(parameters);
  key->value = Value::object(value);
  key->key = certificateRsaKey(c.eval, c.object<CertificateObject>(0), false);
  return Value::object(key);
}

Value certificateExtensions(Call& c) {
  const X509Handle certificate = openCertificate(c.eval, c.object<CertificateObject>(0));
  if (certificate == nullptr) return {};
  auto* list = newObject<ListObject>(c.eval, c.type, ObjectKind::List);
  for (int i = 0; i < X509_get_ext_count(certificate.get()); ++i) {
    X509_EXTENSION* extension = X509_get_ext(certificate.get(), i);
    const std::string oid = oidText(X509_EXTENSION_get_object(extension));
    AsnObject* object = newAsn(c.eval, SLUICE_X509 "X509Extension", asn1Bytes(X509_EXTENSION_get_data(extension)));
    object->oid = newOid(c.eval, oid);
    object->critical = X509_EXTENSION_get_critical(extension) == 1;
    object->detail = oid == "2.5.29.17" || oid == "2.5.29.18" ? 1 : oid == "2.5.29.14" ? 2 : 0;
    if (!append(c.eval, list, Value::object(object))) return {};
  }
  return Value::object(list);
}

void declareX509Parts(Library& library) {
  library.addEnum(SLUICE_X509 "X500DistinguishedNameFlags", kNameFlags, true);
  library.add("class " SLUICE_CRYPTOGRAPHY "AsnEncodedData", kAsn);
  library.add("sealed class " SLUICE_X509 "X500DistinguishedName : AsnEncodedData", kName);
  library.add("sealed class " SLUICE_X509 "PublicKey", kPublicKey);
  library.add("class " SLUICE_X509 "X509Extension : AsnEncodedData", kExtension);
  library.add("sealed class " SLUICE_X509 "X509ExtensionCollection : IEnumerable<X509Extension>", kExtensions);
}

}  // namespace sluice::expression
