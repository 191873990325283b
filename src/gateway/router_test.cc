#include "gateway/router.h"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

config::Api api(std::string name, std::string path) {
  config::Api result;
  result.name = std::move(name);
  result.path = std::move(path);
  config::Operation operation;
  operation.id = result.name + "-get";
  operation.method = "GET";
  operation.path = "/{x}";
  result.operations.push_back(operation);
  return result;
}

class RouterTest : public testing::Test {
 protected:
  std::string find(std::string_view path, std::string_view query = {}) {
    const Router router(configuration_);
    std::pmr::vector<policy::NameValue> matched(&arena_);
    const auto match = router.match("GET", path, query, headers_, arena_, matched);
    remainder_ = match.remainder;
    if (match.outcome == RouteOutcome::LeftOut) return "left out";
    return match.outcome == RouteOutcome::Matched ? match.operation->id : "none";
  }

  config::Configuration configuration_;
  http::Headers headers_;
  Arena arena_;
  std::string_view remainder_;
};

TEST_F(RouterTest, TheLongestApiPathWinsWithoutCase) {
  configuration_.apis = {api("root", ""), api("a", "a"), api("ab", "A/b")};
  EXPECT_EQ(find("/a/B/1"), "ab-get");
  EXPECT_EQ(remainder_, "/1");
  EXPECT_EQ(find("/a/1"), "a-get");
  EXPECT_EQ(find("/x"), "root-get");
  EXPECT_EQ(find("/ab"), "root-get");
  EXPECT_EQ(find("/a/b/c/d"), "none");
}

TEST_F(RouterTest, AVersionIsASegmentAQueryParameterOrAHeader) {
  config::VersionSet versions;
  versions.name = "set";
  configuration_.version_sets = {versions};
  configuration_.apis = {api("plain", "a"), api("v2", "a")};
  for (auto& member : configuration_.apis) member.version_set = "set";
  configuration_.apis[1].version = "v2";
  EXPECT_EQ(find("/a/v2/1"), "v2-get");
  EXPECT_EQ(find("/a/1"), "plain-get");
  configuration_.version_sets[0].scheme = config::VersioningScheme::Query;
  configuration_.version_sets[0].query_name = "api-version";
  EXPECT_EQ(find("/a/1", "api-version=v2"), "v2-get");
  EXPECT_EQ(find("/a/1", "api-version=2024-10-21"), "plain-get") << "Azure's own parameter is not swallowed";
  configuration_.version_sets[0].scheme = config::VersioningScheme::Header;
  configuration_.version_sets[0].header_name = "Api-Version";
  headers_.add("api-version", "v2");
  EXPECT_EQ(find("/a/1"), "v2-get");
}

TEST_F(RouterTest, WithoutAnUnversionedMemberAVersionHasToBeNamed) {
  config::VersionSet versions;
  versions.name = "set";
  versions.scheme = config::VersioningScheme::Query;
  versions.query_name = "api-version";
  configuration_.version_sets = {versions};
  configuration_.apis = {api("v1", "a"), api("v2", "a")};
  configuration_.apis[0].version = "v1";
  configuration_.apis[1].version = "v2";
  for (auto& member : configuration_.apis) member.version_set = "set";
  EXPECT_EQ(find("/a/1"), "none");
  EXPECT_EQ(find("/a/1", "api-version=2024-02-01"), "none");
  EXPECT_EQ(find("/a/1", "api-version=2024-02-01&API-Version=v%31"), "v1-get");
}

TEST_F(RouterTest, ARevisionOfAVersionIsAddressedBeforeOrAfterItsSegment) {
  config::VersionSet versions;
  versions.name = "set";
  configuration_.version_sets = {versions};
  configuration_.apis = {api("now", "a"), api("next", "a")};
  for (auto& member : configuration_.apis) member.version_set = "set", member.version = "v1";
  configuration_.apis[1].revision = "2";
  configuration_.apis[1].is_current = false;
  EXPECT_EQ(find("/a/V1/1"), "now-get");
  EXPECT_EQ(find("/a/v1;rev=2/1"), "next-get");
  EXPECT_EQ(remainder_, "/1");
  EXPECT_EQ(find("/a;rev=2/v1/1"), "next-get");
  EXPECT_EQ(find("/a/v1;rev=1/1"), "now-get");
  EXPECT_EQ(find("/a/v1;rev=3/1"), "none");
  EXPECT_EQ(find("/a/v1;x/1"), "none");
  EXPECT_EQ(find("/a/v11/1"), "none");
}

TEST_F(RouterTest, ARevisionIsAddressedByItsNumber) {
  configuration_.apis = {api("now", "a"), api("next", "a")};
  configuration_.apis[1].revision = "2";
  configuration_.apis[1].is_current = false;
  EXPECT_EQ(find("/a/1"), "now-get");
  EXPECT_EQ(find("/a;rev=2/1"), "next-get");
  EXPECT_EQ(find("/a;rev=3/1"), "none");
}

TEST_F(RouterTest, AnApiThatCannotRunIsToldApart) {
  configuration_.left_out = {{"soap", "s", "SOAP is not supported"}};
  EXPECT_EQ(find("/s/1"), "left out");
}

}  // namespace
}  // namespace sluice::gateway
