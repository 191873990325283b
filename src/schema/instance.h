// JSON values as the validator looks at them, over simdjson's tree: types, equality with values of the specification,
// repeated items, places in the text, and how values stand in messages. Internal to the validator.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"
#include "text/node.h"

namespace sluice::schema {

// kNumber for one with a fraction or an exponent.
Type typeOf(simdjson::dom::element value);
long double numberOf(simdjson::dom::element value);  // REQUIRES: a number
// The number has no fraction. REQUIRES: a number
bool isWhole(simdjson::dom::element value);
uint64_t utf16Length(std::string_view utf8);

// The value is `node`. Where only strings are allowed, the specification's 1 stands for "1", as YAML's authors mean it.
bool equals(simdjson::dom::element value, const text::Node& node, Types types);
// The first item that stands before too. `step(work)`: false when no more may be spent.
std::optional<size_t> firstRepeated(simdjson::dom::array items, const std::function<bool(uint64_t)>& step);

// Cut where long, as messages show it.
std::string shown(simdjson::dom::element value);
std::string quoted(std::string_view text);  // in single quotes

// Line and byte, from 1, of the value that is the path[0]th child of the path[1]th child ... of the root. REQUIRES:
// `json` is valid and has it.
void locate(std::string_view json, const std::vector<uint32_t>& path, uint32_t& line, uint32_t& position);

}  // namespace sluice::schema
