// A socket address: IPv4 or IPv6 and a port. A value; no names here (resolver.h).
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::runtime {

class SocketAddress {
 public:
  SocketAddress() = default;
  // Numeric only: "127.0.0.1", "::1", "[::1]".
  static std::optional<SocketAddress> parse(std::string_view ip, uint16_t port);
  static SocketAddress loopback(uint16_t port);  // 127.0.0.1
  static SocketAddress from(const sockaddr* address, socklen_t length);

  int family() const { return storage_.header.sa_family; }
  uint16_t port() const;
  void setPort(uint16_t port);
  std::string ip() const;        // "127.0.0.1", "::1"; an IPv4-mapped address prints as IPv4
  std::string toString() const;  // "127.0.0.1:80", "[::1]:80"
  const sockaddr* data() const { return &storage_.header; }
  sockaddr* data() { return &storage_.header; }
  socklen_t size() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }
  static constexpr socklen_t kMaxSize = sizeof(sockaddr_in6);

 private:
  union Storage {
    sockaddr header;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  Storage storage_{.v6 = {}};
};

// "host:port", "[::1]:port", "host", ":port" -> host and port. nullopt: malformed.
struct HostPort {
  std::string host;  // IPv6 without brackets
  std::optional<uint16_t> port;
};
std::optional<HostPort> splitHostPort(std::string_view text);

}  // namespace sluice::runtime
