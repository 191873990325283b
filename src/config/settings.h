// Settings: what APIM has no words for, from sluice.yaml (design, Configuration). Every member's default stands here
// and every key's name and sentence once in settings_schema.cc; unknown-key diagnostics and
// docs/reference/sluice-yaml.md derive from these two. Plain values: copied into a Configuration, immutable afterwards.
// Paths are absolute once read (relative ones are relative to the configuration's folder); durations are nanoseconds,
// sizes are bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace sluice::config {

// Values by name, in the order of the document.
template <class T>
using Named = std::vector<std::pair<std::string, T>>;

template <class T>
const T* findNamed(const Named<T>& values, std::string_view name) {
  for (const auto& [key, value] : values)
    if (key == name) return &value;
  return nullptr;
}

// A count of bytes, written `64MiB` in sluice.yaml.
struct ByteSize {
  uint64_t bytes = 0;
  constexpr operator uint64_t() const { return bytes; }  // NOLINT: reads as a number everywhere
};
constexpr ByteSize kibibytes(uint64_t count) {
  return {count * 1024};
}
constexpr ByteSize mebibytes(uint64_t count) {
  return {count * 1024 * 1024};
}

// `host:port`; the host without IPv6 brackets. Port 0: chosen by the system (listeners) or kept from the URL (hosts).
struct Address {
  std::string host;
  uint16_t port = 0;
  bool operator==(const Address&) const = default;
};

// An address whose port may be left out (0): then it is the URL's.
struct HostAddress : Address {};

// A path in the file system; empty: none.
struct Path {
  std::string text;
  bool empty() const { return text.empty(); }
  bool operator==(const Path&) const = default;
};

// A file that has to be there when the configuration is loaded.
struct FilePath : Path {};

struct TlsFiles {
  FilePath certificate;  // PEM, the chain
  FilePath key;          // PEM
  bool operator==(const TlsFiles&) const = default;
};

enum class ClientCertificates { Ignore, Request };

// What clients speak, where a proxy in front takes TLS off: as the connection is, always the one, or as the proxy says.
enum class ClientScheme { Connection, Http, Https, Forwarded };

struct Listener {
  Address address;
  std::optional<TlsFiles> tls;  // none: plain HTTP
  ClientCertificates client_certificates = ClientCertificates::Ignore;
  ClientScheme scheme = ClientScheme::Connection;
  bool operator==(const Listener&) const = default;
};

// Bounds on what one request, one connection and the process may take (design, The life of a request).
struct Limits {
  ByteSize request_body = mebibytes(64);       // buffered; past it 413
  ByteSize streamed_request_body{0};           // passed through unread; 0: no bound
  ByteSize buffered_response = mebibytes(64);  // past it 502
  ByteSize capture = mebibytes(64);            // what observers keep of a stream; past it cut and marked
  ByteSize head = kibibytes(64);               // request line and header fields
  uint32_t connections = 20000;                // client connections of the process
  ByteSize memory = mebibytes(2048);           // budget for buffered bodies of the process; past it 503
};

// One deadline per phase of a client connection.
struct Timeouts {
  Duration tls_handshake = std::chrono::seconds(10);
  Duration request_head = std::chrono::seconds(30);
  Duration request_body = std::chrono::seconds(60);    // between two reads
  Duration response_write = std::chrono::seconds(60);  // between two writes that make progress
  Duration keep_alive = std::chrono::seconds(75);
  bool operator==(const Timeouts&) const = default;
};

struct Upstream {
  Duration connect_timeout = std::chrono::seconds(10);
  Duration first_byte_timeout = std::chrono::seconds(300);  // forward-request's default (reference 2.5)
  Duration read_timeout = std::chrono::seconds(300);        // between two reads of a body
  Duration idle_timeout = std::chrono::seconds(60);         // of a pooled connection
  Duration lifetime = std::chrono::minutes(10);             // of a pooled connection
  uint32_t max_connections = 1024;                          // per host and thread
  uint32_t max_waiting = 1024;                              // for one of them
  Duration wait_timeout = std::chrono::seconds(10);
  uint32_t max_streams = 100;       // of HTTP/2, at once on one connection
  bool forward_caller_key = false;  // to backends with credentials of their own
  bool pool_failover = true;        // a pool's members answer for one another
};

enum class Durability { Interval, Record };
enum class WhenFull { Refuse, Drop };

struct Journal {
  Path directory{"data/journal"};
  Durability durability = Durability::Interval;
  Duration sync_interval = std::chrono::milliseconds(50);
  ByteSize size_limit = mebibytes(4096);
  WhenFull when_full = WhenFull::Refuse;
  ByteSize ring_size = mebibytes(16);  // per thread
  bool operator==(const Journal&) const = default;
};

struct Store {
  bool enabled = true;
  Path path{"data/store.duckdb"};
  ByteSize memory = mebibytes(512);
  bool operator==(const Store&) const = default;
};

// Kusto's scalar types.
enum class ColumnType { Bool, Int, Long, Real, String, DateTime, Dynamic };

// A table that a logger's events (JSON objects) become rows of; a `time` column is always there besides.
struct Table {
  std::string logger;
  Named<ColumnType> columns;
};

// Where an outgoing call to a host really goes.
struct HostMapping {
  HostAddress address;
  FilePath ca;         // PEM bundle that this host's certificate must chain to; empty: the usual one
  bool plain = false;  // no TLS, whatever the URL says
};

