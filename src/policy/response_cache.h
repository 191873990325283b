// What cache-lookup and cache-store share (reference 2.6): how a response is kept in the ValueCache, and what the
// answer's Cache-Control says. Kept responses have no Set-Cookie, which was meant for one client, and no framing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/exchange.h"

namespace sluice::policy {

// A key of bounded size for everything that a response depends on; what lies in `parts` cannot be told apart wrongly.
class ResponseKey {
 public:
  void add(std::string_view part);
  // In the exchange's arena.
  std::string_view finish(Arena& arena) const;

 private:
  std::string parts_;
};

// Replaces the exchange's response by the kept one; false: there is none.
bool takeKeptResponse(Exchange& exchange);

enum class Kept : uint8_t { Yes, TooLarge, NoBody };
// REQUIRES: the response's body is not Unread.
Kept keepResponse(Exchange& exchange, Duration lifetime);

// Sets the answer's Cache-Control as the look-up asked for.
void setCacheControl(Exchange& exchange, Duration lifetime);

}  // namespace sluice::policy
