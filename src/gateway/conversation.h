// Conversation: the life of one exchange on its thread, from the request's head to the last byte of the answer and its
// record (ARCHITECTURE.md, "The life of a request"). Lives in the server's handler coroutine.
//
//   route -> subscription -> inbound -> backend -> outbound -> answer        any failure -> on-error -> answer
//
// Answers leave in one of three ways: whole (made here, or read whole because a policy wanted it), relayed piece by
// piece, or as an event stream that is watched (stream_relay.h). Whichever it is, the events and the record are
// committed before the last byte is released.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "event/recorder.h"
#include "gateway/backend.h"
#include "gateway/capture.h"
#include "gateway/snapshot.h"
#include "http/client.h"
#include "http/server.h"
#include "identity/managed_identity.h"
#include "policy/exchange.h"
#include "policy/services.h"
#include "policy/tracer.h"
#include "upstream/backend_health.h"
#include "upstream/dialect.h"
#include "upstream/stream_error.h"

namespace sluice::gateway {

class StreamRelay;
class Worker;
struct Backend;

class Conversation final : public policy::Exchange {
 public:
  Conversation(Worker& worker, const Snapshot& snapshot, http::ServerExchange& client);
  ~Conversation();

  runtime::Task<void> run();

  // What Worker does for policies (policy::Services).
  runtime::Task<policy::Verdict> readRequestBody();
  runtime::Task<policy::Verdict> readResponseBody();
  runtime::Task<policy::Verdict> forward(const policy::ForwardOptions& options);

 private:
  friend class StreamRelay;
  friend class RecordBuilder;

  // Which kind of answer has to be relayed.
  enum class Answer : uint8_t { Whole, Relayed, Streamed };

  // --- conversation.cc ---
  void begin();
  void readScheme();
  bool takesScheme(const config::Api& called) const;
  policy::Verdict route();
  policy::Verdict tryPreflight(const RouteMatch& match);
  policy::Verdict routeFailed(const RouteMatch& match);
  policy::Verdict checkSubscription();
  void takeOutVersion();
  runtime::Task<policy::Verdict> runSections();
  runtime::Task<policy::Verdict> runOutbound();
  Answer answerKind() const;

  // --- tracing.cc ---
  void checkDebugToken();
  void checkLegacyTrace();
  // When everything is known that a trace may not show.
  void startTracer();
  // Before the client sees the answer's end, so that it can ask for the trace at once.
  void finishTrace();

  // --- answer.cc ---
  runtime::Task<void> sendAnswer();
  runtime::Task<void> sendWhole();
  runtime::Task<void> relay();
  runtime::Task<void> relayStream();
  runtime::Task<std::string_view> pumpStream(StreamRelay& relay);  // the outcome
  http::ResponseHead responseHead(http::Framing framing, uint64_t length);
  // Runs what the pipeline left for the end of the stream. The response is frozen.
  runtime::Task<void> runDeferred();
  // --- usage.cc ---
  // At a stream's end: usage as reported or counted, and the assembled answer as the response's body.
  runtime::Task<void> settleStream(const StreamRelay& relay);
  void readAnswerFacts();

  // True: the record is safe (or dropped, where that was chosen) and the last bytes may go.
  runtime::Task<bool> commitRecord(std::string_view outcome);

  // --- calls.cc ---
  // How a call of a backend ended. Decided: without one, or by the client's fault; the verdict stands.
  enum class CallEnd : uint8_t { Answered, NoAnswer, Decided };
  struct Call {
    CallEnd end = CallEnd::NoAnswer;
    policy::Verdict verdict = policy::Verdict::Next;
    upstream::CallResult result;
    const http::ResponseHead* head = nullptr;  // Answered
    Error error;                               // NoAnswer
    std::optional<upstream::StreamError> stream_error;
    std::string_view error_event;
    bool without_token = false;  // Decided: the member's own identity gave none
  };
  // For the record.
  struct Try {
    std::string_view backend;
    int status = 0;
    std::string_view error;
    Duration took{};
  };
  runtime::Task<policy::Verdict> callPool(const PooledBackends& pool, const policy::ForwardOptions& options);
  runtime::Task<policy::Verdict> callGuarded(const GuardedBackend& backend_to_call,
                                             const policy::ForwardOptions& options);
  // Calls called_; leaves how it ended in call_.
  runtime::Task<void> callOnce();
  policy::Verdict deliver(const policy::ForwardOptions& options);
  policy::Verdict unavailable(int status, std::string_view text, Instant until);
  void report(upstream::BackendHealth& health, const upstream::BreakerRule& rule,
              upstream::BackendHealth::FullCounts full_counts);
  bool mayCallElsewhere(const PooledBackends& pool, const upstream::BackendPool::Member& member);
  // Ids of one instance that the request names (upstream/instance_ids.h).
  void findInstanceIds(const upstream::BackendPool& pool);
  void learnInstanceId();
  runtime::Task<policy::Verdict> callOwner(const PooledBackends& pool, const policy::ForwardOptions& options);
  void keepSession(const upstream::BackendPool& pool, int member);
  bool mayHold(const http::Headers& headers) const;
  runtime::Task<void> holdFirstEvent();
  void answerStreamError();
  bool mustKeepBody(const policy::ForwardOptions& options, const PooledBackends* pool) const;

