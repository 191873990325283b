#include "runtime/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/assert.h"

namespace sluice::runtime {
namespace {

constexpr uint64_t kWakeup = ~uint64_t{0};
constexpr size_t kEventsPerTurn = 256;
constexpr Duration kLongest = std::chrono::minutes(1);

}  // namespace

// --- Watch ---

Watch::~Watch() {
  detach();
  if (reader_ != nullptr) reader_->watch_ = nullptr;
  if (writer_ != nullptr) writer_->watch_ = nullptr;
  if (destroyed_ != nullptr) *destroyed_ = true;
}

bool Watch::attach(Loop& loop, int fd, Trigger trigger) {
  ASSERT(loop_ == nullptr);
  if (!loop.registerWatch(*this, fd, trigger)) return false;
  loop_ = &loop;
  fd_ = fd;
  return true;
}

void Watch::detach() {
  if (loop_ == nullptr) return;
  if (fd_ >= 0) loop_->forgetWatch(*this);
  // Whoever waits learns of it at the loop's next turn, not inside the caller who closes.
  for (Awaiter* waiter : {reader_, writer_}) {
    if (waiter == nullptr) continue;
    waiter->status_ = IoStatus::Failed;
    loop_->timers().schedule(*waiter, loop_->now());
  }
  on_hang_up_ = nullptr;
  readable_ = writable_ = false;
  fd_ = -1;
  loop_ = nullptr;
}

void Watch::onEvents(uint32_t events) {
  const bool hangs_up = (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
  if (hangs_up) hung_up_ = true;
  if (hangs_up || (events & EPOLLIN) != 0) readable_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;

  bool destroyed = false;
  destroyed_ = &destroyed;  // resuming anybody may end this
  if (readable_ && reader_ != nullptr) reader_->resume(IoStatus::Ready);
  if (destroyed) return;
  if (writable_ && writer_ != nullptr) writer_->resume(IoStatus::Ready);
  if (destroyed) return;
  destroyed_ = nullptr;
  if (hangs_up && on_hang_up_ != nullptr) std::exchange(on_hang_up_, nullptr)->cancel();
}

void Watch::wake(IoStatus status) {
  bool destroyed = false;
  bool* outer = std::exchange(destroyed_, &destroyed);
  if (reader_ != nullptr) reader_->resume(status);
  if (!destroyed && writer_ != nullptr) writer_->resume(status);
  if (!destroyed) {
    destroyed_ = outer;
  } else if (outer != nullptr) {
    *outer = true;
  }
}

void Watch::cancelOnHangUp(Cancellation* target) {
  on_hang_up_ = target;
  if (target != nullptr && hung_up_) std::exchange(on_hang_up_, nullptr)->cancel();
}

void Watch::Awaiter::await_suspend(std::coroutine_handle<> self) {
  self_ = self;
  if (direction_ != Direction::Write) {
    ASSERT(watch_->reader_ == nullptr);
    watch_->reader_ = this;
  }
  if (direction_ != Direction::Read) {
    ASSERT(watch_->writer_ == nullptr);
    watch_->writer_ = this;
  }
  if (until_ != kNever) watch_->loop_->timers().schedule(*this, until_);
}

void Watch::Awaiter::onTimer(Timer& timer) {
  auto& self = static_cast<Awaiter&>(timer);
  self.resume(self.status_ == IoStatus::Ready ? IoStatus::Timeout : self.status_);
}

// --- Loop ---

Loop::Loop(const Clock& clock)
    : source_(clock),
      manual_(dynamic_cast<const ManualClock*>(&clock) != nullptr),
      now_(clock.now()),
      events_(kEventsPerTurn),
      timers_(now_) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wakeup_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  CHECK(epoll_ >= 0 && wakeup_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.u64 = kWakeup;
  CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event) == 0);
}

Loop::~Loop() {
  scope_.cancelAll();
  posted_.clear();
  ::close(wakeup_);
  ::close(epoll_);
}

void Loop::run() {
  while (!stopped_.load(std::memory_order_acquire)) poll(kLongest);
  stopped_.store(false, std::memory_order_release);
}

void Loop::stop() {
  stopped_.store(true, std::memory_order_release);
  post([] {});  // wakes it
}

void Loop::refreshTime() {
  now_ = source_.now();
  utc_turn_ = 0;
}

