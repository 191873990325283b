// The upstream of ./dev bench: an Azure OpenAI instance reduced to two fixed answers, so that the gateway in front of
// it is what is measured. One thread, epoll.
//
// A POST gets a chat completion of about 600 bytes with its usage. With the header `x-events: N` (0: until the client
// leaves) it gets a text/event-stream of N events of 200 bytes, one every `x-interval-us` microseconds, each its own
// write. GET of a path given with --file serves that file (OpenID metadata and keys); GET /_requests tells how many
// POSTs there were; any other GET gets the completion too.
//
// usage: bench_upstream [--port N] [--file PATH=FILE]...     prints "port N" when it listens
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bench/net.h"

namespace {

using bench::nowNs;

constexpr size_t kEventSize = 200;

std::string httpAnswer(std::string_view type, std::string_view body) {
  return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\nx-request-id: 4f1d8c\r\n\r\n{}",
                     type, body.size(), body);
}

std::string completionAnswer() {
  const std::string text(230, 'a');
  const std::string body = fmt::format(
      R"({{"id":"chatcmpl-8pZ1","object":"chat.completion","created":1700000000,"model":"gpt-35-turbo",)"
      R"("choices":[{{"index":0,"finish_reason":"stop","message":{{"role":"assistant","content":"{}"}},)"
      R"("content_filter_results":{{"hate":{{"filtered":false,"severity":"safe"}}}}}}],)"
      R"("usage":{{"prompt_tokens":57,"completion_tokens":40,"total_tokens":97}},"system_fingerprint":"fp_1"}})",
      text);
  return httpAnswer("application/json", body);
}

std::string asChunk(std::string_view data) {
  return fmt::format("{:x}\r\n{}\r\n", data.size(), data);
}

// One event of exactly kEventSize bytes, framed as a chunk.
std::string tokenEvent() {
  constexpr std::string_view kFormat =
      R"(data: {{"id":"chatcmpl-8pZ1","object":"chat.completion.chunk","created":1700000000,"model":"gpt-35-turbo",)"
      R"("choices":[{{"index":0,"delta":{{"content":"{}"}},"finish_reason":null}}]}})"
      "\n\n";
  const size_t frame = fmt::format(kFormat, "").size();
  return asChunk(fmt::format(kFormat, std::string(kEventSize - std::min(frame, kEventSize), 'b')));
}

const std::string kCompletion = completionAnswer();
const std::string kToken = tokenEvent();
const std::string kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nx-request-id: 4f1d8c\r\n\r\n";
const std::string kStreamEnd = asChunk("data: [DONE]\n\n") + "0\r\n\r\n";

struct Connection {
  int fd = -1;
  std::string in;
  uint64_t events_left = 0;
  bool is_endless = false;
  bool is_streaming = false;
  int64_t interval_ns = 0;
};

struct Due {
  int64_t at;
  int fd;
  uint64_t serial;  // of the connection that had that fd
  bool operator>(const Due& other) const { return at > other.at; }
};

