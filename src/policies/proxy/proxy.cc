#include "policies/proxy/proxy.h"

#include <fmt/format.h>

#include "policy/message_edit.h"
#include "policy/url.h"

namespace sluice::policies {
namespace {

using namespace policy;

// scheme://host:port and no more; only plain connections to a proxy are made.
bool isProxyUrl(std::string_view text) {
  const Url url = splitUrl(text);
  return url.scheme == "http" && !url.host.empty() && (url.path.empty() || url.path == "/") && url.query.empty();
}

class Proxy final : public Step {
 public:
  explicit Proxy(const ElementReader& reader)
      : url_(reader.text("url")),
        user_(reader.text("username")),
        password_(reader.text("password")),
        target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    const auto url = url_.evaluate(exchange);
    if (!url) return Verdict::Fail;
    if (!isProxyUrl(*url))
      return exchange.fail(500, "UrlInvalid",
                           fmt::format("'{}' is not a proxy's URL: http://host:port.", url->substr(0, 200)));
    Connection& connection = connectionOf(exchange, target_);
    connection.proxy_url = *url;
    for (const auto& [operand, text] :
         {std::pair(&user_, &connection.proxy_user), std::pair(&password_, &connection.proxy_password)}) {
      *text = {};
      if (operand->absent()) continue;
      const auto given = operand->evaluate(exchange);
      if (!given) return Verdict::Fail;
      *text = *given;
    }
    return Verdict::Next;
  }

 private:
  TextOperand url_, user_, password_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const TextOperand url = reader.text("url");
  if (!url.isExpression() && !url.literal().empty() && !isProxyUrl(url.literal()))
    reader.errorAt("url", fmt::format("`{}` is not a proxy's URL", url.literal()), "Write it as in http://proxy:8080.");
  if (reader.target() == Target::Request) reader.touches(kChangesRequest);
  return std::make_shared<Proxy>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "url", .need = Need::Required, .sentence = "The proxy, as http://host:port."},
    {.name = "username", .sentence = "Who the gateway is to the proxy."},
    {.name = "password", .sentence = "With which password."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "proxy", .sentence = "Sends the request through an HTTP proxy.", .attributes = kAttributes},
    .sections = kInbound,
    .status = "The proxy is asked for a tunnel (CONNECT), for http and https alike, over a plain connection.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& proxyDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
