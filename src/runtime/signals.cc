#include "runtime/signals.h"

#include <pthread.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "base/assert.h"

namespace sluice::runtime {

Signals::Signals(Loop& loop, std::initializer_list<int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  fd_ = OwnedFd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  CHECK(fd_.get() >= 0 && watch_.attach(loop, fd_.get()));
}

Task<int> Signals::next() {
  for (;;) {
    signalfd_siginfo info{};
    if (::read(fd_.get(), &info, sizeof(info)) == sizeof(info)) co_return static_cast<int>(info.ssi_signo);
    watch_.wouldBlockRead();
    if (co_await watch_.wait(Direction::Read, kNever) != IoStatus::Ready) co_return 0;
  }
}

}  // namespace sluice::runtime
