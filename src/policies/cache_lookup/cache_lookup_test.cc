#include "policies/cache_lookup/cache_lookup.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;
using policy::fixtures::Reply;

class CacheLookupTest : public policy::fixtures::PolicyFixture {
 protected:
  CacheLookupTest() : PolicyFixture(builtinCatalogue()) {
    method = "GET";
    body = "";
  }
  void caching(const std::string& attributes, const std::string& children = "") {
    policies("<policies><inbound><cache-lookup vary-by-developer='false' vary-by-developer-groups='false' " +
             attributes + ">" + children +
             "</cache-lookup></inbound><outbound><cache-store duration='60'/>"
             "</outbound></policies>");
  }
  // The body that the client gets when the backend would answer `fresh`.
  std::string get(const std::string& fresh, const std::string& where = "http://gateway.test/x") {
    url = where;
    replies = {{200, fresh, {{"Content-Type", "text/plain"}, {"Set-Cookie", "a=b"}}, "Fine"}};
    last = run();
    return last.reply.body;
  }
  policy::fixtures::RunResult last;
};

TEST_F(CacheLookupTest, TheSecondRequestIsAnsweredFromTheCache) {
  caching("");
  EXPECT_EQ(get("one"), "one");
  EXPECT_EQ(fieldOf(last.reply.headers, "Set-Cookie"), "a=b") << "the first answer is the backend's";
  EXPECT_EQ(get("two"), "one");
  EXPECT_EQ(sent.size(), 1u);
  EXPECT_EQ(last.reply.status, 200);
  EXPECT_EQ(last.reply.reason, "Fine");
  EXPECT_EQ(fieldOf(last.reply.headers, "Content-Type"), "text/plain");
  EXPECT_EQ(fieldOf(last.reply.headers, "Set-Cookie"), "") << "it was for one client";
  EXPECT_EQ(fieldOf(last.reply.headers, "Cache-Control"), "no-cache, no-store");
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(get("three"), "three");
}

TEST_F(CacheLookupTest, QueriesAreTakenWholeOrByName) {
  caching("");
  EXPECT_EQ(get("one", "http://gateway.test/x?a=1"), "one");
  EXPECT_EQ(get("two", "http://gateway.test/x?a=1&b=2"), "two");
  caching("", "<vary-by-query-parameter>a;c</vary-by-query-parameter>");
  EXPECT_EQ(get("three", "http://gateway.test/x?a=1&b=1"), "three");
  EXPECT_EQ(get("four", "http://gateway.test/x?b=2&a=1"), "three");
  EXPECT_EQ(get("five", "http://gateway.test/x?b=2&a=2"), "five");
  EXPECT_EQ(get("six", "http://gateway.test/x?b=2&a=1&c=1"), "six");
}

TEST_F(CacheLookupTest, HeadersTellApart) {
  caching("", "<vary-by-header>Accept</vary-by-header><vary-by-header>X-A; X-B</vary-by-header>");
  headers = {{"Accept", "a"}};
  EXPECT_EQ(get("one"), "one");
  EXPECT_EQ(fieldOf(last.reply.headers, "Vary"), "X-B") << "the fixture keeps the last of one name";
  headers = {{"accept", "a"}};
  EXPECT_EQ(get("two"), "one");
  headers = {{"Accept", "b"}};
  EXPECT_EQ(get("three"), "three");
  headers = {{"Accept", "a"}, {"X-B", "1"}};
  EXPECT_EQ(get("four"), "four");
}

