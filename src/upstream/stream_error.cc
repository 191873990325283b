#include "upstream/stream_error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "upstream/answer_parts.h"
#include "upstream/json_scan.h"

namespace sluice::upstream {
namespace {

int statusOf(std::string_view code) {
  int number = 0;
  const auto [end, error] = std::from_chars(code.data(), code.data() + code.size(), number);
  if (error == std::errc() && end == code.data() + code.size() && number >= 400 && number <= 599) return number;
  static constexpr auto kKnown = std::to_array<std::pair<std::string_view, int>>({
      {"rate_limit_exceeded", 429},
      {"too_many_requests", 429},
      {"insufficient_quota", 429},
      {"RateLimitReached", 429},
      {"rate_limit_error", 429},
      {"overloaded_error", 503},
      {"server_overloaded", 503},
      {"ServiceUnavailable", 503},
      {"content_filter", 400},
      {"invalid_request_error", 400},
      {"invalid_prompt", 400},
      {"context_length_exceeded", 400},
      {"DeploymentNotFound", 404},
      {"model_not_found", 404},
  });
  for (const auto& [name, status] : kKnown)
    if (code == name) return status;
  return 500;
}

}  // namespace

std::optional<StreamError> readStreamError(std::string_view data) {
  JsonScan scan(data);
  JsonString name;
  if (!scan.enterObject()) return std::nullopt;
  StreamError found;
  bool is_error = false;
  while (scan.nextMember(name)) {
    if (name == "error") {
      readErrorCode(scan, found.code);
      is_error = !found.code.empty();
    } else if (name == "choices" || name == "response" || name == "message") {
      // A part of an answer, whatever else it carries.
      return std::nullopt;
    } else {
      scan.skip();
    }
  }
  if (scan.failed() || !is_error) return std::nullopt;
  found.status = statusOf(found.code);
  return found;
}

}  // namespace sluice::upstream
