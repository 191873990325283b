// For tests: a KeyFetcher that answers from a table, at once or when told, and counts.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "identity/openid.h"
#include "runtime/condition.h"

namespace sluice::identity::fixtures {

class FakeFetcher final : public KeyFetcher {
 public:
  explicit FakeFetcher(runtime::Loop& loop) : loop_(loop), released_(loop) {}

  void put(const std::string& url, std::string document) { documents_[url] = std::move(document); }
  void remove(const std::string& url) { documents_.erase(url); }
  // Fetches wait from now on until release().
  void hold() { holding_ = true; }
  void release() {
    holding_ = false;
    released_.notifyAll();
  }
  int fetches(const std::string& url) const {
    const auto found = counts_.find(url);
    return found == counts_.end() ? 0 : found->second;
  }

  runtime::Loop& loop() override { return loop_; }
  runtime::Task<Result<std::string>> get(std::string url, size_t max_bytes, Instant deadline) override {
    ++counts_[url];
    while (holding_) {
      const runtime::IoStatus status = co_await released_.wait(deadline);
      if (status == runtime::IoStatus::Timeout) co_return fail("timeout");
    }
    const auto found = documents_.find(url);
    if (found == documents_.end()) co_return fail(url + " answered 503");
    if (found->second.size() > max_bytes) co_return fail(url + " is too large");
    co_return found->second;
  }

 private:
  runtime::Loop& loop_;
  runtime::Condition released_;
  std::map<std::string, std::string> documents_;
  std::map<std::string, int> counts_;
  bool holding_ = false;
};

}  // namespace sluice::identity::fixtures
