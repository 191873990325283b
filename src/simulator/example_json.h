// A JSON value that fits a JSON schema, as far as its types, enumerations and nesting say: what the simulated model
// gives as arguments of a call and as structured answer. Bounded in depth and size.
#pragma once

#include <simdjson.h>

#include <string>

namespace sluice::simulator {

std::string exampleJson(const simdjson::dom::element& schema);

}  // namespace sluice::simulator
