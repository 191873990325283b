// For this folder's tests: a directory of its own that goes with its contents, and reading a journal to its end.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "journal/cursor.h"
#include "journal/journal.h"

namespace sluice::journal {

class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-journal-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string journal() const { return path_ + "/journal"; }
  std::vector<std::string> files(const std::string& part) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(journal())) {
      if (entry.path().filename().string().find(part) != std::string::npos) found.push_back(entry.path().string());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::string path_;
};

// Lets another process or thread go on for a while, where the test is about an arbitrary moment or can only look again.
inline void letPass(std::chrono::microseconds time) {
  ::usleep(static_cast<useconds_t>(time.count()));  // lint: allow sleep, because nothing tells when to look
}

inline Options testOptions(const TestDirectory& directory) {
  Options options;
  options.directory = directory.journal();
  options.ring_bytes = 64 * 1024;
  options.segment_bytes = 256 * 1024;
  options.sync_interval = std::chrono::milliseconds(2);
  options.consumers = {"test"};
  return options;
}

inline Writer::Outcome put(Writer& writer, std::string_view text, Writer::Done done = {}) {
  size_t held = 0;
  return writer.commit(
      held, text.size(),
      [&](std::span<std::byte> to) {
        const auto from = std::as_bytes(std::span(text));
        std::copy(from.begin(), from.end(), to.begin());
      },
      std::move(done));
}

inline std::string textOf(const Record& record) {
  return {reinterpret_cast<const char*>(record.payload.data()), record.payload.size()};
}

// All that can be read now.
inline std::vector<std::string> readAll(Cursor& cursor) {
  std::vector<std::string> all;
  for (auto record = cursor.next(); record && *record != nullptr; record = cursor.next()) {
    all.push_back(textOf(**record));
  }
  return all;
}

inline std::vector<std::string> readAll(const TestDirectory& directory) {
  return readAll(**Cursor::open(directory.journal(), "test"));
}

}  // namespace sluice::journal
