// The APIOps folder layout (reference section 5) as resources. Named values come first, because policies, backends and
// loggers are read with them filled in.
#pragma once

#include <string>
#include <vector>

#include "config/model.h"
#include "config/source_tree.h"

namespace sluice::config {

// What stands under `named values/`, as stored.
std::vector<NamedValue> readNamedValues(SourceTree& tree);

// Everything else, into `configuration`, whose settings and named values are there already. APIs that settings.apis
// does not select are not read; APIs of kinds that do not run go to left_out, with a warning.
void readResources(SourceTree& tree, Configuration& configuration);

}  // namespace sluice::config
