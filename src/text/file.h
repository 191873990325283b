// Reading files and folders, bounded. Symbolic links are followed (a Kubernetes ConfigMap is made of them); callers
// that must stay inside a folder ask `isInside`. Blocking calls: for load time, never on an event loop's thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::text {

// Codes of the Errors below.
enum FileError { kFileOther = 1, kFileNotFound, kFileTooLarge, kFileNotRegular, kFileDenied };

// The whole of a regular file of at most `max_bytes`.
Result<std::string> readFile(const std::string& path, size_t max_bytes);

struct FolderEntry {
  std::string name;
  bool is_folder = false;
};

// Files and folders in `path`, sorted by name (bytes), without hidden ones (a leading dot) and without what is neither.
Result<std::vector<FolderEntry>> listFolder(const std::string& path, size_t max_entries = 10'000);

enum class PathKind { None, File, Folder, Other };
PathKind pathKind(const std::string& path);

// True when `path` itself is a symbolic link.
bool isLink(const std::string& path);

// True when `path`, with all links followed, lies in `folder` (links followed too).
bool isInside(const std::string& folder, const std::string& path);

// `path` when absolute or when empty, else below `folder`; "." and ".." resolved as text.
std::string resolvePath(std::string_view folder, std::string_view path);

}  // namespace sluice::text
