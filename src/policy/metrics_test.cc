#include "policy/metrics.h"

#include <gtest/gtest.h>

namespace sluice::policy {
namespace {

TEST(Metrics, SeriesAreByNameNamespaceAndDimensions) {
  Metrics metrics;
  const MetricDimension a[] = {{"API ID", "x"}, {"n", "1"}};
  const MetricDimension b[] = {{"API ID", "x"}, {"n", "2"}};
  EXPECT_TRUE(metrics.add("s", "m", a, 2));
  EXPECT_TRUE(metrics.add("s", "m", a, -3));
  EXPECT_TRUE(metrics.add("s", "m", b, 1));
  EXPECT_TRUE(metrics.add("t", "m", a, 1));
  const auto series = metrics.series();
  ASSERT_EQ(series.size(), 3u);
  EXPECT_EQ(series[0].count, 2u);
  EXPECT_DOUBLE_EQ(series[0].sum, -1);
  EXPECT_DOUBLE_EQ(series[0].least, -3);
  EXPECT_DOUBLE_EQ(series[0].most, 2);
  EXPECT_EQ(series[1].dimensions[1].second, "2");
}

TEST(Metrics, TooManySeriesAreDroppedAndCounted) {
  Metrics metrics(3, 2);
  const auto add = [&](std::string_view name, std::string_view value) {
    const MetricDimension dimension[] = {{"d", value}};
    return metrics.add("s", name, dimension, 1);
  };
  EXPECT_TRUE(add("a", "1"));
  EXPECT_TRUE(add("a", "2"));
  EXPECT_FALSE(add("a", "3")) << "a metric has its own bound";
  EXPECT_TRUE(add("a", "1")) << "what is there goes on";
  EXPECT_TRUE(add("b", "1"));
  EXPECT_FALSE(add("c", "1")) << "all have one together";
  EXPECT_EQ(metrics.dropped(), 2u);
  EXPECT_EQ(metrics.series().size(), 3u);
}

TEST(Metrics, ValuesAreCutBetweenCharactersAndMustBeNumbers) {
  Metrics metrics;
  std::string value(Metrics::kMaxText - 1, 'x');
  value += "\xC3\xA9yy";
  const MetricDimension dimension[] = {{"d", value}};
  EXPECT_TRUE(metrics.add("s", "m", dimension, 1));
  EXPECT_EQ(metrics.series()[0].dimensions[0].second, std::string(Metrics::kMaxText - 1, 'x'));
  EXPECT_FALSE(metrics.add("s", "n", dimension, 0.0 / 0.0));
}

TEST(Metrics, PrometheusTextIsClean) {
  Metrics metrics;
  const MetricDimension dimensions[] = {{"API ID", "a\"b\\c\nd"}, {"API-ID", "2"}, {"1", "3"}};
  metrics.add("API Management", "Total Tokens", dimensions, 1.5);
  EXPECT_NE(metrics.prometheus().find(R"(# TYPE sluice_custom_API_Management_Total_Tokens summary
sluice_custom_API_Management_Total_Tokens_sum{API_ID="a\"b\\c\nd",API_ID_="2",_1="3"} 1.5
sluice_custom_API_Management_Total_Tokens_count{API_ID="a\"b\\c\nd",API_ID_="2",_1="3"} 1
)"),
            std::string::npos)
      << metrics.prometheus();
}

}  // namespace
}  // namespace sluice::policy
