#include "text/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

namespace sluice::text {
namespace {

tl::unexpected<Error> systemError(int number) {
  const int code = number == ENOENT || number == ENOTDIR ? kFileNotFound
                   : number == EACCES || number == EPERM ? kFileDenied
                                                         : kFileOther;
  return fail(std::strerror(number), code);
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::string> readFile(const std::string& path, size_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return systemError(errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return systemError(errno);
  if (!S_ISREG(info.st_mode)) return fail("not a regular file", kFileNotRegular);
  std::string bytes;
  // One byte more than allowed is asked for, so that a file that grows meanwhile is noticed.
  size_t room = std::min(static_cast<size_t>(info.st_size), max_bytes) + 1;
  while (bytes.size() <= max_bytes) {
    const size_t had = bytes.size();
    bytes.resize(std::min(max_bytes + 1, had + room));
    const ssize_t got = ::read(file.get(), bytes.data() + had, bytes.size() - had);
    if (got < 0 && errno != EINTR) return systemError(errno);
    bytes.resize(had + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return bytes;
    room = std::max<size_t>(bytes.size(), 4096);
  }
  return fail(fmt::format("larger than {} bytes", max_bytes), kFileTooLarge);
}

PathKind pathKind(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return PathKind::None;
  if (S_ISREG(info.st_mode)) return PathKind::File;
  if (S_ISDIR(info.st_mode)) return PathKind::Folder;
  return PathKind::Other;
}

Result<std::vector<FolderEntry>> listFolder(const std::string& path, size_t max_entries) {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(path.c_str()), &::closedir);
  if (!folder) return systemError(errno);
  std::vector<FolderEntry> entries;
  errno = 0;
  while (const dirent* entry = ::readdir(folder.get())) {
    std::string name = entry->d_name;
    if (name.starts_with('.')) continue;
    const PathKind kind = pathKind(path + "/" + name);
    if (kind != PathKind::File && kind != PathKind::Folder) continue;
    if (entries.size() == max_entries) return fail(fmt::format("more than {} entries", max_entries), kFileTooLarge);
    entries.push_back({std::move(name), kind == PathKind::Folder});
    errno = 0;
  }
  if (errno != 0) return systemError(errno);
  std::ranges::sort(entries, {}, &FolderEntry::name);
  return entries;
}

bool isLink(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

bool isInside(const std::string& folder, const std::string& path) {
  std::error_code error;
  const auto real_folder = std::filesystem::canonical(folder, error);
  if (error) return false;
  const auto real_path = std::filesystem::canonical(path, error);
  if (error) return false;
  const auto [at, unused] = std::mismatch(real_folder.begin(), real_folder.end(), real_path.begin(), real_path.end());
  return at == real_folder.end();
}

std::string resolvePath(std::string_view folder, std::string_view path) {
  if (path.empty()) return {};
  const std::filesystem::path given(path);
  const auto full = given.is_absolute() ? given : std::filesystem::path(folder) / given;
  return full.lexically_normal().string();
}

}  // namespace sluice::text
