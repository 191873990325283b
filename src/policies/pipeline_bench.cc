// Nanoseconds and heap allocations of policies at run time: a section of ten plain ones, and rate-limit-by-key. The
// exchange around them is made outside of what is timed. `./dev bench policies` puts the figures into bench/RESULTS.md.
#include <benchmark/benchmark.h>

#include <atomic>
#include <string>

#include "policies/section_fixture.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

// Every allocation of the process, operator new's and the libraries' too, comes by here.
extern "C" void* __libc_malloc(size_t size);
extern "C" void* malloc(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return __libc_malloc(size);
}

namespace sluice::policies {
namespace {

constexpr std::string_view kTenPlain = R"xml(
  <set-variable name="team" value="@(context.Request.Headers.GetValueOrDefault("X-Team", "none"))" />
  <choose>
    <when condition="@(context.Variables.GetValueOrDefault<string>("team") == "none")"><set-status code="400" reason="x" /></when>
    <otherwise><set-variable name="known" value="yes" /></otherwise>
  </choose>
  <check-header name="X-Team" failed-check-httpcode="401" failed-check-error-message="x" ignore-case="true" />
  <ip-filter action="allow"><address-range from="192.0.2.0" to="192.0.2.255" /></ip-filter>
  <set-header name="X-Team" exists-action="override"><value>@((string)context.Variables["team"])</value></set-header>
  <set-header name="X-Static" exists-action="override"><value>1</value></set-header>
  <set-query-parameter name="api-version" exists-action="override"><value>2024-10-21</value></set-query-parameter>
  <rewrite-uri template="/openai/chat" />
  <set-backend-service base-url="http://other.test" />
  <set-method>POST</set-method>)xml";

constexpr std::string_view kRateLimit =
    R"xml(<rate-limit-by-key calls="1000000000" renewal-period="60" counter-key="@(context.Request.IpAddress)" />)xml";

// With everything around: making the exchange is the floor, and is taken off by whoever reads the figures.
void run(benchmark::State& state, std::string_view policies) {
  fixtures::SectionFixture fixture;
  if (!fixture.load(std::string(policies)) || !fixture.once()) {
    state.SkipWithError("the policies do not compile or do not run");
    return;
  }
  uint64_t before = 0, taken = 0;
  for (auto _ : state)
    fixture.once([&] { before = allocations.load(std::memory_order_relaxed); },
                 [&] { taken += allocations.load(std::memory_order_relaxed) - before; });
  state.counters["allocations"] = benchmark::Counter(static_cast<double>(taken), benchmark::Counter::kAvgIterations);
}

void nothing(benchmark::State& state) {
  run(state, "");
}
void tenPlainPolicies(benchmark::State& state) {
  run(state, kTenPlain);
}
void rateLimitByKey(benchmark::State& state) {
  run(state, kRateLimit);
}
BENCHMARK(nothing);
BENCHMARK(tenPlainPolicies);
BENCHMARK(rateLimitByKey);

}  // namespace
}  // namespace sluice::policies

BENCHMARK_MAIN();
