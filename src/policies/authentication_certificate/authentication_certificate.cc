#include "policies/authentication_certificate/authentication_certificate.h"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <string>

#include "base/certificate.h"
#include "base/encoding.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Opening a PKCS#12 bundle is slow by design: those opened lately are kept, found by all their bytes. Thread-safe.
class OpenedBundles {
 public:
  Result<std::shared_ptr<const KeyedCertificate>> open(std::string_view bytes, std::string_view password) {
    const std::string key = fmt::format("{}:{}{}", password.size(), password, bytes);
    {
      const std::scoped_lock lock(mutex_);
      if (const auto found = opened_.find(key); found != opened_.end()) return found->second;
    }
    auto content = readPkcs12(bytes, password);
    if (!content) return tl::make_unexpected(content.error());
    auto made = std::make_shared<const KeyedCertificate>(std::move(*content));
    const std::scoped_lock lock(mutex_);
    if (opened_.size() >= kMost) opened_.clear();
    opened_.emplace(key, made);
    return made;
  }

 private:
  static constexpr size_t kMost = 32;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const KeyedCertificate>> opened_;
};

enum class Source : uint8_t { Id, Thumbprint, Body };

class AuthenticationCertificate final : public Step {
 public:
  AuthenticationCertificate(const ElementReader& reader, Source source)
      : source_(source),
        name_(reader.text(source == Source::Id           ? "certificate-id"
                          : source == Source::Thumbprint ? "thumbprint"
                                                         : "body")),
        password_(reader.text("password")),
        target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    if (source_ == Source::Body) return fromBody(exchange);
    const auto name = name_.evaluate(exchange);
    if (!name) return Verdict::Fail;
    const auto& configuration = *exchange.configuration;
    const config::Certificate* found =
        source_ == Source::Id ? configuration.findCertificate(*name) : configuration.findThumbprint(*name);
    if (found == nullptr) return missing(exchange, fmt::format("There is no certificate '{}'.", name->substr(0, 100)));
    return use(exchange, found->content);
  }

 private:
  Verdict fromBody(Exchange& exchange) const {
    const auto body = name_.evaluate(exchange);
    if (!body) return Verdict::Fail;
    std::string_view password;
    if (!password_.absent()) {
      const auto given = password_.evaluate(exchange);
      if (!given) return Verdict::Fail;
      password = *given;
    }
    // A byte[] is the bundle itself, a text its base 64.
    const auto decoded = base64Decode(*body);
    const auto content = bundles_.open(decoded ? std::string_view(*decoded) : *body, password);
    if (!content) return missing(exchange, content.error().message + ".");
    return use(exchange, **content);
  }

  static Verdict missing(Exchange& exchange, std::string_view message) {
    return exchange.fail(500, "CertificateNotFound", message);
  }

  Verdict use(Exchange& exchange, const KeyedCertificate& certificate) const {
    if (certificate.key_pem.empty()) return missing(exchange, "The certificate has no private key.");
    Connection& connection = connectionOf(exchange, target_);
    connection.certificate_pem = exchange.arena().copy(certificate.chain_pem);
    connection.key_pem = exchange.arena().copy(certificate.key_pem.reveal());
    return Verdict::Next;
  }

  Source source_;
  TextOperand name_, password_;
  Target target_;
  mutable OpenedBundles bundles_;
};

void checkName(ElementReader& reader, Source source) {
  const auto* attribute = source == Source::Id ? "certificate-id" : "thumbprint";
  const TextOperand name = reader.text(attribute);
  if (name.isExpression()) return;
  const auto& configuration = reader.configuration();
  const config::Certificate* found = source == Source::Id ? configuration.findCertificate(name.literal())
                                                          : configuration.findThumbprint(name.literal());
  if (found == nullptr) {
    std::vector<std::string_view> ids;
    for (const auto& certificate : configuration.certificates) ids.push_back(certificate.id);
    const auto near = nearest(name.literal(), ids);
    reader.errorAt(attribute, fmt::format("there is no certificate `{}`", name.literal()),
                   near.empty() || source == Source::Thumbprint
                       ? "Certificates are not in an extract: add it to `certificates` in sluice.yaml."
                       : fmt::format("Did you mean `{}`?", near));
  } else if (found->content.key_pem.empty()) {
    reader.errorAt(attribute, fmt::format("the certificate `{}` has no private key", found->id),
                   "Give its `key`, or a `pfx` that holds it, in sluice.yaml.");
  }
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  const bool id = reader.has("certificate-id"), thumbprint = reader.has("thumbprint"), body = reader.has("body");
  if (id + thumbprint + body != 1) {
    reader.error("<authentication-certificate> needs one of `certificate-id`, `thumbprint` and `body`",
                 "Give exactly one of them.");
    return nullptr;
  }
  if (reader.has("password") && !body) reader.errorAt("password", "`password` goes with `body`", "Remove it.");
  const Source source = id ? Source::Id : thumbprint ? Source::Thumbprint : Source::Body;
  if (source != Source::Body) checkName(reader, source);
  if (reader.target() == Target::Request) reader.touches(kChangesRequest);
  return std::make_shared<AuthenticationCertificate>(reader, source);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "thumbprint", .sentence = "The certificate, by its SHA-1 thumbprint."},
    {.name = "certificate-id", .sentence = "The certificate, by its id in sluice.yaml."},
    {.name = "body", .sentence = "The certificate itself: a PKCS#12 bundle, as base 64 or byte[]."},
    {.name = "password", .sentence = "The bundle's password."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "authentication-certificate",
                .sentence = "Shows the backend a certificate of the gateway's own, over TLS.",
                .attributes = kAttributes},
    .sections = kInbound,
    .status = "Certificates come from `certificates` in sluice.yaml: an extract has none.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& authenticationCertificateDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
