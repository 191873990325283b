#include "policy/exchange_context.h"

#include "base/encoding.h"
#include "policy/services.h"
#include "policy/url.h"

namespace sluice::policy {
namespace {

using expression::Fact;
using expression::FactList;
using expression::FactObject;
using expression::Value;

std::string_view withQuestionMark(std::string_view query, Arena& arena) {
  return query.empty() ? query : arena.join({"?", query});
}

bool isFirstOfItsName(const http::Headers& headers, size_t index) {
  const auto name = (headers.begin() + static_cast<std::ptrdiff_t>(index))->name;
  for (size_t i = 0; i < index; ++i)
    if (equalsIgnoreCase((headers.begin() + static_cast<std::ptrdiff_t>(i))->name, name)) return false;
  return true;
}

// What sluice.yaml says of the subscription's owner; null: nothing.
const config::User* ownerOf(const Exchange& exchange) {
  if (exchange.configuration == nullptr || exchange.subscription == nullptr) return nullptr;
  return exchange.configuration->findUser(exchange.subscription->owner);
}

// The gateway resource that this gateway stands for; empty: none, it is as the managed one.
std::string_view selfHostedName(const Exchange& exchange) {
  return exchange.configuration == nullptr ? std::string_view() : exchange.configuration->settings.gateway;
}

}  // namespace

size_t HeaderMap::size() const {
  size_t count = 0;
  for (size_t i = 0; i < headers_.size(); ++i) count += isFirstOfItsName(headers_, i) ? 1 : 0;
  return count;
}

std::string_view HeaderMap::nameAt(size_t index) const {
  for (size_t i = 0; i < headers_.size(); ++i) {
    if (!isFirstOfItsName(headers_, i)) continue;
    if (index == 0) return (headers_.begin() + static_cast<std::ptrdiff_t>(i))->name;
    --index;
  }
  return {};
}

std::span<const std::string_view> HeaderMap::valuesAt(size_t index, Arena& arena) const {
  const auto values = find(nameAt(index), arena);
  return values ? *values : std::span<const std::string_view>();
}

std::optional<std::span<const std::string_view>> HeaderMap::find(std::string_view name, Arena& arena) const {
  const std::string_view* only = nullptr;
  size_t count = 0;
  for (const auto& field : headers_) {
    if (!equalsIgnoreCase(field.name, name)) continue;
    only = &field.value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  const auto values = arena.array<std::string_view>(count);
  if (count == 1) {
    values[0] = *only;
    return values;
  }
  size_t next = 0;
  for (const auto& field : headers_)
    if (equalsIgnoreCase(field.name, name)) values[next++] = field.value;
  return values;
}

std::optional<std::span<const std::string_view>> MatchedMap::find(std::string_view name, Arena&) const {
  for (const auto& entry : matched_)
    if (equalsIgnoreCase(entry.name, name)) return std::span<const std::string_view>(&entry.value, 1);
  return std::nullopt;
}

ExchangeContext::ExchangeContext(Exchange& exchange)
    : exchange_(exchange),
      request_headers_(exchange.request.headers),
      matched_(exchange.request.matched),
      response_(exchange) {}

Duration ExchangeContext::elapsed() const {
  return exchange_.services().clock().now() - exchange_.received;
}

void ExchangeContext::trace(std::string_view message) {
  exchange_.trace("context", message);
}

const Clock& ExchangeContext::clock() const {
  return exchange_.services().clock();
}

expression::ResponseView* ExchangeContext::response() {
  return exchange_.response.present ? &response_ : nullptr;
}

// The backend's URL as it stands (azure-docs, issue 16317): of its base URL, scheme, host and port, while Path is what
// published policies rely on, the part behind the base URL.
expression::UrlParts ExchangeContext::url() const {
  const Url& url = exchange_.request.url;
  const Url base = splitUrl(exchange_.backend.base_url);
  const Url& origin = base.host.empty() ? url : base;
  return {origin.scheme, origin.host, url.path, withQuestionMark(url.query, exchange_.arena()), origin.port};
}

expression::UrlParts ExchangeContext::originalUrl() const {
  const Url& url = exchange_.request.original;
  return {url.scheme, url.host, url.path, withQuestionMark(url.query, exchange_.arena()), url.port};
}

const expression::MultiMap& ExchangeContext::headers() const {
  return request_headers_;
}

expression::Body* ExchangeContext::body() {
  return exchange_.request.body.present() ? &exchange_.request.body : nullptr;
}

std::string_view ExchangeContext::Response::statusReason() const {
  return exchange_.response.reason.empty() ? http::reasonPhrase(exchange_.response.status) : exchange_.response.reason;
}

expression::Body* ExchangeContext::Response::body() {
  return exchange_.response.body.present() ? &exchange_.response.body : nullptr;
}

std::optional<Value> ExchangeContext::find(std::string_view name) const {
  const Value* value = exchange_.variable(name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

bool ExchangeContext::present(FactObject object) const {
  switch (object) {
    case FactObject::Api:
      return exchange_.api != nullptr;
    case FactObject::Deployment:
      return true;
    case FactObject::Operation:
      return exchange_.operation != nullptr;
    case FactObject::Product:
      return exchange_.product != nullptr;
    case FactObject::Subscription:
      return exchange_.subscription != nullptr;
    case FactObject::User:
      return exchange_.subscription != nullptr && !exchange_.subscription->owner.empty();
    case FactObject::LastError:
      return exchange_.last_error.present;
    case FactObject::Workspace:
      return false;
  }
  return false;
}

Value ExchangeContext::apiFact(Fact fact, Arena& arena) const {
  const config::Api& api = *exchange_.api;
  switch (fact) {
    case Fact::ApiId:
      return expression::makeString(api.name, arena);
    case Fact::ApiName:
      return expression::makeString(api.display_name, arena);
    case Fact::ApiPath:
      return expression::makeString(api.path, arena);
    case Fact::ApiRevision:
      return expression::makeString(api.revision, arena);
    case Fact::ApiVersion:
      return api.version.empty() ? expression::makeNull() : expression::makeString(api.version, arena);
    case Fact::ApiIsCurrentRevision:
      return expression::makeBool(api.is_current);
    case Fact::ApiSubscriptionKeyParameterHeader:
      return expression::makeString(api.key_header, arena);
    case Fact::ApiSubscriptionKeyParameterQuery:
      return expression::makeString(api.key_query, arena);
    default:
      return expression::makeNull();
  }
}

Value ExchangeContext::productFact(Fact fact, Arena& arena) const {
  const config::Product& product = *exchange_.product;
  switch (fact) {
    case Fact::ProductId:
      return expression::makeString(product.name, arena);
    case Fact::ProductName:
      return expression::makeString(product.display_name, arena);
    case Fact::ProductApprovalRequired:
      return expression::makeBool(product.approval_required);
    case Fact::ProductSubscriptionRequired:
      return expression::makeBool(product.subscription_required);
    case Fact::ProductSubscriptionsLimit:
      return product.subscriptions_limit ? expression::makeInt(*product.subscriptions_limit) : expression::makeNull();
    case Fact::ProductState:
      return expression::makeString(product.published ? "Published" : "NotPublished", arena);
    default:
      return expression::makeNull();
  }
}

Value ExchangeContext::subscriptionFact(Fact fact, Arena& arena) const {
  const config::Subscription& subscription = *exchange_.subscription;
  switch (fact) {
    case Fact::SubscriptionId:
      return expression::makeString(subscription.name, arena);
    case Fact::SubscriptionName:
      return expression::makeString(subscription.display_name, arena);
    case Fact::SubscriptionKey:
    case Fact::SubscriptionPrimaryKey:
      return expression::makeString(subscription.primary_key.reveal(), arena);
    case Fact::SubscriptionSecondaryKey:
      return expression::makeString(subscription.secondary_key.reveal(), arena);
    case Fact::UserId:
      return expression::makeString(subscription.owner, arena);
    case Fact::UserEmail:
    case Fact::UserFirstName:
    case Fact::UserLastName: {
      const config::User* user = ownerOf(exchange_);
      if (user == nullptr) return expression::makeNull();
      return expression::makeString(fact == Fact::UserEmail       ? user->email
                                    : fact == Fact::UserFirstName ? user->first_name
                                                                  : user->last_name,
                                    arena);
    }
    default:
      return expression::makeNull();
  }
}

Value ExchangeContext::lastErrorFact(Fact fact, Arena& arena) const {
  const LastError& error = exchange_.last_error;
  const auto orNull = [&](std::string_view text) {
    return text.empty() ? expression::makeNull() : expression::makeString(text, arena);
  };
  switch (fact) {
    case Fact::LastErrorSource:
      return expression::makeString(error.source, arena);
    case Fact::LastErrorReason:
      return orNull(error.reason);
    case Fact::LastErrorMessage:
      return expression::makeString(error.message, arena);
    case Fact::LastErrorScope:
      return expression::makeString(toString(error.scope), arena);
    case Fact::LastErrorSection:
      return expression::makeString(toString(error.section), arena);
    case Fact::LastErrorPath:
      return orNull(error.path);
    case Fact::LastErrorPolicyId:
      return orNull(error.policy_id);
    default:
      return expression::makeNull();
  }
}

Value ExchangeContext::get(Fact fact, Arena& arena) const {
  switch (fact) {
    case Fact::DeploymentGatewayId:
      return expression::makeString(selfHostedName(exchange_).empty() ? "managed" : selfHostedName(exchange_), arena);
    case Fact::DeploymentGatewayInstanceId:
      return expression::makeString("sluice", arena);
    case Fact::DeploymentGatewayIsManaged:
      return expression::makeBool(selfHostedName(exchange_).empty());
    case Fact::DeploymentRegion:
      return expression::makeString("local", arena);
    case Fact::DeploymentServiceId:
    case Fact::DeploymentServiceName:
      return expression::makeString("sluice", arena);
    case Fact::OperationId:
      return expression::makeString(exchange_.operation->id, arena);
    case Fact::OperationMethod:
      return expression::makeString(exchange_.operation->method, arena);
    case Fact::OperationName:
      return expression::makeString(exchange_.operation->display_name, arena);
    case Fact::OperationUrlTemplate:
      return expression::makeString(exchange_.operation->url_template, arena);
    default:
      break;
  }
  if (fact <= Fact::ApiSubscriptionKeyParameterQuery) return apiFact(fact, arena);
  if (fact >= Fact::ProductId && fact <= Fact::ProductState) return productFact(fact, arena);
  if (fact >= Fact::SubscriptionId && fact <= Fact::UserRegistrationDate) return subscriptionFact(fact, arena);
  if (fact >= Fact::LastErrorSource && fact <= Fact::LastErrorPolicyId) return lastErrorFact(fact, arena);
  return expression::makeNull();
}

expression::UrlParts ExchangeContext::apiServiceUrl() const {
  const Url url = splitUrl(exchange_.api->service_url);
  return {url.scheme, url.host, url.path, withQuestionMark(url.query, exchange_.arena()), url.port};
}

size_t ExchangeContext::count(FactList list) const {
  switch (list) {
    case FactList::ApiProtocols:
      return exchange_.api->protocols.size();
    case FactList::ProductApis:
      return exchange_.product->apis.size();
    case FactList::ProductGroups:
      return exchange_.product->groups.size();
    case FactList::UserGroups: {
      const config::User* user = ownerOf(exchange_);
      return user == nullptr ? 0 : user->groups.size();
    }
    case FactList::UserIdentities:
    case FactList::DeploymentCertificates:
      return 0;
  }
  return 0;
}

expression::FactRow ExchangeContext::row(FactList list, size_t index) const {
  switch (list) {
    case FactList::ApiProtocols:
      return {exchange_.api->protocols[index], {}};
    case FactList::ProductApis:
      return {exchange_.product->apis[index], exchange_.product->apis[index]};
    case FactList::ProductGroups:
      return {exchange_.product->groups[index], exchange_.product->groups[index]};
    case FactList::UserGroups: {
      const config::User* user = ownerOf(exchange_);
      return user == nullptr ? expression::FactRow{} : expression::FactRow{user->groups[index], user->groups[index]};
    }
    case FactList::UserIdentities:
    case FactList::DeploymentCertificates:
      return {};
  }
  return {};
}

}  // namespace sluice::policy
