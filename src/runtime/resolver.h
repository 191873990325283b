// Names to addresses by c-ares on the loop, so nothing blocks. Answers are kept for their TTL (bounded both ways), and
// so, briefly, are failures; one query per name at a time, however many wait. When name servers fail (they do not say
// that there is no such name), the last answer serves on for `max_stale` (RFC 8767). Numeric addresses and "localhost"
// are answered directly. One per loop; must outlive tasks waiting on it, and what it resolved.
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
  Duration max_stale = std::chrono::hours(1);
  Duration query_timeout = std::chrono::seconds(2);  // of one attempt
  int tries = 3;
  size_t max_entries = 4096;
};

// What the resolver knows of a name. Lives as long as anyone holds it.
struct ResolvedName;

// Addresses with the port asked for, IPv4 before IPv6, otherwise as they came; at least one.
struct Resolved {
  std::vector<SocketAddress> addresses;
  std::shared_ptr<ResolvedName> name;  // null: numeric or "localhost"
};

class Resolver {
 public:
  explicit Resolver(Loop& loop, ResolverOptions options = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Ready at once when known.
  Task<Result<Resolved>> resolve(std::string_view host, uint16_t port, Instant deadline);
  // Asks again in the background when the last answer is too old. Cheap when it is not.
  void refresh(const std::shared_ptr<ResolvedName>& name);
  Loop& loop() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// A connection's tie to the name that it was made by.
class AddressTie {
 public:
  AddressTie() = default;  // to no name: always current
  AddressTie(Resolver& resolver, std::shared_ptr<ResolvedName> name, const SocketAddress& address);

  // False once the name was resolved again and has the address no more. Has it resolved again at the end of its TTL.
  bool current();

 private:
  Resolver* resolver_ = nullptr;
  std::shared_ptr<ResolvedName> name_;
  SocketAddress address_;
  uint32_t version_ = 0;
};

}  // namespace sluice::runtime
