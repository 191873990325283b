#include "identity/managed_identity.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>

#include "base/encoding.h"
#include "base/log.h"
#include "identity/client_assertion.h"

namespace sluice::identity {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kPatience = seconds(15);
constexpr Duration kEarly = minutes(2);        // a token this near its end is not used any more
constexpr Duration kRetryAfter = seconds(30);  // between background renewals that fail
constexpr Duration kPause = seconds(1);        // between attempts while there is no token to serve
constexpr size_t kMaxAnswer = 64 * 1024;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A number, or a text of one: services differ.
std::optional<int64_t> numberOf(simdjson::dom::object root, std::string_view name) {
  simdjson::dom::element element;
  if (root.at_key(name).get(element)) return std::nullopt;
  int64_t number = 0;
  if (!element.get(number)) return number;
  std::string_view text;
  if (element.get(text)) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

namespace {

using config::IdentitySource;

// The certificate of AZURE_CLIENT_CERTIFICATE_PATH: PEM with its key, or PKCS#12.
void readCertificate(const std::string& path, IdentityEnvironment& into) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const bool is_pem = bytes.find("-----BEGIN") != std::string::npos;
  auto content = is_pem ? readPem(bytes, bytes) : readPkcs12(bytes, variable("AZURE_CLIENT_CERTIFICATE_PASSWORD"));
  if (content) {
    into.certificate = std::move(*content);
  } else {
    into.certificate_error = "AZURE_CLIENT_CERTIFICATE_PATH: " + content.error().message;
  }
}

IdentitySource chosen(const IdentityEnvironment& environment, const std::string& certificate_path) {
  const bool application = !environment.tenant.empty() && !environment.client.empty();
  if (application && !environment.client_secret.empty()) return IdentitySource::ClientSecret;
  if (application && (!environment.certificate.der.empty() || !certificate_path.empty()))
    return IdentitySource::ClientCertificate;
  if (!environment.tenant.empty() && !environment.federated_token_file.empty()) return IdentitySource::WorkloadIdentity;
  return environment.endpoint.empty() ? IdentitySource::ManagedIdentity : IdentitySource::AppService;
}

std::string either(const std::string& configured, const char* name) {
  return configured.empty() ? variable(name) : configured;
}

void dropSlashes(std::string& url) {
  while (url.ends_with('/')) url.pop_back();
}

}  // namespace

IdentityEnvironment identityEnvironment(const config::OutboundCredential& configured) {
  IdentityEnvironment result;
  result.federated_token_file = either(configured.token_file, "AZURE_FEDERATED_TOKEN_FILE");
  result.tenant = either(configured.tenant_id, "AZURE_TENANT_ID");
  result.client = either(configured.client_id, "AZURE_CLIENT_ID");
  result.authority = either(configured.authority, "AZURE_AUTHORITY_HOST");
  if (result.authority.empty()) result.authority = "https://login.microsoftonline.com";
  dropSlashes(result.authority);
  result.client_secret =
      configured.client_secret.empty() ? Secret(variable("AZURE_CLIENT_SECRET")) : configured.client_secret;
  result.endpoint = variable("IDENTITY_ENDPOINT");
  result.header = Secret(variable("IDENTITY_HEADER"));
  result.metadata_host = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
  if (result.metadata_host.empty()) result.metadata_host = "http://169.254.169.254";
  dropSlashes(result.metadata_host);
  result.certificate = configured.certificate;
  const std::string path = variable("AZURE_CLIENT_CERTIFICATE_PATH");
  result.source = configured.source == IdentitySource::Automatic ? chosen(result, path) : configured.source;
  if (result.source == IdentitySource::ClientCertificate && result.certificate.der.empty())
    readCertificate(path, result);
  return result;
}

struct ManagedIdentities::Mailbox {
  std::mutex mutex;
  runtime::Loop* loop = nullptr;  // null: it has gone

  void post(std::function<void()> work) {
    const std::scoped_lock lock(mutex);
    if (loop != nullptr) loop->post(std::move(work));
  }
};

namespace {

// Says so to the others when the thread that was to ask goes away before it got an answer.
class Promise {
 public:
  Promise(TokenBoard& board, const TokenBoard::Key& key) : board_(board), key_(key) {}
  ~Promise() {
    if (kept_) return;
    TokenOutcome none;
    none.error = "the gateway is stopping";
    board_.publish(key_, none);
  }
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;
  void keep(const TokenOutcome& outcome) {
    kept_ = true;
    board_.publish(key_, outcome);
  }

