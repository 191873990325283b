#include "config/resource_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "config/property_reader.h"
#include "config/units.h"

namespace sluice::config {
namespace {

// The object under `properties`, after a check of what stands beside it.
PropertyReader propertiesOf(const text::Document& document, std::string_view what, Diagnostics& diagnostics,
                            const std::vector<NamedValue>* values = nullptr) {
  static const text::Node kNone;
  const text::Node& root = document.root();
  const text::Node* properties = root.find("properties");
  if (properties == nullptr) {
    diagnostics.add(document.diagnostic(Severity::Error, root.position,
                                        fmt::format("a {} has its values under `properties`, which is missing", what)));
    properties = &kNone;
  }
  text::expectKeys(document, root, {"properties", "name", "id", "type", "etag"}, fmt::format("a {}", what), diagnostics,
                   Severity::Warning);
  return {document, *properties, fmt::format("this {}", what), diagnostics, values};
}

std::string withoutSlashes(std::string path) {
  while (path.starts_with('/')) path.erase(0, 1);
  while (path.ends_with('/')) path.pop_back();
  return path;
}

void readKeyNames(PropertyReader& properties, Api& api) {
  auto names = properties.object("subscriptionKeyParameterNames");
  if (!names) return;
  api.key_header = names->text("header", api.key_header);
  api.key_query = names->text("query", api.key_query);
  if (const auto bearer = names->choice("bearer", {"disabled", "enabled"})) api.key_as_bearer = *bearer == 1;
  names->finish();
}

CircuitBreaker readBreaker(PropertyReader& rule) {
  CircuitBreaker breaker;
  breaker.name = rule.text("name");
  breaker.accept_retry_after = rule.boolean("acceptRetryAfter", false);
  breaker.trip_duration = rule.isoDuration("tripDuration").value_or(std::chrono::minutes(1));
  if (auto condition = rule.object("failureCondition")) {
    breaker.count = condition->integer("count", 1, 1'000'000);
    breaker.percentage = condition->integer("percentage", 1, 100);
    breaker.interval = condition->isoDuration("interval").value_or(std::chrono::minutes(1));
    if (!breaker.count && !breaker.percentage)
      condition->error("count", "a circuit breaker's condition needs `count` or `percentage`");
    breaker.error_reasons = condition->texts("errorReasons");
    for (const auto& reason : breaker.error_reasons)
      if (std::ranges::none_of(kErrorReasons, [&](auto known) { return equalsIgnoreCase(known, reason); }))
        condition->error("errorReasons", fmt::format("`{}` is no reason that a call here can fail for", reason),
                         "Known are `Server errors`, `BackendConnectionFailure` and `Timeout`.");
    for (auto& range : condition->objects("statusCodeRanges")) {
      StatusRange statuses;
      statuses.min = range.integer("min", 200, 599).value_or(0);
      statuses.max = range.integer("max", 200, 599).value_or(0);
      range.finish();
      breaker.statuses.push_back(statuses);
    }
    if (breaker.interval <= Duration::zero()) condition->error("interval", "an interval is longer than nothing");
    condition->finish();
  } else {
    rule.error("failureCondition", "a circuit breaker rule needs a `failureCondition`");
  }
  if (auto response = rule.object("failureResponse")) {
    breaker.failure_status = response->integer("statusCode", 100, 599);
    response->finish();
  }
  rule.finish();
  return breaker;
}

void readCredentials(PropertyReader& credentials, BackendCredentials& into) {
  into.headers = credentials.secretLists("header");
  into.query = credentials.secretLists("query");
  for (auto& id : credentials.texts("certificateIds")) into.certificates.push_back(referenceName(id));
  for (auto& thumbprint : credentials.texts("certificate")) into.certificates.push_back(std::move(thumbprint));
  if (auto authorization = credentials.object("authorization")) {
    into.authorization_scheme = authorization->requiredText("scheme");
    into.authorization_parameter = authorization->secret("parameter");
    authorization->finish();
  }
  if (auto identity = credentials.object("managedIdentity")) {
    into.managed_identity = ManagedIdentity{identity->text("clientId"), identity->requiredText("resource")};
    identity->finish();
  }
  credentials.finish();
}

void readPool(PropertyReader& pool, Backend& backend) {
  for (auto& service : pool.objects("services")) {
    PoolMember member;
    member.backend = referenceName(service.requiredText("id"));
    member.priority = service.integer("priority", 0, 100).value_or(1);
    member.weight = service.integer("weight", 0, 100).value_or(1);
    service.finish();
    backend.pool.push_back(std::move(member));
  }
  if (backend.pool.empty()) pool.error("services", "a pool needs at least one service");
  if (backend.pool.size() > 30) pool.error("services", "a pool has at most 30 services (APIM's limit)");
  if (auto affinity = pool.object("sessionAffinity")) {
    if (auto session = affinity->object("sessionId")) {
      session->choice("source", {"Cookie"});
      backend.session_cookie = session->requiredText("name");
      session->finish();
    }
    affinity->finish();
  }
  if (auto response = pool.object("failureResponse")) {
    backend.failure_status = response->integer("statusCode", 100, 599);
    response->finish();
  }
  pool.finish();
}

void readTls(PropertyReader& tls, Backend& backend) {
  backend.validate_certificate_chain = tls.boolean("validateCertificateChain", true);
  backend.validate_certificate_name = tls.boolean("validateCertificateName", true);
  backend.server_thumbprints = tls.texts("serverCertificateThumbprints");
  for (auto& name : tls.objects("serverX509Names")) {
    backend.server_names.push_back({name.requiredText("name"), name.text("issuerCertificateThumbprint")});
    name.finish();
  }
  tls.finish();
}

}  // namespace

Api readApi(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "API", diagnostics);
  Api api;
  api.location = document.at(document.root().position);
  if (const size_t at = name.find(";rev="); at != std::string::npos) {
    api.revision = name.substr(at + 5);
    name.resize(at);
    api.is_current = false;
  }
  api.name = std::move(name);
  api.display_name = properties.text("displayName", api.name);
  api.description = properties.text("description");
  api.path = withoutSlashes(properties.text("path"));
  if (api.path.size() > 400) properties.error("path", "an API's path has at most 400 characters");
  if (api.path.find_first_of("{}?#*") != std::string::npos)
    properties.error("path", "an API's path is literal: no parameters, query or wildcard");
  api.service_url = properties.text("serviceUrl");
  api.protocols = properties.texts("protocols");
  for (const std::string_view key : {"type", "apiType"}) {
    const auto type = properties.choice(key, {"http", "soap", "websocket", "graphql", "odata", "grpc", "mcp", "a2a"});
    if (type) api.type = static_cast<ApiType>(*type);
  }
  api.subscription_required = properties.boolean("subscriptionRequired", true);
  readKeyNames(properties, api);
  api.revision = properties.text("apiRevision", api.revision);
  api.is_current = properties.boolean("isCurrent", api.is_current);
  api.is_online = properties.boolean("isOnline", true);
  api.version = properties.text("apiVersion");
  api.version_set = properties.reference("apiVersionSetId");
  properties.inert({"apiRevisionDescription", "apiVersionDescription", "authenticationSettings", "contact", "license",
                    "termsOfServiceUrl", "sourceApiId", "isAgent", "agent", "a2aProperties", "jsonRpcProperties",
                    "mcpTools", "mcpProperties", "backendId", "provisioningState", "translateRequiredQueryParameters"});
  properties.refuse("apiVersionSet", "put the version set under `version sets/` and name it in `apiVersionSetId`.");
  properties.finish();
  return api;
}

