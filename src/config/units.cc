#include "config/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace sluice::config {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr uint64_t kMaxDuration = 100ull * 366 * 86400 * kNanosecondsPerSecond;

struct Unit {
  std::string_view name;
  uint64_t factor;
};

constexpr std::array<Unit, 5> kDurations{{{"ms", 1'000'000},
                                          {"s", kNanosecondsPerSecond},
                                          {"m", 60ull * kNanosecondsPerSecond},
                                          {"h", 3600ull * kNanosecondsPerSecond},
                                          {"d", 86400ull * kNanosecondsPerSecond}}};

constexpr std::array<Unit, 9> kSizes{{{"", 1},
                                      {"B", 1},
                                      {"kB", 1000},
                                      {"MB", 1'000'000},
                                      {"GB", 1'000'000'000},
                                      {"KiB", 1ull << 10},
                                      {"MiB", 1ull << 20},
                                      {"GiB", 1ull << 30},
                                      {"TiB", 1ull << 40}}};

// number × unit within `max`.
template <size_t N>
std::optional<uint64_t> parseUnits(std::string_view text, const std::array<Unit, N>& units, uint64_t max) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = parseUnsigned(text.substr(0, digits));
  auto unit = text.substr(digits);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  if (!number) return std::nullopt;
  for (const auto& known : units) {
    if (known.name != unit) continue;
    if (*number > max / known.factor) return std::nullopt;
    return *number * known.factor;
  }
  return std::nullopt;
}

// The largest unit that divides it.
template <size_t N>
std::string printUnits(uint64_t value, const std::array<Unit, N>& units, std::string_view zero) {
  if (value == 0) return std::string(zero);
  const Unit* best = &units[0];
  for (const auto& unit : units)
    if (value % unit.factor == 0 && unit.factor > best->factor) best = &unit;
  return fmt::format("{}{}", value / best->factor, best->name);
}

}  // namespace

std::optional<UtcTime> parseUtcTime(std::string_view text) {
  const std::string_view whole = text;
  // Takes so many digits and what stands behind them.
  const auto take = [&text](size_t digits, std::string_view behind) -> std::optional<int> {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + std::min(digits, text.size()), number);
    if (error != std::errc() || end != text.data() + digits || text[0] == '-') return std::nullopt;
    text.remove_prefix(digits);
    if (!text.starts_with(behind)) return std::nullopt;
    text.remove_prefix(behind.size());
    return number;
  };
  const auto year = take(4, "-"), month = year ? take(2, "-") : year, day = month ? take(2, "T") : month;
  const auto hour = day ? take(2, ":") : day, minute = hour ? take(2, ":") : hour,
             second = minute ? take(2, "") : minute;
  if (!second || whole.size() > 40) return std::nullopt;
  if (text.starts_with('.')) text.remove_prefix(std::min(text.size(), text.find_first_not_of("0123456789", 1)));
  if (text != "Z" && text != "+00:00") return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59 || *year > 2200) return std::nullopt;
  if (*year < 1970) return UtcTime{};
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

std::optional<uint64_t> parseUnsigned(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Duration> parseDuration(std::string_view text) {
  if (text == "0") return Duration::zero();
  const auto nanoseconds = parseUnits(text, kDurations, kMaxDuration);
  if (!nanoseconds) return std::nullopt;
  return Duration(static_cast<int64_t>(*nanoseconds));
}

std::string printDuration(Duration duration) {
  return printUnits(static_cast<uint64_t>(duration.count()), kDurations, "0");
}

std::optional<Duration> parseIsoDuration(std::string_view text) {
  if (!text.starts_with('P') || text.size() < 3) return std::nullopt;
  text.remove_prefix(1);
  bool time = false;
  uint64_t total = 0;
  while (!text.empty()) {
    if (text[0] == 'T') {
      if (time || text.size() == 1) return std::nullopt;
      time = true;
      text.remove_prefix(1);
      continue;
    }
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parseUnsigned(text.substr(0, digits));
    if (!number || digits == text.size()) return std::nullopt;
    const char unit = text[digits];
    uint64_t seconds = 0;
    if (!time && unit == 'W') seconds = 7 * 86400;
    if (!time && unit == 'D') seconds = 86400;
    if (time && unit == 'H') seconds = 3600;
    if (time && unit == 'M') seconds = 60;
    if (time && unit == 'S') seconds = 1;
    if (seconds == 0 || *number > kMaxDuration / kNanosecondsPerSecond / seconds) return std::nullopt;
    total += *number * seconds * kNanosecondsPerSecond;
    if (total > kMaxDuration) return std::nullopt;
    text.remove_prefix(digits + 1);
  }
  return Duration(static_cast<int64_t>(total));
}

std::optional<ByteSize> parseByteSize(std::string_view text) {
  const auto bytes = parseUnits(text, kSizes, uint64_t{1} << 50);
  if (!bytes) return std::nullopt;
  return ByteSize{*bytes};
}

std::string printByteSize(ByteSize size) {
  return printUnits(size.bytes, kSizes, "0");
}

std::optional<Address> parseAddress(std::string_view text, PortPolicy policy) {
  Address address;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    address.host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
    has_port = !rest.empty();
    port = has_port ? rest.substr(1) : rest;
  } else {
    const size_t colon = text.find(':');
    // More than one colon without brackets is an IPv6 address, which has to be in brackets.
    if (colon != text.rfind(':')) return std::nullopt;
    has_port = colon != std::string_view::npos;
    address.host = text.substr(0, colon);
    if (has_port) port = text.substr(colon + 1);
  }
  if (address.host.empty() || address.host.find_first_of(" /@?#") != std::string::npos) return std::nullopt;
  if (!has_port) return policy == PortPolicy::Optional ? std::optional(address) : std::nullopt;
  const auto number = parseUnsigned(port);
  if (!number || *number > 65535) return std::nullopt;
  address.port = static_cast<uint16_t>(*number);
  return address;
}

std::string printAddress(const Address& address) {
  const bool brackets = address.host.find(':') != std::string::npos;
  std::string out = brackets ? fmt::format("[{}]", address.host) : address.host;
  if (address.port != 0) out += fmt::format(":{}", address.port);
  return out;
}

}  // namespace sluice::config
