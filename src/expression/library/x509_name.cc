// Names and times of certificates, as .NET shows them.
#include <algorithm>
#include <vector>

#include "expression/date.h"
#include "expression/library/declarations.h"
#include "expression/library/x509.h"

namespace sluice::expression {
namespace {

// RFC 1779's quoting, as CertNameToStr does it.
std::string quoted(const std::string& value) {
  const bool needed = value.empty() || value.front() == ' ' || value.back() == ' ' ||
                      value.find_first_of(",+=\"\n<>#;") != std::string::npos;
  if (!needed) return value;
  std::string out = "\"";
  for (const char c : value) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

std::string shownAttribute(const X509_NAME_ENTRY* entry) {
  const std::string oid = oidText(X509_NAME_ENTRY_get_object(entry));
  const std::string_view name = oidFriendlyName(oid);
  return (name.empty() ? "OID." + oid : std::string(name)) + "=" + quoted(asn1Text(X509_NAME_ENTRY_get_data(entry)));
}

}  // namespace

std::string distinguishedName(const X509_NAME* name, bool reversed, std::string_view separator) {
  // Relative names of several attributes keep their order and are joined by " + ".
  std::vector<std::string> parts;
  int last_set = -1;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
    if (X509_NAME_ENTRY_set(entry) == last_set) {
      parts.back() += " + " + shownAttribute(entry);
    } else {
      parts.push_back(shownAttribute(entry));
    }
    last_set = X509_NAME_ENTRY_set(entry);
  }
  if (reversed) std::reverse(parts.begin(), parts.end());
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i) text.append(i == 0 ? "" : separator).append(parts[i]);
  return text;
}

std::string asn1Text(const ASN1_STRING* text) {
  uint8_t* out = nullptr;
  const int size = ASN1_STRING_to_UTF8(&out, text);
  std::string utf8 = size > 0 ? std::string(reinterpret_cast<const char*>(out), static_cast<size_t>(size)) : "";
  OPENSSL_free(out);
  return utf8;
}

std::string asn1Bytes(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(ASN1_STRING_length(text))};
}

Value asn1Date(Call& c, const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return raiseCrypto(c.eval, "The date of the certificate is invalid.");
  const std::optional<int64_t> ticks = ticksFrom({.year = parts.tm_year + 1900,
                                                  .month = parts.tm_mon + 1,
                                                  .day = parts.tm_mday,
                                                  .hour = parts.tm_hour,
                                                  .minute = parts.tm_min,
                                                  .second = parts.tm_sec});
  return ticks ? dateTime(*ticks, DateKind::Local) : raiseCrypto(c.eval, "The date of the certificate is invalid.");
}

std::string serialNumber(const X509* certificate) {
  const ASN1_INTEGER* number = X509_get0_serialNumber(certificate);
  const std::string bytes = asn1Bytes(number);
  // A number whose highest bit is set has a zero in front in its encoding, which .NET shows.
  const bool high = !bytes.empty() && (static_cast<uint8_t>(bytes[0]) & 0x80) != 0;
  return high ? std::string(1, '\0') + bytes : bytes;
}

std::string encodedName(const X509_NAME* name) {
  const uint8_t* bytes = nullptr;
  size_t size = 0;
  if (X509_NAME_get0_der(name, &bytes, &size) != 1) return {};
  return {reinterpret_cast<const char*>(bytes), size};
}

std::string upperHex(std::string_view bytes) {
  std::string hex = hexEncode(bytes);
  std::transform(hex.begin(), hex.end(), hex.begin(), [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
  return hex;
}

std::string publicKeyBits(const X509* certificate) {
  return asn1Bytes(X509_get0_pubkey_bitstr(certificate));
}

std::string algorithmParameters(const X509_ALGOR* algorithm) {
  const ASN1_OBJECT* object = nullptr;
  int type = V_ASN1_UNDEF;
  const void* value = nullptr;
  X509_ALGOR_get0(&object, &type, &value, algorithm);
  if (type == V_ASN1_NULL) return std::string("\x05\x00", 2);
  if (type != V_ASN1_SEQUENCE) return {};
  return asn1Bytes(static_cast<const ASN1_STRING*>(value));
}

}  // namespace sluice::expression
