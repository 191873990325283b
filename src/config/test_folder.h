// A configuration's folder for one test: files written by name, gone afterwards.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/encoding.h"

namespace sluice::config {

class TestFolder {
 public:
  TestFolder() : path_((std::filesystem::temp_directory_path() / ("sluice-config-" + randomGuid())).string()) {
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

  void write(std::string_view name, std::string_view bytes) const {
    const std::filesystem::path file(*this / name);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }

  // With the folder's own path taken out, so that expectations can be spelled out.
  std::string plain(std::string text) const {
    for (size_t at = text.find(path_); at != std::string::npos; at = text.find(path_, at))
      text.replace(at, path_.size(), "DIR");
    return text;
  }

 private:
  std::string path_;
};

}  // namespace sluice::config