// The value of a header in a request head, or empty. `name` in lower case.
std::string_view headerValue(std::string_view head, std::string_view name) {
  for (size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    const bool is_it = std::equal(name.begin(), name.end(), line.begin(),
                                  [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    if (!is_it) continue;
    const size_t begin = line.find_first_not_of(' ', name.size() + 1);
    return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
  }
  return {};
}

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Upstream {
 public:
  Upstream(int port, std::map<std::string, std::string> files) : files_(std::move(files)) {
    epoll_ = bench::check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
    listener_ = bench::listenOn(port);
    bench::watch(epoll_, listener_, &listener_);
  }

  int port() const { return bench::localPort(listener_); }

  [[noreturn]] void run() {
    epoll_event events[256];
    for (;;) {
      const int64_t deadline = due_.empty() ? nowNs() + 1'000'000'000 : due_.top().at;
      const int ready = bench::waitUntil(epoll_, events, 256, deadline);
      for (int i = 0; i < ready; ++i) {
        if (events[i].data.ptr == &listener_) {
          acceptAll();
        } else {
          read(*static_cast<Connection*>(events[i].data.ptr));
        }
      }
      sendDue();
    }
  }

 private:
  void acceptAll() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      bench::setNoDelay(fd);
      auto& slot = connections_[fd];
      slot = std::make_unique<Connection>();
      slot->fd = fd;
      serials_[fd] = ++last_serial_;
      bench::watch(epoll_, fd, slot.get());
    }
  }

  void read(Connection& connection) {
    char buffer[65536];
    const ssize_t got = recv(connection.fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return close(connection);
    connection.in.append(buffer, static_cast<size_t>(got));
    while (!connection.is_streaming) {
      const size_t end = connection.in.find("\r\n\r\n");
      if (end == std::string::npos) return;
      const std::string_view head(connection.in.data(), end + 2);
      if (!headerValue(head, "transfer-encoding").empty()) {
        // The gateways are expected to send the length that the client gave them.
        std::fputs("bench_upstream: a chunked request\n", stderr);
        return close(connection);
      }
      const size_t size = end + 4 + number(headerValue(head, "content-length"));
      if (connection.in.size() < size) return;
      if (!answer(connection, head)) return;
      connection.in.erase(0, size);
    }
  }

  // False when the connection is gone.
  bool answer(Connection& connection, std::string_view head) {
    if (head.starts_with("GET ")) {
      const std::string path(head.substr(4, head.find(' ', 4) - 4));
      if (path == "/_requests") return send(connection, httpAnswer("text/plain", std::to_string(requests_)));
      const auto file = files_.find(path);
      return send(connection, file == files_.end() ? kCompletion : file->second);
    }
    ++requests_;
    const std::string_view events = headerValue(head, "x-events");
    if (events.empty()) return send(connection, kCompletion);
    connection.is_streaming = true;
    connection.events_left = number(events);
    connection.is_endless = connection.events_left == 0;
    connection.interval_ns = static_cast<int64_t>(number(headerValue(head, "x-interval-us"))) * 1000;
    if (!send(connection, kStreamHead)) return false;
    if (connection.interval_ns == 0) return sendAllEvents(connection);
    due_.push({nowNs() + connection.interval_ns, connection.fd, serials_[connection.fd]});
    return true;
  }

  bool sendAllEvents(Connection& connection) {
    for (; connection.events_left > 0; --connection.events_left) {
      if (!send(connection, kToken)) return false;
    }
    connection.is_streaming = false;
    return send(connection, kStreamEnd);
  }

  void sendDue() {
    const int64_t now = nowNs();
    while (!due_.empty() && due_.top().at <= now) {
      const Due due = due_.top();
      due_.pop();
      const auto serial = serials_.find(due.fd);
      if (serial == serials_.end() || serial->second != due.serial) continue;
      Connection& connection = *connections_[due.fd];
      if (!connection.is_endless && connection.events_left == 0) {
        connection.is_streaming = false;
        send(connection, kStreamEnd);
        continue;
      }
      if (connection.events_left > 0) --connection.events_left;
      if (send(connection, kToken)) due_.push({due.at + connection.interval_ns, due.fd, due.serial});
    }
  }

  // A full socket buffer means that the gateway does not keep up: the run is void, so the stream is cut.
  bool send(Connection& connection, std::string_view bytes) {
    const ssize_t sent = ::send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return true;
    close(connection);
    return false;
  }

  void close(Connection& connection) {
    const int fd = connection.fd;
    ::close(fd);
    serials_.erase(fd);
    connections_.erase(fd);
  }

  std::map<std::string, std::string> files_;
  int epoll_ = -1;
  int listener_ = -1;
  uint64_t requests_ = 0;
  uint64_t last_serial_ = 0;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::unordered_map<int, uint64_t> serials_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

std::string readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) bench::die(path.c_str());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argc, char** argv) {
  int port = 0;
  std::map<std::string, std::string> files;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    const std::string value = argv[i + 1];
    if (option == "--port") {
      port = static_cast<int>(number(value));
    } else if (option == "--file") {
      const size_t equals = value.find('=');
      files[value.substr(0, equals)] = httpAnswer("application/json", readFile(value.substr(equals + 1)));
    }
  }
  bench::allowManyFiles();
  Upstream upstream(port, std::move(files));
  fmt::print("port {}\n", upstream.port());
  std::fflush(stdout);
  upstream.run();
}
