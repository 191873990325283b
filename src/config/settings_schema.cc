// The table of all keys of sluice.yaml. A key is declared here and nowhere else; its default is its member's in
// settings.h.
#include <fmt/format.h>

#include "config/schema.h"
#include "config/settings_reader.h"

namespace sluice::config {

template <>
std::vector<std::string_view> enumNames<Durability>() {
  return {"interval", "record"};
}
template <>
std::vector<std::string_view> enumNames<WhenFull>() {
  return {"refuse", "drop"};
}
template <>
std::vector<std::string_view> enumNames<RecordBodies>() {
  return {"none", "metadata", "full"};
}
template <>
std::vector<std::string_view> enumNames<ClientCertificates>() {
  return {"ignore", "request"};
}
template <>
std::vector<std::string_view> enumNames<ColumnType>() {
  return {"bool", "int", "long", "real", "string", "datetime", "dynamic"};
}
template <>
std::vector<std::string_view> enumNames<IdentitySource>() {
  return {"automatic", "managedIdentity", "appService", "workloadIdentity", "clientSecret", "clientCertificate"};
}
template <>
std::vector<std::string_view> enumNames<log::Level>() {
  return {"debug", "info", "warning", "error"};
}

template <>
std::vector<std::string_view> enumNames<ClientScheme>() {
  return {"connection", "http", "https", "forwarded"};
}

template <>
const Schema<TlsFiles>& schema<TlsFiles>() {
  static const auto table = Schema<TlsFiles>()
                                .key("certificate", &TlsFiles::certificate,
                                     "PEM file with the certificate and its chain.", Presence::Required)
                                .key("key", &TlsFiles::key, "PEM file with the private key.", Presence::Required);
  return table;
}

template <>
const Schema<Listener>& schema<Listener>() {
  static const auto table =
      Schema<Listener>()
          .key("address", &Listener::address, "Where to listen; port 0 lets the system choose.", Presence::Required)
          .key("tls", &Listener::tls, "Speak TLS with this certificate; without it plain HTTP.")
          .key("clientCertificates", &Listener::client_certificates,
               "`request` asks clients for a certificate, for policies to judge (validate-client-certificate).")
          .key("scheme", &Listener::scheme,
               "What clients speak, where a proxy in front takes TLS off: `https`, `http`, or `forwarded` as its "
               "X-Forwarded-Proto says. APIs that are for https only are not found by http.");
  return table;
}

template <>
const Schema<Limits>& schema<Limits>() {
  static const auto table =
      Schema<Limits>()
          .key("requestBody", &Limits::request_body, "Largest request body that is buffered; a larger one gets 413.")
          .key("streamedRequestBody", &Limits::streamed_request_body,
               "Largest request body that is passed through without being buffered; 0 sets no bound.")
          .key("bufferedResponse", &Limits::buffered_response,
               "Largest response that is buffered because a policy reads it; a larger one gives 502.")
          .key("capture", &Limits::capture,
               "How much of a body is kept for policies and records that only observe; more is cut and marked.")
          .key("head", &Limits::head, "Largest request line with all header fields; a larger one gets 431.")
          .key("connections", &Limits::connections, "Most client connections at a time.")
          .key("memory", &Limits::memory, "Memory for buffered bodies of all requests; past it new work gets 503.");
  return table;
}

template <>
const Schema<Timeouts>& schema<Timeouts>() {
  static const auto table =
      Schema<Timeouts>()
          .key("tlsHandshake", &Timeouts::tls_handshake, "From a connection to the end of its TLS handshake.")
          .key("requestHead", &Timeouts::request_head, "From a request's first byte to the end of its header fields.")
          .key("requestBody", &Timeouts::request_body, "Between two reads of a request's body.")
          .key("responseWrite", &Timeouts::response_write, "Without progress while the client takes its answer.")
          .key("keepAlive", &Timeouts::keep_alive, "How long a connection may wait for its next request.");
  return table;
}

template <>
const Schema<Upstream>& schema<Upstream>() {
  static const auto table =
      Schema<Upstream>()
          .key("connectTimeout", &Upstream::connect_timeout, "To connect to an upstream, TLS included.")
          .key("firstByteTimeout", &Upstream::first_byte_timeout,
               "To the first byte of an answer, where forward-request sets no timeout.")
          .key("readTimeout", &Upstream::read_timeout, "Between two reads of an answer's body.")
          .key("idleTimeout", &Upstream::idle_timeout, "How long an unused upstream connection is kept.")
          .key("lifetime", &Upstream::lifetime, "How long an upstream connection is used at most.")
          .key("maxConnections", &Upstream::max_connections, "Most connections to one host, per thread.")
          .key("maxWaiting", &Upstream::max_waiting,
               "Most requests that wait for one of them, per host and thread; others fail at once.")
          .key("waitTimeout", &Upstream::wait_timeout, "How long a request waits for one of them.")
          .key("maxStreams", &Upstream::max_streams, "Most requests at once on one HTTP/2 connection.")
          .key("forwardCallerKey", &Upstream::forward_caller_key,
               "Send the caller's subscription key on to backends that have credentials of their own, as API "
               "Management does; by default it stays here.")
          .key("poolFailover", &Upstream::pool_failover,
               "A call that a member of a pool refuses or fails is made on another one; false leaves that to `retry`, "
               "as "
               "in API Management.");
  return table;
}

template <>
const Schema<Journal>& schema<Journal>() {
  static const auto table =
      Schema<Journal>()
          .key("directory", &Journal::directory, "Where events are kept until every sink has them.")
          .key("durability", &Journal::durability,
               "`interval` syncs to disk every syncInterval; `record` before an answer's last byte is released.")
          .key("syncInterval", &Journal::sync_interval, "The window that a power failure may cost.")
          .key("sizeLimit", &Journal::size_limit, "Most disk space that the journal takes.")
          .key("whenFull", &Journal::when_full,
               "What a request gets for which no room can be reserved: `refuse` answers 503, `drop` serves it and "
               "counts.")
          .key("ringSize", &Journal::ring_size, "Size of each thread's ring.");
  return table;
}

template <>
const Schema<Store>& schema<Store>() {
  static const auto table = Schema<Store>()
                                .key("enabled", &Store::enabled, "Keep events in the local store, ready for queries.")
                                .key("path", &Store::path, "The store's database file.")
                                .key("memory", &Store::memory, "Memory that the store may use.");
  return table;
}

template <>
const Schema<Table>& schema<Table>() {
  static const auto table =
      Schema<Table>()
          .key("logger", &Table::logger, "The logger whose events become this table's rows.", Presence::Required)
          .key("columns", &Table::columns,
               "A member of the event's JSON and its type; a column `time` is always there besides.");
  return table;
}

template <>
const Schema<HostMapping>& schema<HostMapping>() {
  static const auto table =
      Schema<HostMapping>()
          .key("address", &HostMapping::address, "Where calls to this `host` or `host:port` really go.",
               Presence::Required)
          .key("ca", &HostMapping::ca, "PEM bundle that the host's certificate has to chain to.")
          .key("plain", &HostMapping::plain, "Talk plain HTTP to it even for https URLs: a stand-in on this machine.");
  return table;
}

template <>
const Schema<ValueSource>& schema<ValueSource>() {
  static const auto table =
      Schema<ValueSource>()
          .key("env", &ValueSource::env, "Environment variable that holds the value.")
          .key("file", &ValueSource::file, "File that holds the value; one newline at its end is cut.")
          .key("keyVault", &ValueSource::key_vault,
               "Secret of a Key Vault: https://VAULT.vault.azure.net/secrets/NAME, and /VERSION to stay with one.")
          .key("value", &ValueSource::value, "The value itself; not for secrets.");
  return table;
}

// Exactly one of its keys.
template <>
struct Value<ValueSource> {
  static void read(const text::Node& node, std::string_view path, ValueSource& into, ReadContext& context) {
    const size_t errors = context.diagnostics.errors();
    schema<ValueSource>().read(node, path, into, context);
    const int given =
        into.env.has_value() + into.file.has_value() + into.key_vault.has_value() + into.value.has_value();
    if (given != 1 && context.diagnostics.errors() == errors)
      context.error(node.position,
                    fmt::format("`{}` needs exactly one of `env`, `file`, `keyVault` and `value`", path));
  }
  static void describe(const std::string& path, const ValueSource*, std::string_view sentence,
                       std::vector<KeyDescription>& out) {
    if (!sentence.empty()) out.push_back({path, "a mapping with one key", "", std::string(sentence)});
    schema<ValueSource>().describe(path, out);
  }
};

template <>
const Schema<CertificateSource>& schema<CertificateSource>() {
  static const auto table =
      Schema<CertificateSource>()
          .key("pfx", &CertificateSource::pfx, "PKCS#12 file with the certificate, its chain and its key.")
          .key("password", &CertificateSource::password, "The password of `pfx`.")
          .key("certificate", &CertificateSource::certificate, "Instead: PEM file with the certificate and its chain.")
          .key("key", &CertificateSource::key, "PEM file with its private key; an issuer's certificate needs none.")
          .key("keyVault", &CertificateSource::key_vault,
               "Instead: certificate of a Key Vault, https://VAULT.vault.azure.net/certificates/NAME.");
  return table;
}

template <>
const Schema<OutboundIdentity>& schema<OutboundIdentity>() {
  static const auto table =
      Schema<OutboundIdentity>()
          .key(
              "source", &OutboundIdentity::source,
              "Where tokens come from; `automatic` chooses by the environment as DefaultAzureCredential does: "
              "AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE, IDENTITY_ENDPOINT, else "
              "the machine's metadata service.")
          .key("tenantId", &OutboundIdentity::tenant_id, "Instead of AZURE_TENANT_ID.")
          .key("clientId", &OutboundIdentity::client_id, "Instead of AZURE_CLIENT_ID.")
          .key("clientSecret", &OutboundIdentity::client_secret, "Instead of AZURE_CLIENT_SECRET.")
          .key("certificate", &OutboundIdentity::certificate, "Instead of AZURE_CLIENT_CERTIFICATE_PATH.")
          .key("tokenFile", &OutboundIdentity::token_file, "Instead of AZURE_FEDERATED_TOKEN_FILE.")
          .key("authority", &OutboundIdentity::authority, "Instead of AZURE_AUTHORITY_HOST.");
  return table;
}

template <>
const Schema<KeyVault>& schema<KeyVault>() {
  static const auto table =
      Schema<KeyVault>()
          .key("refresh", &KeyVault::refresh, "How often values are fetched again; the last good one is kept.")
          .key("wait", &KeyVault::wait, "How long a start waits for values that are not known yet.");
  return table;
}

template <>
const Schema<Identity>& schema<Identity>() {
  static const auto table =
      Schema<Identity>()
          .key("ca", &Identity::ca, "PEM bundle for calls to identity providers, instead of tls.ca.")
          .key("metadataRefresh", &Identity::metadata_refresh, "How often OpenID metadata and keys are fetched again.")
          .key("unknownKeyRefresh", &Identity::unknown_key_refresh,
               "At most one fetch for an unknown key per this interval.")
          .key("maxToken", &Identity::max_token, "Largest token that is looked at.")
          .key("signatureCache", &Identity::signature_cache, "Memory for signatures already verified, per thread.")
          .key("outbound", &Identity::outbound, "Who this gateway is to Azure: managed identity and Key Vault.");
  return table;
}

template <>
const Schema<Record>& schema<Record>() {
  static const auto table =
      Schema<Record>()
          .key("bodies", &Record::bodies,
               "The built-in record: `full` with both bodies, `metadata` without them, `none` for no record at all "
               "(what "
               "log-to-eventhub writes is kept all the same).")
          .key("apis", &Record::apis, "The same for one API, by its name.")
          .key("userVariable", &Record::user_variable,
               "The policy variable that fills column `user`; else the token's name or the subscription's owner.")
          .key("workloadVariable", &Record::workload_variable, "The policy variable that fills column `workload`.");
  return table;
}

template <>
const Schema<Usage>& schema<Usage>() {
  static const auto table =
      Schema<Usage>()
          .key("includeUsage", &Usage::include_usage,
               "Ask for usage in a stream where the api-version knows it, and take out of the answer what that adds.")
          .key("countTokens", &Usage::count_tokens, "Count tokens where the upstream reports none, marked estimated.");
  return table;
}

template <>
const Schema<BackendOverride>& schema<BackendOverride>() {
  static const auto table =
      Schema<BackendOverride>()
          .key("url", &BackendOverride::url, "Instead of the backend's own URL.")
          .key("apiVersion", &BackendOverride::api_version,
               "The api-version that this instance gets, whichever the client asked for.")
          .key("deployments", &BackendOverride::deployments,
               "What this instance calls a deployment (in the path, or `model` in the body), by the name that clients "
               "use.");
  return table;
}

template <>
const Schema<LoggerOverride>& schema<LoggerOverride>() {
  static const auto table = Schema<LoggerOverride>().key("connectionString", &LoggerOverride::connection_string,
                                                         "Instead of the logger's own connection string.");
  return table;
}

template <>
const Schema<AuthorizationSource>& schema<AuthorizationSource>() {
  static const auto table =
      Schema<AuthorizationSource>()
          .key("refreshToken", &AuthorizationSource::refresh_token,
               "What a user's consent gave; without it, tokens are the client's own (client credentials).")
          .key("scope", &AuthorizationSource::scope, "Instead of the provider's.");
  return table;
}

template <>
const Schema<CredentialProvider>& schema<CredentialProvider>() {
  static const auto table =
      Schema<CredentialProvider>()
          .key("tokenUrl", &CredentialProvider::token_url, "The provider's OAuth 2.0 token endpoint.",
               Presence::Required)
          .key("clientId", &CredentialProvider::client_id, "The client that this gateway is.", Presence::Required)
          .key("clientSecret", &CredentialProvider::client_secret, "The client's secret.")
          .key("scope", &CredentialProvider::scope, "What tokens are asked for, separated by blanks.")
          .key("authorizations", &CredentialProvider::authorizations, "An authorization of the provider, by its id.");
  return table;
}

template <>
const Schema<SubscriptionSource>& schema<SubscriptionSource>() {
  static const auto table =
      Schema<SubscriptionSource>()
          .key("primaryKey", &SubscriptionSource::primary_key, "The first of its two keys.")
          .key("secondaryKey", &SubscriptionSource::secondary_key, "The second; both are good.")
          .key("scope", &SubscriptionSource::scope,
               "`/products/NAME`, `/apis/NAME` or `/apis`, for a subscription that the extract does not have; `master` "
               "needs none: it opens every API.");
  return table;
}

template <>
const Schema<UserSource>& schema<UserSource>() {
  static const auto table = Schema<UserSource>()
                                .key("email", &UserSource::email, "context.User.Email.")
                                .key("firstName", &UserSource::first_name, "context.User.FirstName.")
                                .key("lastName", &UserSource::last_name, "context.User.LastName.")
                                .key("groups", &UserSource::groups, "Names of groups: context.User.Groups.");
  return table;
}

template <>
const Schema<Tls>& schema<Tls>() {
  static const auto table =
      Schema<Tls>().key("ca", &Tls::ca, "PEM bundle of authorities for all outgoing calls, instead of the system's.");
  return table;
}

template <>
const Schema<Settings>& schema<Settings>() {
  static const auto table =
      Schema<Settings>()
          .key("listeners", &Settings::listeners, "Where clients are served; 127.0.0.1:8080 when left out.")
          .key("management", &Settings::management,
               "Where /status, metrics and queries are served; 127.0.0.1:8081 when left out.")
          .key("threads", &Settings::threads, "Threads that serve requests; 0 is one per core.")
          .key("logLevel", &Settings::log_level, "What the gateway's own log says at least.")
          .key("drainTimeout", &Settings::drain_timeout,
               "How long running requests may take after a stop is asked for.")
          .key("limits", &Settings::limits, "Bounds on requests, connections and memory.")
          .key("timeouts", &Settings::timeouts, "Deadlines for clients, one per phase.")
          .key("upstream", &Settings::upstream, "Connections to backends.")
          .key("tls", &Settings::tls, "TLS of outgoing calls.")
          .key("hosts", &Settings::hosts, "Another address for every outgoing call to a `host` or `host:port`.")
          .key("identity", &Settings::identity, "Identity providers and their keys.")
          .key("keyVault", &Settings::key_vault, "Values that come from Key Vaults.")
          .key("journal", &Settings::journal, "The disk queue of events.")
          .key("store", &Settings::store, "The local store of events.")
          .key("tables", &Settings::tables, "Tables that loggers' events become rows of.")
          .key("record", &Settings::record, "The built-in record of every exchange.")
          .key("usage", &Settings::usage, "How token usage is found.")
          .key("apis", &Settings::apis, "Serve these APIs only; all when left out.")
          .key("gateway", &Settings::gateway,
               "Serve, as that self-hosted gateway does, the APIs only that are assigned to this gateway resource.")
          .key("revocationLists", &Settings::revocation_lists,
               "Revocation lists (PEM or DER) of those who issue client certificates, for validate-client-certificate.")
          .key("namedValues", &Settings::named_values,
               "A named value by its display name or name: every secret, and what differs here.")
          .key("backends", &Settings::backends, "What differs here about a backend, by its name.")
          .key("loggers", &Settings::loggers, "What differs here about a logger, by its name.")
          .key("subscriptions", &Settings::subscriptions, "Keys of subscriptions, by their names.")
          .key("users", &Settings::users, "Users that own subscriptions, by their ids.")
          .key("certificates", &Settings::certificates, "Certificates that policies name, by their ids.")
          .key("credentials", &Settings::credentials,
               "Credential providers of get-authorization-context, by their ids.");
  return table;
}

Settings defaultSettings(const std::string& folder) {
  Settings settings;
  settings.journal.directory.text = text::resolvePath(folder, settings.journal.directory.text);
  settings.store.path.text = text::resolvePath(folder, settings.store.path.text);
  return settings;
}

void readSettings(const text::Document& document, const std::string& folder, Settings& settings,
                  Diagnostics& diagnostics, std::vector<std::string>& files) {
  ReadContext context{document, folder, diagnostics, files};
  schema<Settings>().read(document.root(), {}, settings, context);
}

std::string settingsReference() {
  std::vector<KeyDescription> keys;
  schema<Settings>().describe({}, keys);
  std::string out =
      "# sluice.yaml\n\n"
      "What APIM has no words for, beside the folder in APIOps layout. Every key may be left out; a key that is not\n"
      "listed is an error. Relative paths are relative to the folder. `[]` stands for each item of a list, `*` for a\n"
      "name of your choice. This page is generated from the table that the reader uses.\n\n"
      "| key | is | default | |\n| --- | --- | --- | --- |\n";
  for (const auto& key : keys)
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.path, key.type,
                       key.default_value.empty() || key.default_value == "required"
                           ? key.default_value
                           : fmt::format("`{}`", key.default_value),
                       key.sentence);
  return out;
}

}  // namespace sluice::config
