#include "policies/redirect_content_urls/redirect_content_urls.h"

#include "policies/builtin.h"
#include "policies/redirect_content_urls/links.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

const BaseUrl kFrom{"http", "a.test", 80, "/x"}, kTo{"https", "g.test", 8443, "/api"};

std::string links(std::string_view text) {
  return redirectLinks(text, kFrom, kTo).value_or("(nothing)");
}

TEST(Links, WholeBasesAreReplaced) {
  EXPECT_EQ(links("http://a.test/x"), "https://g.test:8443/api");
  EXPECT_EQ(links("see HTTP://A.test:80/x/1?q=2, and <a href='http://a.test/x#f'>"),
            "see https://g.test:8443/api/1?q=2, and <a href='https://g.test:8443/api#f'>");
  EXPECT_EQ(links(R"({"u":"http:\/\/a.test\/x\/1"})"), R"({"u":"https:\/\/g.test:8443\/api\/1"})");
  EXPECT_EQ(links("http://a.test/x. http://a.test/x, (http://a.test/x)"),
            "https://g.test:8443/api. https://g.test:8443/api, (https://g.test:8443/api)");
  EXPECT_EQ(links("http://a.test/x."), "https://g.test:8443/api.");
}

TEST(Links, WhatOnlyBeginsSoIsLeft) {
  for (const auto* text : {"http://a.test/xy", "http://a.test.evil/x", "http://a.test:81/x", "http://a.test@evil/x",
                           "https://a.test/x", "xhttp://a.test/x", "http://a.test/", "http:/a.test/x", "http://a.test",
                           "http://a.test/x.json", "http:\\/\\/a.test/x", "", ":", "://", "http://"})
    EXPECT_EQ(links(text), "(nothing)") << text;
}

TEST(Links, BasesWithoutPathEndAtTheHost) {
  const BaseUrl from{"http", "a.test", 8080, ""};
  EXPECT_EQ(redirectLinks("http://a.test:8080/1 http://a.test:8080", from, kTo).value_or(""),
            "https://g.test:8443/api/1 https://g.test:8443/api");
  EXPECT_EQ(redirectLinks("http://a.test:80801/ http://a.test/", from, kTo).value_or("(nothing)"), "(nothing)");
}

class RedirectContentUrlsTest : public policy::fixtures::PolicyFixture {
 protected:
  RedirectContentUrlsTest() : PolicyFixture(builtinCatalogue()) { api().path = "shop"; }
};

TEST_F(RedirectContentUrlsTest, ResponsesPointToTheGateway) {
  outbound("<redirect-content-urls/>");
  url = "http://gateway.test:8080/shop/x";
  replies = {{200, R"({"next":"http://backend.test/base/items?page=2","other":"http://backend.test/else"})"}};
  EXPECT_EQ(run().reply.body,
            R"({"next":"http://gateway.test:8080/shop/items?page=2","other":"http://backend.test/else"})");
}

TEST_F(RedirectContentUrlsTest, RequestsPointToTheBackend) {
  inbound("<redirect-content-urls/>");
  body = "http://gateway.test/shop/items/1";
  run();
  EXPECT_EQ(sent.at(0).body, "http://backend.test/base/items/1");
}

TEST_F(RedirectContentUrlsTest, TheVersionIsPartOfTheAddress) {
  configuration.version_sets.resize(1);
  configuration.version_sets[0].name = "v";
  api().version_set = "v";
  api().version = "v2";
  outbound("<redirect-content-urls/>");
  replies = {{200, "http://backend.test/base/1"}};
  EXPECT_EQ(run().reply.body, "http://gateway.test/shop/v2/1");
}

TEST_F(RedirectContentUrlsTest, StandsInApisAndOperationsOnly) {
  configuration.policy = document("<policies><outbound><redirect-content-urls/></outbound></policies>");
  policies("<policies/>");
  EXPECT_NE(mistakes().find("not allowed in a policy document of the scope global"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
