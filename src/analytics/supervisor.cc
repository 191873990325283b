#include "analytics/supervisor.h"

#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

#include "base/log.h"
#include "journal/posix_file.h"

namespace sluice::analytics {
namespace {

using journal::Fd;

constexpr auto kLastBackoff = std::chrono::seconds(30);
constexpr auto kSteady = std::chrono::minutes(1);

Result<pid_t> spawn(const std::string& executable, const std::string& options_path) {
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  ::sigemptyset(&none);
  ::sigfillset(&all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string words[] = {"sluice", "explorer", "--options", options_path, "--parent", std::to_string(::getpid())};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(),
                       words[4].data(), words[5].data(), nullptr};
  pid_t child = 0;
  const int refused = ::posix_spawn(&child, executable.c_str(), nullptr, &attributes, arguments, environ);
  ::posix_spawnattr_destroy(&attributes);
  if (refused != 0) {
    return fail(fmt::format("cannot run {}: {}", executable, std::generic_category().message(refused)));
  }
  return child;
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) return fmt::format("signal {}", WTERMSIG(status));
  return fmt::format("exit {}", WEXITSTATUS(status));
}

}  // namespace

Supervisor::Supervisor(SupervisorOptions options)
    : options_(std::move(options)),
      socket_(socketPath(options_.explorer.store_path)),
      stop_event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); }) {}

Result<std::unique_ptr<Supervisor>> Supervisor::start(SupervisorOptions options) {
  std::error_code failed;
  const auto folder = std::filesystem::path(options.explorer.store_path).parent_path();
  if (!folder.empty()) std::filesystem::create_directories(folder, failed);
  if (failed) return fail(fmt::format("cannot make directory {}: {}", folder.string(), failed.message()));
  if (auto saved = saveOptions(options.explorer); !saved) return tl::make_unexpected(saved.error());
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(options)));
}

Supervisor::~Supervisor() {
  stop();
  ::close(stop_event_);
}

void Supervisor::stop() {
  if (!thread_.joinable()) return;
  stopping_.store(true);
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(stop_event_, &one, sizeof one);
  thread_.join();
}

Status Supervisor::reconfigure(ExplorerOptions options) {
  if (socketPath(options.store_path) != socket_) return fail("the store's path changes only with a restart");
  if (auto saved = saveOptions(options); !saved) return saved;
  replacing_.store(true);
  if (const pid_t pid = child_.load(); pid > 0) ::kill(pid, SIGTERM);
  return {};
}

// True when it is time to stop.
bool Supervisor::pause(Duration limit) {
  pollfd entry{stop_event_, POLLIN, 0};
  ::poll(&entry, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limit).count()));
  return stopping_.load();
}

void Supervisor::run() {
  Duration backoff = Duration::zero();
  while (!stopping_.load()) {
    const Instant started = SystemClock::instance().now();
    const auto pid = spawn(options_.executable, optionsPath(options_.explorer.store_path));
    if (pid) {
      awaitChild(*pid);
    } else {
      log::error("the explorer cannot be started", {{"why", pid.error().message}});
    }
    if (stopping_.load()) break;
    if (replacing_.exchange(false)) continue;
    const bool steady = SystemClock::instance().now() - started >= kSteady;
    restarts_.fetch_add(1);
    // At once the first time, so that one crash costs nothing.
    if (steady) backoff = Duration::zero();
    if (pause(backoff)) break;
    backoff = std::clamp<Duration>(backoff * 2, options_.first_backoff, kLastBackoff);
  }
}

void Supervisor::awaitChild(pid_t pid) {
  child_.store(pid);
  const Fd watched(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  pollfd entries[2] = {{watched.get(), POLLIN, 0}, {stop_event_, POLLIN, 0}};
  while ((entries[0].revents & POLLIN) == 0 && !stopping_.load()) ::poll(entries, 2, -1);
  if (stopping_.load()) {
    ::kill(pid, SIGTERM);
    const auto limit = std::chrono::ceil<std::chrono::milliseconds>(options_.drain_limit).count();
    if (::poll(entries, 1, static_cast<int>(limit)) == 0) {
      log::warning("the explorer did not end in time; what the journal still holds is stored at the next start");
      ::kill(pid, SIGKILL);
    }
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  child_.store(0);
  if (!stopping_.load() && !replacing_.load()) {
    log::error("the explorer died and is started again", {{"how", describe(status)}});
  }
}

}  // namespace sluice::analytics
