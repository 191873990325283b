// A parsed JSONPath, in the arena. Internal to json/: path_parse.cc makes it, path.cc runs it.
#pragma once

#include <cstdint>

#include "expression/json/token.h"

namespace sluice::expression {

struct PathFilter;

struct PathStep {
  enum class Kind : uint8_t { Field, Fields, Scan, ScanFields, Index, Indexes, Slice, Filter, ScanFilter, Root };
  Kind kind = Kind::Field;
  bool any = false;  // Field, Scan: *; Index: [*]
  bool has[3] = {false, false, false};
  int32_t numbers[3] = {0, 0, 0};  // Index; Slice: start, end, step
  uint32_t count = 0;
  Value* names = nullptr;      // Fields (normal names)
  int32_t* indexes = nullptr;  // Indexes
  PathFilter* filter = nullptr;
  PathStep* next = nullptr;
};

struct PathSide {
  bool is_path = false;
  PathStep* path = nullptr;
  JValue* value = nullptr;
};

struct PathFilter {
  enum class Op : uint8_t {
    Exists,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    StrictEqual,
    StrictNotEqual,
    Regex,
    And,
    Or,
  };
  Op op = Op::Exists;
  PathSide left, right;
  PathFilter* first = nullptr;  // And, Or: the parts
  PathFilter* last = nullptr;
  PathFilter* next = nullptr;  // within such
};

// False with JsonException pending. A path of no steps is null: it selects the token itself.
bool parsePath(Eval& eval, std::string_view text, PathStep*& out);

}  // namespace sluice::expression
