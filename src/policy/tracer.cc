#include "policy/tracer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "policy/services.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxPending = 1000;
// A secret may not be cut before it is found.
constexpr size_t kMaxSearched = 4 * Tracer::kMaxText;

// At most so many bytes, and whole characters.
std::string_view cut(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

std::string lineOf(const RequestMessage& request, TraceMask& mask) {
  std::string line = fmt::format("{} {}", request.method, mask.masked(request.url.path));
  if (!request.url.query.empty()) line += "?" + mask.maskedQuery(request.url.query);
  return line;
}

bool same(const expression::Value& a, const expression::Value& b) {
  return a.tag() == b.tag() && a.bits() == b.bits() && a.extra() == b.extra();
}

}  // namespace

Tracer::Tracer(Exchange& exchange) : exchange_(exchange), mask_(exchange) {
  seen_ = look();
  compareFields("request header", {}, seen_.request.headers);
  if (exchange.api != nullptr) change("api", "", exchange.api->name);
  if (exchange.operation != nullptr) change("operation", "", exchange.operation->id);
  if (exchange.product != nullptr) change("product", "", exchange.product->name);
  if (exchange.subscription != nullptr) change("subscription", "", exchange.subscription->name);
  TraceEntry entry;
  entry.source = "request";
  entry.message = keep(seen_.request_line);
  add(entry);
}

Instant Tracer::now() const {
  return exchange_.services().clock().now();
}

std::string_view Tracer::keep(std::string_view text) {
  const std::string_view most = cut(text, std::min(kMaxText, kMaxBytes - std::min(bytes_, kMaxBytes)));
  bytes_ += most.size();
  return exchange_.arena().copy(most);
}

void Tracer::add(TraceEntry entry) {
  if (!full_) {
    full_ = exchange_.traces.size() + 1 >= kMaxEntries || bytes_ >= kMaxBytes;
    if (full_) {
      entry = {};
      entry.source = "trace";
      entry.message = "The trace is full: what follows is left out.";
      details_.clear();
    }
    entry.at = now() - exchange_.received;
    entry.section = exchange_.section;
    const auto details = exchange_.arena().array<TraceDetail>(details_.size());
    std::copy(details_.begin(), details_.end(), details.begin());
    entry.details = details;
    exchange_.traces.push_back(entry);
  }
  details_.clear();
}

void Tracer::said(std::string_view source, std::string_view message) {
  // Between the values and changes of a policy, which go to its own entry.
  const auto details = std::exchange(details_, {});
  TraceEntry entry;
  entry.source = keep(source);
  entry.message = keep(mask_.masked(cut(message, kMaxSearched)));
  add(entry);
  details_ = details;
}

std::string Tracer::shown(const expression::Value& value) const {
  if (expression::isNull(value)) return "null";
  const std::string_view text = expression::toText(value, exchange_.arena());
  if (!isValidUtf8(text)) return fmt::format("({} bytes)", text.size());
  return mask_.masked(cut(text, kMaxSearched));
}

void Tracer::evaluated(const expression::Expression& expression, const expression::Outcome& outcome) {
  if (pending_.size() >= kMaxPending || bytes_ >= kMaxBytes) return;
  const std::string value =
      outcome.ok() ? shown(outcome.value) : fmt::format("{}: {}", outcome.exception->type, outcome.exception->message);
  TraceDetail detail;
  detail.kind = TraceDetail::Kind::Expression;
  detail.name = keep(mask_.masked(cut(expression.source(), kMaxSearched)));
  detail.after = keep(mask_.maskedResult(expression.source(), value));
  pending_.push_back({exchange_.current(), detail});
}

std::vector<Tracer::Field> Tracer::look(const http::Headers& headers) {
  std::vector<Field> fields;
  for (const auto& header : headers) {
    auto value = isValidUtf8(header.value) ? mask_.maskedHeader(header.name, cut(header.value, kMaxSearched))
                                           : fmt::format("({} bytes)", header.value.size());
    const auto known = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return equalsIgnoreCase(field.name, header.name); });
    if (known != fields.end()) {
      known->value.append(", ").append(value);
    } else {
      fields.push_back({std::string(header.name), std::move(value)});
    }
  }
  return fields;
}

