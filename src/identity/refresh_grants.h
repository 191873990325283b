// RefreshGrants: what became of the refresh tokens of a process. A provider may replace a refresh token at each use and
// refuse the old one from then on (RFC 6749, 6; RFC 9700, 4.14): so one thread uses it at a time, and all others see
// the access token and the refresh token that came of it. Thread-safe; a lock is held for a look-up, never while
// waiting, and only when a token has to be renewed. What was replaced is forgotten when the process ends.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace sluice::identity {

struct AccessGrant {
  std::shared_ptr<const Secret> token;
  Instant renew{}, expires{};
};

class RefreshGrants {
 public:
  enum class Turn : uint8_t {
    Fresh,  // `grant` is good: another thread has just got it
    Mine,   // use `refresh_token`, then say granted() or failed()
    Taken,  // another thread is at it: ask again in a moment
  };
  struct Claim {
    Turn turn = Turn::Taken;
    AccessGrant grant;
    Secret refresh_token;
  };

  // `configured`: the refresh token to begin with. A claim that nobody answers for lapses after `patience`.
  Claim claim(const std::string& key, const Secret& configured, Instant now, Duration patience);
  void granted(const std::string& key, AccessGrant grant, Secret refresh_token);
  void failed(const std::string& key);

 private:
  struct State {
    AccessGrant grant;
    Secret refresh_token;
    bool claimed = false;
    Instant lapses{};
  };

  std::mutex mutex_;
  std::map<std::string, State> states_;  // as many as authorizations were ever configured
};

}  // namespace sluice::identity
