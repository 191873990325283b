// For the benchmark and the test of what policies take from the heap: one section of one API's policy, compiled once
// and run again and again over exchanges in the same arena, as a connection's requests run. No network; one thread.
#pragma once

#include <memory>
#include <string>

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies::fixtures {

class SectionFixture : public policy::fixtures::PolicyFixture {
 public:
  SectionFixture() : PolicyFixture(builtinCatalogue()) {
    headers = {
        {"Host", "gateway.test"}, {"X-Team", "a"}, {"Authorization", "Bearer token"}, {"Origin", "https://a.test"}};
  }
  void TestBody() override {}
  using PolicyFixture::diagnostics;
  using PolicyFixture::fragment;

  // Policies of <inbound>; false: they do not compile.
  bool load(const std::string& text) {
    inbound(text);
    pipeline_ = compile();
    return pipeline_ != nullptr;
  }

  // One exchange; true when every policy ran and none failed. `counted` is called around the run alone.
  template <class Before, class After>
  bool once(const Before& before, const After& after) {
    arena.reset();
    policy::Exchange exchange(arena, *this, *pipeline_);
    exchange.configuration = &configuration;
    exchange.api = &api();
    exchange.operation = &operation();
    exchange.received = clock_.now();
    exchange.backend.base_url = api().service_url;
    exchange.request.method = exchange.request.original_method = method;
    exchange.request.original = exchange.request.url = policy::splitUrl(url);
    exchange.request.client_address = "192.0.2.1";
    exchange.request.headers.reserve(headers.size() + 8);
    for (const auto& [name, value] : headers) exchange.request.headers.add(name, value);
    exchange.request.body.set(body);
    before();
    uint32_t pc = 0;
    auto task = policy::runSection(exchange, policy::Section::Inbound, pc);
    const bool done = task.start();
    const bool went = done && task.take() == policy::Verdict::Next;
    exchange.runAtEnd();
    after();
    return went;
  }
  bool once() {
    return once([] {}, [] {});
  }

 private:
  std::shared_ptr<const policy::Pipeline> pipeline_;
};

}  // namespace sluice::policies::fixtures