// Where a value comes from: exactly one of these.
struct ValueSource {
  std::optional<std::string> env;
  std::optional<FilePath> file;
  std::optional<std::string> key_vault;  // https://VAULT.vault.azure.net/secrets/NAME, with /VERSION to hold one fast
  std::optional<std::string> value;
  bool operator==(const ValueSource&) const = default;
};

// A certificate that policies name: a PKCS#12 file, PEM files, or one of a Key Vault; a PEM file without a key is an
// issuer's.
struct CertificateSource {
  FilePath pfx;
  std::optional<ValueSource> password;
  FilePath certificate;
  FilePath key;
  std::string key_vault;
  bool operator==(const CertificateSource&) const = default;
};

// Who this gateway is to Azure. Automatic: by the environment, as azure-identity's DefaultAzureCredential chooses.
enum class IdentitySource { Automatic, ManagedIdentity, AppService, WorkloadIdentity, ClientSecret, ClientCertificate };

// What is left out comes from the environment variables of the same meaning.
struct OutboundIdentity {
  IdentitySource source = IdentitySource::Automatic;
  std::string tenant_id;
  std::string client_id;
  std::optional<ValueSource> client_secret;
  CertificateSource certificate;
  FilePath token_file;
  std::string authority;
  bool operator==(const OutboundIdentity&) const = default;
};

// Values that come from Key Vaults.
struct KeyVault {
  Duration refresh = std::chrono::hours(4);  // API Management's own interval
  Duration wait = std::chrono::seconds(30);  // at start, for values that are not known yet
};

struct Identity {
  FilePath ca;  // PEM bundle for identity providers; empty: tls.ca or the system's
  Duration metadata_refresh = std::chrono::hours(1);       // reference 2.2, validate-jwt
  Duration unknown_key_refresh = std::chrono::minutes(5);  // at most one refetch per interval
  ByteSize max_token = kibibytes(16);
  ByteSize signature_cache = mebibytes(16);  // per thread
  OutboundIdentity outbound;
  bool operator==(const Identity&) const = default;
};

enum class RecordBodies { None, Metadata, Full };

struct Record {
  RecordBodies bodies = RecordBodies::Full;
  Named<RecordBodies> apis;  // by API name, where it differs
  // Policy variables that fill these columns, when a policy has set them.
  std::string user_variable = "user";
  std::string workload_variable = "workloadIdentifier";
};

struct Usage {
  bool include_usage = true;  // ask the upstream for usage where the api-version knows it
  bool count_tokens = true;   // else count with the model's tokenizer, marked estimated
};

struct BackendOverride {
  std::string url;                 // instead of the backend's own
  std::string api_version;         // instead of what the client sent
  Named<std::string> deployments;  // by the name that clients use
};

struct LoggerOverride {
  std::optional<ValueSource> connection_string;
};

// One authorization of a credential provider: what stands in for a user's consent, which is given elsewhere.
struct AuthorizationSource {
  std::optional<ValueSource> refresh_token;  // none: the provider's own client credentials
  std::string scope;                         // empty: the provider's
};

// An OAuth 2.0 token endpoint that get-authorization-context asks, with this gateway's client.
struct CredentialProvider {
  std::string token_url;
  std::string client_id;
  std::optional<ValueSource> client_secret;
  std::string scope;
  Named<AuthorizationSource> authorizations;
};

// Keys of a subscription, which no extract holds. With a scope: a subscription that the extract does not have.
struct SubscriptionSource {
  std::optional<ValueSource> primary_key;
  std::optional<ValueSource> secondary_key;
  std::string scope;  // `/products/NAME`, `/apis/NAME`, `/apis`; empty: the extract's
};

// A user, whom no extract holds: what context.User says.
struct UserSource {
  std::string email;
  std::string first_name;
  std::string last_name;
  std::vector<std::string> groups;
};

struct Tls {
  FilePath ca;  // PEM bundle for all outgoing calls; empty: the system's
  bool operator==(const Tls&) const = default;
};

struct Settings {
  std::vector<Listener> listeners{Listener{Address{"127.0.0.1", 8080}, std::nullopt}};
  Listener management{Address{"127.0.0.1", 8081}, std::nullopt};
  uint32_t threads = 0;  // 0: one per core
  log::Level log_level = log::Level::Info;
  Duration drain_timeout = std::chrono::seconds(30);
  Limits limits;
  Timeouts timeouts;
  Upstream upstream;
  Tls tls;
  Named<HostMapping> hosts;  // by `host` or `host:port`
  Identity identity;
  KeyVault key_vault;
  Journal journal;
  Store store;
  Named<Table> tables;
  Record record;
  Usage usage;
  std::vector<std::string> apis;           // serve these only; empty: all
  std::string gateway;                     // serve the APIs of this gateway resource only; empty: all
  std::vector<FilePath> revocation_lists;  // of those who issue client certificates
  Named<ValueSource> named_values;
  Named<BackendOverride> backends;
  Named<LoggerOverride> loggers;
  Named<CertificateSource> certificates;  // by certificate id
  Named<CredentialProvider> credentials;  // by provider id
  Named<SubscriptionSource> subscriptions;
  Named<UserSource> users;  // by user id
};

}  // namespace sluice::config
