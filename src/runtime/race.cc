#include "runtime/race.h"

#include <cerrno>

#include "runtime/condition.h"

namespace sluice::runtime {
namespace {

struct Race {
  Race(Loop& on, std::vector<SocketAddress> among, AddressOrder& learning, Instant until)
      : loop(on), addresses(std::move(among)), order(learning), deadline(until), changed(on) {}
  Loop& loop;
  const std::vector<SocketAddress> addresses;
  AddressOrder& order;
  const Instant deadline;
  Condition changed;
  std::unique_ptr<TcpStream> winner;
  Error last{"no address", ENETUNREACH};
  std::vector<size_t> running;
};

// The winner was begun later than these and was faster all the same: they are not where to begin next time.
void setAsideTheSlow(Race& race, size_t winner) {
  for (const size_t each : race.running) {
    if (each < winner) race.order.failed(race.addresses[each], race.loop.now());
  }
}

Task<void> attempt(Race& race, size_t index) {
  const SocketAddress address = race.addresses[index];
  race.running.push_back(index);
  auto stream = co_await connectTcp(race.loop, address, race.deadline);
  std::erase(race.running, index);
  if (stream) {
    race.order.worked(address);
    if (!race.winner) setAsideTheSlow(race, index);
    if (!race.winner) race.winner = std::move(*stream);
  } else {
    race.order.failed(address, race.loop.now());
    race.last = std::move(stream.error());
    race.last.message += " (" + address.toString() + ")";
  }
  race.changed.notifyAll();
}

}  // namespace

Task<Result<std::unique_ptr<TcpStream>>> connectFirst(Loop& loop, std::vector<SocketAddress> addresses,
                                                      AddressOrder& order, Instant deadline) {
  Race race(loop, std::move(addresses), order, deadline);
  TaskScope attempts;  // after the race: ends first
  for (size_t next = 0; !race.winner;) {
    const bool more = next < race.addresses.size();
    if (!more && race.running.empty()) break;
    Instant until = kNever;
    if (more) {
      until = deadlineAfter(loop.now(), kAttemptDelay);
      const size_t before = race.running.size();
      attempts.spawn(attempt(race, next++));
      if (race.winner || race.running.size() == before) continue;  // it was over at once
    }
    // While others run, a failure brings the next one forward.
    co_await race.changed.wait(until);
  }
  // We may be running inside the attempt that decided it: let it end before the scope does.
  co_await loop.yield();
  if (!race.winner) co_return tl::make_unexpected(std::move(race.last));
  co_return std::move(race.winner);
}

}  // namespace sluice::runtime
