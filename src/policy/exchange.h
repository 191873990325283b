// Exchange: one request and its response, and all that belongs to it. Lives and dies on one thread; everything in it,
// and every view it holds, lives in its arena or in the snapshot that it pins. The gateway creates it, steps change it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/clock.h"
#include "config/model.h"
#include "expression/context.h"
#include "expression/expression.h"
#include "http/message.h"
#include "policy/pipeline.h"
#include "policy/step.h"
#include "runtime/task.h"

namespace sluice::runtime {
struct ServerChecks;
}

namespace sluice::policy {

class Services;
class ExchangeContext;
class Tracer;

// A message's body. Empty: there is none. Unread: still on the wire, forwarded piece by piece unless a policy asks for
// it. Ready: whole, in memory. Consumed: a policy read it without preserveContent (reference 3.4).
class MessageBody final : public expression::Body {
 public:
  enum class Kind : uint8_t { Empty, Unread, Ready, Consumed };

  Kind kind() const { return kind_; }
  bool present() const { return kind_ != Kind::Empty; }
  void setUnread() { kind_ = Kind::Unread; }
  void set(std::string_view bytes) {
    bytes_ = bytes;
    kind_ = Kind::Ready;
    assembled_ = {};
    parsed = nullptr;
  }
  void setAssembled(std::string_view json) { assembled_ = json; }
  void clear() {
    kind_ = Kind::Empty;
    bytes_ = {};
    assembled_ = {};
    parsed = nullptr;
  }
  // What goes on to the other side: empty after consumption without a set-body, as in APIM.
  std::string_view content() const { return kind_ == Kind::Ready ? bytes_ : std::string_view(); }

  State state() const override { return kind_ == Kind::Consumed ? State::Consumed : State::Ready; }
  std::string_view bytes() const override { return bytes_; }
  void consume() override {
    if (kind_ == Kind::Ready) kind_ = Kind::Consumed;
  }
  std::string_view assembledJson() const override { return assembled_; }

 private:
  std::string_view bytes_;
  std::string_view assembled_;
  Kind kind_ = Kind::Empty;
};

struct NameValue {
  std::string_view name;
  std::string_view value;
};

// The parts of a URL as on the wire. `path` begins with '/'; `query` has no '?'.
struct Url {
  std::string_view scheme, host, path, query;
  uint16_t port = 0;
};

// How a connection to the other side is made: what authentication-certificate and proxy say (reference 2.2, 2.5), or a
// backend entity (4.5). Empty: as the configuration has it.
struct Connection {
  std::string_view certificate_pem, key_pem;  // the gateway's own certificate, leaf first
  std::string_view proxy_url, proxy_user, proxy_password;
  const runtime::ServerChecks* checks = nullptr;  // of the server's certificate; null: the usual ones
  bool usual() const { return certificate_pem.empty() && proxy_url.empty() && checks == nullptr; }
};

struct RequestMessage {
  explicit RequestMessage(Arena& arena) : headers(&arena), matched(&arena) {}

  std::string_view method;
  std::string_view original_method;  // as the client sent it
  Url original;                      // as the client sent it, by the gateway's own host
  Url url;                           // path and query go to the backend, relative to its base URL (reference 2.5)
  http::Headers headers;
  MessageBody body;
  std::pmr::vector<NameValue> matched;  // path and template query parameters, decoded
  std::string_view client_address;
  std::string_view certificate;  // the client's, DER; empty: it showed none
  Connection connection;
  bool body_replaced = false;  // by set-body: the record keeps the client's own
};

struct ResponseMessage {
  explicit ResponseMessage(Arena& arena) : headers(&arena) {}

  int status = 200;
  std::string_view reason;
  http::Headers headers;
  MessageBody body;
  bool present = false;       // context.Response is null before
  bool from_backend = false;  // its body may still be on the wire
};

// Where forward-request sends to: a base URL and, when known, the backend entity it stands for.
struct BackendTarget {
  std::string_view base_url;
  std::string_view id;
  const config::Backend* entity = nullptr;
  std::optional<Scope> chosen_at;  // by a backend-id of a document of this scope; none: by nobody, or by a base-url
};

// context.LastError (reference 1.4).
struct LastError {
  bool present = false;
  bool settled = false;  // its place is known for good
  std::string_view source, reason, message, path, policy_id;
  Scope scope = Scope::Api;
  Section section = Section::Inbound;
};

// Who calls, as far as a validated token said so: for the record and its reports, never for access decisions.
struct Caller {
  std::string_view tenant, object_id, application_id, name;
};

// What cache-lookup leaves for cache-store, and for the answer's Cache-Control (reference 2.6).
struct ResponseCaching {
  enum class Downstream : uint8_t { None, Private, Public };
  std::string_view key;  // empty: there was no look-up, or the request may not use the cache
  Downstream downstream = Downstream::None;
  bool must_revalidate = true;
};

// A log-to-eventhub message waiting for the exchange's end, when it is committed together with the record.
struct LoggedEvent {
  std::string_view logger, partition_id, partition_key, payload;
};

// What a traced policy did: something that it changed, or an expression and its value (`after`).
struct TraceDetail {
  enum class Kind : uint8_t { Change, Expression };
  Kind kind = Kind::Change;
  std::string_view name, before, after;
};

struct TraceEntry {
  Duration at{};  // since the request
  std::string_view source, message;
  Section section = Section::Inbound;
  // Of a policy that ran, by Tracer; a message alone has none of these.
  Duration took{};
  std::string_view scope, path;
  std::span<const TraceDetail> details;
};

// What is to be done when an exchange is over, however it ends: counters moved, places given back. In the arena, linked
// into the exchange by Exchange::atEnd; `run` is called once.
class AtEnd {
 public:
  virtual ~AtEnd() = default;  // never runs
  virtual void run(Exchange& exchange) = 0;

