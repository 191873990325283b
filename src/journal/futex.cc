#include "journal/futex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>

namespace sluice::journal {

void sleepOn(const std::atomic<uint32_t>& word, uint32_t expected, Duration limit) {
  if (limit <= Duration::zero()) return;
  timespec relative{};
  relative.tv_sec = limit.count() / 1'000'000'000;
  relative.tv_nsec = limit.count() % 1'000'000'000;
  ::syscall(SYS_futex, &word, FUTEX_WAIT, expected, &relative, nullptr, 0);
}

void ringBell(std::atomic<uint32_t>& word) {
  word.fetch_add(1, std::memory_order_release);
  ::syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace sluice::journal