UtcTime Loop::CachedClock::utc() const {
  if (loop_.utc_turn_ != loop_.turns_) {
    loop_.utc_ = loop_.source_.utc();
    loop_.utc_turn_ = loop_.turns_;
  }
  return loop_.utc_;
}

int Loop::timeoutFor(Duration wait) const {
  if (wait <= Duration::zero() || !yielded_.empty() || posted_flag_.load(std::memory_order_acquire)) return 0;
  if (const std::optional<Instant> next = timers_.next()) {
    // A manual clock passes only when somebody moves it: do not wait for its timers, but do see one that is due.
    if (!manual_ || *next <= now_) wait = std::min(wait, *next - now_);
  }
  if (wait <= Duration::zero()) return 0;
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(std::min(wait, kLongest));
  return static_cast<int>(milliseconds.count());
}

bool Loop::poll(Duration wait) {
  const int timeout = timeoutFor(wait);
  int count = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), timeout);
  if (count < 0) count = 0;  // EINTR
  ++turns_;
  now_ = source_.now();
  size_t work = dispatch({events_.data(), static_cast<size_t>(count)});
  work += timers_.advance(now_);
  work += runPosted();
  work += runYielded();
  return work > 0;
}

size_t Loop::dispatch(std::span<const epoll_event> events) {
  for (const epoll_event& event : events) {
    if (event.data.u64 == kWakeup) {
      uint64_t ignored = 0;
      [[maybe_unused]] const auto got = ::read(wakeup_, &ignored, sizeof(ignored));
      continue;
    }
    // A watch that ended earlier in this turn has given up its slot's generation.
    const auto slot = static_cast<uint32_t>(event.data.u64);
    const Slot& entry = slots_[slot];
    if (entry.watch == nullptr || entry.generation != static_cast<uint32_t>(event.data.u64 >> 32)) continue;
    entry.watch->onEvents(event.events);
  }
  return events.size();
}

void Loop::post(std::function<void()> work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  if (posted_flag_.exchange(true, std::memory_order_acq_rel)) return;  // the loop knows already
  const uint64_t one = 1;
  [[maybe_unused]] const auto put = ::write(wakeup_, &one, sizeof(one));
}

size_t Loop::runPosted() {
  if (!posted_flag_.load(std::memory_order_acquire)) return 0;
  std::vector<std::function<void()>> work;
  {
    const std::lock_guard lock(posted_mutex_);
    posted_flag_.store(false, std::memory_order_release);
    work.swap(posted_);
  }
  for (auto& function : work) function();
  return work.size();
}

size_t Loop::runYielded() {
  if (yielded_.empty()) return 0;
  List<YieldAwaiter> ready;  // what yields again waits for the next turn
  yielded_.moveAllTo(ready);
  size_t count = 0;
  while (YieldAwaiter* awaiter = ready.front()) {
    static_cast<ListNode*>(awaiter)->unlink();
    awaiter->self_.resume();
    ++count;
  }
  return count;
}

void Loop::settle(int quiet_turns) {
  for (int quiet = 0; quiet < quiet_turns;) quiet = poll() ? 0 : quiet + 1;
}

void Loop::advance(ManualClock& clock, Duration by) {
  const Instant end = clock.now() + by;
  settle();
  for (;;) {
    const std::optional<Instant> next = timers_.next();
    if (!next || *next > end) break;
    clock.advance(std::max(Duration::zero(), *next - clock.now()));
    settle();
  }
  if (clock.now() < end) clock.advance(end - clock.now());
  settle();
}

bool Loop::registerWatch(Watch& watch, int fd, Trigger trigger) {
  uint32_t slot = 0;
  if (free_slots_.empty()) {
    slot = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  Slot& entry = slots_[slot];
  epoll_event event{};
  event.events = trigger == Trigger::Edge ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : uint32_t{EPOLLIN};
  event.data.u64 = uint64_t{entry.generation} << 32 | slot;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    free_slots_.push_back(slot);
    return false;
  }
  entry.watch = &watch;
  watch.slot_ = slot;
  return true;
}

void Loop::forgetWatch(Watch& watch) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, watch.fd_, nullptr);
  Slot& entry = slots_[watch.slot_];
  entry.watch = nullptr;
  ++entry.generation;
  free_slots_.push_back(watch.slot_);
}

}  // namespace sluice::runtime
