// The expression language's front door: compile an `@(...)` or `@{...}` once, at load, and evaluate it per request.
// Compiled expressions are immutable and shared by all threads; an evaluation belongs to one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/diagnostic.h"
#include "expression/context.h"
#include "expression/value.h"

namespace sluice::expression {

// What an expression may touch, known after binding: buffering, streaming and reordering decisions come from it. Only
// access to a `Body` member sets body flags. A body reached through a variable (a send-request's response) sets none.
struct Effects {
  bool reads_request_body = false;
  bool reads_response_body = false;
  bool consumes_request_body = false;  // As<T>() without a literal preserveContent: true
  bool consumes_response_body = false;
  bool reads_response = false;  // any member of context.Response
  bool reads_variables = false;
  bool traces = false;  // context.Trace()
};

// Bounds of one evaluation (design, Security posture). Passing one ends it with an exception outcome that no catch
// clause of the expression sees: type "Sluice.BudgetExceededException".
struct Limits {
  uint64_t steps = 5'000'000;
  size_t memory = 64u * 1024 * 1024;
  uint32_t regex_matches = 10'000'000;  // steps of one match
  uint32_t depth = 200;
};

// The author's mistake at run time: a .NET exception that nobody caught.
struct Exception {
  std::string_view type;     // "System.FormatException"
  std::string_view message;  // .NET's text, UTF-8
  size_t offset = 0;         // into the expression's source
};

struct Outcome {
  Value value;                           // valid when exception is null
  const Exception* exception = nullptr;  // in the arena, or null
  bool ok() const { return exception == nullptr; }
};

class Expression {
 public:
  struct Compiled;

  // Does `text`, after white space, begin with @( or @{ ? (A policy's attribute or element value.)
  static bool looksLike(std::string_view text);
  // `source` is the expression as C# (entities decoded, named values filled in), beginning with @( or @{; white space
  // around it is skipped. `where` maps offsets to the document: offset 0 of `source` is at `where_offset` of `where`.
  // All mistakes go to `diagnostics`; null when there was an error.
  static std::unique_ptr<const Expression> compile(std::string_view source, const SourceText& where,
                                                   Diagnostics& diagnostics, size_t where_offset = 0);
  ~Expression();
  Expression(const Expression&) = delete;
  Expression& operator=(const Expression&) = delete;

  const Effects& effects() const;
  std::string_view source() const;
  // The value when it is a constant (`@("x")`, `@(1 + 2)`), so that a policy may check and keep it at load.
  std::optional<Value> constant() const;
  // `context`'s members are read lazily. The result lives in `arena`, in the context or in the expression (constants).
  // `arena` is the exchange's: it must outlive every Body that `context` shows.
  Outcome evaluate(Context& context, Arena& arena, const Limits& limits = {}) const;

 private:
  explicit Expression(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

// What a policy makes of a result.
// Text as the gateway writes a value into an attribute or element: .NET's ToString(), JSON indented for JToken, True
// and False for bool, empty for null, byte[] as its bytes.
std::string_view toText(const Value& value, Arena& arena);
bool isNull(const Value& value);
bool isString(const Value& value);
// The bytes of a byte[]; nullopt for anything else.
std::optional<std::string_view> toBytes(const Value& value);
// nullopt: not that type (a policy then fails with ExpressionValueEvaluationFailure). Strings are parsed, as APIM does.
std::optional<bool> toBool(const Value& value);
std::optional<int64_t> toInteger(const Value& value);
std::optional<double> toNumber(const Value& value);
// JSON text of any value as Newtonsoft's JsonConvert.SerializeObject writes it, without indentation.
std::string_view toJson(const Value& value, Arena& arena);

Value makeNull();
Value makeBool(bool value);
Value makeInt(int32_t value);
Value makeLong(int64_t value);
Value makeDouble(double value);
// A view of `utf8` when it is valid UTF-8 (it must live as long as the value); otherwise a repaired copy in `arena`.
Value makeString(std::string_view utf8, Arena& arena);
Value makeBytes(std::string_view bytes, Arena& arena);
Value makeStringArray(std::span<const std::string_view> values, Arena& arena);
Value makeDateTime(UtcTime time);
std::optional<Value> makeDateTime(std::string_view iso_8601);  // nullopt: not a date
std::optional<Value> makeGuid(std::string_view text, Arena& arena);
std::optional<Value> makeJson(std::string_view text, Arena& arena);  // nullopt: not JSON
// The IResponse of a send-request. `response` must live as long as the arena.
Value makeResponse(ResponseView& response, Arena& arena);
// The Jwt of validate-jwt's output variable; null when the token does not decode. No signature is checked.
Value makeJwt(std::string_view token, Arena& arena);
// The same for a token that was already found good: `claims` gives its claims, and its parts are decoded only for
// members that need them. Both must outlive the value.
Value makeJwt(std::string_view token, const MultiMap& claims, Arena& arena);
// The Authorization of get-authorization-context.
Value makeAuthorization(std::string_view access_token, Arena& arena);
// Deep copy into another arena, for values that outlive the exchange. What cannot be copied (a response, a lambda, a
// lazy query) becomes null.
Value copyTo(const Value& value, Arena& arena);

}  // namespace sluice::expression
