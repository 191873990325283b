#include "runtime/address_order.h"

#include <algorithm>

namespace sluice::runtime {
namespace {

constexpr size_t kMaxFailed = 1024;

}  // namespace

bool AddressOrder::isSetAside(const SocketAddress& address, Instant now) const {
  if (failed_until_.empty()) return false;
  const auto found = failed_until_.find(address.toString());
  return found != failed_until_.end() && found->second > now;
}

std::vector<SocketAddress> AddressOrder::arrange(const std::vector<SocketAddress>& addresses, Instant now) {
  if (addresses.size() < 2) return addresses;
  std::vector<SocketAddress> first, second;
  for (const SocketAddress& each : addresses) {
    (each.family() == addresses.front().family() ? first : second).push_back(each);
  }
  const size_t turn = turn_++;
  for (auto* family : {&first, &second}) {
    if (family->empty()) continue;
    std::ranges::rotate(*family, family->begin() + static_cast<std::ptrdiff_t>(turn % family->size()));
  }
  std::vector<SocketAddress> order;
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) order.push_back(first[i]);
    if (i < second.size()) order.push_back(second[i]);
  }
  std::ranges::stable_partition(order, [&](const SocketAddress& each) { return !isSetAside(each, now); });
  return order;
}

void AddressOrder::failed(const SocketAddress& address, Instant now) {
  if (failed_until_.size() >= kMaxFailed) {
    std::erase_if(failed_until_, [&](const auto& each) { return each.second <= now; });
    if (failed_until_.size() >= kMaxFailed) failed_until_.clear();
  }
  failed_until_[address.toString()] = now + kSetAside;
}

void AddressOrder::worked(const SocketAddress& address) {
  if (!failed_until_.empty()) failed_until_.erase(address.toString());
}

}  // namespace sluice::runtime
