// Sleeping until a 32-bit word changes, across processes if the word is in shared memory (futex(2)). Wakes may be
// spurious.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace sluice::journal {

// Returns when woken, when `limit` has passed, or at once if `word` is not `expected`.
void sleepOn(const std::atomic<uint32_t>& word, uint32_t expected, Duration limit);
// Adds one to the word and wakes all who sleep on it.
void ringBell(std::atomic<uint32_t>& word);

}  // namespace sluice::journal
