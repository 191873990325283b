#include "event/codec.h"

#include "event/exchange_record.h"
#include "event/logger_event.h"

namespace sluice::event {
namespace codec {

bool Reader::varint(uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
    const auto byte = static_cast<uint64_t>(*at_++);
    // The tenth byte has room for one bit only.
    if (shift == 63 && byte > 1) return false;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

bool Reader::bytes(size_t count, std::string_view& value) {
  if (static_cast<size_t>(end_ - at_) < count) return false;
  value = std::string_view(reinterpret_cast<const char*>(at_), count);
  at_ += count;
  return true;
}

Result<std::string_view> readHead(Reader& reader, EventKind kind, size_t& columns) {
  uint8_t first = 0;
  uint8_t version = 0;
  uint16_t count = 0;
  std::string_view bits;
  if (!reader.raw(first) || !reader.raw(version) || first != static_cast<uint8_t>(kind)) {
    return fail("not an event of this kind");
  }
  if (version != kCodecVersion) return fail("the event is of a version that this program does not know");
  if (!reader.raw(count) || count > kMaxColumns || !reader.bytes((count + 7u) / 8, bits)) {
    return fail("the event is cut or malformed");
  }
  columns = count;
  return bits;
}

}  // namespace codec

size_t encodedSize(const ExchangeRecord& record) {
  return sizeWith<kExchangeColumns>(record);
}
void encode(const ExchangeRecord& record, std::span<std::byte> to) {
  encodeWith<kExchangeColumns>(EventKind::Exchange, record, to);
}
Result<ExchangeRecord> decodeExchange(std::span<const std::byte> from) {
  return decodeWith<kExchangeColumns, ExchangeRecord>(EventKind::Exchange, from);
}

size_t encodedSize(const LoggerEvent& event) {
  return sizeWith<kLoggerColumns>(event);
}
void encode(const LoggerEvent& event, std::span<std::byte> to) {
  encodeWith<kLoggerColumns>(EventKind::Logger, event, to);
}
Result<LoggerEvent> decodeLogger(std::span<const std::byte> from) {
  return decodeWith<kLoggerColumns, LoggerEvent>(EventKind::Logger, from);
}

}  // namespace sluice::event
