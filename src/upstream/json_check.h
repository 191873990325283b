// Whether a text is JSON (RFC 8259) in UTF-8, nested at most `depth`. Lone surrogate escapes pass: they come about when
// streams split a pair over two events, and are whole again once joined. Linear, no recursion, no memory.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::upstream {

bool isJson(std::string_view text, size_t depth = 64);

}  // namespace sluice::upstream
