// KeyFetcher over http::fetch: OpenID documents from the network, for one loop.
#pragma once

#include <memory>
#include <string>

#include "http/client.h"
#include "identity/openid.h"

namespace sluice::identity {

class HttpKeyFetcher final : public KeyFetcher {
 public:
  // `pool` must outlive this. `tls` null: https is verified against the system's authorities.
  explicit HttpKeyFetcher(http::ClientPool& pool, std::shared_ptr<const runtime::TlsClientContext> tls = nullptr);

  runtime::Loop& loop() override { return pool_.loop(); }
  runtime::Task<Result<std::string>> get(std::string url, size_t max_bytes, Instant deadline) override;

 private:
  http::ClientPool& pool_;
  std::shared_ptr<const runtime::TlsClientContext> tls_;
};

}  // namespace sluice::identity