DiagnosticSettings readDiagnosticSettings(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "diagnostic", diagnostics);
  DiagnosticSettings settings;
  settings.location = document.at(document.root().position);
  settings.name = std::move(name);
  settings.logger = properties.reference("loggerId");
  settings.always_log_errors = properties.text("alwaysLog") == "allErrors";
  settings.log_client_ip = properties.boolean("logClientIp", false);
  settings.metrics = properties.boolean("metrics", false);
  settings.verbosity = properties.text("verbosity");
  settings.correlation_protocol = properties.text("httpCorrelationProtocol");
  if (auto sampling = properties.object("sampling")) {
    sampling->choice("samplingType", {"fixed"});
    settings.sampling_percentage = sampling->number("percentage", 0, 100).value_or(100);
    sampling->finish();
  }
  properties.inert({"frontend", "backend", "operationNameFormat", "largeLanguageModel"});
  properties.finish();
  return settings;
}

VersionSet readVersionSet(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "version set", diagnostics);
  VersionSet set;
  set.location = document.at(document.root().position);
  set.name = std::move(name);
  set.display_name = properties.text("displayName", set.name);
  properties.requiredText("versioningScheme");
  if (const auto scheme = properties.choice("versioningScheme", {"Segment", "Query", "Header"}))
    set.scheme = static_cast<VersioningScheme>(*scheme);
  set.query_name = properties.text("versionQueryName");
  set.header_name = properties.text("versionHeaderName");
  if (set.scheme == VersioningScheme::Query && set.query_name.empty())
    properties.error("versionQueryName", "a version set by query needs `versionQueryName`");
  if (set.scheme == VersioningScheme::Header && set.header_name.empty())
    properties.error("versionHeaderName", "a version set by header needs `versionHeaderName`");
  properties.inert({"description"});
  properties.finish();
  return set;
}