TEST_F(CacheLookupTest, OwnersTellApart) {
  configuration.subscriptions.resize(4);
  configuration.subscriptions[0].name = "one";
  configuration.subscriptions[0].owner = "ada";
  configuration.subscriptions[1].name = "two";
  configuration.subscriptions[1].owner = "ada";
  policies(
      "<policies><inbound><cache-lookup vary-by-developer='@(true)' vary-by-developer-groups='false'/></inbound>"
      "<outbound><cache-store duration='60'/></outbound></policies>");
  configuration.subscriptions[2].name = "three";
  configuration.subscriptions[2].owner = "bob";
  configuration.subscriptions[3].name = "four";
  const auto of = [this](size_t index) { subscription = &configuration.subscriptions[index]; };
  of(0);
  EXPECT_EQ(get("one"), "one");
  of(1);
  EXPECT_EQ(get("two"), "one");
  of(2);
  EXPECT_EQ(get("three"), "three");
  of(3);
  EXPECT_EQ(get("four"), "four");
}

TEST_F(CacheLookupTest, GroupsOfTheOwnerTellApart) {
  configuration.subscriptions.resize(4);
  configuration.users.resize(3);
  const char* const names[] = {"ada", "bob", "eve", "nobody"};
  for (size_t i = 0; i < 4; ++i) {
    configuration.subscriptions[i].name = configuration.subscriptions[i].owner = names[i];
    if (i < 3) configuration.users[i].name = names[i];
  }
  configuration.users[0].groups = {"a", "b"};
  configuration.users[1].groups = {"b", "a"};
  configuration.users[2].groups = {"a"};
  policies(
      "<policies><inbound><cache-lookup vary-by-developer='false' vary-by-developer-groups='true'/></inbound>"
      "<outbound><cache-store duration='60'/></outbound></policies>");
  const auto of = [this](size_t index) { subscription = &configuration.subscriptions[index]; };
  of(0);
  EXPECT_EQ(get("one"), "one");
  of(1);
  EXPECT_EQ(get("two"), "one");
  of(2);
  EXPECT_EQ(get("three"), "three");
  of(3);
  EXPECT_EQ(get("four"), "four");
}

TEST_F(CacheLookupTest, OnlyGetWithoutAuthorizationUsesTheCache) {
  caching("");
  EXPECT_EQ(get("one"), "one");
  headers = {{"Authorization", "Bearer x"}};
  EXPECT_EQ(get("two"), "two");
  headers = {{"Range", "bytes=0-1"}};
  EXPECT_EQ(get("three"), "three");
  headers = {};
  method = "POST";
  EXPECT_EQ(get("four"), "four");
  method = "GET";
  EXPECT_EQ(get("five"), "one");
  caching("allow-private-response-caching='true'");
  headers = {{"Authorization", "Bearer x"}};
  EXPECT_EQ(get("six"), "one") << "the author says that Authorization does not matter";
}

TEST_F(CacheLookupTest, DownstreamCachesAreTold) {
  caching("downstream-caching-type='public'");
  get("one");
  EXPECT_EQ(fieldOf(last.reply.headers, "Cache-Control"), "public, max-age=60, must-revalidate");
  clock_.advance(std::chrono::seconds(20));
  get("two");
  EXPECT_EQ(fieldOf(last.reply.headers, "Cache-Control"), "public, max-age=40, must-revalidate");
  caching("downstream-caching-type='@(\"private\")' must-revalidate='false'");
  get("three", "http://gateway.test/y");
  EXPECT_EQ(fieldOf(last.reply.headers, "Cache-Control"), "private, max-age=60");
}

TEST_F(CacheLookupTest, TellsWhatIsWrong) {
  fragment("f", "<fragment><cache-lookup vary-by-developer='false' vary-by-developer-groups='false'/></fragment>");
  inbound("<cache-lookup vary-by-developer='false' caching-type='external'/><include-fragment fragment-id='f'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("needs the attribute `vary-by-developer-groups`"), std::string::npos) << told;
  EXPECT_NE(told.find("not allowed in a policy fragment"), std::string::npos) << told;
  inbound("<cache-lookup vary-by-developer='false' vary-by-developer-groups='false' caching-type='external'/>");
  EXPECT_NE(mistakes().find("there is no external cache"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