 private:
  TokenBoard& board_;
  const TokenBoard::Key& key_;
  bool kept_ = false;
};

}  // namespace

ManagedIdentities::ManagedIdentities(runtime::Loop& loop, TokenTransport& transport, IdentityEnvironment environment,
                                     std::shared_ptr<TokenBoard> board)
    : loop_(loop),
      transport_(transport),
      environment_(std::move(environment)),
      board_(board != nullptr ? std::move(board) : std::make_shared<TokenBoard>()),
      mailbox_(std::make_shared<Mailbox>()) {
  mailbox_->loop = &loop_;
}

ManagedIdentities::~ManagedIdentities() {
  const std::scoped_lock lock(mailbox_->mutex);
  mailbox_->loop = nullptr;
}

std::shared_ptr<ManagedIdentities::Entry> ManagedIdentities::entryOf(const Key& key) {
  const auto found = entries_.find(key);
  if (found != entries_.end()) return found->second;
  // Whoever waits for an entry holds it, so that it may go from the map at any time.
  if (entries_.size() >= kMaxTokens) entries_.erase(entries_.begin());
  return entries_.emplace(key, std::make_shared<Entry>(loop_)).first->second;
}

ManagedIdentities::Token ManagedIdentities::current(std::string_view resource, std::string_view client_id) {
  const auto found = entries_.find(std::pair(resource, client_id));
  if (found == entries_.end()) return nullptr;
  Entry& entry = *found->second;
  const Instant now = loop_.now();
  if (entry.held.token == nullptr || now >= entry.held.expires) return nullptr;
  if (now >= entry.held.renew && !entry.fetching) startFetch(found->first, found->second);
  return entry.held.token;
}

void ManagedIdentities::settle(runtime::Loop& loop, Entry& entry, const TokenOutcome& outcome) {
  if (outcome.token != nullptr) {
    entry.held = outcome;
  } else {
    entry.held.error = outcome.error;
    entry.held.renew = loop.now() + kRetryAfter;
    entry.retry = loop.now() + kPause;
  }
  entry.fetching = false;
  entry.arrived.notifyAll();
}

void ManagedIdentities::startFetch(const Key& key, const std::shared_ptr<Entry>& entry) {
  entry->fetching = true;
  auto heard = [mailbox = mailbox_, waiting = std::weak_ptr(entry), &loop = loop_](const TokenOutcome& outcome) {
    mailbox->post([waiting, outcome, &loop] {
      if (const auto still = waiting.lock()) settle(loop, *still, outcome);
    });
  };
  TokenOutcome known;
  switch (board_->claim(key, loop_.now(), std::move(heard), known)) {
    case TokenBoard::Claim::Yours:
      loop_.scope().spawn(fetchInto(key, entry));
      break;
    case TokenBoard::Claim::Known:
      settle(loop_, *entry, known);
      break;
    case TokenBoard::Claim::Waiting:
      break;
  }
}

runtime::Task<Result<ManagedIdentities::Token>> ManagedIdentities::token(std::string resource, std::string client_id) {
  if (Token ready = current(resource, client_id)) co_return ready;
  const Key key(std::move(resource), std::move(client_id));
  const std::shared_ptr<Entry> entry = entryOf(key);
  if (!entry->fetching) {
    if (!entry->held.error.empty() && loop_.now() < entry->retry) co_return fail(entry->held.error);
    startFetch(key, entry);
  }
  const Instant deadline = loop_.now() + kPatience;
  while (entry->fetching) {
    const runtime::IoStatus status = co_await entry->arrived.wait(deadline);
    if (status == runtime::IoStatus::Timeout) co_return fail("the identity service did not answer in time");
  }
  if (entry->held.token != nullptr && loop_.now() < entry->held.expires) co_return entry->held.token;
  co_return fail(entry->held.error);
}

runtime::Task<void> ManagedIdentities::fetchInto(Key key, std::shared_ptr<Entry> entry) {
  Promise promise(*board_, key);
  Key wanted = key;
  const TokenOutcome outcome = co_await fetch(std::move(wanted));
  if (outcome.token == nullptr)
    log::warning("no token for a managed identity", {{"resource", key.first}, {"reason", outcome.error}});
  settle(loop_, *entry, outcome);
  promise.keep(outcome);
}

runtime::Task<TokenOutcome> ManagedIdentities::fetch(Key key) {
  TokenOutcome outcome;
  Result<http::FetchRequest> request = requestFor(key);
  if (!request) {
    outcome.error = request.error().message;
    co_return outcome;
  }
  const std::string where = request->url.substr(0, request->url.find('?'));
  Result<http::FetchResponse> response = co_await transport_.fetch(std::move(*request));
  if (!response) {
    outcome.error = fmt::format("{}: {}", where, response.error().message);
  } else if (response->status != 200) {
    outcome.error = fmt::format("{} answered {}", where, response->status);
  } else if (auto accepted = accept(outcome, response->body); !accepted) {
    outcome.error = accepted.error().message;
  }
  co_return outcome;
}

// Tokens of an application, proven by its secret, its certificate or somebody else's token.
Status ManagedIdentities::fillApplication(const Key& key, http::FetchRequest& request) const {
  const auto& [resource, client] = key;
  const bool workload = environment_.source == IdentitySource::WorkloadIdentity;
  // Of Kubernetes' identities a policy may name another one.
  const std::string& own = workload && !client.empty() ? client : environment_.client;
  if (environment_.tenant.empty() || own.empty())
    return fail("the identity's tenant and client id are not known: AZURE_TENANT_ID, AZURE_CLIENT_ID");
  request.method = "POST";
  request.url = fmt::format("{}/{}/oauth2/v2.0/token", environment_.authority, environment_.tenant);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  const std::string scope = resource + (resource.ends_with("/.default") ? "" : "/.default");
  request.body =
      fmt::format("grant_type=client_credentials&client_id={}&scope={}", percentEncode(own), percentEncode(scope));
  if (environment_.source == IdentitySource::ClientSecret) {
    if (environment_.client_secret.empty())
      return fail("the identity's client secret is not known: AZURE_CLIENT_SECRET");
    request.body += "&client_secret=" + percentEncode(environment_.client_secret.reveal());
    return {};
  }
  std::string assertion;
  if (workload) {
    // Read anew each time: Kubernetes replaces it.
    std::ifstream file(environment_.federated_token_file);
    assertion.assign((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (assertion.empty()) return fail("AZURE_FEDERATED_TOKEN_FILE names no readable file");
  } else {
    if (!environment_.certificate_error.empty()) return fail(environment_.certificate_error);
    auto made = clientAssertion(environment_.certificate, own, request.url, loop_.clock().utc());
    if (!made) return tl::make_unexpected(made.error());
    assertion = std::move(*made);
  }
  request.body +=
      fmt::format("&client_assertion_type={}&client_assertion={}", percentEncode(kJwtBearer), percentEncode(assertion));
  return {};
}

Result<http::FetchRequest> ManagedIdentities::requestFor(const Key& key) const {
  const auto& [resource, client] = key;
  http::FetchRequest request;
  request.max_body = kMaxAnswer;
  request.timeouts.total = kPatience;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Accept-Encoding", "identity");
  const bool app_service = environment_.source == IdentitySource::AppService;
  if (!app_service && environment_.source != IdentitySource::ManagedIdentity) {
    if (auto filled = fillApplication(key, request); !filled) return tl::make_unexpected(filled.error());
    return request;
  }
  if (app_service && environment_.endpoint.empty()) return fail("IDENTITY_ENDPOINT is not set");
  request.url =
      app_service ? fmt::format("{}?api-version=2019-08-01&resource={}", environment_.endpoint, percentEncode(resource))
                  : fmt::format("{}/metadata/identity/oauth2/token?api-version=2018-02-01&resource={}",
                                environment_.metadata_host, percentEncode(resource));
  if (!client.empty()) request.url += "&client_id=" + percentEncode(client);
  if (app_service) {
    request.headers.emplace_back("X-IDENTITY-HEADER", std::string(environment_.header.reveal()));
  } else {
    request.headers.emplace_back("Metadata", "true");
  }
  return request;
}

Status ManagedIdentities::accept(TokenOutcome& outcome, std::string_view json) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  const simdjson::padded_string padded(json);
  if (parser.allocate(std::max<size_t>(json.size(), 1024), 16) || parser.parse(padded).get(root))
    return fail("the identity service's answer is not a JSON object");
  std::string_view token;
  if (root.at_key("access_token").get(token) || token.empty())
    return fail("the identity service's answer has no access_token");
  Duration lifetime{};
  if (const auto left = numberOf(root, "expires_in")) {
    lifetime = seconds(std::clamp<int64_t>(*left, 0, 86400 * 30));
  } else if (const auto end = numberOf(root, "expires_on")) {
    const int64_t now = std::chrono::duration_cast<seconds>(loop_.clock().utc().time_since_epoch()).count();
    lifetime = seconds(std::clamp<int64_t>(*end - now, 0, 86400 * 30));
  }
  if (lifetime <= Duration::zero()) return fail("the identity service's token has expired already");
  outcome.token = std::make_shared<const AccessToken>(token);
  outcome.expires = loop_.now() + std::max<Duration>(lifetime - kEarly, lifetime / 10);
  outcome.renew = loop_.now() + lifetime / 2;
  return {};
}

}  // namespace sluice::identity
