// Context: what an expression sees of the exchange, the C# `context` object (reference section 3.3). An interface, so
// that the language is tested without HTTP: the policy layer implements it over the exchange, `sluice eval` over a
// fixture. Used by one thread at a time. Every view returned lives at least as long as the arena of the evaluation
// (results may point into it).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/clock.h"
#include "expression/value.h"

namespace sluice::expression {

// Names to several values in order (headers, query, parameters).
class MultiMap {
 public:
  virtual ~MultiMap() = default;
  virtual size_t size() const = 0;  // distinct names
  virtual std::string_view nameAt(size_t index) const = 0;
  // Values of the name at `index`, in order; the span may live in `arena`.
  virtual std::span<const std::string_view> valuesAt(size_t index, Arena& arena) const = 0;
  // Without case for headers and query. nullopt: absent.
  virtual std::optional<std::span<const std::string_view>> find(std::string_view name, Arena& arena) const = 0;
};

// A URL already split. `path` with its leading slash, `query_string` with its '?' or empty, both as on the wire.
// `query`, if given, is the decoded form; if null the expression decodes `query_string` itself.
struct UrlParts {
  std::string_view scheme, host, path, query_string;
  uint16_t port = 0;
  const MultiMap* query = nullptr;
};

// The body of a request or response. As<T>() without preserveContent consumes it: a later read raises an exception.
class Body {
 public:
  enum class State : uint8_t { Ready, Consumed };
  virtual ~Body() = default;
  virtual State state() const = 0;
  virtual std::string_view bytes() const = 0;  // REQUIRES: state() == Ready
  virtual void consume() = 0;                  // As<T>() without preserveContent
  // For an assembled stream (design, Streaming): the JSON answer that As<JObject>() gives; empty otherwise.
  virtual std::string_view assembledJson() const { return {}; }

  // Belongs to the expression module: the parsed tree, in the exchange's arena, so that a body is parsed once for all
  // expressions that only read it. Reset it to null when bytes() changes.
  void* parsed = nullptr;
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
  virtual Body* body() = 0;  // null: none
};

// context.Variables. Names compare exactly.
class Variables {
 public:
  virtual ~Variables() = default;
  virtual std::optional<Value> find(std::string_view name) const = 0;
  virtual size_t size() const = 0;
  virtual std::string_view nameAt(size_t index) const = 0;
  virtual Value valueAt(size_t index) const = 0;
};

// Objects of `context` that may be null as a whole.
enum class FactObject : uint8_t { Api, Deployment, Operation, Product, Subscription, User, LastError, Workspace };

// One fact: `context.` plus the member path in the comment where the name does not say it.
enum class Fact : uint8_t {
  ApiId,
  ApiName,
  ApiPath,
  ApiRevision,
  ApiVersion,
  ApiIsCurrentRevision,               // bool
  ApiSubscriptionKeyParameterHeader,  // Api.SubscriptionKeyParameterNames.Header
  ApiSubscriptionKeyParameterQuery,
  DeploymentGatewayId,  // Deployment.GatewayId, Deployment.Gateway.Id
  DeploymentGatewayInstanceId,
  DeploymentGatewayIsManaged,  // bool
  DeploymentRegion,
  DeploymentServiceId,
  DeploymentServiceName,
  OperationId,
  OperationMethod,
  OperationName,
  OperationUrlTemplate,
  ProductId,
  ProductName,
  ProductApprovalRequired,      // bool
  ProductSubscriptionRequired,  // bool
  ProductSubscriptionsLimit,    // int or null
  ProductState,                 // string "Published" or "NotPublished"
  SubscriptionId,
  SubscriptionName,
  SubscriptionKey,
  SubscriptionPrimaryKey,
  SubscriptionSecondaryKey,
  SubscriptionCreatedDate,  // makeDateTime(), or null
  SubscriptionStartDate,
  SubscriptionEndDate,
  UserId,
  UserEmail,
  UserFirstName,
  UserLastName,
  UserNote,
  UserRegistrationDate,
  LastErrorSource,
  LastErrorReason,
  LastErrorMessage,
  LastErrorScope,
  LastErrorSection,
  LastErrorPath,
  LastErrorPolicyId,
  WorkspaceId,
  WorkspaceName,
};

// Lists of facts; a row has one or two texts.
enum class FactList : uint8_t {
  ApiProtocols,            // protocol
  ProductApis,             // id, name
  ProductGroups,           // id, name
  UserGroups,              // id, name
  UserIdentities,          // id, provider
  DeploymentCertificates,  // name, DER bytes
};

struct FactRow {
  std::string_view first;
  std::string_view second;
};

class Facts {
 public:
  virtual ~Facts() = default;
  // False: `context.Product` and so on is null.
  virtual bool present(FactObject object) const = 0;
  // makeNull(): the member is null. Text: makeString(). Dates: makeDateTime().
  virtual Value get(Fact fact, Arena& arena) const = 0;
  virtual UrlParts apiServiceUrl() const = 0;
  virtual size_t count(FactList list) const = 0;
  virtual FactRow row(FactList list, size_t index) const = 0;
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
