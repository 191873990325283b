// System.IO.TextReader for natives that read one to its end.
#pragma once

#include "expression/library.h"

namespace sluice::expression {

// What the TextReader in c[0] still holds, as a string; null with an exception pending when it is closed.
Value readToEnd(Call& c);

}  // namespace sluice::expression
