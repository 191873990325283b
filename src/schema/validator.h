// Validates JSON texts against compiled schemas. Strict JSON (RFC 8259), depth, size and work bounded, equal names of
// an object all looked at. Messages are Newtonsoft's, whose schema validator API Management is seen to use.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/schema.h"

namespace sluice::schema {

struct ValidationOptions {
  std::optional<bool> additional_properties;  // overrides what the schemas say
  bool ignore_case = false;                   // of property names
  uint64_t steps = 3'000'000;
};

struct Mistake {
  std::string message;
  uint32_t line = 0;         // of the value, from 1
  uint32_t position = 0;     // in bytes from 1
  std::string text() const;  // "... Line: 1, Position: 3"
};

struct ValidationResult {
  std::vector<Mistake> mistakes;  // the first ones
  std::string exception;          // not empty: it could not be validated, and why
  bool ok() const { return mistakes.empty() && exception.empty(); }
};

constexpr size_t kMaxMistakes = 10;
constexpr size_t kMaxInstanceDepth = 64;  // JsonReader.MaxDepth since Newtonsoft 13

ValidationResult validate(const Schemas& schemas, SchemaIndex schema, std::string_view json,
                          const ValidationOptions& options);

}  // namespace sluice::schema
