#include "policy/exchange.h"

#include <fmt/format.h>

#include "policy/exchange_context.h"
#include "policy/services.h"
#include "policy/tracer.h"

namespace sluice::policy {

Exchange::Exchange(Arena& arena, Services& services, const Pipeline& pipeline)
    : request(arena),
      response(arena),
      answer_headers(&arena),
      responses(&arena),
      events(&arena),
      traces(&arena),
      quotas_counted(&arena),
      arena_(arena),
      services_(services),
      pipeline_(&pipeline),
      variables_(&arena),
      slots_(arena.array<uint64_t>(pipeline.slots)) {}

Exchange::~Exchange() {
  runAtEnd();
  if (context_ != nullptr) context_->~ExchangeContext();
}

void Exchange::runAtEnd() {
  while (at_end_ != nullptr) {
    AtEnd* action = at_end_;
    at_end_ = action->next_;
    action->run(*this);
  }
}

void Exchange::setPipeline(const Pipeline& pipeline) {
  pipeline_ = &pipeline;
  slots_ = arena_.array<uint64_t>(pipeline.slots);
}

const Origin* Exchange::currentOrigin() const {
  return current_ == nullptr ? nullptr : &pipeline_->origins[current_->origin];
}

Verdict Exchange::fail(int status, std::string_view reason, std::string_view message) {
  return fail(status, reason, message, status >= 500 ? std::string_view("Internal server error") : message);
}

Verdict Exchange::fail(int status, std::string_view reason, std::string_view message, std::string_view client_message) {
  setLastError(reason, message);
  setErrorResponse(status, client_message);
  return Verdict::Fail;
}

Verdict Exchange::failWithResponse(std::string_view reason, std::string_view message) {
  setLastError(reason, message);
  return Verdict::Fail;
}

void Exchange::setLastError(std::string_view reason, std::string_view message) {
  last_error = LastError{};
  last_error.present = true;
  last_error.reason = arena_.copy(reason);
  last_error.message = arena_.copy(message);
  last_error.section = section;
  if (const Origin* origin = currentOrigin()) {
    setErrorOrigin(*origin);
  } else {
    last_error.source = "configuration";
    last_error.scope = Scope::Global;
  }
  if (tracing_) trace(last_error.source, last_error.message);
}

void Exchange::forgetError() {
  last_error = LastError{};
  response.headers.clear();
  response.body.clear();
  response.present = false;
  response.from_backend = false;
}

void Exchange::setErrorOrigin(const Origin& origin) {
  last_error.source = origin.policy;
  last_error.path = origin.path;
  last_error.policy_id = origin.id;
  last_error.scope = origin.scope;
}

void Exchange::settleError(const Instruction& instruction) {
  if (!std::exchange(last_error.settled, true)) setErrorOrigin(pipeline_->origins[instruction.origin]);
}

Verdict Exchange::failExpression(const expression::Exception& exception) {
  const auto text = fmt::format("Expression evaluation failed. {}", exception.message);
  return fail(500, "ExpressionValueEvaluationFailure", text, "Internal server error");
}

Verdict Exchange::wait(runtime::Task<Verdict> task) {
  wait_.emplace(std::move(task));
  return Verdict::Wait;
}

void Exchange::setVariable(std::string_view name, expression::Value value) {
  for (auto& variable : variables_) {
    if (variable.name != name) continue;
    variable.value = value;
    return;
  }
  variables_.push_back({name, value});
}

const expression::Value* Exchange::variable(std::string_view name) const {
  for (const auto& variable : variables_)
    if (variable.name == name) return &variable.value;
  return nullptr;
}

expression::Context& Exchange::context() {
  if (context_ == nullptr) context_ = new (arena_.allocateBytes(sizeof(ExchangeContext))) ExchangeContext(*this);
  return *context_;
}

expression::Outcome Exchange::evaluate(const expression::Expression& expression) {
  const expression::Outcome outcome = expression.evaluate(context(), arena_);
  if (tracer_ != nullptr) tracer_->evaluated(expression, outcome);
  return outcome;
}

void Exchange::setErrorResponse(int status, std::string_view client_message) {
  if (response_frozen) return;
  newResponse(status, http::reasonPhrase(status));
  fmt::memory_buffer text;
  auto to = std::back_inserter(text);
  fmt::format_to(to, "{{ \"statusCode\": {}, \"message\": \"", status);
  for (const char c : client_message) {
    if (c == '"' || c == '\\') text.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(to, "\\u{:04x}", static_cast<int>(c));
    } else {
      text.push_back(c);
    }
  }
  fmt::format_to(to, "\"");
  if (status == 500) fmt::format_to(to, ", \"activityId\": \"{}\"", id);
  fmt::format_to(to, " }}");
  response.headers.add("Content-Type", "application/json");
  response.body.set(arena_.copy({text.data(), text.size()}));
}

void Exchange::newResponse(int status, std::string_view reason) {
  if (response_frozen) return;
  response.status = status;
  response.reason = reason;
  response.headers.clear();
  response.body.clear();
  response.present = true;
  response.from_backend = false;
}

void Exchange::trace(std::string_view source, std::string_view message) {
  if (!tracing_) return;
  if (tracer_ != nullptr) return tracer_->said(source, message);
  TraceEntry entry;
  entry.at = services_.clock().now() - received;
  entry.source = arena_.copy(source);
  entry.message = arena_.copy(message);
  entry.section = section;
  traces.push_back(entry);
}

std::string_view toString(Section section) {
  static constexpr std::string_view kNames[] = {"inbound", "backend", "outbound", "on-error"};
  return kNames[static_cast<size_t>(section)];
}

std::string_view toString(Scope scope) {
  static constexpr std::string_view kNames[] = {"global", "workspace", "product", "api", "operation"};
  return kNames[static_cast<size_t>(scope)];
}

}  // namespace sluice::policy
