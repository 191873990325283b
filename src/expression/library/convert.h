// The conversions of System.Convert, for its own rows and for what else takes any IConvertible.
#pragma once

#include <span>

#include "expression/library.h"

namespace sluice::expression {

// ((IConvertible)value).ToX(): raises InvalidCastException, FormatException, OverflowException. REQUIRES: not null;
// `to` is a primitive or string.
Value convertSimple(Eval& eval, const Value& value, const Type* to);
// What Convert.ToX raises when a number does not fit.
Value raiseTooLarge(Eval& eval, Tag to);
// Numbers in other bases, base 64 and hexadecimal text (convert_text.cc).
std::span<const MemberRow> convertTextRows();

}  // namespace sluice::expression
