#include "policies/jsonp/jsonp.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

class JsonpTest : public policy::fixtures::PolicyFixture {
 protected:
  JsonpTest() : PolicyFixture(builtinCatalogue()) { outbound("<jsonp callback-parameter-name='cb'/>"); }
  policy::fixtures::RunResult with(const std::string& query) {
    url = "http://gateway.test/x" + query;
    replies = {{200, "{\"a\":1}", {{"Content-Type", "application/json"}}}};
    return run();
  }
};

TEST_F(JsonpTest, WrapsWhenAskedTo) {
  const auto result = with("?x=1&CB=%24show_1");
  EXPECT_EQ(result.reply.body, "$show_1({\"a\":1});");
  EXPECT_EQ(fieldOf(result.reply.headers, "Content-Type"), "application/javascript");
  EXPECT_EQ(with("?x=1").reply.body, "{\"a\":1}");
}

TEST_F(JsonpTest, OnlyIdentifiersAreCalled) {
  for (const auto* name : {"alert(1)//", "1a", "", "a.b", "a%20b", "return", "a%3C"}) {
    const auto result = with("?cb=" + std::string(name));
    EXPECT_EQ(result.reply.status, 400) << name;
    EXPECT_EQ(result.error_reason, "CallbackParameterInvalid") << name;
    EXPECT_EQ(result.error_message, "Value of callback parameter cb is not a valid JavaScript identifier.");
  }
  EXPECT_EQ(with("?cb=" + std::string(129, 'a')).reply.status, 400);
}

TEST_F(JsonpTest, TellsWhatIsWrong) {
  outbound("<jsonp/>");
  EXPECT_NE(mistakes().find("needs the attribute `callback-parameter-name`"), std::string::npos);
  inbound("<jsonp callback-parameter-name='cb'/>");
  EXPECT_NE(mistakes().find("<jsonp> is not allowed in <inbound>"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
