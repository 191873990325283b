// What `sluice query` and the explorer say to each other on their Unix socket. Frames: u8 type, u32 length, payload;
// little-endian.
//
//   Ask      u64 rows, u64 timeout in milliseconds, SQL                                  client, once
//   Columns  per column: u8 kind, varint length, name                                    then, in this order:
//   Rows     per cell: varint 0 for null, else length + 1 and the text; whole rows       any number
//   Done     u64 rows, u8 truncated                                                      or, at any point,
//   Failed   a message                                                                   instead
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "analytics/query_engine.h"
#include "base/result.h"

namespace sluice::analytics {

enum class FrameType : uint8_t { Ask = 1, Columns = 2, Rows = 3, Done = 4, Failed = 5 };

struct Frame {
  FrameType type = FrameType::Failed;
  std::string payload;
};

inline constexpr size_t kMaxAsk = 1u << 20;
inline constexpr size_t kMaxFrame = 512u << 20;

struct Question {
  std::string sql;
  uint64_t rows = 0;
  Duration timeout{};
};

Status sendFrame(int socket, FrameType type, std::string_view payload);
// An error at the end of the connection, too.
Result<Frame> receiveFrame(int socket, size_t limit);

std::string encodeQuestion(const Question& question);
Result<Question> decodeQuestion(std::string_view payload);

// The explorer's side: frames from a result.
class FrameSender final : public ResultReceiver {
 public:
  explicit FrameSender(int socket) : socket_(socket) {}
  bool columns(std::span<const ResultColumn> columns) override;
  bool row(std::span<const ResultCell> cells) override;
  // Everything after the last row.
  void finish(const Result<QueryOutcome>& outcome);

 private:
  bool flush();

  int socket_;
  std::string rows_;
};

// The client's side: asks and gives what comes to the receiver.
Result<QueryOutcome> ask(int socket, const Question& question, ResultReceiver& receiver);

}  // namespace sluice::analytics
