#include "cli/paths.h"

#include <cstdlib>
#include <filesystem>

namespace sluice::cli {

std::string executablePath() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string() : path.string();
}

std::string dataFolder() {
  if (const char* set = std::getenv("SLUICE_DATA"); set != nullptr) return set;
  const std::filesystem::path binary = std::filesystem::path(executablePath()).parent_path();
  for (const auto& candidate : {binary / "share", binary / ".." / "share" / "sluice"}) {
    std::error_code error;
    if (std::filesystem::is_directory(candidate / "tokenizer", error)) return candidate.lexically_normal().string();
  }
  return {};
}

}  // namespace sluice::cli