Product readProduct(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "product", diagnostics);
  Product product;
  product.location = document.at(document.root().position);
  product.name = std::move(name);
  product.display_name = properties.text("displayName", product.name);
  product.description = properties.text("description");
  product.subscription_required = properties.boolean("subscriptionRequired", true);
  product.approval_required = properties.boolean("approvalRequired", false);
  product.subscriptions_limit = properties.integer("subscriptionsLimit", 0, 1'000'000'000);
  if (const auto state = properties.choice("state", {"notPublished", "published"})) product.published = *state == 1;
  properties.inert({"terms", "authenticationType", "application"});
  properties.finish();
  return product;
}

std::optional<ScopeTarget> parseScope(std::string_view scope) {
  // `/products/` and `/apis/` stand at the end of a full ARM id too.
  if (scope == "/") return ScopeTarget{};
  if (scope.find("/products/") != std::string_view::npos)
    return ScopeTarget{SubscriptionScope::Product, referenceName(scope)};
  if (scope.ends_with("/apis") || scope.ends_with("/apis/")) return ScopeTarget{SubscriptionScope::AllApis, {}};
  if (scope.find("/apis/") != std::string_view::npos) return ScopeTarget{SubscriptionScope::Api, referenceName(scope)};
  return std::nullopt;
}

Subscription readSubscription(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "subscription", diagnostics);
  Subscription subscription;
  subscription.location = document.at(document.root().position);
  subscription.name = std::move(name);
  subscription.display_name = properties.text("displayName", subscription.name);
  const std::string scope = properties.requiredText("scope");
  if (const auto parsed = parseScope(scope.empty() ? "/" : scope)) {
    subscription.scope = parsed->scope;
    subscription.target = parsed->target;
  } else {
    properties.error("scope", fmt::format("`{}` is no scope", scope),
                     "A scope is `/products/{name}`, `/apis/{name}` or `/apis`.");
  }
  if (const auto state =
          properties.choice("state", {"active", "suspended", "submitted", "rejected", "cancelled", "expired"}))
    subscription.state = static_cast<SubscriptionState>(*state);
  subscription.owner = properties.reference("ownerId");
  subscription.allow_tracing = properties.boolean("allowTracing", false);
  subscription.primary_key = properties.secret("primaryKey");
  subscription.secondary_key = properties.secret("secondaryKey");
  // The window of its quotas; what APIM shows as start is empty for a subscription that began when it was made.
  const std::string created = properties.text("createdDate");
  subscription.start = parseUtcTime(properties.text("startDate", created));
  properties.inert({"endDate", "expirationDate", "notificationDate", "stateComment"});
  properties.finish();
  return subscription;
}

Group readGroup(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "group", diagnostics);
  Group group{name, properties.text("displayName", name), document.at(document.root().position)};
  properties.inert({"description", "type", "externalId", "builtIn"});
  properties.finish();
  return group;
}

Tag readTag(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "tag", diagnostics);
  Tag tag{name, properties.text("displayName", name), {}, {}, document.at(document.root().position)};
  properties.finish();
  return tag;
}

Gateway readGateway(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "gateway", diagnostics);
  Gateway gateway{name, properties.text("description"), {}, document.at(document.root().position)};
  properties.inert({"locationData"});
  properties.finish();
  return gateway;
}

