// Shared by the files of Newtonsoft.Json.
#pragma once

#include <span>

#include "expression/format.h"
#include "expression/library.h"

namespace sluice::expression {

std::span<const MemberRow> jsonConversionRows();
void declareJsonConvert(Library& library);

}  // namespace sluice::expression
