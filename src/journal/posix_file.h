// Owned file descriptors and the few file operations of the journal, with errors as Results. Files are made for their
// owner only.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::journal {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();

 private:
  int fd_ = -1;
};

// "what path: strerror", with errno as it is, and the given code.
Error systemError(const std::string& what, const std::string& path, int code);

// flags as open(2); O_CLOEXEC is added, the mode is 0600.
Result<Fd> openFile(const std::string& path, int flags);
Result<size_t> fileSize(const Fd& file);
// Reads up to to.size() bytes; fewer only at the end of the file.
Result<size_t> readAt(const Fd& file, uint64_t offset, std::span<std::byte> to);
Status makeDirectory(const std::string& path);
Status syncDirectory(const std::string& path);
// Names in the directory that begin with `prefix` and end with `suffix`, sorted.
Result<std::vector<std::string>> listFiles(const std::string& directory, std::string_view prefix,
                                           std::string_view suffix);

}  // namespace sluice::journal
