// Stylesheet: a compiled XSLT 1.0 stylesheet (libxslt). It sees the document that it transforms and nothing else: no
// file, no network, neither by document() and xsl:import nor by entities. Work is counted, so that a document cannot
// keep a thread. Immutable after creation, shared by threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sluice::policies {

class Stylesheet {
 public:
  // The error says why the text is no stylesheet. `line` of it counts in the text.
  static Result<std::shared_ptr<const Stylesheet>> compile(std::string_view text);
  ~Stylesheet();
  Stylesheet(const Stylesheet&) = delete;
  Stylesheet& operator=(const Stylesheet&) = delete;

  using Parameters = std::vector<std::pair<std::string, std::string>>;  // values are texts
  // The output as xsl:output says, at most `limit` bytes.
  Result<std::string> transform(std::string_view xml, const Parameters& parameters, size_t limit) const;

 private:
  struct Impl;
  explicit Stylesheet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::policies
