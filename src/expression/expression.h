// The expression language's front door: compile an `@(...)` or `@{...}` once, at load, and evaluate it per request.
// Compiled expressions are immutable and shared by all threads; an Evaluation belongs to one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/diagnostic.h"
#include "expression/context.h"
#include "expression/value.h"

namespace sluice::expression {

// What an expression may touch, known after binding: buffering, streaming and reordering decisions come from it.
struct Effects {
  bool reads_request_body = false;
  bool reads_response_body = false;
  bool consumes_request_body = false;   // As<T>() without a literal preserveContent: true
  bool consumes_response_body = false;
  bool reads_response = false;          // status or headers of context.Response
  bool reads_variables = false;
};

// Bounds of one evaluation (design, Security posture). Passing one ends it with an exception outcome.
struct Limits {
  uint64_t steps = 5'000'000;
  size_t memory = 64u * 1024 * 1024;
  uint32_t regex_matches = 10'000'000;  // PCRE2 match limit for one match
  uint32_t depth = 200;
};

// The author's mistake at run time: a .NET exception that nobody caught.
struct Exception {
  std::string_view type;     // "System.FormatException"
  std::string_view message;  // .NET's text
  size_t offset = 0;         // into the expression's source
};

struct Outcome {
  Value value;                 // valid when exception is null
  const Exception* exception;  // in the arena, or null
  bool ok() const { return exception == nullptr; }
};

class Expression {
 public:
  // `source` is the expression as C# (entities decoded, named values filled in), beginning with @( or @{. `where` maps its
  // offsets to the document. All mistakes go to `diagnostics`; null when there was an error.
  static std::unique_ptr<const Expression> compile(std::string_view source, const SourceText& where,
                                                   Diagnostics& diagnostics);
  ~Expression();

  const Effects& effects() const;
  std::string_view source() const;
  // `context`'s members are read lazily. The result lives in `arena` (or in the expression: folded constants).
  Outcome evaluate(Context& context, Arena& arena, const Limits& limits = {}) const;

 private:
  struct Compiled;
  explicit Expression(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

// What a policy makes of a result.
// Text as the gateway writes a value into an attribute or element: .NET's ToString(), JSON indented for JToken, empty
// for null, bytes as UTF-8.
std::string_view toText(const Value& value, Arena& arena);
bool isNull(const Value& value);
// nullopt: not that type (a policy then fails with ExpressionValueEvaluationFailure). Strings are parsed, as APIM does.
std::optional<bool> toBool(const Value& value);
std::optional<int64_t> toInteger(const Value& value);
Value makeString(std::string_view utf8, Arena& arena);
Value makeInt(int32_t value);
Value makeBool(bool value);
Value makeNull();
// Deep copy into another arena, for values that outlive the exchange.
Value copyTo(const Value& value, Arena& arena);

}  // namespace sluice::expression
