#include "upstream/backpressure.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

#include "base/encoding.h"

namespace sluice::upstream {
namespace {

// Numbers past this are a mistake or malice; nobody asks for more than a day.
constexpr double kMostSeconds = 86400;

std::optional<double> numberAt(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;  // no inf, no sign
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

Duration ofSeconds(double seconds) {
  return Duration(static_cast<int64_t>(std::min(seconds, kMostSeconds) * 1e9));
}

Duration untilDate(std::string_view text, UtcTime now) {
  std::tm parts{};
  const std::string copy(text.substr(0, 40));
  const char* end = strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return {};
  const UtcTime date{std::chrono::seconds(timegm(&parts))};
  return date <= now ? Duration{} : ofSeconds(std::chrono::duration<double>(date - now).count());
}

Duration ofHeader(const http::Headers& headers, std::string_view name, double unit, UtcTime now) {
  const auto value = headers.find(name);
  if (!value) return {};
  std::string_view rest = *value;
  const auto number = numberAt(rest);
  if (!number) return untilDate(*value, now);
  return rest.empty() ? ofSeconds(*number * unit) : Duration{};
}

// A limit whose remainder is zero ends at its reset.
Duration ofLimit(const http::Headers& headers, std::string_view remaining, std::string_view reset) {
  const auto left = headers.find(remaining);
  if (!left) return {};
  std::string_view rest = *left;
  const auto number = numberAt(rest);
  if ((!number || *number > 0) && !left->starts_with('-')) return {};
  const auto ends = headers.find(reset);
  return ends ? parseReset(*ends) : Duration{};
}

}  // namespace

Duration parseReset(std::string_view text) {
  double seconds = 0;
  while (!text.empty()) {
    const auto number = numberAt(text);
    if (!number) return {};
    if (text.starts_with("ms")) {
      seconds += *number / 1000;
      text.remove_prefix(2);
    } else if (text.empty() || text.front() == 's') {
      seconds += *number;
      text.remove_prefix(std::min<size_t>(1, text.size()));
    } else if (text.front() == 'm' || text.front() == 'h') {
      seconds += *number * (text.front() == 'm' ? 60 : 3600);
      text.remove_prefix(1);
    } else {
      return {};
    }
  }
  return ofSeconds(seconds);
}

Duration retryAfter(int status, const http::Headers& headers, UtcTime now) {
  const Duration limits = std::max(ofLimit(headers, "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
                                   ofLimit(headers, "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"));
  if (status < 400) return limits;
  // The finer of the two where both are there.
  Duration asked = ofHeader(headers, "retry-after-ms", 1e-3, now);
  if (asked == Duration{}) asked = ofHeader(headers, "Retry-After", 1, now);
  return std::max(limits, asked);
}

}  // namespace sluice::upstream
