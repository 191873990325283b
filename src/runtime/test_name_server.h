// For tests: a name server whose answers the test changes.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "runtime/tcp.h"

namespace sluice::runtime {

// A name server on loopback that knows a few names, and counts what it is asked.
class NameServer {
 public:
  explicit NameServer(Loop& loop) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    SocketAddress address = SocketAddress::loopback(0);
    EXPECT_EQ(::bind(fd_.get(), address.data(), address.size()), 0);
    socklen_t size = SocketAddress::kMaxSize;
    EXPECT_EQ(::getsockname(fd_.get(), address.data(), &size), 0);
    port_ = address.port();
    EXPECT_TRUE(watch_.attach(loop, fd_.get(), Trigger::Level));
    scope_.spawn(serve());
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  int queries() const { return queries_; }
  std::map<std::string, std::string> records;  // name to addresses, "127.0.0.1,::1"
  uint32_t ttl = 60;
  bool silent = false;
  bool failing = false;  // SERVFAIL to everything

 private:
  Task<void> serve() {
    for (;;) {
      if (co_await watch_.wait(Direction::Read, kNever) != IoStatus::Ready) co_return;
      watch_.wouldBlockRead();
      unsigned char query[512];
      sockaddr_in from{};
      socklen_t size = sizeof(from);
      const ssize_t got = ::recvfrom(fd_.get(), query, sizeof(query), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 17) continue;
      ++queries_;
      if (silent) continue;
      const std::string reply = answer(query, static_cast<size_t>(got));
      ::sendto(fd_.get(), reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size);
    }
  }

  std::string answer(const unsigned char* query, size_t size) const {
    size_t at = 12;
    std::string name;
    while (at < size && query[at] != 0) {
      if (!name.empty()) name += '.';
      name.append(reinterpret_cast<const char*>(query) + at + 1, query[at]);
      at += query[at] + 1u;
    }
    const size_t question_end = at + 5;
    const int type = query[at + 1] << 8 | query[at + 2];
    const auto found = records.find(name);
    std::string answers;
    int count = 0;
    for (const SocketAddress& each : found != records.end() && !failing ? parse(found->second) : Addresses()) {
      if (type != (each.family() == AF_INET ? 1 : 28)) continue;
      answers += record(type, each);
      ++count;
    }
    std::string reply(reinterpret_cast<const char*>(query), question_end);
    reply[2] = static_cast<char>(0x84);
    reply[3] = static_cast<char>(failing ? 2 : found == records.end() ? 3 : 0);
    reply[6] = 0;
    reply[7] = static_cast<char>(count);
    reply[8] = reply[9] = reply[10] = reply[11] = 0;
    return reply + answers;
  }

  using Addresses = std::vector<SocketAddress>;
  static Addresses parse(const std::string& text) {
    Addresses all;
    for (size_t at = 0; at < text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      all.push_back(*SocketAddress::parse(text.substr(at, comma - at), 0));
      at = comma + 1;
    }
    return all;
  }
  std::string record(int type, const SocketAddress& address) const {
    const char fixed[] = {'\xc0', 12, 0, static_cast<char>(type), 0, 1};
    std::string bytes(fixed, sizeof(fixed));
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(ttl >> shift);
    bytes += '\0';
    if (type == 1) {
      bytes += '\4';
      bytes.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in*>(address.data())->sin_addr), 4);
    } else {
      bytes += '\x10';
      bytes.append(reinterpret_cast<const char*>(&reinterpret_cast<const sockaddr_in6*>(address.data())->sin6_addr),
                   16);
    }
    return bytes;
  }

  OwnedFd fd_;
  uint16_t port_ = 0;
  int queries_ = 0;
  Watch watch_;
  TaskScope scope_;
};

}  // namespace sluice::runtime
