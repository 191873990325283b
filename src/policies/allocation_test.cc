// No heap for policies that do not need it: an exchange has its arena, and a policy that runs takes its memory there.
// Which do need it, and why: those that keep something beyond the exchange (cache-*, a counter's first use of a key,
// limit-concurrency's count of a key while somebody is inside), those that talk to others, and those over libraries
// (xsl-transform, OpenSSL's signatures).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "policies/section_fixture.h"

namespace {
std::atomic<uint64_t> allocations{0};
}  // namespace

// GCC takes the pairs below for mismatched once they are inlined; both sides are malloc's.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  void* const memory = std::malloc(size);
  if (memory == nullptr) std::abort();
  return memory;
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace sluice::policies {
namespace {

// What stands in <inbound>, and runs without taking from the heap. Each is of the policy that it begins with.
constexpr const char* kPolicies[] = {
    R"xml(<set-header name="X-A" exists-action="override"><value>1</value><value>2</value></set-header>)xml",
    R"xml(<set-header name="X-A"><value>@(context.Request.Headers.GetValueOrDefault("X-Team", "none"))</value></set-header>)xml",
    R"xml(<set-header name="X-Team" exists-action="delete" />)xml",
    R"xml(<set-query-parameter name="api-version" exists-action="override"><value>1</value></set-query-parameter>)xml",
    R"xml(<set-variable name="a" value="x" />)xml",
    R"xml(<set-variable name="a" value="@(context.Request.Url.Path + context.Request.Method)" />)xml",
    R"xml(<set-method>PUT</set-method>)xml",
    R"xml(<set-body>{"a": 1}</set-body>)xml",
    R"xml(<set-backend-service base-url="http://other.test" />)xml",
    R"xml(<rewrite-uri template="/y?z=1" />)xml",
    R"xml(<check-header name="X-Team" failed-check-httpcode="401" failed-check-error-message="x" ignore-case="true">
         <value>a</value></check-header>)xml",
    R"xml(<ip-filter action="allow"><address-range from="192.0.2.0" to="192.0.2.255" /></ip-filter>)xml",
    R"xml(<choose><when condition="@(context.Request.Method == "GET")"><set-variable name="m" value="1" /></when>
         <otherwise><set-variable name="m" value="2" /></otherwise></choose>)xml",
    R"xml(<authentication-basic username="u" password="p" />)xml",
    R"xml(<cors><allowed-origins><origin>https://a.test</origin></allowed-origins>
         <allowed-headers><header>*</header></allowed-headers></cors>)xml",
    R"xml(<rate-limit-by-key calls="1000000" renewal-period="60" counter-key="@(context.Request.IpAddress)" />)xml",
    R"xml(<include-fragment fragment-id="f" />)xml",
    R"xml(<trace source="s"><message>hello</message></trace>)xml",
};

// Under AddressSanitizer the frame of the section's coroutine comes from the heap each time (runtime/task.cc).
#ifdef __SANITIZE_ADDRESS__
constexpr uint64_t kFrames = 1;
#else
constexpr uint64_t kFrames = 0;
#endif

TEST(Allocations, PoliciesThatDoNotNeedTheHeapDoNotTakeFromIt) {
  for (const char* text : kPolicies) {
    fixtures::SectionFixture fixture;
    fixture.fragment("f", R"(<fragment><set-variable name="a" value="x" /></fragment>)");
    ASSERT_TRUE(fixture.load(text)) << fixture.diagnostics.render();
    // The first runs make what stays: the arena's first block, a counter's entry, a coroutine's frame.
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(fixture.once()) << text;
    uint64_t before = 0, taken = 0;
    ASSERT_TRUE(fixture.once([&] { before = allocations.load(); }, [&] { taken = allocations.load() - before; }));
    EXPECT_EQ(taken, kFrames) << text;
  }
}

}  // namespace
}  // namespace sluice::policies
