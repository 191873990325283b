// Services: what steps may ask of the gateway's thread that runs them. Implemented by gateway::Worker, and by test
// doubles. Everything here belongs to the calling thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "policy/exchange.h"
#include "policy/step.h"
#include "runtime/task.h"

namespace sluice::runtime {
class Loop;
}
namespace sluice::http {
class ClientPool;
struct FetchRequest;
struct FetchResponse;
}  // namespace sluice::http
namespace sluice::identity {
class Authenticator;
class CredentialStore;
class ManagedIdentities;
class OpenIdProvider;
}  // namespace sluice::identity

namespace sluice::policy {

// forward-request's attributes (reference 2.5).
struct ForwardOptions {
  ForwardOptions() = default;

  Duration timeout = std::chrono::seconds(300);  // to the response's head
  bool buffer_request_body = false;
  bool buffer_response = true;
  bool follow_redirects = false;
  bool fail_on_error_status_code = false;
  http::HttpVersion http_version = http::HttpVersion::Http1;
};

class Counters;
class Metrics;
class ValueCache;

class Services {
 public:
  virtual ~Services() = default;
  virtual runtime::Loop& loop() = 0;
  virtual const Clock& clock() const = 0;
  virtual http::ClientPool& clients() = 0;
  // A small whole request of a policy's own (send-request, tokens of managed identities): host mapping and TLS are the
  // gateway's. Error.code is a http::ClientError.
  virtual runtime::Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) = 0;
  // The same over a connection of the author's choice: the gateway's own certificate, a proxy. `connection`'s texts
  // need not outlive the call.
  virtual runtime::Task<Result<http::FetchResponse>> fetchOver(const Connection& connection,
                                                               http::FetchRequest request) = 0;
  // The process's, shared by all threads.
  virtual ValueCache& values() = 0;
  virtual Counters& counters() = 0;
  virtual Metrics& metrics() = 0;
  // Everything about a token: remembered signatures, keys, claims. One per thread.
  virtual identity::Authenticator& authenticator() = 0;
  // Tokens of this machine's own identity.
  virtual identity::ManagedIdentities& identities() = 0;
  // Tokens of credential providers (get-authorization-context).
  virtual identity::CredentialStore& credentials() = 0;
  // The process's provider for a metadata URL, made at first use; a cheap look-up of this thread's afterwards.
  virtual const std::shared_ptr<identity::OpenIdProvider>& openid(const std::string& metadata_url) = 0;
  // Reads the rest of a body so that an expression can see it whole. Fail past the configured size (413, 502) or when
  // the peer broke off.
  virtual runtime::Task<Verdict> bufferRequestBody(Exchange& exchange) = 0;
  virtual runtime::Task<Verdict> bufferResponseBody(Exchange& exchange) = 0;
  // Sends the request to exchange.backend and fills exchange.response; the body stays on the wire.
  virtual runtime::Task<Verdict> forward(Exchange& exchange, const ForwardOptions& options) = 0;
};

}  // namespace sluice::policy
