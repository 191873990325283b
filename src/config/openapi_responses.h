// What a specification says of an operation's answers, for mock-response (reference 2.7): examples, and samples made
// from schemas where there are none. A reference that leads nowhere, or in a circle, leaves out what it stands for:
// nothing here makes a specification unusable. Samples are bounded in size and depth.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "config/resources.h"
#include "text/node.h"

namespace sluice::config {

// Follows a node's $ref inside its document; null: it leads nowhere.
using Referenced = std::function<const text::Node*(const text::Node&)>;

enum class SpecificationKind : uint8_t { Swagger2, OpenApi3 };

// `operation` and, for Swagger, `root`, whose `produces` an operation may rely on.
std::vector<ResponseDescription> readResponses(const text::Node& operation, const text::Node& root,
                                               SpecificationKind kind, const Referenced& referenced);

// JSON text of a value in a document. Numbers that JSON does not know are strings.
std::string jsonText(const text::Node& value);

// A value that a schema allows: its own example or default where it has one. Empty: none can be made.
std::string sampleOf(const text::Node& schema, std::string_view content_type, const Referenced& referenced);

}  // namespace sluice::config
