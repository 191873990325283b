#include "policy/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sluice::policy {
namespace {

// Cut between characters, never inside one.
std::string_view cut(std::string_view text) {
  if (text.size() <= Metrics::kMaxText) return text;
  size_t end = Metrics::kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

// Lengths in front, so that no two series have one key.
void addPart(std::string& key, std::string_view part) {
  fmt::format_to(std::back_inserter(key), "{}:", part.size());
  key.append(part);
}

// [a-zA-Z_][a-zA-Z0-9_]*; everything else becomes '_'.
std::string identifier(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (digit && name.empty()) name += '_';
    name += letter || digit ? c : '_';
  }
  return name.empty() ? "_" : name;
}

std::string labelValue(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string labelsOf(const MetricSeries& series) {
  std::string labels;
  std::vector<std::string> used;
  for (const auto& [name, value] : series.dimensions) {
    // Two names that look alike to Prometheus stay two labels.
    std::string label = identifier(name);
    while (std::find(used.begin(), used.end(), label) != used.end()) label += '_';
    used.push_back(label);
    labels += fmt::format("{}{}=\"{}\"", labels.empty() ? "" : ",", label, labelValue(value));
  }
  return labels.empty() ? labels : "{" + labels + "}";
}

}  // namespace

bool Metrics::add(std::string_view space, std::string_view name, std::span<const MetricDimension> dimensions,
                  double value) {
  if (!std::isfinite(value)) return false;
  std::string key;
  addPart(key, space);
  addPart(key, name);
  const std::string metric = key;
  for (const auto& dimension : dimensions) {
    addPart(key, dimension.name);
    addPart(key, cut(dimension.value));
  }
  const std::scoped_lock lock(mutex_);
  auto found = series_.find(key);
  if (found == series_.end()) {
    size_t& of_metric = of_metric_[metric];
    if (series_.size() >= max_series_ || of_metric >= max_of_metric_) {
      ++dropped_;
      if (of_metric == 0) of_metric_.erase(metric);
      return false;
    }
    ++of_metric;
    MetricSeries made;
    made.name = name;
    made.space = space;
    for (const auto& dimension : dimensions) made.dimensions.emplace_back(dimension.name, cut(dimension.value));
    made.least = made.most = value;
    found = series_.emplace(std::move(key), std::move(made)).first;
  }
  MetricSeries& series = found->second;
  ++series.count;
  series.sum += value;
  series.least = std::min(series.least, value);
  series.most = std::max(series.most, value);
  return true;
}

std::vector<MetricSeries> Metrics::series() const {
  const std::scoped_lock lock(mutex_);
  std::vector<MetricSeries> all;
  all.reserve(series_.size());
  for (const auto& [key, series] : series_) all.push_back(series);
  return all;
}

uint64_t Metrics::dropped() const {
  const std::scoped_lock lock(mutex_);
  return dropped_;
}

std::string Metrics::prometheus() const {
  // Metrics whose names look alike to Prometheus are one to it, and so are series with the same labels.
  struct Totals {
    double sum = 0;
    uint64_t count = 0;
  };
  std::map<std::string, std::map<std::string, Totals>> metrics;
  std::map<std::string, std::string> helps;
  for (const auto& series : series()) {
    const std::string name = "sluice_custom_" + identifier(series.space) + "_" + identifier(series.name);
    helps.emplace(name, labelValue(series.name) + " (" + labelValue(series.space) + ")");
    Totals& totals = metrics[name][labelsOf(series)];
    totals.sum += series.sum;
    totals.count += series.count;
  }
  std::string out = fmt::format(
      "# HELP sluice_custom_metrics_dropped_total Values of emit-metric for which there was no room.\n"
      "# TYPE sluice_custom_metrics_dropped_total counter\nsluice_custom_metrics_dropped_total {}\n",
      dropped());
  for (const auto& [name, all] : metrics) {
    out += fmt::format("# HELP {0} {1}\n# TYPE {0} summary\n", name, helps[name]);
    for (const auto& [labels, totals] : all)
      out += fmt::format("{0}_sum{1} {2}\n{0}_count{1} {3}\n", name, labels, totals.sum, totals.count);
  }
  return out;
}

}  // namespace sluice::policy
