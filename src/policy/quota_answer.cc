#include "policy/quota_answer.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/services.h"

namespace sluice::policy {
namespace {

class CountBytes final : public AtEnd {
 public:
  CountBytes(std::string_view key, const QuotaLimit& limit) : key_(key), limit_(limit) {}
  void run(Exchange& exchange) override {
    const auto bytes = static_cast<int64_t>(exchange.bytes_received + exchange.bytes_sent);
    Services& services = exchange.services();
    services.counters().addQuota(key_, limit_, 0, bytes, services.clock().utc());
  }

 private:
  std::string_view key_;
  QuotaLimit limit_;
};

}  // namespace

std::string quotaWait(Duration wait) {
  const int64_t seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  constexpr int64_t kDay = 86400;
  if (seconds >= kDay) return fmt::format("{:.2f} days", static_cast<double>(seconds) / kDay);
  return fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

Verdict countQuota(Exchange& exchange, std::string_view key, const QuotaLimit& limit, int64_t calls) {
  Services& services = exchange.services();
  auto& counted = exchange.quotas_counted;
  if (std::find(counted.begin(), counted.end(), key) != counted.end()) return Verdict::Next;
  const QuotaVerdict verdict = services.counters().tryQuota(key, limit, calls, services.clock().utc());
  if (verdict.state == QuotaState::Within) {
    counted.push_back(key);
    if (limit.kilobytes > 0) exchange.atEnd(*exchange.arena().create<CountBytes>(key, limit));
    return Verdict::Next;
  }
  const auto* what = verdict.state == QuotaState::CallsExceeded ? "call volume" : "bandwidth";
  std::string message = fmt::format("Out of {} quota.", what);
  if (verdict.replenished_in > Duration::zero()) {
    message += fmt::format(" Quota will be replenished in {}.", quotaWait(verdict.replenished_in));
    const int64_t seconds = std::chrono::ceil<std::chrono::seconds>(verdict.replenished_in).count();
    exchange.answer_headers.set("Retry-After", exchange.arena().copy(fmt::format_int(seconds).str()));
  }
  return exchange.fail(403, "QuotaExceeded", message);
}

}  // namespace sluice::policy
