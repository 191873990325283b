// The binary form of an event, derived from its column array (column.h). All numbers little-endian.
//
//   u8 kind | u8 version | u16 columns | bit per column: present (Bool: the value) | the values present, in order
//   String, Text: varint length, bytes.  Long: zigzag varint.  Real: f64.  Time: i64, microseconds since 1970, UTC
//
// A reader takes the columns it knows; those that a newer writer added come after and are passed over, those that an
// older writer lacked are null. The version changes only if this scheme does.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/assert.h"
#include "base/result.h"
#include "event/column.h"
#include "event/event_kind.h"

namespace sluice::event {

inline constexpr uint8_t kCodecVersion = 1;
inline constexpr size_t kMaxColumns = 1024;

namespace codec {

static_assert(std::endian::native == std::endian::little, "values are copied as they are in memory");

constexpr uint64_t zigzag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
constexpr int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
constexpr size_t varintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

inline std::byte* putVarint(std::byte* to, uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<std::byte>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<std::byte>(value);
  return to;
}

template <class T>
std::byte* putRaw(std::byte* to, T value) {
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

inline int64_t microseconds(UtcTime time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

constexpr size_t headSize(size_t columns) {
  return 4 + (columns + 7) / 8;
}

// `Columns` is the record's column array, `I` an index into it: each column's code is chosen at compile time.
template <const auto& Columns, size_t I, class Record>
bool present(const Record& record) {
  constexpr const auto& column = Columns[I];
  if constexpr (column.type == ColumnType::String || column.type == ColumnType::Text) {
    return !(record.*column.view).empty();
  } else if constexpr (column.type == ColumnType::Long) {
    return (record.*column.number).has_value();
  } else if constexpr (column.type == ColumnType::Real) {
    return (record.*column.real).has_value();
  } else if constexpr (column.type == ColumnType::Bool) {
    return record.*column.flag;
  } else {
    return true;
  }
}

template <const auto& Columns, size_t I, class Record>
size_t valueSize(const Record& record) {
  constexpr const auto& column = Columns[I];
  if (!present<Columns, I>(record)) return 0;
  if constexpr (column.type == ColumnType::String || column.type == ColumnType::Text) {
    const size_t length = (record.*column.view).size();
    return varintSize(length) + length;
  } else if constexpr (column.type == ColumnType::Long) {
    return varintSize(zigzag(*(record.*column.number)));
  } else {
    return column.type == ColumnType::Bool ? 0 : 8;
  }
}

template <const auto& Columns, size_t I, class Record>
std::byte* putValue(std::byte* to, std::byte* bits, const Record& record) {
  constexpr const auto& column = Columns[I];
  if (!present<Columns, I>(record)) return to;
  bits[I / 8] |= std::byte{1} << (I % 8);
  if constexpr (column.type == ColumnType::String || column.type == ColumnType::Text) {
    const auto text = record.*column.view;
    to = putVarint(to, text.size());
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
  } else if constexpr (column.type == ColumnType::Long) {
    return putVarint(to, zigzag(*(record.*column.number)));
  } else if constexpr (column.type == ColumnType::Real) {
    return putRaw(to, *(record.*column.real));
  } else if constexpr (column.type == ColumnType::Time) {
    return putRaw(to, microseconds(record.*column.time));
  } else {
    return to;
  }
}

// Reads forward over hostile bytes; every step checks what is left.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> from) : at_(from.data()), end_(from.data() + from.size()) {}

  bool varint(uint64_t& value);
  bool bytes(size_t count, std::string_view& value);
  template <class T>
  bool raw(T& value) {
    if (static_cast<size_t>(end_ - at_) < sizeof value) return false;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return true;
  }

 private:
  const std::byte* at_;
  const std::byte* end_;
};

template <class Record>
bool readValue(Reader& reader, const Column<Record>& column, Record& record) {
  uint64_t number = 0;
  switch (column.type) {
    case ColumnType::String:
    case ColumnType::Text:
      return reader.varint(number) && reader.bytes(number, record.*column.view);
    case ColumnType::Long:
      if (!reader.varint(number)) return false;
      record.*column.number = unzigzag(number);
      return true;
    case ColumnType::Real:
      record.*column.real = 0;
      return reader.raw(*(record.*column.real));
    case ColumnType::Bool:
      record.*column.flag = true;
      return true;
    case ColumnType::Time: {
      int64_t micros = 0;
      // The range of UtcTime in nanoseconds; a time outside is not one that we wrote.
      if (!reader.raw(micros) || micros > INT64_MAX / 1000 || micros < INT64_MIN / 1000) return false;
      record.*column.time = UtcTime(std::chrono::microseconds(micros));
      return true;
    }
  }
  return false;
}

// The head's bitmap, or an error; `reader` then stands at the first value.
Result<std::string_view> readHead(Reader& reader, EventKind kind, size_t& columns);

template <const auto& Columns, class Record, size_t... I>
size_t sizeOf(const Record& record, std::index_sequence<I...>) {
  return (headSize(sizeof...(I)) + ... + valueSize<Columns, I>(record));
}

template <const auto& Columns, class Record, size_t... I>
std::byte* put(std::byte* to, std::byte* bits, const Record& record, std::index_sequence<I...>) {
  ((to = putValue<Columns, I>(to, bits, record)), ...);
  return to;
}

}  // namespace codec

template <const auto& Columns>
using Indexes = std::make_index_sequence<std::tuple_size_v<std::remove_cvref_t<decltype(Columns)>>>;

template <const auto& Columns, class Record>
size_t sizeWith(const Record& record) {
  return codec::sizeOf<Columns>(record, Indexes<Columns>());
}

// REQUIRES: to.size() == sizeWith<Columns>(record)
template <const auto& Columns, class Record>
void encodeWith(EventKind kind, const Record& record, std::span<std::byte> to) {
  constexpr size_t kCount = Indexes<Columns>::size();
  static_assert(kCount <= kMaxColumns);
  std::byte* at = to.data();
  *at++ = static_cast<std::byte>(kind);
  *at++ = static_cast<std::byte>(kCodecVersion);
  at = codec::putRaw(at, static_cast<uint16_t>(kCount));
  std::memset(at, 0, (kCount + 7) / 8);
  at = codec::put<Columns>(at + (kCount + 7) / 8, at, record, Indexes<Columns>());
  CHECK(at == to.data() + to.size());
}

template <const auto& Columns, class Record>
Result<Record> decodeWith(EventKind kind, std::span<const std::byte> from) {
  codec::Reader reader(from);
  size_t count = 0;
  const auto bits = codec::readHead(reader, kind, count);
  if (!bits) return tl::make_unexpected(bits.error());
  Record record;
  for (size_t i = 0; i < Columns.size() && i < count; ++i) {
    if ((static_cast<unsigned char>((*bits)[i / 8]) >> (i % 8) & 1) == 0) continue;
    if (!codec::readValue(reader, Columns[i], record)) return fail("the event is cut or malformed");
  }
  return record;
}

}  // namespace sluice::event
