// What liquid templates of set-body see: `body` by its Content-Type, and `context` (reference 2.7).
#pragma once

#include <string>

#include "policies/set_body/liquid/template.h"
#include "policies/set_body/liquid/xml_body.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policies {

struct LiquidOptions {
  liquid::Nil nil = liquid::Nil::Blank;
  expression::ReadDates dates = expression::ReadDates::Dates;
};

// One rendering's; made and used within one step.
class LiquidGlobals final : public liquid::Globals {
 public:
  LiquidGlobals(policy::Exchange& exchange, policy::Target target, const LiquidOptions& options)
      : exchange_(exchange), target_(target), options_(options) {}

  liquid::Value find(liquid::Values& values, std::string_view name) override;
  // Not empty: the body could not be read.
  const std::string& error() const { return error_; }

 private:
  liquid::Value body(liquid::Values& values);
  liquid::Value parsedBody(liquid::Values& values);

  policy::Exchange& exchange_;
  const policy::Target target_;
  const LiquidOptions options_;
  std::optional<liquid::Value> body_, context_;
  std::string error_;
};

}  // namespace sluice::policies
