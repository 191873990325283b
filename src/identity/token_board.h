// TokenBoard: tokens of the gateway's own identity that the threads of a process share, so that one of them asks for a
// token and the others wait for what it gets. Thread-safe; outlives the threads' ManagedIdentities. Not on a request's
// path: every thread keeps the token that serves, and looks here when it has to be renewed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"

namespace sluice::identity {

// A bearer token, kept as the field value that carries it.
class AccessToken {
 public:
  explicit AccessToken(std::string_view token) : authorization_(std::string("Bearer ").append(token)) {}
  std::string_view authorization() const { return authorization_.reveal(); }
  std::string_view text() const { return authorization_.reveal().substr(7); }

 private:
  Secret authorization_;
};

// What an attempt to get a token came to.
struct TokenOutcome {
  std::shared_ptr<const AccessToken> token;  // null: there is none, see `error`
  Instant renew{}, expires{};
  std::string error;
};

class TokenBoard {
 public:
  using Key = std::pair<std::string, std::string>;  // resource, client
  static constexpr size_t kMaxTokens = 1000;        // resources may come from expressions

  TokenBoard() = default;
  TokenBoard(const TokenBoard&) = delete;
  TokenBoard& operator=(const TokenBoard&) = delete;

  enum class Claim { Yours, Waiting, Known };
  // Yours: the caller has to ask, and then to call publish(). Waiting: another thread does, and `then` will be called,
  // on that thread. Known: another thread has got one that is to be renewed later than `now`; it is in `known`.
  Claim claim(const Key& key, Instant now, std::function<void(const TokenOutcome&)> then, TokenOutcome& known);
  void publish(const Key& key, const TokenOutcome& outcome);

 private:
  struct Entry {
    TokenOutcome last;
    bool claimed = false;
    std::vector<std::function<void(const TokenOutcome&)>> waiting;
  };
  std::mutex mutex_;
  std::map<Key, Entry> entries_;
};

}  // namespace sluice::identity
