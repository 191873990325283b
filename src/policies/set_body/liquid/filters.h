// Filters of liquid templates by the names that API Management's DotLiquid has them under (reference 2.7): C# methods,
// so in Pascal case. What DotLiquid does with a value of the wrong type is kept where it is known: most pass it on, or
// give nothing.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "policies/set_body/liquid/value.h"

namespace sluice::policies::liquid {

// `args[0]` is what stands before the filter. An error pending in the evaluation ends the rendering.
using FilterFunction = Value (*)(Values& values, std::span<const Value> args);

struct Filter {
  std::string_view name;
  size_t least = 0, most = 0;  // arguments behind the colon
  FilterFunction apply = nullptr;
};

// Null: there is none. Names compare exactly.
const Filter* findFilter(std::string_view name);
std::vector<std::string_view> filterNames();

// The tables, by what they work on: texts (filters_text.cc), the rest (filters_value.cc).
std::span<const Filter> textFilters();
std::span<const Filter> valueFilters();

}  // namespace sluice::policies::liquid
