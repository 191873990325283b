#include "config/watch.h"

#include <fmt/format.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>

namespace sluice::config {
namespace {

// Not IN_MODIFY: a file counts once it is written and closed, or renamed into place.
constexpr uint32_t kEvents = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ATTRIB |
                             IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

// Files that editors make for themselves.
bool isEditorsOwn(std::string_view name) {
  if (name.starts_with("..")) return false;  // ..data, the link that Kubernetes swaps
  return name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name == "4913";
}

}  // namespace

Result<Watcher> Watcher::create() {
  const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd < 0) return fail(fmt::format("inotify is not available: {}", std::strerror(errno)));
  return Watcher(fd);
}

Watcher::~Watcher() {
  if (fd_ >= 0) ::close(fd_);
}

Watcher& Watcher::operator=(Watcher&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(folders_, other.folders_);
  return *this;
}

Result<WatchOutcome> Watcher::watch(const std::vector<std::string>& folders, const std::vector<std::string>& files) {
  std::map<std::string, std::vector<std::string>> wanted;
  for (const auto& file : files) {
    const std::filesystem::path path(file);
    wanted[path.parent_path().string()].push_back(path.filename().string());
  }
  for (const auto& folder : folders) wanted[folder].clear();
  std::map<int, Watched> now;
  WatchOutcome outcome = WatchOutcome::Unchanged;
  for (auto& [folder, only] : wanted) {
    const int watch = ::inotify_add_watch(fd_, folder.c_str(), kEvents);
    if (watch < 0 && errno != ENOSPC) continue;  // not there
    if (watch < 0)
      return fail(fmt::format("`{}` cannot be watched: the limit fs.inotify.max_user_watches is reached", folder));
    if (!folders_.contains(watch)) outcome = WatchOutcome::Extended;
    // Two names of one folder share a watch: then everything in it matters if it does for one of them.
    const auto [at, added] = now.emplace(watch, Watched{folder, only});
    if (!added && (at->second.only.empty() || only.empty()))
      at->second.only.clear();
    else if (!added)
      at->second.only.insert(at->second.only.end(), only.begin(), only.end());
  }
  for (const auto& [watch, folder] : folders_)
    if (!now.contains(watch)) ::inotify_rm_watch(fd_, watch);
  folders_ = std::move(now);
  return outcome;
}

bool Watcher::matters(int watch, std::string_view name, unsigned mask) const {
  if ((mask & IN_Q_OVERFLOW) != 0) return true;
  if ((mask & IN_IGNORED) != 0) return false;  // follows the deletion that was told already, or our own removal
  const auto found = folders_.find(watch);
  if (found == folders_.end()) return false;
  if (isEditorsOwn(name)) return false;
  const auto& only = found->second.only;
  return only.empty() || name.empty() || name.starts_with("..") || std::ranges::find(only, name) != only.end();
}

bool Watcher::drain() {
  bool changed = false;
  alignas(inotify_event) char buffer[16 * (sizeof(inotify_event) + NAME_MAX + 1)];
  while (true) {
    const ssize_t got = ::read(fd_, buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return changed;
    for (const char* at = buffer; at < buffer + got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      const std::string_view name = event->len > 0 ? std::string_view(event->name) : std::string_view();
      if (matters(event->wd, name, event->mask)) changed = true;
      at += sizeof(inotify_event) + event->len;
    }
  }
}

}  // namespace sluice::config
