// Context: what an expression sees of the exchange, the C# `context` object (reference section 3.3). An interface, so
// that the language is tested without HTTP: the policy layer implements it over the exchange, `sluice eval` over a
// fixture. One per evaluation thread; views returned live as long as the evaluation's arena.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "expression/value.h"

namespace sluice::expression {

// Names to several values in order (headers, query, claims).
class MultiMap {
 public:
  virtual ~MultiMap() = default;
  virtual size_t size() const = 0;  // distinct names
  virtual std::string_view nameAt(size_t index) const = 0;
  // Values of the name at `index`, in order; the span lives in `arena`.
  virtual std::span<const std::string_view> valuesAt(size_t index, Arena& arena) const = 0;
  // Case-insensitive for headers and query. nullopt: absent.
  virtual std::optional<std::span<const std::string_view>> find(std::string_view name, Arena& arena) const = 0;
};

// A URL already split. `path` with its leading slash, `query_string` with its '?' or empty, both as on the wire.
struct UrlParts {
  std::string_view scheme, host, path, query_string;
  uint16_t port = 0;
};

// The body of a request or response. `take` gives the bytes; with preserve false a second take fails as in APIM.
class Body {
 public:
  enum class State { Ready, Consumed };
  virtual ~Body() = default;
  virtual State state() const = 0;
  virtual std::string_view bytes() const = 0;  // REQUIRES: state() == Ready
  virtual void consume() = 0;                  // As<T>() without preserveContent
  // For an assembled stream (design, Streaming): the JSON answer that As<JObject>() gives; empty otherwise.
  virtual std::string_view assembledJson() const { return {}; }
};

struct RequestView {
  virtual ~RequestView() = default;
  virtual std::string_view method() const = 0;
  virtual UrlParts url() const = 0;
  virtual UrlParts originalUrl() const = 0;
  virtual const MultiMap& headers() const = 0;
  virtual const MultiMap& matchedParameters() const = 0;  // one value each
  virtual std::string_view ipAddress() const = 0;
  virtual std::string_view certificateDer() const = 0;  // empty: none
  virtual Body* body() = 0;                             // null: none
};

struct ResponseView {
  virtual ~ResponseView() = default;
  virtual int statusCode() const = 0;
  virtual std::string_view statusReason() const = 0;
  virtual const MultiMap& headers() const = 0;
  virtual Body* body() = 0;
};

class Variables {
 public:
  virtual ~Variables() = default;
  virtual std::optional<Value> find(std::string_view name) const = 0;
  virtual size_t size() const = 0;
  virtual std::string_view nameAt(size_t index) const = 0;
  virtual Value valueAt(size_t index) const = 0;
};

// Facts about configured things (api, operation, product, subscription, user, deployment, lastError, ...). The dotted
// path is the C# member path below `context`, e.g. "Api.Name", "Operation.UrlTemplate", "LastError.Reason". Null Value:
// the member is null. `present("Product")` false: the object itself is null.
class Facts {
 public:
  virtual ~Facts() = default;
  virtual bool present(std::string_view object) const = 0;
  virtual Value get(std::string_view path, Arena& arena) const = 0;
};

class Context {
 public:
  virtual ~Context() = default;
  virtual std::string_view requestId() const = 0;  // GUID text
  virtual UtcTime timestamp() const = 0;
  virtual Duration elapsed() const = 0;
  virtual bool tracing() const = 0;
  virtual void trace(std::string_view message) = 0;
  virtual const Clock& clock() const = 0;  // DateTime.Now and friends
  virtual RequestView& request() = 0;
  virtual ResponseView* response() = 0;  // null before there is one
  virtual const Variables& variables() const = 0;
  virtual const Facts& facts() const = 0;
};

}  // namespace sluice::expression
