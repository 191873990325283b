#include "analytics/protocol.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace sluice::analytics {
namespace {

constexpr size_t kFlushAt = 64 * 1024;

template <class T>
void append(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool take(std::string_view& from, T& value) {
  if (from.size() < sizeof value) return false;
  std::memcpy(&value, from.data(), sizeof value);
  from.remove_prefix(sizeof value);
  return true;
}

void appendVarint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

bool takeVarint(std::string_view& from, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 63 && !from.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(from[0]);
    from.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool takeText(std::string_view& from, uint64_t length, std::string_view& text) {
  if (length > from.size()) return false;
  text = from.substr(0, length);
  from.remove_prefix(length);
  return true;
}

Status sendAll(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail("the connection broke");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Status receiveAll(int socket, char* to, size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(socket, to, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail("the connection broke");
    to += got;
    size -= static_cast<size_t>(got);
  }
  return {};
}

Result<std::vector<ResultColumn>> decodeColumns(std::string_view payload) {
  std::vector<ResultColumn> columns;
  while (!payload.empty()) {
    uint8_t kind = 0;
    uint64_t length = 0;
    std::string_view name;
    if (!take(payload, kind) || kind > static_cast<uint8_t>(ColumnKind::Bool) || !takeVarint(payload, length) ||
        !takeText(payload, length, name)) {
      return fail("the answer is malformed");
    }
    columns.push_back({std::string(name), static_cast<ColumnKind>(kind)});
  }
  return columns;
}

Status giveRows(std::string_view payload, size_t columns, ResultReceiver& receiver) {
  std::vector<ResultCell> cells(columns);
  while (!payload.empty()) {
    for (auto& cell : cells) {
      uint64_t length = 0;
      std::string_view text;
      if (!takeVarint(payload, length) || (length > 0 && !takeText(payload, length - 1, text))) {
        return fail("the answer is malformed");
      }
      cell = length == 0 ? ResultCell() : ResultCell(text);
    }
    if (columns == 0) return fail("the answer is malformed");
    if (!receiver.row(cells)) return fail("the output is closed");
  }
  return {};
}

}  // namespace

Status sendFrame(int socket, FrameType type, std::string_view payload) {
  std::string head;
  append(head, static_cast<uint8_t>(type));
  append(head, static_cast<uint32_t>(payload.size()));
  if (auto sent = sendAll(socket, head); !sent) return sent;
  return sendAll(socket, payload);
}

Result<Frame> receiveFrame(int socket, size_t limit) {
  char head[5];
  if (auto got = receiveAll(socket, head, sizeof head); !got) return tl::make_unexpected(got.error());
  std::string_view rest(head, sizeof head);
  uint8_t type = 0;
  uint32_t length = 0;
  if (!take(rest, type) || !take(rest, length) || length > limit) return fail("a frame is too long");
  Frame frame{static_cast<FrameType>(type), std::string(length, '\0')};
  if (auto got = receiveAll(socket, frame.payload.data(), length); !got) return tl::make_unexpected(got.error());
  return frame;
}

std::string encodeQuestion(const Question& question) {
  std::string payload;
  append(payload, question.rows);
  append(payload, static_cast<uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(question.timeout).count()));
  return payload + question.sql;
}

Result<Question> decodeQuestion(std::string_view payload) {
  Question question;
  uint64_t timeout = 0;
  constexpr uint64_t kLongest = 24 * 3600 * 1000;
  if (!take(payload, question.rows) || !take(payload, timeout) || timeout > kLongest) {
    return fail("the question is malformed");
  }
  question.timeout = std::chrono::milliseconds(timeout);
  question.sql = payload;
  return question;
}

bool FrameSender::columns(std::span<const ResultColumn> columns) {
  std::string payload;
  for (const auto& column : columns) {
    append(payload, static_cast<uint8_t>(column.kind));
    appendVarint(payload, column.name.size());
    payload += column.name;
  }
  return sendFrame(socket_, FrameType::Columns, payload).has_value();
}

bool FrameSender::row(std::span<const ResultCell> cells) {
  for (const auto& cell : cells) {
    appendVarint(rows_, cell ? cell->size() + 1 : 0);
    if (cell) rows_ += *cell;
  }
  return rows_.size() < kFlushAt || flush();
}

bool FrameSender::flush() {
  const auto sent = rows_.empty() ? Status() : sendFrame(socket_, FrameType::Rows, rows_);
  rows_.clear();
  return sent.has_value();
}

void FrameSender::finish(const Result<QueryOutcome>& outcome) {
  if (!flush()) return;
  if (!outcome) {
    (void)sendFrame(socket_, FrameType::Failed, outcome.error().message);
    return;
  }
  std::string payload;
  append(payload, outcome->rows);
  append(payload, static_cast<uint8_t>(outcome->truncated));
  (void)sendFrame(socket_, FrameType::Done, payload);
}

Result<QueryOutcome> ask(int socket, const Question& question, ResultReceiver& receiver) {
  if (auto sent = sendFrame(socket, FrameType::Ask, encodeQuestion(question)); !sent) {
    return tl::make_unexpected(sent.error());
  }
  size_t columns = 0;
  while (true) {
    const auto frame = receiveFrame(socket, kMaxFrame);
    if (!frame) return tl::make_unexpected(frame.error());
    std::string_view payload = frame->payload;
    if (frame->type == FrameType::Columns) {
      const auto decoded = decodeColumns(payload);
      if (!decoded) return tl::make_unexpected(decoded.error());
      columns = decoded->size();
      if (!receiver.columns(*decoded)) return fail("the output is closed");
    } else if (frame->type == FrameType::Rows) {
      if (auto given = giveRows(payload, columns, receiver); !given) return tl::make_unexpected(given.error());
    } else if (frame->type == FrameType::Done) {
      QueryOutcome outcome;
      uint8_t truncated = 0;
      if (!take(payload, outcome.rows) || !take(payload, truncated)) return fail("the answer is malformed");
      outcome.truncated = truncated != 0;
      return outcome;
    } else {
      return fail(frame->payload);
    }
  }
}

}  // namespace sluice::analytics
