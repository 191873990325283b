// LoggerEvent: one message of a log-to-eventhub policy. Views, owned by the exchange until committed (recorder.h).
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "event/column.h"

namespace sluice::event {

struct LoggerEvent {
  UtcTime time{};
  std::string_view logger;
  std::string_view request_id;
  std::string_view payload;
  std::string_view partition_id;
  std::string_view partition_key;
};

inline constexpr auto kLoggerColumns = std::to_array<Column<LoggerEvent>>({
    {"time", &LoggerEvent::time, "When the policy ran, UTC."},
    {"logger", &LoggerEvent::logger, "Id of the logger that the policy names."},
    {"request_id", &LoggerEvent::request_id, "The exchange's id, as in table `exchanges`."},
    {"payload", ColumnType::Text, &LoggerEvent::payload, "What the policy's expression gave."},
    {"partition_id", &LoggerEvent::partition_id, "Attribute partition-id."},
    {"partition_key", &LoggerEvent::partition_key, "Attribute partition-key."},
});

size_t encodedSize(const LoggerEvent& event);
void encode(const LoggerEvent& event, std::span<std::byte> to);
// Views of the result point into `from`.
Result<LoggerEvent> decodeLogger(std::span<const std::byte> from);

}  // namespace sluice::event
