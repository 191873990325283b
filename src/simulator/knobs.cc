#include "simulator/knobs.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace sluice::simulator {
namespace {

constexpr Duration kLongest = std::chrono::hours(1);

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

Result<double> parseNumber(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number) || number < 0 ||
      number > 1e9) {
    return fail(fmt::format("`{}` is not a number from 0 to 1e9", text));
  }
  return number;
}

Status assign(std::optional<Duration>& to, std::string_view value) {
  auto parsed = parseDuration(value);
  if (!parsed) return tl::make_unexpected(parsed.error());
  to = *parsed;
  return {};
}

Status assign(std::optional<double>& to, std::string_view value) {
  auto parsed = parseNumber(value);
  if (!parsed) return tl::make_unexpected(parsed.error());
  to = *parsed;
  return {};
}

Status assign(std::optional<int64_t>& to, std::string_view value) {
  auto parsed = parseNumber(value);
  if (!parsed) return tl::make_unexpected(parsed.error());
  if (*parsed != std::floor(*parsed)) return fail(fmt::format("`{}` is not a whole number", value));
  to = static_cast<int64_t>(*parsed);
  return {};
}

Status assign(std::optional<int>& to, std::string_view value) {
  auto parsed = parseNumber(value);
  if (!parsed) return tl::make_unexpected(parsed.error());
  if (*parsed < 200 || *parsed > 599 || *parsed != std::floor(*parsed)) {
    return fail(fmt::format("`{}` is not a status from 200 to 599", value));
  }
  to = static_cast<int>(*parsed);
  return {};
}

Status assign(std::optional<bool>& to, std::string_view value) {
  if (value == "1" || value == "true") {
    to = true;
  } else if (value == "0" || value == "false") {
    to = false;
  } else {
    return fail(fmt::format("`{}` is neither true nor false", value));
  }
  return {};
}

// The one list of names; `visit` gets each with its member of `knobs` (and of `other`, where two are walked together).
template <class First, class Second, class Visit>
void eachKnob(First& knobs, Second& other, Visit visit) {
  visit("latency", knobs.latency, other.latency);
  visit("first-token", knobs.first_token, other.first_token);
  visit("tps", knobs.tokens_per_second, other.tokens_per_second);
  visit("tokens", knobs.tokens, other.tokens);
  visit("status", knobs.status, other.status);
  visit("retry-after", knobs.retry_after, other.retry_after);
  visit("every", knobs.every, other.every);
  visit("cut", knobs.cut, other.cut);
  visit("error-in-stream", knobs.error_in_stream, other.error_in_stream);
  visit("reset", knobs.reset, other.reset);
  visit("content-filter", knobs.content_filter, other.content_filter);
  visit("slow-body", knobs.slow_body, other.slow_body);
  visit("tpm", knobs.tokens_per_minute, other.tokens_per_minute);
  visit("rpm", knobs.requests_per_minute, other.requests_per_minute);
}

}  // namespace

Result<Duration> parseDuration(std::string_view text) {
  text = trim(text);
  const auto digits = text.find_first_not_of("0123456789.");
  const auto unit = digits == std::string_view::npos ? std::string_view("ms") : text.substr(digits);
  const auto number = parseNumber(text.substr(0, digits));
  double nanoseconds = 0;
  if (unit == "us") {
    nanoseconds = 1e3;
  } else if (unit == "ms") {
    nanoseconds = 1e6;
  } else if (unit == "s") {
    nanoseconds = 1e9;
  } else if (unit == "m") {
    nanoseconds = 60e9;
  } else if (unit == "h") {
    nanoseconds = 3600e9;
  }
  if (!number || nanoseconds == 0) return fail(fmt::format("`{}` is not a duration such as 200ms or 2s", text));
  if (*number * nanoseconds > static_cast<double>(kLongest.count()) * 24 * 365) {
    return fail(fmt::format("`{}` is longer than a year", text));
  }
  return Duration(static_cast<int64_t>(*number * nanoseconds));
}

Status Knobs::set(std::string_view name, std::string_view value) {
  Status result = fail(fmt::format("unknown knob `{}`", name));
  eachKnob(*this, *this, [&](std::string_view known, auto& member, auto&) {
    if (name != known) return;
    result = {};
    if (value.empty()) {
      member.reset();
    } else {
      result = assign(member, value);
    }
  });
  if (!result && result.error().message.find("knob") == std::string::npos) {
    return fail(fmt::format("knob {}: {}", name, result.error().message));
  }
  return result;
}

Knobs Knobs::with(const Knobs& over) const {
  Knobs result = *this;
  eachKnob(result, over, [](std::string_view, auto& mine, const auto& theirs) {
    if (theirs) mine = theirs;
  });
  return result;
}

bool Knobs::empty() const {
  return *this == Knobs();
}

std::vector<std::string_view> knobNames() {
  std::vector<std::string_view> names;
  const Knobs none;
  eachKnob(none, none, [&](std::string_view name, const auto&, const auto&) { names.push_back(name); });
  return names;
}

Result<Knobs> parseKnobs(std::string_view text) {
  Knobs knobs;
  while (!text.empty()) {
    const auto end = std::min(text.find(';'), text.size());
    const auto setting = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (setting.empty()) continue;
    const auto equals = setting.find('=');
    if (equals == std::string_view::npos) return fail(fmt::format("knob `{}` has no value", setting));
    const auto status = knobs.set(trim(setting.substr(0, equals)), trim(setting.substr(equals + 1)));
    if (!status) return tl::make_unexpected(status.error());
  }
  return knobs;
}

}  // namespace sluice::simulator
