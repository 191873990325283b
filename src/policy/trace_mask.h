// TraceMask: what a trace may not show. Knows the configuration's secrets (named values, credentials of backends and
// providers), the exchange's own keys, and what stands in headers and query parameters that carry credentials; takes
// each of them out of every text, and tokens by their look. Lives as long as one traced exchange; one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/exchange.h"

namespace sluice::policy {

class TraceMask {
 public:
  static constexpr std::string_view kHidden = "***";

  explicit TraceMask(const Exchange& exchange);

  // The text without what is secret.
  std::string masked(std::string_view text) const;
  // A text that was computed from `source`: when a secret stands in its source, hidden from then on.
  std::string maskedResult(std::string_view source, std::string_view text);
  // A header's value; what a credential's header holds is remembered and hidden from then on.
  std::string maskedHeader(std::string_view name, std::string_view value);
  // A URL's query, with credentials' parameters hidden and remembered.
  std::string maskedQuery(std::string_view query);

 private:
  void add(std::string_view secret);
  void remember(std::string_view credential);
  void addConfiguration(const config::Configuration& configuration);
  bool isCredentialHeader(std::string_view name) const;
  bool isCredentialParameter(std::string_view name) const;

  const config::Api* api_;
  size_t remembered_ = 0;
  std::vector<std::string> secrets_;  // the longest first: one may be part of another
};

}  // namespace sluice::policy
