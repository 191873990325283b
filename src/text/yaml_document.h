// YAML as a Document, the same tree as JSON's: plain scalars are typed by YAML 1.2's core schema (`yes` is a string),
// anchors and aliases are expanded within the bounds, merge keys and tags have no meaning. Duplicate keys, several
// documents in one file and keys that are not scalars are refused.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "text/node.h"

namespace sluice::text {

// nullopt after adding what is wrong to `diagnostics`. An empty file is an empty mapping.
std::optional<Document> parseYaml(std::string file, std::string text, Diagnostics& diagnostics,
                                  const Bounds& bounds = {});

// By the file's extension: .json, else YAML.
std::optional<Document> parseDocument(std::string file, std::string text, Diagnostics& diagnostics,
                                      const Bounds& bounds = {});

}  // namespace sluice::text
