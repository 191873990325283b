// Watcher: tells when a configuration's files may have changed, by inotify. The caller registers fd() for reading with
// its event loop, calls drain() when it is readable, gathers changes for 200 ms (design, Configuration), loads again
// and gives the new LoadResult's folders and files to watch(). Understands editors' rename-over and the `..data` swap
// of Kubernetes ConfigMaps and Secrets. One thread.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::config {

enum class WatchOutcome {
  Unchanged,
  Extended,  // folders are watched now that were not before: what changed in them since they were read is not known, so
             // load once more
};

class Watcher {
 public:
  static Result<Watcher> create();
  ~Watcher();
  Watcher(Watcher&& other) noexcept : fd_(std::exchange(other.fd_, -1)), folders_(std::move(other.folders_)) {}
  Watcher& operator=(Watcher&& other) noexcept;

  int fd() const { return fd_; }  // non-blocking

  // Replaces what is watched: the folders' entries, and the files. What is not there (yet) is left out; the folder
  // above it tells when it comes. An error: the system's limit on watches is reached.
  Result<WatchOutcome> watch(const std::vector<std::string>& folders, const std::vector<std::string>& files);

  // Reads all pending events. True: something changed that may matter.
  bool drain();

 private:
  struct Watched {
    std::string path;
    std::vector<std::string> only;  // file names that matter; empty: all
  };

  explicit Watcher(int fd) : fd_(fd) {}
  bool matters(int watch, std::string_view name, unsigned mask) const;

  int fd_;
  std::map<int, Watched> folders_;  // by watch descriptor
};

}  // namespace sluice::config
