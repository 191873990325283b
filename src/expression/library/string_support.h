// Shared by the files of System.String.
#pragma once

#include <span>

#include "expression/library.h"

namespace sluice::expression {

// A StringComparison value that ignores case.
inline bool ignoresCase(const Value& comparison) {
  return (comparison.asInt64() & 1) != 0;
}
std::span<const MemberRow> stringStaticRows();
std::span<const MemberRow> stringSplitRows();
std::span<const MemberRow> stringFindRows();

}  // namespace sluice::expression
