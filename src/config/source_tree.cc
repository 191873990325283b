#include "config/source_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/yaml_document.h"

namespace sluice::config {

SourceTree::SourceTree(std::string folder, Diagnostics& diagnostics)
    : folder_(std::move(folder)), diagnostics_(&diagnostics) {
  while (folder_.size() > 1 && folder_.ends_with('/')) folder_.pop_back();
}

std::string SourceTree::full(std::string_view relative) const {
  return relative.empty() ? folder_ : fmt::format("{}/{}", folder_, relative);
}

std::string SourceTree::shown(std::string_view relative) const {
  return full(relative);
}

bool SourceTree::exists(std::string_view relative) const {
  return text::pathKind(full(relative)) != text::PathKind::None;
}

void SourceTree::error(std::string_view relative, std::string message, std::string remedy) {
  diagnostics_->error({shown(relative), 0, 0}, std::move(message), std::move(remedy));
}

bool SourceTree::inside(std::string_view relative) {
  // A folder is followed to its end once; what lies in it then needs that only when it is a link itself.
  const std::string path = full(relative);
  const std::string parent = path.substr(0, path.rfind('/'));
  const bool parent_inside = inside_.contains(parent);
  if ((parent_inside && !text::isLink(path)) || text::isInside(folder_, path)) {
    if (text::pathKind(path) == text::PathKind::Folder) inside_.insert(path);
    return true;
  }
  error(relative, "this link leads out of the configuration's folder", "Copy what it points to into the folder.");
  return false;
}

std::optional<std::string> SourceTree::read(std::string_view relative, size_t max_bytes) {
  const std::string path = full(relative);
  if (text::pathKind(path) == text::PathKind::None || !inside(relative)) return std::nullopt;
  auto bytes = text::readFile(path, std::min(max_bytes, kMaxTotal - total_));
  if (!bytes) {
    error(relative, fmt::format("the file cannot be read: {}", bytes.error().message));
    return std::nullopt;
  }
  total_ += bytes->size();
  digest_.add(relative, *bytes);
  if (bytes->starts_with("\xEF\xBB\xBF")) bytes->erase(0, 3);
  return std::move(*bytes);
}

std::optional<text::Document> SourceTree::document(std::string_view relative) {
  auto bytes = read(relative);
  if (!bytes) return std::nullopt;
  auto parsed = text::parseDocument(shown(relative), std::move(*bytes), *diagnostics_);
  return parsed && overlay_ != nullptr ? overlay_->apply(relative, std::move(*parsed)) : std::move(parsed);
}

std::vector<text::FolderEntry> SourceTree::list(std::string_view relative) {
  const std::string path = full(relative);
  if (text::pathKind(path) != text::PathKind::Folder || !inside(relative)) return {};
  visited_.push_back(path);
  auto entries = text::listFolder(path);
  if (!entries) {
    error(relative, fmt::format("the folder cannot be read: {}", entries.error().message));
    return {};
  }
  return std::move(*entries);
}

std::vector<std::string> SourceTree::folders(std::string_view relative) {
  std::vector<std::string> names;
  for (auto& entry : list(relative))
    if (entry.is_folder) names.push_back(std::move(entry.name));
  return names;
}

std::vector<std::string> SourceTree::visited() const {
  auto folders = visited_;
  std::ranges::sort(folders);
  folders.erase(std::ranges::unique(folders).begin(), folders.end());
  return folders;
}

}  // namespace sluice::config
