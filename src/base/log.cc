#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>

#include "base/clock.h"

namespace sluice::log {
namespace {

std::atomic<Level> minimum{Level::Info};

constexpr std::string_view kNames[] = {"debug", "info", "warning", "error"};

void appendJsonString(fmt::memory_buffer& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// Control characters would let a value forge a line on a terminal.
void appendPlain(fmt::memory_buffer& out, std::string_view text) {
  for (const char c : text) out.push_back(static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c);
}

}  // namespace

void setLevel(Level level) {
  minimum.store(level, std::memory_order_relaxed);
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (level < minimum.load(std::memory_order_relaxed)) return;
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  const auto utc = std::chrono::time_point_cast<std::chrono::milliseconds>(SystemClock::instance().utc());
  const auto millis = utc.time_since_epoch().count() % 1000;
  const std::time_t seconds = utc.time_since_epoch().count() / 1000;
  fmt::memory_buffer out;
  auto to = std::back_inserter(out);
  const auto name = kNames[static_cast<int>(level)];
  if (terminal) {
    fmt::format_to(to, "{:%H:%M:%S}.{:03} {:<7} ", fmt::gmtime(seconds), millis, name);
    appendPlain(out, message);
    for (const auto& field : fields) {
      fmt::format_to(to, "  {}=", field.name);
      appendPlain(out, field.value);
    }
  } else {
    fmt::format_to(to, "{{\"time\":\"{:%FT%T}.{:03}Z\",\"level\":\"{}\",\"message\":", fmt::gmtime(seconds), millis,
                   name);
    appendJsonString(out, message);
    for (const auto& field : fields) {
      out.push_back(',');
      appendJsonString(out, field.name);
      out.push_back(':');
      appendJsonString(out, field.value);
    }
    out.push_back('}');
  }
  out.push_back('\n');
  // A log that cannot be written must not stop the gateway.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, out.data(), out.size());
}

}  // namespace sluice::log
