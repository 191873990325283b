// The HTTP/2 client against arbitrary bytes of a server: whatever comes, and however it is split, each exchange ends,
// with an answer or an error, and keeps no more than came.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/assert.h"
#include "http/h2_connection.h"

namespace {

using namespace sluice;
using namespace sluice::http;

// Gives its bytes once it is told to, then ends; takes everything.
class ScriptedStream final : public runtime::Stream {
 public:
  ScriptedStream(runtime::Loop& loop, std::string_view bytes, size_t step) : left_(bytes), step_(step) {
    watch_.attachUnpolled(loop);
  }
  void release() {
    released_ = true;
    watch_.onEvents(EPOLLIN);
  }
  runtime::IoResult tryRead(std::span<char> into) override {
    if (!released_) {
      watch_.wouldBlockRead();
      return {0, runtime::IoStatus::Drained};
    }
    const size_t size = std::min({step_, left_.size(), into.size()});
    if (size == 0) return {0, runtime::IoStatus::End};
    std::memcpy(into.data(), left_.data(), size);
    left_.remove_prefix(size);
    return {size, runtime::IoStatus::Ready};
  }
  runtime::IoResult tryWritev(std::span<const iovec> pieces) override {
    size_t size = 0;
    for (const iovec& piece : pieces) size += piece.iov_len;
    return {size, runtime::IoStatus::Ready};
  }
  void shutdownWrite() override {}
  void close() override {}
  void abort() override {}

 private:
  std::string_view left_;
  const size_t step_;
  bool released_ = false;
};

runtime::Task<void> exchange(ClientPool& pool, std::shared_ptr<ClientPool::Host> host, std::string_view method,
                             std::string_view body, size_t most, int& ended) {
  Arena arena;
  ClientExchange upstream(pool, std::move(host), arena);
  ClientRequest request(&arena);
  request.method = method;
  if (!body.empty()) request.body = {&body, 1};
  if (co_await upstream.send(request)) {
    if (co_await upstream.readHead()) {
      const auto whole = co_await upstream.readWholeBody(UINT64_MAX);
      CHECK(!whole || whole->size() <= most);
      CHECK(!whole || upstream.bodyDone());
    }
  }
  ++ended;
}

void talk(std::string_view bytes, size_t step) {
  ManualClock clock{UtcTime{}};
  runtime::Loop loop(clock);
  runtime::Resolver resolver(loop);
  runtime::Connector connector(loop, resolver, nullptr);
  int ended = 0;
  {
    ClientPool pool(connector);
    Endpoint nowhere;  // where nothing is sent again
    nowhere.version = HttpVersion::Http2;
    const auto host = pool.host(nowhere);
    runtime::Connected made;
    auto stream = std::make_unique<ScriptedStream>(loop, bytes, step);
    ScriptedStream& script = *stream;
    made.stream = std::move(stream);
    H2Connection::start(host, std::move(made));
    runtime::TaskScope scope;
    scope.spawn(exchange(pool, host, "GET", "", bytes.size(), ended));
    scope.spawn(exchange(pool, host, "POST", "some body", bytes.size(), ended));
    loop.settle();
    script.release();
    for (int i = 0; i < 100'000 && ended < 2; ++i) loop.poll();
    CHECK(ended == 2);
  }
  loop.settle();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  talk(bytes, SIZE_MAX);
  talk(bytes, 7);
  return 0;
}
