// SourceTree: all reading from a configuration's folder goes through here: bounded, inside the folder, remembered for
// the watcher and hashed for the version. Paths are relative to the folder, with '/' and no leading slash. One load,
// one thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "config/digest.h"
#include "config/overlay.h"
#include "text/file.h"
#include "text/node.h"

namespace sluice::config {

class SourceTree {
 public:
  static constexpr size_t kMaxFile = 16u * 1024 * 1024;
  static constexpr size_t kMaxPolicy = 2u * 1024 * 1024;  // APIM stores at most 256 KiB (reference 7)
  static constexpr size_t kMaxTotal = 512u * 1024 * 1024;

  // `folder` as diagnostics show it; it need not be absolute.
  SourceTree(std::string folder, Diagnostics& diagnostics);
  SourceTree(const SourceTree&) = delete;
  SourceTree& operator=(const SourceTree&) = delete;

  const std::string& folder() const { return folder_; }
  Diagnostics& diagnostics() { return *diagnostics_; }

  // How diagnostics name it.
  std::string shown(std::string_view relative) const;
  bool exists(std::string_view relative) const;
  // The file's bytes without a byte-order mark. nullopt: absent (no diagnostic), or unreadable (with one).
  std::optional<std::string> read(std::string_view relative, size_t max_bytes = kMaxFile);
  // The same, parsed by its extension.
  std::optional<text::Document> document(std::string_view relative);
  // Documents read from here on are changed by it. Must outlive this; null: none.
  void setOverlay(Overlay* overlay) { overlay_ = overlay; }
  // Entries of a folder, sorted; none when it is absent.
  std::vector<text::FolderEntry> list(std::string_view relative);
  // Just the folders in it.
  std::vector<std::string> folders(std::string_view relative);

  void error(std::string_view relative, std::string message, std::string remedy = {});

  // Every folder that was looked at, sorted.
  std::vector<std::string> visited() const;
  // Hash of all names and bytes read so far, 16 hexadecimal digits.
  std::string version() const { return digest_.text(); }

 private:
  std::string full(std::string_view relative) const;
  bool inside(std::string_view relative);

  std::string folder_;
  Diagnostics* diagnostics_;
  Overlay* overlay_ = nullptr;
  std::vector<std::string> visited_;
  std::set<std::string, std::less<>> inside_;  // folders known to lie inside
  size_t total_ = 0;
  Digest digest_;
};

}  // namespace sluice::config
