// .NET's formatting: ToString(format), composite formats and interpolation, in the invariant culture.
#pragma once

#include <cstdint>
#include <string>

#include "expression/chars.h"
#include "expression/eval.h"

namespace sluice::expression {

// value.ToString(format): what {0:format} writes. `format` null or empty: ToString(). Raises FormatException.
Value formatValue(Eval& eval, const Value& value, const Value& format);
// {value,width:format} into `out`.
void formatPart(Eval& eval, TextBuilder& out, const Value& value, int64_t width, const Value& format);
// string.Format
Value formatComposite(Eval& eval, const Chars& format, std::span<const Value> args);

// Numbers (format_number.cc). REQUIRES: a numeric value.
Value formatNumber(Eval& eval, const Value& value, const Chars& format);
// The shortest text that reads back as the same double, as .NET Core 3.0 and later write it: "1E+16", "-0", "NaN".
std::string shortestDouble(double value);
std::string shortestSingle(float value);

}  // namespace sluice::expression
