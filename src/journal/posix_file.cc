#include "journal/posix_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>

#include "journal/journal.h"

namespace sluice::journal {
namespace {
constexpr int kIo = static_cast<int>(ErrorCode::Io);
}

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Error systemError(const std::string& what, const std::string& path, int code) {
  return Error{what + " " + path + ": " + std::generic_category().message(errno), code};
}

Result<Fd> openFile(const std::string& path, int flags) {
  Fd file(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!file) return tl::make_unexpected(systemError("cannot open", path, kIo));
  return file;
}

Result<size_t> fileSize(const Fd& file) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return tl::make_unexpected(systemError("cannot examine", "a file", kIo));
  return static_cast<size_t>(status.st_size);
}

Result<size_t> readAt(const Fd& file, uint64_t offset, std::span<std::byte> to) {
  size_t done = 0;
  while (done < to.size()) {
    const ssize_t got = ::pread(file.get(), to.data() + done, to.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return tl::make_unexpected(systemError("cannot read", "a journal file", kIo));
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return done;
}

Status makeDirectory(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    // Parents get ordinary modes; only the journal's own directory is private.
    if (::mkdir(path.substr(0, slash).c_str(), 0755) != 0 && errno != EEXIST) {
      return tl::make_unexpected(systemError("cannot make directory", path.substr(0, slash), kIo));
    }
  }
  if (::mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return tl::make_unexpected(systemError("cannot make directory", path, kIo));
}

Status syncDirectory(const std::string& path) {
  auto directory = openFile(path, O_RDONLY | O_DIRECTORY);
  if (!directory) return tl::make_unexpected(directory.error());
  if (::fsync(directory->get()) != 0) return tl::make_unexpected(systemError("cannot sync", path, kIo));
  return {};
}

Result<std::vector<std::string>> listFiles(const std::string& directory, std::string_view prefix,
                                           std::string_view suffix) {
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
  if (open == nullptr) return tl::make_unexpected(systemError("cannot list", directory, kIo));
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(open.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with(prefix) && name.ends_with(suffix)) names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace sluice::journal
