// Numeric conversions and the operators of C#'s built-in types.
#pragma once

#include <optional>
#include <string_view>

#include "expression/decimal.h"
#include "expression/eval.h"
#include "expression/nodes.h"

namespace sluice::expression {

Value newDecimal(Arena& arena, const Decimal& value);
inline const Decimal& decimalOf(const Value& value) {
  return *static_cast<const Decimal*>(value.pointer());
}

// (T)x between numeric types, as C# does it. `checked`: raises OverflowException when it does not fit (decimal always
// does).
Value convertNumber(Eval& eval, const Value& value, Tag to, bool checked);
double numberToDouble(const Value& value);  // any numeric value
// Convert.ToInt32(2.5) and the like: rounds half to even, raises OverflowException.
Value convertRounded(Eval& eval, const Value& value, Tag to);

// The function of `left op right` for operands of that tag (already promoted), or null: no such operator.
BinaryFunction binaryFunction(std::string_view op, Tag tag, bool checked);
UnaryFunction unaryFunction(std::string_view op, Tag tag, bool checked);

bool fitsTag(int64_t value, Tag tag);  // of a signed value in a small integral type

}  // namespace sluice::expression
