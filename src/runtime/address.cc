#include "runtime/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace sluice::runtime {

std::optional<SocketAddress> SocketAddress::parse(std::string_view ip, uint16_t port) {
  if (ip.size() >= 2 && ip.front() == '[' && ip.back() == ']') ip = ip.substr(1, ip.size() - 2);
  if (ip.empty() || ip.size() > INET6_ADDRSTRLEN) return std::nullopt;
  const std::string text(ip);
  SocketAddress result;
  if (inet_pton(AF_INET, text.c_str(), &result.storage_.v4.sin_addr) == 1) {
    result.storage_.v4.sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, text.c_str(), &result.storage_.v6.sin6_addr) == 1) {
    result.storage_.v6.sin6_family = AF_INET6;
  } else {
    return std::nullopt;
  }
  result.setPort(port);
  return result;
}

SocketAddress SocketAddress::loopback(uint16_t port) {
  SocketAddress result;
  result.storage_.v4.sin_family = AF_INET;
  result.storage_.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  result.setPort(port);
  return result;
}

SocketAddress SocketAddress::from(const sockaddr* address, socklen_t length) {
  SocketAddress result;
  if (length <= kMaxSize) std::memcpy(&result.storage_, address, length);
  return result;
}

uint16_t SocketAddress::port() const {
  return ntohs(family() == AF_INET6 ? storage_.v6.sin6_port : storage_.v4.sin_port);
}

void SocketAddress::setPort(uint16_t port) {
  (family() == AF_INET6 ? storage_.v6.sin6_port : storage_.v4.sin_port) = htons(port);
}

std::string SocketAddress::ip() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (family() != AF_INET6) {
    inet_ntop(AF_INET, &storage_.v4.sin_addr, text, sizeof(text));
  } else if (IN6_IS_ADDR_V4MAPPED(&storage_.v6.sin6_addr)) {
    inet_ntop(AF_INET, &storage_.v6.sin6_addr.s6_addr[12], text, sizeof(text));
  } else {
    inet_ntop(AF_INET6, &storage_.v6.sin6_addr, text, sizeof(text));
  }
  return text;
}

std::string SocketAddress::toString() const {
  const std::string address = ip();
  const bool colons = address.find(':') != std::string::npos;
  return (colons ? "[" + address + "]" : address) + ":" + std::to_string(port());
}

std::optional<HostPort> splitHostPort(std::string_view text) {
  HostPort result;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    result.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty()) {
      if (port.front() != ':') return std::nullopt;
      port.remove_prefix(1);
      has_port = true;
    }
  } else {
    const size_t colon = text.find(':');
    result.host = text.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = text.substr(colon + 1);
  }
  if (!has_port) return result;
  uint16_t number = 0;
  const auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (problem != std::errc() || end != port.data() + port.size()) return std::nullopt;
  result.port = number;
  return result;
}

}  // namespace sluice::runtime
