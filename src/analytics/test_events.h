// For this folder's tests: a directory of its own, encoded events, and reading the store back.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "analytics/duck.h"
#include "analytics/explorer.h"
#include "event/exchange_record.h"
#include "event/logger_event.h"
#include "journal/journal.h"

namespace sluice::analytics {

class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sluice-analytics-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TestDirectory() { std::filesystem::remove_all(path_); }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;

  std::string journal() const { return path_ + "/journal"; }
  std::string store() const { return path_ + "/store.duckdb"; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Lets another process go on for a while, where the test is about an arbitrary moment or can only look again.
inline void letPass(std::chrono::microseconds time) {
  ::usleep(static_cast<useconds_t>(time.count()));  // lint: allow sleep, because nothing tells when to look
}

inline std::vector<TableDefinition> articleTable() {
  using config::ColumnType;
  return {{"openaiA",
           "OpenAIFeed",
           {{"completion_tokens", ColumnType::Int},
            {"prompt_tokens", ColumnType::Int},
            {"total_tokens", ColumnType::Int},
            {"WorkloadIdentifier", ColumnType::String},
            {"Backend", ColumnType::String},
            {"User", ColumnType::String},
            {"FullRequestBody", ColumnType::Dynamic},
            {"FullResponseBody", ColumnType::Dynamic}}}};
}

inline ExplorerOptions testExplorer(const TestDirectory& directory) {
  ExplorerOptions options;
  options.journal_directory = directory.journal();
  options.store_path = directory.store();
  options.memory_limit = 256u << 20;
  options.threads = 1;
  options.tables = articleTable();
  return options;
}

inline journal::Options testJournal(const TestDirectory& directory) {
  journal::Options options;
  options.directory = directory.journal();
  options.ring_bytes = 1u << 20;
  options.segment_bytes = 1u << 20;
  options.sync_interval = std::chrono::milliseconds(5);
  options.consumers = {"store"};
  return options;
}

template <class Event>
std::vector<std::byte> encoded(const Event& event) {
  std::vector<std::byte> bytes(event::encodedSize(event));
  event::encode(event, bytes);
  return bytes;
}

template <class Event>
journal::Writer::Outcome commit(journal::Writer& writer, const Event& event) {
  size_t held = 0;
  return writer.commit(held, event::encodedSize(event), [&](std::span<std::byte> to) { event::encode(event, to); });
}

inline event::LoggerEvent loggerEvent(std::string_view payload, std::string_view logger = "OpenAIFeed") {
  event::LoggerEvent event;
  event.time = UtcTime(std::chrono::seconds(1'700'000'000));
  event.logger = logger;
  event.request_id = "11111111-2222-4333-8444-555555555555";
  event.payload = payload;
  return event;
}

// Rows as "a|b", nulls as "".
inline std::vector<std::string> select(const Database& database, const std::string& sql) {
  std::vector<std::string> lines;
  auto connection = database.connect();
  if (!connection) return {connection.error().message};
  const auto rows = fetchAll(*connection, sql);
  if (!rows) return {rows.error().message};
  for (const auto& row : *rows) {
    std::string line;
    for (const auto& value : row) line += (&value == row.data() ? "" : "|") + value;
    lines.push_back(line);
  }
  return lines;
}

// From a store that nobody has open.
inline std::vector<std::string> selectFrom(const std::string& path, const std::string& sql) {
  DatabaseOptions options;
  options.path = path;
  const auto database = Database::open(options);
  return database ? select(**database, sql) : std::vector<std::string>{database.error().message};
}

}  // namespace sluice::analytics
