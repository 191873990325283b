#include "identity/http_key_fetcher.h"

#include <utility>

namespace sluice::identity {

HttpKeyFetcher::HttpKeyFetcher(http::ClientPool& pool, std::shared_ptr<const runtime::TlsClientContext> tls)
    : pool_(pool), tls_(std::move(tls)) {}

runtime::Task<Result<std::string>> HttpKeyFetcher::get(std::string url, size_t max_bytes, Instant deadline) {
  http::FetchRequest request;
  request.url = url;
  request.max_body = max_bytes;
  request.tls = tls_;
  request.timeouts.total = deadline - loop().now();
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Accept-Encoding", "identity");
  if (request.timeouts.total <= Duration::zero()) co_return fail("no time left to fetch " + url);
  Result<http::FetchResponse> response = co_await http::fetch(pool_, std::move(request));
  if (!response) co_return fail(url + ": " + response.error().message);
  if (response->status != 200) co_return fail(url + " answered " + std::to_string(response->status));
  co_return std::move(response->body);
}

}  // namespace sluice::identity
