#include "policies/validate_client_certificate/validate_client_certificate.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/certificate.h"
#include "base/encoding.h"
#include "policies/validate_client_certificate/client_certificate.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/services.h"

namespace sluice::policies {
namespace {

using namespace policy;

// The claims of one <identity>; all that are given have to hold.
class Identity {
 public:
  explicit Identity(const ElementReader& reader) {
    for (const auto& [name, claim] : kClaims)
      if (reader.has(name)) claims_.push_back({claim, reader.literal(name)});
    if (reader.has("issuer-certificate-id"))
      if (const auto* issuer = reader.configuration().findCertificate(reader.literal("issuer-certificate-id")))
        issuer_pem_ = issuer->content.chain_pem;
  }

  bool holds(const ClientCertificate& certificate, const TrustStore& store) const {
    if (!issuer_pem_.empty() && !certificate.issuedBy(issuer_pem_)) return false;
    return std::all_of(claims_.begin(), claims_.end(),
                       [&](const Wanted& wanted) { return holds(wanted, certificate, store); });
  }

  enum class Claim : uint8_t {
    Thumbprint,
    SerialNumber,
    CommonName,
    Subject,
    DnsName,
    IssuerSubject,
    IssuerThumbprint
  };
  static constexpr std::pair<std::string_view, Claim> kClaims[] = {
      {"thumbprint", Claim::Thumbprint},
      {"serial-number", Claim::SerialNumber},
      {"common-name", Claim::CommonName},
      {"subject", Claim::Subject},
      {"dns-name", Claim::DnsName},
      {"issuer-subject", Claim::IssuerSubject},
      {"issuer-thumbprint", Claim::IssuerThumbprint},
  };

 private:
  struct Wanted {
    Claim claim;
    std::string value;
  };

  static bool holds(const Wanted& wanted, const ClientCertificate& certificate, const TrustStore& store) {
    switch (wanted.claim) {
      case Claim::Thumbprint:
        return sameThumbprint(certificate.thumbprint(), wanted.value);
      case Claim::SerialNumber:
        return sameThumbprint(certificate.serialNumber(), wanted.value);
      case Claim::CommonName:
        return equalsIgnoreCase(certificate.commonName(), wanted.value);
      case Claim::Subject:
        return sameName(certificate.subject(), wanted.value);
      case Claim::DnsName:
        return certificate.hasDnsName(wanted.value);
      case Claim::IssuerSubject:
        return sameName(certificate.issuer(), wanted.value);
      case Claim::IssuerThumbprint:
        return sameThumbprint(certificate.issuerThumbprint(store), wanted.value);
    }
    return false;
  }

  std::vector<Wanted> claims_;
  std::string issuer_pem_;
};

bool flag(const ElementReader& reader, std::string_view name) {
  return parseBool(reader.literal(name)).value_or(true);
}

// Only where there are lists to look in.
bool looksAtRevocation(const ElementReader& reader) {
  return flag(reader, "validate-revocation") && !reader.configuration().revocation_lists.empty();
}

class ValidateClientCertificate final : public Step {
 public:
  ValidateClientCertificate(const ElementReader& reader, std::shared_ptr<const TrustStore> store)
      : store_(std::move(store)),
        trust_(flag(reader, "validate-trust")),
        revocation_(looksAtRevocation(reader)),
        not_before_(flag(reader, "validate-not-before")),
        not_after_(flag(reader, "validate-not-after")),
        ignores_errors_(flag(reader, "ignore-error")) {
    if (const ElementReader* identities = reader.child("identities"))
      for (const auto* identity : identities->children("identity")) identities_.emplace_back(*identity);
  }

  Verdict run(Exchange& exchange) const override {
    const std::string_view wrong = mistakeOf(exchange);
    if (wrong.empty()) return Verdict::Next;
    exchange.trace("validate-client-certificate", wrong);
    if (ignores_errors_) return Verdict::Next;
    return exchange.fail(403, "ClientCertificateInvalid", fmt::format("{} Access denied.", wrong));
  }

 private:
  // Empty: all is well.
  std::string_view mistakeOf(Exchange& exchange) const {
    if (exchange.request.certificate.empty()) return "The client showed no certificate.";
    const auto certificate = ClientCertificate::parse(exchange.request.certificate);
    if (!certificate) return "The client's certificate cannot be read.";
    const UtcTime now = exchange.services().clock().utc();
    if (not_before_ && !certificate->begunBy(now)) return "The client's certificate is not valid yet.";
    if (not_after_ && certificate->endedBefore(now)) return "The client's certificate has expired.";
    if (trust_ && !certificate->trusted(*store_)) return "The client's certificate is not trusted.";
    if (revocation_) {
      const auto state = certificate->revocation(*store_, now);
      if (state == ClientCertificate::Revocation::Revoked) return "The client's certificate was revoked.";
      if (state == ClientCertificate::Revocation::Unknown)
        return "Whether the client's certificate was revoked is not known.";
    }
    const bool known = identities_.empty() ||
                       std::any_of(identities_.begin(), identities_.end(),
                                   [&](const Identity& identity) { return identity.holds(*certificate, *store_); });
    return known ? std::string_view() : "The client's certificate is none of those allowed.";
  }

