#include "policies/redirect_content_urls/redirect_content_urls.h"

#include "policies/redirect_content_urls/links.h"
#include "policy/message_edit.h"
#include "policy/url.h"

namespace sluice::policies {
namespace {

using namespace policy;

BaseUrl baseOf(const Url& url, std::string_view path) {
  BaseUrl base;
  base.scheme = url.scheme;
  base.host = url.host;
  if (base.host.find(':') != std::string::npos && !base.host.starts_with('[')) base.host = "[" + base.host + "]";
  base.port = url.port;
  base.path = path;
  while (base.path.ends_with('/')) base.path.pop_back();
  return base;
}

// What clients call the API by (reference 4.1).
std::string publicPath(const Exchange& exchange) {
  const config::Api& api = *exchange.api;
  std::string path = "/" + api.path;
  const config::VersionSet* versions =
      exchange.configuration == nullptr ? nullptr : exchange.configuration->findVersionSet(api.version_set);
  if (versions != nullptr && versions->scheme == config::VersioningScheme::Segment && !api.version.empty())
    path += "/" + api.version;
  return path;
}

class RedirectContentUrls final : public Step {
 public:
  explicit RedirectContentUrls(Target target) : target_(target) {}

  Verdict run(Exchange& exchange) const override {
    const Url backend = splitUrl(exchange.backend.base_url);
    if (exchange.api == nullptr || backend.host.empty()) return Verdict::Next;
    const MessageBody& body = target_ == Target::Request ? exchange.request.body : exchange.response.body;
    const BaseUrl theirs = baseOf(backend, backend.path);
    const BaseUrl ours = baseOf(exchange.request.original, publicPath(exchange));
    const auto changed = target_ == Target::Request ? redirectLinks(body.content(), ours, theirs)
                                                    : redirectLinks(body.content(), theirs, ours);
    if (changed && mayChange(exchange, target_)) replaceBody(exchange, target_, exchange.arena().copy(*changed));
    return Verdict::Next;
  }

 private:
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(changeOf(reader.target()));
  reader.touches(reader.target() == Target::Request ? kReadsRequestBody : kReadsResponseBody);
  return std::make_shared<RedirectContentUrls>(reader.target());
}

constexpr Descriptor kDescriptor{
    .element = {.name = "redirect-content-urls",
                .sentence =
                    "Makes links to the backend in the response's body point to the gateway; in <inbound>, links "
                    "to the gateway in the request's body to the backend."},
    .sections = kInbound | kOutbound,
    .scopes = in(Scope::Api) | in(Scope::Operation),
    .make = &make,
};

}  // namespace

const policy::Descriptor& redirectContentUrlsDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
