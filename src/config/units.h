// How durations, sizes and addresses are written: `30s`, `500ms`, `64MiB`, `127.0.0.1:8080`, `[::1]:8080`, and
// ISO 8601 durations as ARM writes them (`PT1M30S`, `P1D`). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/settings.h"

namespace sluice::config {

// `500ms`, `30s`, `5m`, `1h`, `2d`; `0` alone. nullopt: not a duration, or more than a hundred years.
std::optional<Duration> parseDuration(std::string_view text);
std::string printDuration(Duration duration);
// Weeks, days, hours, minutes, seconds; not months and years, whose length depends on the date.
std::optional<Duration> parseIsoDuration(std::string_view text);

// ISO 8601 in UTC as ARM and API Management write it: 2026-01-31T00:00:00Z, with a fraction or without. Years before
// 1970, which .NET's "no date" is in, are the epoch. nullopt: not a time, or past 2200.
std::optional<UtcTime> parseUtcTime(std::string_view text);

// A number of bytes, or with kB, MB, GB (powers of 1000), KiB, MiB, GiB, TiB (powers of 1024).
std::optional<ByteSize> parseByteSize(std::string_view text);
std::string printByteSize(ByteSize size);

enum class PortPolicy { Required, Optional };
// Optional: port 0 when there is none.
std::optional<Address> parseAddress(std::string_view text, PortPolicy policy);
std::string printAddress(const Address& address);

// A whole decimal number without sign or space.
std::optional<uint64_t> parseUnsigned(std::string_view text);

}  // namespace sluice::config
