#include "policies/rewrite_uri/rewrite_uri.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class RewriteUriTest : public policy::fixtures::PolicyFixture {
 protected:
  RewriteUriTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(RewriteUriTest, FillsInMatchedParameters) {
  inbound("<rewrite-uri template='/d/{id}/{rest}?v={id}' />");
  matched = {{"id", "a b/c"}, {"rest", "x/y?z"}};
  url = "http://gateway.test/old?keep=1";
  run();
  EXPECT_EQ(sent.at(0).url, "http://backend.test/base/d/a%20b/c/x/y%3Fz?v=a%20b%2Fc&keep=1");
}

TEST_F(RewriteUriTest, APlaceholderWithoutAMatchStays) {
  inbound("<rewrite-uri template='x/{none}' copy-unmatched-params='false' />");
  run();
  EXPECT_EQ(sent.at(0).url, "http://backend.test/base/x/{none}");
}

TEST_F(RewriteUriTest, CopiesOnlyUnmatchedParameters) {
  operation().query.push_back({"y", "y", ""});
  inbound("<rewrite-uri template='/n?A=1' />");
  url = "http://gateway.test/x?y=1&a=2&b=3&&c";
  run();
  EXPECT_EQ(sent.at(0).url, "http://backend.test/base/n?A=1&b=3&c");
}

TEST_F(RewriteUriTest, AnEmptyTemplateIsTheBase) {
  inbound("<rewrite-uri template='' />");
  url = "http://gateway.test/x";
  run();
  EXPECT_EQ(sent.at(0).url, "http://backend.test/base/");
}

TEST_F(RewriteUriTest, NothingCanEndTheRequestLine) {
  inbound("<rewrite-uri template='@(\"/a b\\r\\nHost: evil#\")' copy-unmatched-params='false' />");
  run();
  EXPECT_EQ(sent.at(0).url, "http://backend.test/base/a%20b%0D%0AHost:%20evil%23");
}

TEST_F(RewriteUriTest, AWholeUrlIsRefused) {
  inbound("<rewrite-uri template='https://x.test/y' />");
  EXPECT_NE(mistakes().find("a template is a path, not a whole URL"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
