// System.Text.StringBuilder's object, which StringWriter writes to.
#pragma once

#include <cstdint>

#include "expression/chars.h"
#include "expression/object.h"

namespace sluice::expression {

// Text that grows in place: one byte a unit while it is ASCII.
struct BuilderObject : Object {
  uint32_t size;
  uint32_t capacity;
  char* narrow;
  char16_t* wide;  // null while ASCII

  char16_t at(uint32_t i) const { return wide != nullptr ? wide[i] : static_cast<unsigned char>(narrow[i]); }
  Chars text() const { return wide != nullptr ? Chars{nullptr, wide, size} : Chars{narrow, nullptr, size}; }
};

BuilderObject* newBuilder(Eval& eval);
// value.ToString() at the end; null adds nothing. May raise.
void appendValue(Eval& eval, BuilderObject* builder, const Value& value);
// A string of its own: the builder may change afterwards.
Value builderText(Eval& eval, const BuilderObject* builder);

}  // namespace sluice::expression
