#include "policy/response_cache.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cstring>

#include "base/encoding.h"
#include "policy/services.h"
#include "policy/value_cache.h"

namespace sluice::policy {
namespace {

bool isKept(std::string_view name) {
  for (const std::string_view own : {"Set-Cookie", "Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding",
                                     "Trailer", "Upgrade", "Proxy-Connection", "Cache-Control"})
    if (equalsIgnoreCase(name, own)) return false;
  return true;
}

void put(std::string& out, uint64_t number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}
void put(std::string& out, std::string_view text) {
  put(out, text.size());
  out.append(text);
}

// The bytes are our own, written by keepResponse().
class Taker {
 public:
  explicit Taker(std::string_view bytes) : bytes_(bytes) {}
  uint64_t number() {
    uint64_t value = 0;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return value;
  }
  std::string_view text() {
    const uint64_t size = number();
    const std::string_view found = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return found;
  }

 private:
  std::string_view bytes_;
};

}  // namespace

void ResponseKey::add(std::string_view part) {
  put(parts_, part);
}

std::string_view ResponseKey::finish(Arena& arena) const {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(parts_.data(), parts_.size(), digest, &size, EVP_sha256(), nullptr);
  return arena.copy("response:" + hexEncode({reinterpret_cast<char*>(digest), size}));
}

bool takeKeptResponse(Exchange& exchange) {
  Services& services = exchange.services();
  const Instant now = services.clock().now();
  const auto found = services.values().find(exchange.caching.key, now, exchange.arena());
  const auto bytes = found ? expression::toBytes(*found) : std::nullopt;
  if (!bytes) return false;
  Taker taker(*bytes);
  const Instant expires{Duration(static_cast<int64_t>(taker.number()))};
  const auto status = static_cast<int>(taker.number());
  exchange.newResponse(status, taker.text());
  for (uint64_t left = taker.number(); left > 0; --left) {
    const std::string_view name = taker.text();
    exchange.response.headers.add(name, taker.text());
  }
  exchange.response.body.set(taker.text());
  setCacheControl(exchange, expires - now);
  return true;
}

Kept keepResponse(Exchange& exchange, Duration lifetime) {
  const ResponseMessage& response = exchange.response;
  // What a policy consumed has gone.
  const auto kind = response.body.kind();
  if (kind != MessageBody::Kind::Ready && kind != MessageBody::Kind::Empty) return Kept::NoBody;
  Services& services = exchange.services();
  const Instant now = services.clock().now();
  std::string bytes;
  put(bytes, static_cast<uint64_t>((now + lifetime).time_since_epoch().count()));
  put(bytes, static_cast<uint64_t>(response.status));
  put(bytes, response.reason);
  uint64_t count = 0;
  for (const auto& header : response.headers) count += isKept(header.name) ? 1 : 0;
  put(bytes, count);
  for (const auto& header : response.headers) {
    if (!isKept(header.name)) continue;
    put(bytes, header.name);
    put(bytes, header.value);
  }
  put(bytes, response.body.content());
  const auto value = expression::makeBytes(bytes, exchange.arena());
  const auto stored = services.values().store(exchange.caching.key, value, lifetime, now);
  return stored == ValueCache::Stored::Yes ? Kept::Yes : Kept::TooLarge;
}

void setCacheControl(Exchange& exchange, Duration lifetime) {
  const ResponseCaching& caching = exchange.caching;
  if (caching.downstream == ResponseCaching::Downstream::None) {
    exchange.response.headers.set("Cache-Control", "no-cache, no-store");
    return;
  }
  const int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(lifetime).count();
  const auto* who = caching.downstream == ResponseCaching::Downstream::Private ? "private" : "public";
  exchange.response.headers.set("Cache-Control",
                                exchange.arena().copy(fmt::format("{}, max-age={}{}", who, seconds,
                                                                  caching.must_revalidate ? ", must-revalidate" : "")));
}

}  // namespace sluice::policy
