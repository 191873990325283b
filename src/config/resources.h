// APIM's resources as typed values (reference sections 4 and 5). Names are ARM names (folder names); references to
// other resources are bare names too (`/products/p` becomes `p`). Everything here is immutable once loaded and is
// shared by all threads through the Configuration that owns it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/certificate.h"
#include "base/clock.h"
#include "base/diagnostic.h"
#include "base/secret.h"
#include "config/named_values.h"
#include "config/settings.h"

namespace sluice::text {
class Document;
}

namespace sluice::config {

// One policy.xml: as stored, and with named values filled in. Parse `expanded.text`; give its diagnostics, made in the
// coordinates of `expanded.text`, to `relocate`.
struct PolicyDocument {
  std::string file;    // as diagnostics show it
  std::string source;  // as stored
  ExpandedText expanded;

  // A mistake at an offset into `expanded.text`, shown in the author's file.
  Diagnostic diagnostic(Severity severity, size_t offset, std::string message, std::string remedy = {}) const;
  // The same for a diagnostic whose line and column (from 1) count in `expanded.text`.
  Diagnostic relocate(Diagnostic diagnostic) const;
};

struct TemplateParameter {
  std::string name;
  std::string type;  // "string" when the specification says nothing
  bool required = true;
  std::string default_value;
  std::vector<std::string> values;  // enum
};

struct QueryParameter {
  std::string name;
  std::string type;
  bool required = false;
};

// A literal or required query parameter in a URL template: `api-version={api-version}`.
struct TemplateQuery {
  std::string name;
  std::string parameter;  // the {parameter}'s name; empty: `value` is a literal
  std::string value;
};

// What the specification says of one body: its examples as they are sent, and one made from its schema.
struct Representation {
  std::string content_type;
  std::vector<std::string> examples;
  std::string sample;  // empty: there is no schema, or nothing can be made from it
};

struct ResponseDescription {
  int status = 0;  // 1 to 5: `1XX` to `5XX`; 0: `default`
  std::vector<Representation> representations;
};

struct Operation {
  std::string id;  // operationId, or derived as APIM does
  std::string display_name;
  std::string description;
  std::string method;                // upper case for the standard ones
  std::string url_template;          // context.Operation.UrlTemplate: path and query
  std::string path;                  // url_template up to '?', with its leading slash
  std::vector<TemplateQuery> query;  // what follows it; all of these must be present for the operation to match
  std::vector<TemplateParameter> template_parameters;
  std::vector<QueryParameter> query_parameters;  // declared, not part of the template
  std::vector<ResponseDescription> responses;
  std::vector<std::string> tags;
  std::optional<PolicyDocument> policy;
  Location location;
};

enum class ApiType { Http, Soap, WebSocket, GraphQl, OData, Grpc, Mcp, A2a };
std::string_view apiTypeName(ApiType type);

struct DiagnosticSettings {  // APIM's `diagnostic` (reference 4.6); sluice::Diagnostic is something else
  std::string name;
  std::string logger;
  bool always_log_errors = false;
  double sampling_percentage = 100;
  bool log_client_ip = false;
  bool metrics = false;
  std::string verbosity;
  std::string correlation_protocol;
  Location location;
};

// A schema resource of an API or of the service (reference 4.4), for validate-content.
struct SchemaResource {
  enum class Kind : uint8_t { Xml, Json, Other };
  std::string name;
  Kind kind = Kind::Other;
  std::string text;  // the document
  Location location;
};

struct Api {
  std::string name;  // without ;rev=N
  std::string display_name;
  std::string description;
  ApiType type = ApiType::Http;
  std::string path;         // no slashes at its ends; "" is the root
  std::string service_url;  // base URL as written; empty: none
  std::vector<std::string> protocols;
  bool subscription_required = true;
  std::string key_header = "Ocp-Apim-Subscription-Key";
  std::string key_query = "subscription-key";
  bool key_as_bearer = false;
  std::string revision = "1";
  bool is_current = true;
  bool is_online = true;
  std::string version;      // apiVersion; empty: the un-versioned member
  std::string version_set;  // name of the version set; empty: none
  std::vector<std::string> tags;
  std::vector<Operation> operations;
  // What the operations were read from; kept only where a policy validates against it (keepSpecifications).
  std::shared_ptr<const text::Document> specification;
  std::vector<SchemaResource> schemas;
  std::vector<DiagnosticSettings> diagnostics;
  std::optional<PolicyDocument> policy;
  Location location;  // of apiInformation.json
};

// An API that this gateway does not run: answers 501, is listed by check, /status and a metric (design, Configuration).
struct LeftOutApi {
  std::string name;
  std::string path;
  std::string reason;
};

// A {{name}} that has no value, and the file that asks for it. A logger does without.
struct MissingValue {
  std::string name;
  std::string file;
  std::string logger;  // whose file it is; empty: not a logger's
};

// A named value whose Key Vault could not be read. While resources are read a mark stands in for it, so that what needs
// it is found (unread.h).
struct UnreadValue {
  std::string name;
  std::string mark;
  std::string why;
};

enum class VersioningScheme { Segment, Query, Header };

struct VersionSet {
  std::string name;
  std::string display_name;
  VersioningScheme scheme = VersioningScheme::Segment;
  std::string query_name;
  std::string header_name;
  Location location;
};

struct Product {
  std::string name;
  std::string display_name;
  std::string description;
  bool subscription_required = true;
  bool approval_required = false;
  std::optional<int> subscriptions_limit;
  bool published = false;  // no effect at run time (reference 4.3)
  std::vector<std::string> apis;
  std::vector<std::string> groups;
  std::optional<PolicyDocument> policy;
  Location location;
};

enum class SubscriptionScope { Service, AllApis, Api, Product };
enum class SubscriptionState { Active, Suspended, Submitted, Rejected, Cancelled, Expired };

struct Subscription {
  std::string name;
  std::string display_name;
  SubscriptionScope scope = SubscriptionScope::AllApis;
  std::string target;  // API or product name, by scope
  std::string owner;   // user name
  SubscriptionState state = SubscriptionState::Active;
  bool allow_tracing = false;
  std::optional<UtcTime> start;  // when it began, where the extract says so
  Secret primary_key;
  Secret secondary_key;
  Location location;
};

// From sluice.yaml: an extract has no users.
struct User {
  std::string name;  // its id
  std::string email;
  std::string first_name;
  std::string last_name;
  std::vector<std::string> groups;
};

struct Group {
  std::string name;
  std::string display_name;
  Location location;
};

struct Tag {
  std::string name;
  std::string display_name;
  std::vector<std::string> apis;
  std::vector<std::string> products;
  Location location;
};

struct ManagedIdentity {
  std::string client_id;  // empty: system-assigned
  std::string resource;
};

struct BackendCredentials {
  Named<std::vector<Secret>> headers;
  Named<std::vector<Secret>> query;
  std::string authorization_scheme;  // empty: none
  Secret authorization_parameter;
  std::optional<ManagedIdentity> managed_identity;
  std::vector<std::string> certificates;  // ids or thumbprints
  bool empty() const {
    return headers.empty() && query.empty() && authorization_scheme.empty() && !managed_identity &&
           certificates.empty();
  }
};

struct StatusRange {
  int min = 0, max = 0;
};

// What a breaker's errorReasons may say here; APIM publishes no list (reference 4.5). Others are refused at load, since
// nothing could ever mean them.
inline constexpr std::string_view kErrorReasons[] = {"Server errors", "BackendConnectionFailure", "Timeout"};

struct CircuitBreaker {
  std::string name;
  std::optional<int> count;
  std::optional<int> percentage;
  Duration interval{};
  std::vector<StatusRange> statuses;
  std::vector<std::string> error_reasons;
  Duration trip_duration{};
  bool accept_retry_after = false;
  std::optional<int> failure_status;
};

struct PoolMember {
  std::string backend;
  int priority = 1;
  int weight = 1;
};

// A name that a server's certificate must have, and who must have issued it.
struct ServerName {
  std::string name;
  std::string issuer_thumbprint;  // empty: anybody whom the chain is trusted by
};

struct Backend {
  std::string name;
  std::string title;
  std::string url;  // empty for a pool
  std::string protocol = "http";
  BackendCredentials credentials;
  bool validate_certificate_chain = true;
  bool validate_certificate_name = true;
  std::vector<std::string> server_thumbprints;
  std::vector<ServerName> server_names;
  std::string proxy_url, proxy_user;
  Secret proxy_password;
  std::optional<CircuitBreaker> breaker;
  std::vector<PoolMember> pool;       // not empty: a pool
  std::string session_cookie;         // pool's session affinity
  std::optional<int> failure_status;  // pool's answer when no member can be called; else 503
  bool service_fabric = false;
  // From sluice.yaml: what this instance knows under other names (upstream/deployment_map.h).
  std::string api_version;
  Named<std::string> deployments;
  Location location;
};

enum class LoggerType { EventHub, ApplicationInsights, AzureMonitor };

struct Logger {
  std::string name;
  LoggerType type = LoggerType::EventHub;
  std::string description;
  bool is_buffered = true;
  std::string event_hub;        // its name
  Secret connection_string;     // Event Hubs or Application Insights
  std::string endpoint;         // Event Hubs with an identity: <namespace>.servicebus.windows.net
  std::string identity_client;  // "SystemAssigned" or a client id
  Secret instrumentation_key;
  Location location;
};

struct Fragment {
  std::string name;
  std::string description;
  PolicyDocument policy;
  Location location;
};

struct Gateway {
  std::string name;
  std::string description;
  std::vector<std::string> apis;
  Location location;
};

// From sluice.yaml: an extract has no certificates.
struct Certificate {
  std::string id;
  KeyedCertificate content;
};

// Settings::identity.outbound with its values resolved.
struct OutboundCredential {
  IdentitySource source = IdentitySource::Automatic;
  std::string tenant_id, client_id, token_file, authority;  // empty: the environment's
  Secret client_secret;
  KeyedCertificate certificate;
};

// From sluice.yaml: an extract has no credentials.
struct Authorization {
  std::string provider;
  std::string id;
  std::string token_url;
  std::string client_id;
  std::string scope;
  Secret client_secret;
  Secret refresh_token;  // empty: client credentials
};

}  // namespace sluice::config
