#include "policies/wait/wait.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

using policy::fixtures::fieldOf;

std::string send(const std::string& name, const std::string& more = "") {
  return "<send-request mode='new' response-variable-name='" + name + "' " + more + "><set-url>http://" + name +
         ".test/</set-url><set-method>GET</set-method>"
         "<set-header name='Who'><value>" +
         name + "</value></set-header></send-request>";
}

// Answers each request after a time of its own, by its host: a.test after a second, b.test after two, ...
class WaitTest : public policy::fixtures::PolicyFixture {
 protected:
  WaitTest() : PolicyFixture(builtinCatalogue()) {}
  runtime::Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) override {
    fetched.push_back(request);
    return later(loop_, clock_, std::move(request), finished, peak, under_way);
  }
  static runtime::Task<Result<http::FetchResponse>> later(runtime::Loop& loop, const Clock&, http::FetchRequest request,
                                                          std::vector<std::string>& finished, int& peak,
                                                          int& under_way) {
    struct Count {
      explicit Count(int& n) : number(n) {}
      ~Count() { --number; }
      int& number;
    };
    const Count count(under_way);
    peak = std::max(peak, ++under_way);
    const char host = request.url[7];
    co_await loop.sleepFor(std::chrono::seconds(host - 'a' + 1));
    finished.emplace_back(1, host);
    if (host == 'x')
      co_return tl::make_unexpected(Error{"refused", static_cast<int>(http::ClientError::ConnectRefused)});
    http::FetchResponse response;
    response.status = 200 + (host - 'a');
    co_return response;
  }
  std::vector<std::string> finished;
  int peak = 0, under_way = 0;
};

constexpr const char* kShow =
    "<set-header name='Seen'><value>@(string.Join(\",\", context.Variables.Keys.OrderBy(k => k)))</value></set-header>";

TEST_F(WaitTest, AllRunTogetherAndAreWaitedFor) {
  inbound("<wait for='all'>" + send("b") + send("a") + send("c") + "</wait>" + kShow);
  const Instant start = clock_.now();
  run();
  EXPECT_EQ(finished, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(peak, 3);
  EXPECT_LT(clock_.now() - start, std::chrono::milliseconds(3500)) << "one after another would be six seconds";
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Seen"), "a,b,c");
  ASSERT_EQ(fetched.size(), 3u);
  for (const auto& request : fetched) {
    EXPECT_EQ(fieldOf(request.headers, "Who"), request.url.substr(7, 1)) << "each has its own request";
  }
}

TEST_F(WaitTest, AnyGoesOnWithTheFirstAndGivesUpTheOthers) {
  inbound("<wait for='any'>" + send("c") + send("a") + "</wait>" + kShow);
  const Instant start = clock_.now();
  run();
  EXPECT_LT(clock_.now() - start, std::chrono::milliseconds(1500));
  EXPECT_EQ(finished, std::vector<std::string>{"a"});
  EXPECT_EQ(under_way, 0) << "the other is cancelled";
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Seen"), "a");
}

TEST_F(WaitTest, AFailureIsThatOfItsOwnPolicy) {
  inbound("<set-variable name='v' value='1'/><wait>" + send("a") + "<choose><when condition='@(true)'>" + send("x") +
          "</when></choose></wait>");
  const auto result = run();
  EXPECT_EQ(result.reply.status, 500);
  EXPECT_EQ(result.error_source, "send-request");
  EXPECT_EQ(result.error_path, "wait\\choose\\when\\send-request");
  EXPECT_TRUE(sent.empty());
}

TEST_F(WaitTest, AnAnswerInsideEndsThePipeline) {
  inbound("<wait>" + send("c") +
          "<choose><when condition='@(true)'><return-response><set-status code='418'/></return-response></when>"
          "</choose></wait>");
  EXPECT_EQ(run().reply.status, 418);
  EXPECT_TRUE(sent.empty());
  EXPECT_EQ(under_way, 0);
}

TEST_F(WaitTest, WaitsMayStandInsideEachOtherByChoose) {
  inbound("<wait><choose><when condition='@(true)'><wait>" + send("a") + send("b") + "</wait></when></choose>" +
          send("c") + "<cache-lookup-value key='k' variable-name='d' default-value='1'/></wait>" + kShow);
  run();
  EXPECT_EQ(fieldOf(sent.at(0).headers, "Seen"), "a,b,c,d");
}

TEST_F(WaitTest, BodiesAreReadBeforeTheBranchesRun) {
  inbound("<wait><choose><when condition='@(context.Request.Body.As<string>(true) == \"\")'/></choose></wait>");
  const auto pipeline = compile();
  ASSERT_NE(pipeline, nullptr) << diagnostics.render();
  EXPECT_NE(pipeline->code(policy::Section::Inbound)[0].effects & policy::kReadsRequestBody, 0);
}

TEST_F(WaitTest, TellsWhatIsWrong) {
  inbound("<wait for='some'><set-header name='a'/></wait>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("not one of all, any"), std::string::npos) << told;
  EXPECT_NE(told.find("<wait> has no element <set-header> in it"), std::string::npos) << told;
}

}  // namespace
}  // namespace sluice::policies
