#include <algorithm>

#include "http/ascii.h"
#include "http/client.h"

namespace sluice::http {
namespace {

struct Url {
  Endpoint endpoint;
  bool secure = false;
  std::string target;
};

Result<Url> parseUrl(std::string_view text) {
  const auto bad = [&] { return fail("not an http or https URL", static_cast<int>(ClientError::BadRequest)); };
  Url url;
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return bad();
  const std::string_view scheme = text.substr(0, scheme_end);
  url.secure = ascii::equals(scheme, "https");
  if (!url.secure && !ascii::equals(scheme, "http")) return bad();
  text.remove_prefix(scheme_end + 3);
  text = text.substr(0, text.find('#'));
  const size_t authority_end = std::min(text.find_first_of("/?"), text.size());
  const std::string_view authority = text.substr(0, authority_end);
  if (authority.find('@') != std::string_view::npos) return bad();  // credentials in URLs are a trap
  const auto parts = runtime::splitHostPort(authority);
  if (!parts || parts->host.empty()) return bad();
  url.endpoint.host = parts->host;
  url.endpoint.port = parts->port.value_or(url.secure ? 443 : 80);
  const std::string_view rest = text.substr(authority_end);
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return url;
}

// Verified against the system's CAs; one for the process, made when first needed.
const Result<std::shared_ptr<const runtime::TlsClientContext>>& defaultTls() {
  static const auto context = runtime::TlsClientContext::create(runtime::TlsClientOptions());
  return context;
}

ClientRequest toRequest(const FetchRequest& fetch, const Url& url, std::string_view& body) {
  ClientRequest request;
  request.method = fetch.method;
  request.target = url.target;
  for (const auto& [name, value] : fetch.headers) request.headers.add(name, value);
  body = fetch.body;
  if (!body.empty()) request.body = std::span<const std::string_view>(&body, 1);
  request.timeouts = fetch.timeouts;
  request.cancellation = fetch.cancellation;
  return request;
}

}  // namespace

std::optional<std::string_view> FetchResponse::header(std::string_view name) const {
  const auto same = [&](char a, char b) { return ascii::lower(a) == ascii::lower(b); };
  for (const auto& [known, value] : headers) {
    if (std::ranges::equal(known, name, same)) return value;
  }
  return std::nullopt;
}

Task<Result<FetchResponse>> fetch(ClientPool& pool, FetchRequest wanted) {
  auto url = parseUrl(wanted.url);
  if (!url) co_return tl::make_unexpected(url.error());
  url->endpoint.proxy = wanted.proxy;
  if (url->secure) {
    url->endpoint.tls = wanted.tls;
    if (!url->endpoint.tls) {
      const auto& usual = defaultTls();
      if (!usual) co_return fail(usual.error().message, static_cast<int>(ClientError::Tls));
      url->endpoint.tls = *usual;
    }
  }
  Arena arena;
  std::string_view body;
  const ClientRequest request = toRequest(wanted, *url, body);
  ClientExchange exchange(pool, url->endpoint, arena);
  const Status sent = co_await exchange.send(request);
  if (!sent) co_return tl::make_unexpected(sent.error());
  const auto head = co_await exchange.readHead();
  if (!head) co_return tl::make_unexpected(head.error());
  const auto whole = co_await exchange.readWholeBody(wanted.max_body);
  if (!whole) co_return tl::make_unexpected(whole.error());

  FetchResponse response;
  response.status = (*head)->status;
  response.reason = (*head)->reason;
  for (const Header& field : (*head)->headers) response.headers.emplace_back(field.name, field.value);
  response.body = *whole;
  co_return response;
}

}  // namespace sluice::http
