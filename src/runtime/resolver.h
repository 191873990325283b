// Names to addresses by c-ares on the loop, so nothing blocks. Answers are kept for their TTL (bounded both ways), and
// so, briefly, are failures; one query per name at a time, however many wait. Numeric addresses and "localhost" are
// answered directly. One per loop; must outlive tasks waiting on it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/address.h"
#include "runtime/loop.h"

namespace sluice::runtime {

struct ResolverOptions {
  ResolverOptions() {}
  std::string servers;  // "127.0.0.1:5353,..." for tests and special networks; empty: /etc/resolv.conf
  Duration min_ttl = std::chrono::seconds(5);
  Duration max_ttl = std::chrono::minutes(5);
  Duration failure_ttl = std::chrono::seconds(2);
  Duration query_timeout = std::chrono::seconds(2);  // of one attempt
  int tries = 3;
  size_t max_entries = 4096;
};

class Resolver {
 public:
  explicit Resolver(Loop& loop, ResolverOptions options = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Addresses with `port` set, best first, at least one. Ready at once when known.
  Task<Result<std::vector<SocketAddress>>> resolve(std::string_view host, uint16_t port, Instant deadline);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::runtime
