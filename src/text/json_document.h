// JSON (RFC 8259) as a Document, for configuration: positions, duplicate keys refused, depth and size bounded. Strict:
// no comments, no trailing commas. A byte-order mark at the start is skipped, as Windows tools write one.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostic.h"
#include "text/node.h"

namespace sluice::text {

// nullopt after adding what is wrong to `diagnostics`. `file` is how diagnostics name it.
std::optional<Document> parseJson(std::string file, std::string text, Diagnostics& diagnostics,
                                  const Bounds& bounds = {});

}  // namespace sluice::text
