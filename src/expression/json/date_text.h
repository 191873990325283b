// Texts that Newtonsoft's reader takes for dates (DateTimeUtils.TryParseDateTime).
#pragma once

#include <optional>
#include <string_view>

#include "expression/value.h"

namespace sluice::expression {

// 2024-05-06T07:08:09[.fraction][Z or offset], or /Date(milliseconds[offset])/. An offset gives a Local date, as in a
// process whose zone is UTC. nullopt: it stays a string.
std::optional<Value> dateFromJsonText(std::string_view ascii);

inline bool mayBeJsonDate(std::string_view text) {
  if (text.size() < 9) return false;
  if (text[0] == '/') return text.starts_with("/Date(");
  return text.size() >= 19 && text.size() <= 40 && text[10] == 'T' && text[0] >= '0' && text[0] <= '9';
}

}  // namespace sluice::expression
