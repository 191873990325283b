// What must hold between resources, and what this gateway does not do yet. Both run on a Configuration that was read
// whole; each mistake is a diagnostic.
#pragma once

#include "config/model.h"
#include "text/node.h"

namespace sluice::config {

// References between resources and from sluice.yaml to them, and values that cannot be right together. `document` is
// sluice.yaml, for positions; null when there is none. `known_apis`: names of all APIs in the folder.
void checkReferences(const Configuration& configuration, const text::Document* document,
                     const std::vector<std::string>& known_apis, Diagnostics& diagnostics);

// Features that are read but have no code behind them. A backend that has one is taken out; an API whose documents name
// it is left out whole (design, Configuration); a product's or the global document that names it is an error when it is
// compiled. Where nothing is lost but convenience: a warning. Never silence.
void refuseUnsupported(Configuration& configuration, Diagnostics& diagnostics);

}  // namespace sluice::config
