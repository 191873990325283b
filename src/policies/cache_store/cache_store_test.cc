#include "policies/cache_store/cache_store.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

class CacheStoreTest : public policy::fixtures::PolicyFixture {
 protected:
  CacheStoreTest() : PolicyFixture(builtinCatalogue()) {
    method = "GET";
    body = "";
  }
  void storing(const std::string& outbound) {
    policies(
        "<policies><inbound><cache-lookup vary-by-developer='false' vary-by-developer-groups='false'/></inbound>"
        "<outbound>" +
        outbound + "</outbound></policies>");
  }
  // Whether a second request reaches the backend, after a first was answered with `status` and `text`.
  bool kept(int status, const std::string& text = "x") {
    replies = {{status, text}};
    run();
    const size_t before = sent.size();
    replies = {{500, "not from the cache"}};
    last = run();
    return sent.size() == before;
  }
  policy::fixtures::RunResult last;
};

TEST_F(CacheStoreTest, KeepsOnly200UnlessToldOtherwise) {
  storing("<cache-store duration='60'/>");
  EXPECT_FALSE(kept(404));
  EXPECT_TRUE(kept(200));
  EXPECT_EQ(last.reply.body, "x");
  storing("<cache-store duration='60' cache-response='@(context.Response.StatusCode == 404)'/>");
  url = "http://gateway.test/y";
  EXPECT_FALSE(kept(200));
  EXPECT_TRUE(kept(404));
  EXPECT_EQ(last.reply.status, 404);
}

TEST_F(CacheStoreTest, DurationMayBeAnExpression) {
  storing("<cache-store duration='@(context.Response.Body.As<string>(true).Length)'/>");
  EXPECT_FALSE(kept(200, ""));
  EXPECT_TRUE(kept(200, "xx"));
  clock_.advance(std::chrono::seconds(2));
  const size_t before = sent.size();
  run();
  EXPECT_EQ(sent.size(), before + 1);
}

TEST_F(CacheStoreTest, WhatAPolicyConsumedIsNotKept) {
  storing("<set-variable name='v' value='@(context.Response.Body.As<string>())'/><cache-store duration='60'/>");
  EXPECT_FALSE(kept(200));
}

TEST_F(CacheStoreTest, TooLargeIsNotKept) {
  storing("<cache-store duration='60'/>");
  EXPECT_FALSE(kept(200, std::string(3u << 20, 'x')));
}

TEST_F(CacheStoreTest, WithoutALookupNothingIsKept) {
  outbound("<cache-store duration='60'/>");
  EXPECT_FALSE(kept(200));
}

TEST_F(CacheStoreTest, AStreamGoesThroughAndIsKeptAtItsEnd) {
  storing("<cache-store duration='60'/>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr);
  EXPECT_FALSE(pipeline->buffers_response);
  EXPECT_EQ(pipeline->deferred_from, 0u);
}

TEST_F(CacheStoreTest, TellsWhatIsWrong) {
  inbound("<cache-store duration='60'/>");
  EXPECT_NE(mistakes().find("<cache-store> is not allowed in <inbound>"), std::string::npos);
  outbound("<cache-store duration='long'/>");
  EXPECT_NE(mistakes().find("not a number of seconds"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
