#include "policies/emit_metric/emit_metric.h"

#include "policies/builtin.h"
#include "policy/policy_fixture.h"

namespace sluice::policies {
namespace {

class EmitMetricTest : public policy::fixtures::PolicyFixture {
 protected:
  EmitMetricTest() : PolicyFixture(builtinCatalogue()) {}
};

TEST_F(EmitMetricTest, AddsUpByDimensions) {
  inbound(
      "<emit-metric name='Calls' namespace='mine' value='@(context.Request.Headers.Count * 1.5)'>"
      "<dimension name='API ID'/><dimension name='Product ID'/><dimension name='Method' "
      "value='@(context.Request.Method)'/></emit-metric>");
  headers = {{"A", "1"}, {"B", "1"}};
  EXPECT_EQ(run().reply.status, 200);
  headers = {{"A", "1"}};
  EXPECT_EQ(run().reply.status, 200);
  const auto series = metrics().series();
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series[0].name, "Calls");
  EXPECT_EQ(series[0].space, "mine");
  EXPECT_EQ(series[0].count, 2u);
  EXPECT_DOUBLE_EQ(series[0].sum, 4.5);
  const std::vector<std::pair<std::string, std::string>> dimensions = {
      {"API ID", "a"}, {"Product ID", ""}, {"Method", "POST"}};
  EXPECT_EQ(series[0].dimensions, dimensions);
}

TEST_F(EmitMetricTest, CountsOneByDefault) {
  outbound("<emit-metric name='Calls'><dimension name='operation id'/></emit-metric>");
  run();
  const auto series = metrics().series();
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series[0].space, "API Management");
  EXPECT_DOUBLE_EQ(series[0].sum, 1);
  EXPECT_EQ(series[0].dimensions[0].second, "all");
}

TEST_F(EmitMetricTest, AValueThatIsNoNumberIsTheAuthorsError) {
  inbound("<emit-metric name='m' value='@(context.Request.Method)'><dimension name='API ID'/></emit-metric>");
  const auto result = run();
  EXPECT_EQ(result.error_reason, "ExpressionValueEvaluationFailure");
  EXPECT_TRUE(metrics().series().empty());
}

TEST_F(EmitMetricTest, TellsWhatIsWrong) {
  inbound("<emit-metric name='m' value='many'><dimension name='Colour'/></emit-metric><emit-metric name='n'/>");
  const std::string told = mistakes();
  EXPECT_NE(told.find("the dimension `Colour` needs a value"), std::string::npos) << told;
  EXPECT_NE(told.find("this is not a number"), std::string::npos) << told;
  EXPECT_NE(told.find("<emit-metric> needs an element <dimension> in it"), std::string::npos) << told;
  std::string many;
  for (int i = 0; i < 11; ++i) many += "<dimension name='d" + std::to_string(i) + "' value='1'/>";
  inbound("<emit-metric name='m'>" + many + "</emit-metric>");
  EXPECT_NE(mistakes().find("at most 10 dimensions, this has 11"), std::string::npos);
}

}  // namespace
}  // namespace sluice::policies
