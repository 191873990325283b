// Conversation: forward-request with follow-redirects.
#include "gateway/conversation.h"
#include "gateway/worker.h"
#include "policy/url.h"

namespace sluice::gateway {
namespace {

using policy::Url;

constexpr int kMostRedirects = 10;

bool isRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// RFC 9110 15.4: 303 asks for GET, and 301 and 302 turn a POST into one, as clients have always done.
bool becomesGet(int status, std::string_view method) {
  return (status == 303 && method != "HEAD") || (status < 303 && method == "POST");
}

std::string_view originOf(const Url& url, Arena& arena) {
  const bool v6 = url.host.find(':') != std::string_view::npos;
  return arena.copy(std::string(url.scheme) + "://" + (v6 ? "[" : "") + std::string(url.host) + (v6 ? "]" : "") + ":" +
                    std::to_string(url.port));
}

// Location against the URL that answered. An empty host: not to be followed.
Url resolve(std::string_view location, const Url& from, Arena& arena) {
  location = location.substr(0, location.find('#'));
  if (location.starts_with("//")) location = arena.join({from.scheme, ":", location});
  if (const Url whole = policy::splitUrl(location); !whole.host.empty()) return whole;
  if (location.find("://") != std::string_view::npos) return {};
  Url next = from;
  const size_t question = location.find('?');
  const std::string_view path = location.substr(0, question);
  next.query = question == std::string_view::npos ? std::string_view() : location.substr(question + 1);
  if (path.starts_with('/')) {
    next.path = path;
  } else if (!path.empty()) {
    next.path = arena.join({from.path.substr(0, from.path.rfind('/') + 1), path});
    if (!next.path.starts_with('/')) next.path = arena.join({"/", next.path});
  }
  return next;
}

}  // namespace

// The next request, or false: the response that there is is the answer. As .NET's client, which API Management uses:
// never from https to http. What names the caller or the gateway stays with the host that it was meant for.
bool Conversation::redirectUpstream(Url& at) {
  const int status = call_.head->status;
  const auto location = call_.head->headers.find("Location");
  http::ClientRequest& to = *upstream_request_;
  if (!isRedirect(status) || !location) return false;
  const Url next = resolve(*location, at, arena());
  if (next.host.empty() || (at.scheme == "https" && next.scheme != "https")) return false;
  const bool as_get = becomesGet(status, to.method);
  if (to.streamed && !as_get) return false;  // its body is spent
  const Backend* target = worker_.backendFor(originOf(next, arena()));
  if (target == nullptr) return false;
  if (as_get) {
    to.method = "GET";
    to.framing = http::Framing::None;
    to.body = {};
    to.streamed = false;
    to.content_length = 0;
    to.headers.remove("Content-Type");
  }
  if (next.host != at.host || next.port != at.port)
    for (const auto* name : {"Authorization", "Cookie", "api-key", "Ocp-Apim-Subscription-Key"})
      to.headers.remove(name);
  to.headers.set("Host", arena().copy(target->authority));
  const std::string_view path = next.path.empty() ? std::string_view("/") : next.path;
  to.target = next.query.empty() ? path : arena().join({path, "?", next.query});
  at = next;
  upstream_.emplace(worker_.clients(), target->host, arena());
  return true;
}

runtime::Task<void> Conversation::followRedirects() {
  Url at = policy::splitUrl(called_.base_url);
  const std::string_view sent = upstream_request_->target;
  at.path = sent.substr(0, sent.find('?'));
  for (int hops = 0; hops < kMostRedirects && redirectUpstream(at); ++hops) {
    call_.end = CallEnd::NoAnswer;
    auto gone = co_await upstream_->send(*upstream_request_);
    if (!gone && !upstream_->responded()) {
      call_.error = std::move(gone.error());
      co_return;
    }
    auto head = co_await upstream_->readHead();
    if (!head) {
      call_.error = std::move(head.error());
      co_return;
    }
    call_.end = CallEnd::Answered;
    call_.head = *head;
  }
}

}  // namespace sluice::gateway
