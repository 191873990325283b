#include "policies/set_backend_service/set_backend_service.h"

#include <fmt/format.h>

#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/url.h"

namespace sluice::policies {
namespace {

using namespace policy;

class SetBaseUrl final : public Step {
 public:
  explicit SetBaseUrl(const ElementReader& reader) : url_(reader.text("base-url")) {}

  Verdict run(Exchange& exchange) const override {
    const auto url = url_.evaluate(exchange);
    if (!url) return Verdict::Fail;
    if (splitUrl(*url).host.empty())
      return exchange.fail(500, "BackendUrlInvalid",
                           fmt::format("'{}' is not an absolute http or https URL.", url->substr(0, 200)));
    // A backend-id of a broader scope can be replaced by another backend-id only (reference 2.5).
    const Origin* own = exchange.currentOrigin();
    if (exchange.backend.chosen_at && own != nullptr && *exchange.backend.chosen_at < own->scope) {
      exchange.trace("set-backend-service", "The backend-id of a broader scope stays: a base-url does not replace it.");
      return Verdict::Next;
    }
    exchange.backend = BackendTarget{*url, {}, nullptr, std::nullopt};
    return Verdict::Next;
  }

 private:
  TextOperand url_;
};

class SetBackend final : public Step {
 public:
  SetBackend(const ElementReader& reader, const config::Backend* known)
      : id_(reader.text("backend-id")), known_(known) {}

  Verdict run(Exchange& exchange) const override {
    const config::Backend* backend = known_;
    if (backend == nullptr) {
      const auto id = id_.evaluate(exchange);
      if (!id) return Verdict::Fail;
      backend = exchange.configuration == nullptr ? nullptr : exchange.configuration->findBackend(*id);
      if (backend == nullptr)
        return exchange.fail(500, "BackendNotFound", fmt::format("There is no backend '{}'.", id->substr(0, 200)));
    }
    const Origin* own = exchange.currentOrigin();
    exchange.backend =
        BackendTarget{backend->url, backend->name, backend, own == nullptr ? std::nullopt : std::optional(own->scope)};
    return Verdict::Next;
  }

 private:
  TextOperand id_;
  const config::Backend* known_;
};

const config::Backend* findKnown(ElementReader& reader) {
  const TextOperand id = reader.text("backend-id");
  if (id.isExpression()) return nullptr;
  const config::Backend* backend = reader.configuration().findBackend(id.literal());
  if (backend != nullptr) return backend;
  std::vector<std::string_view> names;
  for (const auto& candidate : reader.configuration().backends) names.push_back(candidate.name);
  const auto near = nearest(id.literal(), names);
  reader.errorAt("backend-id", fmt::format("there is no backend `{}`", id.literal()),
                 near.empty() ? "Add it below `backends/`." : fmt::format("Did you mean `{}`?", near));
  return nullptr;
}

// What names a service that exists beside API Management only.
constexpr std::string_view kOfServiceFabric[] = {"sf-resolve-condition", "sf-service-instance-name", "sf-partition-key",
                                                 "sf-listener-name", "sf-replica-type"};
constexpr std::string_view kOfDapr[] = {"dapr-app-id", "dapr-method", "dapr-namespace"};

void refuseForeign(ElementReader& reader) {
  for (const auto name : kOfServiceFabric)
    if (reader.has(name))
      reader.errorAt(name, fmt::format("`{}` is about a Service Fabric cluster, which exists in Azure only", name),
                     "Give the service's address with `base-url`.");
  for (const auto name : kOfDapr)
    if (reader.has(name))
      reader.errorAt(name, fmt::format("`{}` needs Dapr's sidecar, which this gateway does not use", name),
                     "Give the service's address with `base-url`.");
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(kChangesRequest);
  refuseForeign(reader);
  if (reader.has("base-url") == reader.has("backend-id")) {
    reader.error("<set-backend-service> needs one of the attributes `base-url` and `backend-id`",
                 "Give a URL, or the name of a backend below `backends/`.");
    return nullptr;
  }
  if (reader.has("backend-id")) return std::make_shared<SetBackend>(reader, findKnown(reader));
  const TextOperand url = reader.text("base-url");
  if (!url.isExpression() && splitUrl(url.literal()).host.empty())
    reader.errorAt("base-url", fmt::format("`{}` is not an absolute http or https URL", url.literal()),
                   "Write it as in https://host/path.");
  return std::make_shared<SetBaseUrl>(reader);
}

constexpr std::string_view kRefused = "Refused: Service Fabric and Dapr are not there.";
constexpr AttributeSpec kAttributes[] = {
    {.name = "base-url", .sentence = "The URL that the request's path and query are put behind."},
    {.name = "backend-id", .sentence = "A backend below `backends/`, with its credentials, TLS settings and pool."},
    {.name = "sf-resolve-condition", .sentence = kRefused},
    {.name = "sf-service-instance-name", .sentence = kRefused},
    {.name = "sf-partition-key", .sentence = kRefused},
    {.name = "sf-listener-name", .sentence = kRefused},
    {.name = "sf-replica-type", .sentence = kRefused},
    {.name = "dapr-app-id", .sentence = kRefused},
    {.name = "dapr-method", .sentence = kRefused},
    {.name = "dapr-namespace", .sentence = kRefused},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "set-backend-service",
                .sentence = "Says where <forward-request> sends to; path and query stay.",
                .attributes = kAttributes},
    .sections = kInbound | kBackend,
    .status =
        "Service Fabric and Dapr attributes are refused. A base-url does not replace a backend-id that a broader scope "
        "has "
        "set, as in API Management.",
    .posture = "An expression that makes the URL from the request lets the caller choose the host: use an allow-list.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& setBackendServiceDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
