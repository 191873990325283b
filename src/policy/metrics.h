// Metrics: the custom metrics of emit-metric (reference 2.10), for the whole process and outside the snapshot, so that
// a reload forgets nothing. Each series is a name, a namespace and dimensions; it keeps how often a value came, their
// sum, and the extremes. Dimension values may come from callers: the number of series is bounded, in all and per
// metric; what is too many is counted and dropped. Thread-safe: a lock that is held for one look-up, never across a
// suspension.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::policy {

struct MetricDimension {
  std::string_view name;
  std::string_view value;
};

struct MetricSeries {
  std::string name;
  std::string space;  // API Management's namespace
  std::vector<std::pair<std::string, std::string>> dimensions;
  uint64_t count = 0;
  double sum = 0;
  double least = 0;
  double most = 0;
};

class Metrics {
 public:
  static constexpr size_t kMaxSeries = 50'000;         // as Azure Monitor's (reference 2.10)
  static constexpr size_t kMaxSeriesOfMetric = 5'000;  // so that one metric cannot crowd out the others
  static constexpr size_t kMaxText = 256;              // of a dimension's value; the rest is cut

  explicit Metrics(size_t max_series = kMaxSeries, size_t max_of_metric = kMaxSeriesOfMetric)
      : max_series_(max_series), max_of_metric_(max_of_metric) {}
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // False: there is no room for a new series, and the value was dropped.
  bool add(std::string_view space, std::string_view name, std::span<const MetricDimension> dimensions, double value);

  // A copy, by namespace, name and dimensions.
  std::vector<MetricSeries> series() const;
  uint64_t dropped() const;
  // In the text format of Prometheus, version 0.0.4: per metric a summary without quantiles.
  std::string prometheus() const;

 private:
  const size_t max_series_, max_of_metric_;
  mutable std::mutex mutex_;
  std::map<std::string, MetricSeries, std::less<>> series_;  // by all that names it
  std::map<std::string, size_t, std::less<>> of_metric_;
  uint64_t dropped_ = 0;
};

}  // namespace sluice::policy
