#include "gateway/egress.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "policy/url.h"

namespace sluice::gateway {
namespace {

// Certificates and proxies may come from expressions: this bounds what they can make us remember.
constexpr size_t kMaxKept = 256;

}  // namespace

Result<Egress::Way> Egress::find(const policy::Connection& connection) {
  auto tls = contextFor(connection);
  if (!tls) return tl::make_unexpected(tls.error());
  auto proxy = proxyFor(connection);
  if (!proxy) return tl::make_unexpected(proxy.error());
  return Way{std::move(*tls), std::move(*proxy)};
}

Result<std::shared_ptr<const runtime::TlsClientContext>> Egress::contextFor(const policy::Connection& connection) {
  if (connection.certificate_pem.empty() && connection.checks == nullptr) return usual_;
  // The certificate stands for its key: there is one for each.
  std::string key(connection.certificate_pem);
  if (connection.checks != nullptr) key += runtime::textOf(*connection.checks);
  if (const auto found = contexts_.find(key); found != contexts_.end()) return found->second;
  runtime::TlsClientOptions options;
  options.ca_file = ca_file_;
  if (connection.checks != nullptr) options.checks = *connection.checks;
  if (!connection.certificate_pem.empty())
    options.identity.emplace_back(std::string(connection.certificate_pem), Secret(std::string(connection.key_pem)));
  auto made = runtime::TlsClientContext::create(options);
  if (!made) return made;
  if (contexts_.size() >= kMaxKept) contexts_.clear();
  contexts_.emplace(std::move(key), *made);
  return made;
}

Result<std::shared_ptr<const runtime::Proxy>> Egress::proxyFor(const policy::Connection& connection) {
  if (connection.proxy_url.empty()) return std::shared_ptr<const runtime::Proxy>();
  std::string key = fmt::format("{}:{}{}:{}{}", connection.proxy_url.size(), connection.proxy_url,
                                connection.proxy_user.size(), connection.proxy_user, connection.proxy_password);
  if (const auto found = proxies_.find(key); found != proxies_.end()) return found->second;
  const policy::Url url = policy::splitUrl(connection.proxy_url);
  if (url.scheme != "http" || url.host.empty()) return fail("the proxy's URL is not http://host:port");
  auto proxy = std::make_shared<runtime::Proxy>();
  proxy->host = url.host;
  proxy->port = url.port;
  if (!connection.proxy_user.empty() || !connection.proxy_password.empty())
    proxy->authorization = Secret(
        "Basic " + base64Encode(std::string(connection.proxy_user).append(":").append(connection.proxy_password)));
  if (proxies_.size() >= kMaxKept) proxies_.clear();
  proxies_.emplace(std::move(key), proxy);
  return std::shared_ptr<const runtime::Proxy>(std::move(proxy));
}

}  // namespace sluice::gateway