  std::shared_ptr<const TrustStore> store_;
  bool trust_, revocation_, not_before_, not_after_, ignores_errors_;
  std::vector<Identity> identities_;
};

void checkIdentity(ElementReader& reader, const ElementReader& identity) {
  const bool by_id = identity.has("issuer-certificate-id");
  bool any = by_id;
  for (const auto& [name, claim] : Identity::kClaims) any = any || identity.has(name);
  if (!any)
    reader.errorIn(identity.element(), "this identity says nothing", "Give a claim, as `thumbprint` or `subject`.");
  if (!by_id) return;
  if (identity.has("issuer-subject") || identity.has("issuer-thumbprint"))
    reader.errorIn(identity.element(), "`issuer-certificate-id` stands for all that is said of the issuer",
                   "Remove the other claims about the issuer.");
  const std::string id = identity.literal("issuer-certificate-id");
  if (reader.configuration().findCertificate(id) == nullptr)
    reader.errorIn(identity.element(), fmt::format("there is no certificate `{}`", id),
                   "Certificates are not in an extract: add it to `certificates` in sluice.yaml.");
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (const ElementReader* identities = reader.child("identities"))
    for (const auto* identity : identities->children("identity")) checkIdentity(reader, *identity);
  if (flag(reader, "validate-revocation") && !looksAtRevocation(reader))
    reader.placement().document.warning(reader.placement().diagnostics, reader.element().offset,
                                        "whether certificates were revoked is not looked at: there are no lists",
                                        "Give the issuers' lists in `revocationLists` of sluice.yaml, or write "
                                        "validate-revocation=\"false\" to say that this is known.");
  std::vector<std::string> issuers;
  for (const auto& certificate : reader.configuration().certificates)
    if (certificate.content.key_pem.empty()) issuers.push_back(certificate.content.chain_pem);
  return std::make_shared<ValidateClientCertificate>(
      reader, TrustStore::create(
                  reader.configuration().settings.tls.ca.text, issuers,
                  looksAtRevocation(reader) ? reader.configuration().revocation_lists : std::vector<std::string>()));
}

constexpr AttributeSpec flagNamed(std::string_view name, std::string_view sentence, std::string_view fallback) {
  return {.name = name, .type = ValueType::Bool, .form = Form::Literal, .sentence = sentence, .fallback = fallback};
}
constexpr AttributeSpec kAttributes[] = {
    flagNamed("validate-revocation", "Whether it must not be in a revocation list; needs `revocationLists`.", "true"),
    flagNamed("validate-trust", "Whether it has to lead to a trusted authority.", "true"),
    flagNamed("validate-not-before", "Whether its time must have begun.", "true"),
    flagNamed("validate-not-after", "Whether its time must not be over.", "true"),
    flagNamed("ignore-error", "Goes on whatever is wrong with it.", "false"),
};
constexpr AttributeSpec claimNamed(std::string_view name, std::string_view sentence) {
  return {.name = name, .form = Form::Literal, .sentence = sentence};
}
constexpr AttributeSpec kIdentityAttributes[] = {
    claimNamed("thumbprint", "Its SHA-1 thumbprint."),
    claimNamed("serial-number", "Its serial number, in hexadecimal."),
    claimNamed("common-name", "The common name of its subject."),
    claimNamed("subject", "Its subject, as in CN=a, O=b."),
    claimNamed("dns-name", "One of its DNS names."),
    claimNamed("issuer-subject", "Its issuer's name."),
    claimNamed("issuer-thumbprint", "Its issuer's thumbprint."),
    claimNamed("issuer-certificate-id", "The certificate that signed it, by its id in sluice.yaml."),
};
constexpr ElementSpec kIdentity[] = {
    {.name = "identity",
     .sentence = "A certificate that is allowed: all claims given have to hold.",
     .attributes = kIdentityAttributes,
     .least = 1},
};
constexpr ElementSpec kChildren[] = {
    {.name = "identities",
     .sentence = "Certificates that are allowed; without it, any that is valid.",
     .children = kIdentity,
     .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "validate-client-certificate",
                .sentence = "Lets only requests pass whose client shows a certificate that is valid and allowed.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .status =
        "Revocation is looked up in the lists of `revocationLists` only. Trusted are the authorities of tls.ca, or the "
        "system's, and those certificates "
        "of sluice.yaml that have no key.",
    .posture = "The listener has to ask for certificates: clientCertificates: request.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& validateClientCertificateDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