Tracer::Seen Tracer::look() {
  Seen seen;
  seen.request_line = lineOf(exchange_.request, mask_);
  seen.backend = mask_.masked(exchange_.backend.base_url);
  if (!exchange_.backend.id.empty()) seen.backend += fmt::format(" ({})", exchange_.backend.id);
  seen.request = {look(exchange_.request.headers), exchange_.request.body.kind(), exchange_.request.body.content()};
  if (exchange_.response.present) {
    seen.status = fmt::format("{} {}", exchange_.response.status, mask_.masked(exchange_.response.reason));
    seen.response = {look(exchange_.response.headers), exchange_.response.body.kind(),
                     exchange_.response.body.content()};
  }
  seen.answer = look(exchange_.answer_headers);
  const auto& variables = exchange_.context().variables();
  for (size_t i = 0; i < variables.size(); ++i) seen.variables.push_back({variables.nameAt(i), variables.valueAt(i)});
  return seen;
}

void Tracer::change(std::string_view name, std::string_view before, std::string_view after) {
  TraceDetail detail;
  detail.name = keep(name);
  detail.before = keep(before);
  detail.after = keep(after);
  details_.push_back(detail);
}

void Tracer::compareFields(std::string_view what, const std::vector<Field>& before, const std::vector<Field>& after) {
  if (before == after) return;
  const auto find = [](const std::vector<Field>& fields, std::string_view name) -> const Field* {
    for (const auto& field : fields)
      if (equalsIgnoreCase(field.name, name)) return &field;
    return nullptr;
  };
  for (const auto& field : after) {
    const Field* was = find(before, field.name);
    if (was == nullptr || was->value != field.value)
      change(fmt::format("{} {}", what, field.name), was == nullptr ? std::string_view() : was->value, field.value);
  }
  for (const auto& field : before)
    if (find(after, field.name) == nullptr) change(fmt::format("{} {}", what, field.name), field.value, "");
}

std::string Tracer::shown(const Message& message) const {
  switch (message.kind) {
    case MessageBody::Kind::Empty:
      return {};
    case MessageBody::Kind::Unread:
      return "(not read)";
    case MessageBody::Kind::Consumed:
      return "(consumed)";
    case MessageBody::Kind::Ready:
      break;
  }
  const std::string_view beginning = cut(message.body, kMaxSearched);
  if (!isValidUtf8(beginning)) return fmt::format("({} bytes)", message.body.size());
  return fmt::format("{} bytes: {}", message.body.size(), mask_.masked(beginning));
}

void Tracer::compareBodies(std::string_view what, const Message& before, const Message& after) {
  if (before.kind == after.kind && before.body.data() == after.body.data() && before.body.size() == after.body.size())
    return;
  change(what, shown(before), shown(after));
}

void Tracer::compareVariables(const Seen& before, const Seen& after) {
  for (const auto& variable : after.variables) {
    const auto was = std::find_if(before.variables.begin(), before.variables.end(),
                                  [&](const Variable& other) { return other.name == variable.name; });
    const bool is_new = was == before.variables.end();
    if (!is_new && same(was->value, variable.value)) continue;
    change(fmt::format("variable {}", variable.name), is_new ? std::string() : shown(was->value),
           shown(variable.value));
  }
}

void Tracer::compare(const Seen& before, const Seen& after) {
  if (before.request_line != after.request_line) change("request", before.request_line, after.request_line);
  if (before.backend != after.backend) change("backend", before.backend, after.backend);
  compareFields("request header", before.request.headers, after.request.headers);
  compareBodies("request body", before.request, after.request);
  if (before.status != after.status) change("response", before.status, after.status);
  compareFields("response header", before.response.headers, after.response.headers);
  compareBodies("response body", before.response, after.response);
  compareFields("answer header", before.answer, after.answer);
  compareVariables(before, after);
}

void Tracer::ran(const Instruction& instruction, Instant began, Verdict verdict) {
  details_.clear();
  std::erase_if(pending_, [&](const Pending& pending) {
    if (pending.instruction != &instruction) return false;
    details_.push_back(pending.detail);
    return true;
  });
  if (full_) return;
  Seen after = look();
  if ((instruction.effects & kForwards) != 0)
    change("sent", "", fmt::format("{} to {}", after.request_line, after.backend));
  compare(seen_, after);
  seen_ = std::move(after);
  // The ends of branches, which do nothing that an author would know of.
  if (verdict == Verdict::Jump && details_.empty()) return;
  const Origin& origin = exchange_.pipeline().origins[instruction.origin];
  TraceEntry entry;
  entry.source = origin.policy;
  entry.scope = toString(origin.scope);
  entry.path = origin.path;
  entry.took = now() - began;
  if (verdict == Verdict::Fail) entry.message = "Failed.";
  if (verdict == Verdict::Respond) entry.message = "Ended the pipeline with this response.";
  add(entry);
}

}  // namespace sluice::policy
