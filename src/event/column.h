// How an event kind declares its columns: one constexpr array of Column<Record>, in the order of the wire form. The
// binary encoding (codec.h), the tables of the local store, the reference page and the tests all derive from it.
// Columns are only ever added, at the end; one that is no longer filled stays in its place, always null.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace sluice::event {

// String: short text, empty means null. Text: a body, empty means null, may be tens of megabytes. Long: null when not
// known. Bool: never null. Time: UTC, microseconds.
enum class ColumnType : uint8_t { String, Text, Long, Real, Bool, Time };

// The name used in documentation; the local store and Kusto have their own names for each.
constexpr std::string_view name(ColumnType type) {
  constexpr std::string_view kNames[] = {"string", "text", "long", "real", "bool", "time"};
  return kNames[static_cast<uint8_t>(type)];
}

template <class Record>
struct Column {
  using View = std::string_view Record::*;
  using Long = std::optional<int64_t> Record::*;
  using Real = std::optional<double> Record::*;
  using Bool = bool Record::*;
  using Time = UtcTime Record::*;

  constexpr Column(std::string_view n, View member, std::string_view s) : name(n), sentence(s), view(member) {}
  constexpr Column(std::string_view n, ColumnType t, View member, std::string_view s)
      : name(n), sentence(s), type(t), view(member) {}
  constexpr Column(std::string_view n, Long member, std::string_view s)
      : name(n), sentence(s), type(ColumnType::Long), number(member) {}
  constexpr Column(std::string_view n, Real member, std::string_view s)
      : name(n), sentence(s), type(ColumnType::Real), real(member) {}
  constexpr Column(std::string_view n, Bool member, std::string_view s)
      : name(n), sentence(s), type(ColumnType::Bool), flag(member) {}
  constexpr Column(std::string_view n, Time member, std::string_view s)
      : name(n), sentence(s), type(ColumnType::Time), time(member) {}

  std::string_view name;
  std::string_view sentence;
  ColumnType type = ColumnType::String;
  // The one that belongs to `type` is set.
  View view = nullptr;
  Long number = nullptr;
  Real real = nullptr;
  Bool flag = nullptr;
  Time time = nullptr;
};

}  // namespace sluice::event
