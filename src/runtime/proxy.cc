#include "runtime/proxy.h"

#include <fmt/format.h>

#include "runtime/loop.h"

namespace sluice::runtime {
namespace {

constexpr size_t kMaxAnswer = 16 * 1024;

std::string connectRequest(const Proxy& proxy, const std::string& host, uint16_t port) {
  const bool six = host.find(':') != std::string::npos;
  const std::string authority = fmt::format("{}{}{}:{}", six ? "[" : "", host, six ? "]" : "", port);
  std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", authority);
  if (!proxy.authorization.empty())
    request.append("Proxy-Authorization: ").append(proxy.authorization.reveal()).append("\r\n");
  return request += "\r\n";
}

// "HTTP/1.x 2xx"; another status is told in the error.
Status judge(std::string_view answer) {
  if (!answer.starts_with("HTTP/1.") || answer.size() < 12 || answer[8] != ' ')
    return fail("the proxy's answer is not HTTP");
  const std::string_view status = answer.substr(9, 3);
  if (status[0] == '2') return {};
  const std::string_view line = answer.substr(9, answer.find('\r') - 9);
  return fail(fmt::format("the proxy refused the connection: {}", line.substr(0, 100)));
}

}  // namespace

Task<Status> openTunnel(Stream& stream, const Proxy& proxy, std::string host, uint16_t port, Instant deadline) {
  const std::string request = connectRequest(proxy, host, port);
  for (size_t sent = 0; sent < request.size();) {
    iovec piece{const_cast<char*>(request.data()) + sent, request.size() - sent};
    const IoResult wrote = stream.tryWritev({&piece, 1});
    sent += wrote.bytes;
    if (wrote.status == IoStatus::Drained) {
      if (co_await stream.writable(deadline) != IoStatus::Ready) co_return fail("the proxy does not take the request");
    } else if (wrote.status != IoStatus::Ready) {
      co_return fail("the proxy closed the connection");
    }
  }
  // Byte by byte, so that nothing of what follows the head is taken: it belongs to the tunnel.
  std::string answer;
  while (!answer.ends_with("\r\n\r\n")) {
    if (answer.size() >= kMaxAnswer) co_return fail("the proxy's answer is too long");
    char byte = 0;
    const IoResult got = stream.tryRead({&byte, 1});
    if (got.bytes == 1) {
      answer += byte;
    } else if (got.status == IoStatus::Drained || got.status == IoStatus::Ready) {
      if (co_await stream.readable(deadline) != IoStatus::Ready) co_return fail("the proxy does not answer");
    } else {
      co_return fail("the proxy closed the connection");
    }
  }
  co_return judge(answer);
}

}  // namespace sluice::runtime
