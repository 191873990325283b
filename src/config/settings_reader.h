// sluice.yaml as Settings, and its reference page. Both derive from the one table in settings_schema.cc.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "config/settings.h"
#include "text/node.h"

namespace sluice::config {

// The defaults for the given folder, as if sluice.yaml were empty.
Settings defaultSettings(const std::string& folder);

// Fills `settings` from the document; every mistake goes to `diagnostics`. Files that the document names (certificates,
// secrets) are added to `files`.
void readSettings(const text::Document& document, const std::string& folder, Settings& settings,
                  Diagnostics& diagnostics, std::vector<std::string>& files);

// docs/reference/sluice-yaml.md.
std::string settingsReference();

}  // namespace sluice::config
