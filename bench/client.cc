// What wrk cannot do for ./dev bench: many open streams, and requests at a steady rate with time to first byte. One
// thread, epoll. The request is a file, sent as it is on every connection. Prints one JSON object.
//
//   bench_client streams --port N --request FILE --connections C --seconds S [--watch PID]...
//     Opens C streams, spread over a second, and counts events ("data:" lines) for S seconds after each stream has had
//     its first; with --watch also the processor time that those processes took meanwhile. Prints "open" on a line when
//     the count begins. Streams must last until the end.
//   bench_client rate --port N --request FILE --connections C --seconds S --rate R
//     Sends R requests a second over C kept-alive connections; first_us is the time from sending to the first byte of
//     the body, total_us to the end of the answer.
#include <fmt/format.h>
#include <sys/prctl.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/net.h"

namespace {

using bench::nowNs;

constexpr int64_t kSecond = 1'000'000'000;

struct Options {
  std::string mode;
  std::string request;
  int port = 0;
  int connections = 1;
  int seconds = 3;
  int rate = 1000;
  std::vector<int> watched;
};

std::string readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) bench::die(path.c_str());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// User and system time of the processes so far, in seconds: fields 14 and 15 of /proc/PID/stat.
double processorSeconds(const std::vector<int>& pids) {
  int64_t ticks = 0;
  for (const int pid : pids) {
    const std::string stat = readFile(fmt::format("/proc/{}/stat", pid));
    size_t at = stat.rfind(')');
    for (int field = 2; field < 15; ++field) {
      at = stat.find(' ', at) + 1;
      int64_t value = 0;
      std::from_chars(stat.data() + at, stat.data() + stat.size(), value);
      if (field >= 13) ticks += value;
    }
  }
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void sendAll(int fd, std::string_view bytes) {
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) bench::die("send");
}

