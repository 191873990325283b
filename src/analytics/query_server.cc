#include "analytics/query_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>

#include "analytics/protocol.h"
#include "analytics/query_engine.h"
#include "analytics/query_socket.h"

namespace sluice::analytics {
namespace {

constexpr time_t kSlowClientSeconds = 30;

}  // namespace

Result<std::unique_ptr<QueryServer>> QueryServer::start(const std::string& path, const Database& database) {
  auto listener = listenAt(path);
  if (!listener) return tl::make_unexpected(listener.error());
  return std::unique_ptr<QueryServer>(new QueryServer(database, std::move(*listener)));
}

QueryServer::QueryServer(const Database& database, journal::Fd listener)
    : database_(database), listener_(std::move(listener)), thread_([this] { accept(); }) {}

QueryServer::~QueryServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  stop_.raise();
  thread_.join();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return running_ == 0; });
}

bool QueryServer::waitForPlace() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || running_ < kAtOnce; });
  return !stopping_;
}

void QueryServer::accept() {
  while (waitForPlace()) {
    pollfd entries[2] = {{listener_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    if (::poll(entries, 2, -1) <= 0 || (entries[0].revents & POLLIN) == 0) continue;
    journal::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket || !isOwner(socket)) continue;
    const timeval slow{kSlowClientSeconds, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &slow, sizeof slow);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &slow, sizeof slow);
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    // Not joined one by one: the destructor waits until none is left.
    std::thread([this, connection = std::move(socket)]() mutable {
      answer(connection);
      connection.reset();
      const std::lock_guard lock(mutex_);
      --running_;
      changed_.notify_all();
    }).detach();
  }
}

void QueryServer::answer(const journal::Fd& socket) {
  const auto frame = receiveFrame(socket.get(), kMaxAsk);
  if (!frame || frame->type != FrameType::Ask) return;
  FrameSender sender(socket.get());
  const auto question = decodeQuestion(frame->payload);
  if (!question) {
    sender.finish(tl::make_unexpected(question.error()));
    return;
  }
  QueryLimits limits;
  limits.rows = std::min(question->rows, kMaxRows);
  limits.timeout = question->timeout;
  limits.abandoned_fd = socket.get();
  limits.stop_fd = stop_.fd();
  sender.finish(runSql(database_, question->sql, limits, sender));
}

}  // namespace sluice::analytics
