// Every declared type, one function a file. A new file adds its function here, in both places.
#pragma once

#include "expression/library.h"

namespace sluice::expression {

void declareObject(Library& library);

inline constexpr void (*kDeclarations[])(Library&) = {
    declareObject,
};

}  // namespace sluice::expression
