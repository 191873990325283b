// Store: the local DuckDB file. Takes batches of events from the journal; rows and the cursor that says how far it got
// go into one transaction, so every event is in it exactly once whatever dies when. One thread for deliver(); other
// threads read through connections of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analytics/duck.h"
#include "analytics/table_appender.h"
#include "analytics/table_definition.h"
#include "event/logger_event.h"
#include "event/sink.h"

namespace sluice::analytics {

struct StoreOptions {
  std::string path;
  uint64_t memory_limit = uint64_t{512} << 20;
  unsigned threads = 2;
  std::vector<TableDefinition> tables;
  // Which journal's numbers deliver() is going to be given; another one begins at 0.
  std::string journal;
};

class Store final : public event::Sink {
 public:
  static constexpr std::string_view kConsumer = "store";

  // Makes what tables and columns are missing. A column whose declared type changed keeps its values under another
  // name (`name_varchar`).
  static Result<std::unique_ptr<Store>> open(const StoreOptions& options);

  std::string_view name() const override { return kConsumer; }
  // Events at or before position() are passed over. One that DuckDB refuses although nothing else is wrong goes,
  // encoded as base64, to table `unmapped`.
  Status deliver(std::span<const event::StoredEvent> batch) override;
  // The sequence of the last event that is in the store.
  uint64_t position() const { return position_; }
  const Database& database() const { return *database_; }

 private:
  // A logger's table.
  struct Mapped {
    std::string logger;
    JsonMapping mapping;
    TableAppender appender;
  };

  Store(std::unique_ptr<Database> database, Connection connection, const StoreOptions& options);
  Status prepare();
  Status matchColumns(const SqlTable& table);
  Status readPosition();
  Status deliverOnce(std::span<const event::StoredEvent> batch);
  Status appendAll(std::span<const event::StoredEvent> batch);
  Status append(const event::StoredEvent& event);
  Status appendLogger(const event::LoggerEvent& event);
  Status appendUnmapped(const event::LoggerEvent& event, std::string_view reason);
  Status setAside(const event::StoredEvent& event, std::string_view reason);
  Status flushAndCommit(uint64_t position);
  void clear();

  std::unique_ptr<Database> database_;
  Connection connection_;
  std::string journal_;
  TableAppender exchanges_;
  TableAppender events_;
  TableAppender unmapped_;
  std::vector<std::unique_ptr<Mapped>> mapped_;
  uint64_t position_ = 0;
};

}  // namespace sluice::analytics