int64_t percentile(std::vector<int64_t>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// --- streams ---

struct Stream {
  int fd = -1;
  bool is_started = false;  // has had an event
  std::string tail;         // the last bytes read, so that a mark split between two reads is found
};

class Streams {
 public:
  explicit Streams(const Options& options) : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  void run() {
    openAll();
    while (started_ < options_.connections) turn(nowNs() + kSecond);
    fmt::print("open\n");
    std::fflush(stdout);
    const uint64_t events_before = events_;
    const uint64_t bytes_before = bytes_;
    const double processor_before = processorSeconds(options_.watched);
    const int64_t begin = nowNs();
    const int64_t end = begin + options_.seconds * kSecond;
    while (nowNs() < end) turn(end);
    const double processor = processorSeconds(options_.watched) - processor_before;
    fmt::print(R"({{"events":{},"bytes":{},"seconds":{:.3f},"processor_seconds":{:.4f}}})"
               "\n",
               events_ - events_before, bytes_ - bytes_before, static_cast<double>(nowNs() - begin) / 1e9, processor);
  }

 private:
  // Spread over a second, so that the events of all streams do not come in one burst.
  void openAll() {
    const int64_t begin = nowNs();
    for (int i = 0; i < options_.connections; ++i) {
      const int64_t at = begin + kSecond * i / options_.connections;
      while (nowNs() < at) turn(at);
      auto stream = std::make_unique<Stream>();
      stream->fd = bench::connectTo(options_.port);
      bench::watch(epoll_, stream->fd, stream.get());
      sendAll(stream->fd, options_.request);
      streams_.push_back(std::move(stream));
    }
  }

  void turn(int64_t deadline) {
    epoll_event events[256];
    const int ready = bench::waitUntil(epoll_, events, 256, deadline);
    for (int i = 0; i < ready; ++i) read(*static_cast<Stream*>(events[i].data.ptr));
  }

  void read(Stream& stream) {
    char buffer[65536];
    const ssize_t got = recv(stream.fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      std::fputs("bench_client: a stream ended early\n", stderr);
      std::exit(1);
    }
    bytes_ += static_cast<uint64_t>(got);
    constexpr std::string_view kMark = "data:";
    stream.tail.append(buffer, static_cast<size_t>(got));
    size_t found = 0;
    for (size_t at = stream.tail.find(kMark); at != std::string::npos; at = stream.tail.find(kMark, at + 1)) ++found;
    if (found > 0 && !stream.is_started) {
      stream.is_started = true;
      ++started_;
    }
    events_ += found;
    stream.tail.erase(0, stream.tail.size() - std::min(stream.tail.size(), kMark.size() - 1));
  }

  const Options& options_;
  int epoll_;
  int started_ = 0;
  uint64_t events_ = 0;
  uint64_t bytes_ = 0;
  std::vector<std::unique_ptr<Stream>> streams_;
};

// --- steady rate ---

struct Call {
  int fd = -1;
  int64_t sent_at = 0;
  int64_t first_at = 0;  // of the body
  std::string in;
};

class SteadyRate {
 public:
  explicit SteadyRate(const Options& options) : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < options.connections; ++i) {
      calls_.push_back(std::make_unique<Call>());
      calls_.back()->fd = bench::connectTo(options.port);
      bench::watch(epoll_, calls_.back()->fd, calls_.back().get());
      idle_.push_back(calls_.back().get());
    }
  }

  void run() {
    const int64_t gap = kSecond / options_.rate;
    const int64_t begin = nowNs();
    const int64_t count = int64_t{options_.rate} * options_.seconds;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t at = begin + i * gap;
      while (nowNs() < at) turn(at);
      start();
    }
    const int64_t patience = nowNs() + 5 * kSecond;
    while (idle_.size() < calls_.size() && nowNs() < patience) turn(patience);
    fmt::print(R"({{"requests":{},"unanswered":{},"without_connection":{},"not_ok":{},)"
               R"("first_us":{{"p50":{:.1f},"p99":{:.1f}}},"total_us":{{"p50":{:.1f},"p99":{:.1f}}}}})"
               "\n",
               first_.size(), calls_.size() - idle_.size(), without_connection_, not_ok_, micros(first_, 0.5),
               micros(first_, 0.99), micros(total_, 0.5), micros(total_, 0.99));
  }

 private:
  static double micros(std::vector<int64_t>& values, double share) {
    return static_cast<double>(percentile(values, share)) / 1000.0;
  }

  void start() {
    if (idle_.empty()) {
      ++without_connection_;
      return;
    }
    Call* call = idle_.back();
    idle_.pop_back();
    call->in.clear();
    call->first_at = 0;
    call->sent_at = nowNs();
    sendAll(call->fd, options_.request);
  }

  void turn(int64_t deadline) {
    epoll_event events[64];
    const int ready = bench::waitUntil(epoll_, events, 64, deadline);
    for (int i = 0; i < ready; ++i) read(*static_cast<Call*>(events[i].data.ptr));
  }

  void read(Call& call) {
    char buffer[65536];
    const ssize_t got = recv(call.fd, buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      std::fputs("bench_client: a connection was closed\n", stderr);
      std::exit(1);
    }
    call.in.append(buffer, static_cast<size_t>(got));
    const size_t head = call.in.find("\r\n\r\n");
    if (head == std::string::npos) return;
    if (call.first_at == 0 && call.in.size() > head + 4) call.first_at = nowNs();
    if (!isComplete(call.in, head)) return;
    if (!call.in.starts_with("HTTP/1.1 200")) ++not_ok_;
    first_.push_back(call.first_at - call.sent_at);
    total_.push_back(nowNs() - call.sent_at);
    idle_.push_back(&call);
  }

  // By length, or by the last chunk.
  static bool isComplete(const std::string& in, size_t head) {
    for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
      const size_t at = in.find(name);
      if (at == std::string::npos || at > head) continue;
      size_t size = 0;
      std::from_chars(in.data() + at + name.size(), in.data() + head, size);
      return in.size() >= head + 4 + size;
    }
    return in.ends_with("\r\n0\r\n\r\n");
  }

  const Options& options_;
  int epoll_;
  std::vector<std::unique_ptr<Call>> calls_;
  std::vector<Call*> idle_;
  std::vector<int64_t> first_;
  std::vector<int64_t> total_;
  uint64_t without_connection_ = 0;
  uint64_t not_ok_ = 0;
};

Options parse(int argc, char** argv) {
  Options options;
  if (argc > 1) options.mode = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--request") {
      options.request = readFile(value);
      continue;
    }
    int number = 0;
    std::from_chars(value.data(), value.data() + value.size(), number);
    if (name == "--port") options.port = number;
    if (name == "--connections") options.connections = number;
    if (name == "--seconds") options.seconds = number;
    if (name == "--rate") options.rate = number;
    if (name == "--watch") options.watched.push_back(number);
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  bench::allowManyFiles();
  prctl(PR_SET_TIMERSLACK, 1);  // wake when asked, not 50 microseconds later
  if (options.mode == "streams") {
    Streams(options).run();
  } else if (options.mode == "rate") {
    SteadyRate(options).run();
  } else {
    std::fputs("usage: bench_client streams|rate --port N --request FILE ...\n", stderr);
    return 2;
  }
}