NamedValue readNamedValue(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "named value", diagnostics);
  NamedValue value;
  value.location = document.at(document.root().position);
  value.name = std::move(name);
  value.display_name = properties.text("displayName", value.name);
  if (value.display_name.empty() ||
      value.display_name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
          std::string::npos)
    properties.error("displayName", "a named value's name consists of letters, digits, `.`, `-` and `_`");
  value.secret = properties.boolean("secret", false) || properties.has("keyVault");
  if (properties.has("value")) {
    value.value = properties.secret("value");
    value.resolved = true;
  }
  if (auto vault = properties.object("keyVault")) {
    value.vault_secret = vault->text("secretIdentifier");
    value.vault_identity = vault->text("identityClientId");
    vault->inert({"lastStatus"});
    vault->finish();
  }
  properties.inert({"value", "tags", "provisioningState"});
  properties.finish();
  return value;
}

Backend readBackend(std::string name, const text::Document& document, const std::vector<NamedValue>& values,
                    Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "backend", diagnostics, &values);
  Backend backend;
  backend.location = document.at(document.root().position);
  backend.name = std::move(name);
  backend.title = properties.text("title");
  const bool is_pool = properties.choice("type", {"Single", "Pool"}).value_or(0) == 1;
  backend.url = is_pool ? properties.text("url") : properties.requiredText("url");
  backend.protocol = properties.text("protocol", "http");
  if (auto credentials = properties.object("credentials")) readCredentials(*credentials, backend.credentials);
  if (auto tls = properties.object("tls")) readTls(*tls, backend);
  if (auto proxy = properties.object("proxy")) {
    backend.proxy_url = proxy->requiredText("url");
    backend.proxy_user = proxy->text("username");
    backend.proxy_password = proxy->secret("password");
    proxy->finish();
  }
  if (auto breaker = properties.object("circuitBreaker")) {
    auto rules = breaker->objects("rules");
    if (rules.size() > 1) breaker->error("rules", "a backend has one circuit breaker rule (APIM's limit)");
    if (!rules.empty()) backend.breaker = readBreaker(rules.front());
    breaker->finish();
  }
  if (auto pool = properties.object("pool")) {
    readPool(*pool, backend);
  } else if (is_pool) {
    properties.error("type", "a backend of type Pool needs `pool`");
  }
  if (auto inner = properties.object("properties")) {
    backend.service_fabric = inner->has("serviceFabricCluster");
    inner->inert({"serviceFabricCluster"});
    inner->finish();
  }
  properties.inert({"description", "resourceId", "azureRegion"});
  properties.finish();
  return backend;
}

Logger readLogger(std::string name, const text::Document& document, const std::vector<NamedValue>& values,
                  Diagnostics& diagnostics, LoggerCredentials supplied) {
  auto properties = propertiesOf(document, "logger", diagnostics, &values);
  properties.tolerateMissingValues();  // its events are kept locally all the same
  if (supplied == LoggerCredentials::Supplied) properties.ignoreMissingValues();
  Logger logger;
  logger.location = document.at(document.root().position);
  logger.name = std::move(name);
  properties.requiredText("loggerType");
  if (const auto type = properties.choice("loggerType", {"azureEventHub", "applicationInsights", "azureMonitor"}))
    logger.type = static_cast<LoggerType>(*type);
  logger.description = properties.text("description");
  logger.is_buffered = properties.boolean("isBuffered", true);
  if (auto credentials = properties.object("credentials")) {
    logger.event_hub = credentials->text("name");
    logger.connection_string = credentials->secret("connectionString");
    logger.endpoint = credentials->text("endpointAddress");
    logger.identity_client = credentials->text("identityClientId");
    logger.instrumentation_key = credentials->secret("instrumentationKey");
    credentials->finish();
  }
  properties.inert({"resourceId"});
  properties.finish();
  return logger;
}

std::string readFragmentDescription(const text::Document& document, Diagnostics& diagnostics) {
  auto properties = propertiesOf(document, "policy fragment", diagnostics);
  std::string description = properties.text("description");
  // Newer extractors repeat the text of policy.xml in `value`; that file is the one that counts.
  properties.inert({"format", "provisioningState", "value"});
  properties.finish();
  return description;
}

}  // namespace sluice::config
