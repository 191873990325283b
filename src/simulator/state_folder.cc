#include "simulator/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "text/file.h"

namespace sluice::simulator {
namespace {

constexpr size_t kMostBytes = 1 << 20;

std::string pathOf(const std::string& folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

Status failed(std::string_view what, const std::string& path) {
  return fail(fmt::format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

}  // namespace

Result<std::optional<std::string>> readStateFile(const std::string& folder, std::string_view name) {
  auto content = text::readFile(pathOf(folder, name), kMostBytes);
  if (content) return std::optional<std::string>(std::move(*content));
  if (content.error().code == text::kFileNotFound) return std::optional<std::string>();
  return tl::make_unexpected(content.error());
}

Status writeStateFile(const std::string& folder, std::string_view name, std::string_view content) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(fmt::format("cannot make the folder {}: {}", folder, error.message()));
  const auto path = pathOf(folder, name);
  const auto fresh = path + ".new";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return failed("write", fresh);
  const bool whole = ::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size());
  if (::close(fd) != 0 || !whole) return failed("write", fresh);
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return failed("replace", path);
  return {};
}

}  // namespace sluice::simulator
