// What a policy document names literally: values of one attribute, found in its text, comments left out. Good enough to
// list what a document needs before it is compiled; whether it may name it, the compiler says. Pure.
#pragma once

#include <string_view>
#include <vector>

namespace sluice::config {

// Values that are or hold expressions or named values are left out. The views are into `document`.
std::vector<std::string_view> attributeValues(std::string_view document, std::string_view attribute);

}  // namespace sluice::config