  // --- forward.cc ---
  runtime::Task<void> callBackend();
  policy::Verdict reserveRoom();
  runtime::Task<Status> obtainRequestBody();
  policy::Verdict prepareUpstream();
  // The token that backend_entity_ asks for; awaited only while there is none that is good.
  runtime::Task<policy::Verdict> obtainToken();
  std::string_view applyCredentials();  // the query to be sent
  CallerKey callerKey() const;
  policy::Connection connectionOf(const BackendEntity& entity) const;
  Result<const Backend*> findUpstream();
  void copyRequestHeaders();
  void injectUsageRequest();
  runtime::Task<Status> sendUpstream();
  runtime::Task<Status> pumpRequestBody();
  void takeResponseHead(const http::ResponseHead& head);
  policy::Verdict upstreamFailed(const Error& error);
  std::string_view upstreamTarget(std::string_view base_path, std::string_view query);

  // --- redirects.cc ---
  bool redirectUpstream(policy::Url& at);
  runtime::Task<void> followRedirects();  // call_ is then the last answer, or what went wrong

  // Counts a large body against the process's budget (limits.memory) until the exchange ends. False: it is used up.
  bool holdMemory(uint64_t bytes);
  policy::Verdict memoryRefused();

  bool observed() const {
    return recording_ != config::RecordBodies::None || pipeline().deferred_from != kNever || instance_ids_;
  }
  static constexpr uint32_t kNever = policy::Pipeline::kNever;

  Worker& worker_;
  const Snapshot& snapshot_;
  http::ServerExchange& client_;
  config::RecordBodies recording_ = config::RecordBodies::Full;

  event::Room room_;
  std::optional<http::ClientExchange> upstream_;
  std::optional<http::ClientRequest> upstream_request_;
  const BackendEntity* backend_entity_ = nullptr;  // of the last base URL that was called; null: a plain URL
  identity::ManagedIdentities::Token backend_token_;
  policy::BackendTarget called_;  // of the last call: `backend`, or a member of it
  Call call_;
  std::pmr::vector<Try> tries_;
  bool instance_ids_ = false;      // a call of a pool whose answers have ids of one instance
  bool names_unknown_id_ = false;  // and it names one that nobody here knows
  int owner_ = upstream::BackendPool::kNone;
  std::string_view sent_query_;     // of the last call
  std::string_view held_;           // the beginning of the response's body, read already
  std::string_view backend_host_;   // of the last base URL that was called
  std::string_view upstream_body_;  // one piece of upstream_request_.body

  Capture request_capture_;
  Capture response_capture_;
  upstream::Dialect dialect_ = upstream::Dialect::Unknown;
  upstream::RequestFacts request_facts_;
  upstream::ResponseFacts response_facts_;
  bool facts_read_ = false;
  bool request_body_failed_ = false;
  bool key_was_bearer_ = false;
  bool body_streamed_away_ = false;
  bool usage_injected_ = false;
  bool usage_estimated_ = false;
  bool streamed_ = false;
  bool routed_ = false;
  uint32_t deferred_pc_ = kNever;
  std::string_view assembled_;  // the answer of a stream
  bool keep_trace_ = false;     // for listTrace
  std::unique_ptr<policy::Tracer> tracer_;

  Instant forward_deadline_{};
  Instant call_started_{};
  http::HttpVersion http_version_ = http::HttpVersion::Http1;  // to the backend
  Instant upstream_started_{};
  Instant first_byte_{};
  Instant upstream_ended_{};
  uint64_t response_bytes_ = 0;
  uint64_t memory_held_ = 0;
};

// True when the response's Content-Type is text/event-stream.
bool isEventStream(const http::Headers& headers);

}  // namespace sluice::gateway