 private:
  friend class Exchange;
  AtEnd* next_ = nullptr;
};

class Exchange {
 public:
  Exchange(Arena& arena, Services& services, const Pipeline& pipeline);
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Arena& arena() { return arena_; }
  Services& services() { return services_; }
  const Pipeline& pipeline() const { return *pipeline_; }
  void setPipeline(const Pipeline& pipeline);

  // --- what steps return ---
  // The author's or the gateway's error: LastError from the running instruction, response reset to the default error
  // answer with `status` (reference 1.5), which on-error may amend.
  Verdict fail(int status, std::string_view reason, std::string_view message);
  // The same with another text for the client than LastError.Message.
  Verdict fail(int status, std::string_view reason, std::string_view message, std::string_view client_message);
  // Keeps the response that there is: on-error sees the backend's own.
  Verdict failWithResponse(std::string_view reason, std::string_view message);
  // An expression threw: 500, ExpressionValueEvaluationFailure.
  Verdict failExpression(const expression::Exception& exception);
  Verdict wait(runtime::Task<Verdict> task);
  runtime::Task<Verdict> takeWait() { return std::move(*std::exchange(wait_, std::nullopt)); }

  // --- variables ---
  void setVariable(std::string_view name, expression::Value value);
  const expression::Value* variable(std::string_view name) const;

  // Newest first. The destructor does it too, for an exchange that was cancelled.
  void atEnd(AtEnd& action) {
    action.next_ = at_end_;
    at_end_ = &action;
  }
  void runAtEnd();

  uint64_t& slot(uint32_t index) { return slots_[index]; }
  void setCurrent(const Instruction* instruction) { current_ = instruction; }
  // LastError is of `instruction`, unless it was settled already: others may have run beside it, or inside (wait).
  void settleError(const Instruction& instruction);
  // A policy has dealt with the failure (retry): there is neither an error nor a response any more.
  void forgetError();
  const Origin* currentOrigin() const;
  expression::Context& context();
  // Evaluates in this exchange; the caller turns an exception into failExpression().
  expression::Outcome evaluate(const expression::Expression& expression);

  // A gateway-made response: JSON {"statusCode":..,"message":..}, with activityId for 500 (reference 1.5).
  void setErrorResponse(int status, std::string_view client_message);
  // Empties the response for a policy that makes its own (return-response).
  void newResponse(int status, std::string_view reason);

  // context.Tracing, and whether what is said to trace() is kept.
  bool tracing() const { return tracing_; }
  void setTracing(bool on) { tracing_ = on; }
  // Every policy that runs is traced too. `tracer` outlives the exchange's last section.
  void setTracer(Tracer& tracer) {
    tracer_ = &tracer;
    tracing_ = true;
  }
  Tracer* tracer() const { return tracer_; }
  const Instruction* current() const { return current_; }
  void trace(std::string_view source, std::string_view message);

  std::string_view id;  // GUID text
  UtcTime received_utc{};
  Instant received{};
  RequestMessage request;
  ResponseMessage response;
  BackendTarget backend;
  // Set on the answer when it is sent, whichever response that is: what limits and cors tell the client.
  http::Headers answer_headers;
  // Messages under construction, in the arena: return-response's answer, send-request's request. Null otherwise.
  ResponseMessage* staged = nullptr;
  RequestMessage* outgoing = nullptr;
  // Responses that variables hold (send-request's), by the object that stands for them in expressions.
  std::pmr::vector<std::pair<const void*, expression::ResponseView*>> responses;
  LastError last_error;
  Caller caller;
  const config::Configuration* configuration = nullptr;
  const config::Api* api = nullptr;
  const config::Operation* operation = nullptr;
  const config::Product* product = nullptr;
  const config::Subscription* subscription = nullptr;
  std::pmr::vector<LoggedEvent> events;
  std::pmr::vector<TraceEntry> traces;
  Section section = Section::Inbound;
  // The response's head has gone to the client: changes to it come too late and are traced instead of made.
  bool response_frozen = false;
  // Bytes of the bodies that went to and from the client, for quotas; known when the exchange is over.
  uint64_t bytes_received = 0;
  uint64_t bytes_sent = 0;
  // Quotas count a key once in an exchange, however many policies name it (reference 2.1).
  std::pmr::vector<std::string_view> quotas_counted;
  ResponseCaching caching;
  int backend_status = 0;
  uint32_t attempts = 0;        // requests sent to a backend
  uint32_t retries_around = 0;  // retry policies that the exchange is inside of

 private:
  friend class ExchangeContext;
  void setLastError(std::string_view reason, std::string_view message);
  void setErrorOrigin(const Origin& origin);
  struct Variable {
    std::string_view name;
    expression::Value value;
  };

  Arena& arena_;
  Services& services_;
  const Pipeline* pipeline_;
  const Instruction* current_ = nullptr;
  std::pmr::vector<Variable> variables_;
  std::span<uint64_t> slots_;
  std::optional<runtime::Task<Verdict>> wait_;
  ExchangeContext* context_ = nullptr;  // in the arena, made at first use
  AtEnd* at_end_ = nullptr;
  Tracer* tracer_ = nullptr;
  bool tracing_ = false;
};

std::string_view toString(Section section);
std::string_view toString(Scope scope);

}  // namespace sluice::policy
