// DebugCredentials: the tokens of listDebugCredentials (reference 6.5). A token names one API and a time, and is signed
// with a key that this process made at its start: whoever has one may have exchanges of that API traced until then.
// Immutable; shared by all threads.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "config/model.h"

namespace sluice::gateway {

enum class DebugAccess : uint8_t { Refused, Granted, Expired, WrongApi };

struct DebugDecision {
  DebugAccess access = DebugAccess::Refused;
  std::string detail;  // when it expired, or the API that it is for
};

class DebugCredentials {
 public:
  static constexpr Duration kLongest = std::chrono::hours(1);
  static constexpr std::string_view kHeader = "Apim-Debug-Authorization";

  DebugCredentials();

  // "aid=<api>&exp=<milliseconds since 1970>&p=tracing&sig=<HMAC-SHA256>". `api`: as debugId() writes it.
  std::string issue(std::string_view api, UtcTime expires) const;
  // Compares signatures in constant time, and says why only of a token that is ours.
  DebugDecision check(std::string_view token, std::string_view api, UtcTime now) const;

 private:
  std::string signatureOf(std::string_view claims) const;
  std::string key_;
};

// How a token names an API: its ARM name, with ";rev=N" unless that revision is the current one.
std::string debugId(const config::Api& api);
// The API that `id` means: a name or an ARM id, with or without ";rev=N". Null: there is none.
const config::Api* findDebugged(const config::Configuration& configuration, std::string_view id);

}  // namespace sluice::gateway
