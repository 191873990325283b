// ExchangeRecord: what the gateway writes about one request and its response, a row of table `exchanges` (design,
// Records). Every exchange leaves exactly one, whatever became of it. Strings are views: the exchange owns the memory
// until the record is committed (recorder.h); a decoded record points into the bytes that it was decoded from.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "event/column.h"

namespace sluice::event {

// Values of `outcome`: how the exchange ended for the client.
namespace outcome {
inline constexpr std::string_view kComplete = "complete";             // the client got a whole answer
inline constexpr std::string_view kClientGone = "client_gone";        // the client left before its end
inline constexpr std::string_view kUpstreamCut = "upstream_cut";      // the backend died inside its answer
inline constexpr std::string_view kRejected = "rejected";             // a policy, route or limit answered instead
inline constexpr std::string_view kFailed = "failed";                 // no answer from a backend could be had
inline constexpr std::string_view kProtocolError = "protocol_error";  // the request was not proper HTTP
}  // namespace outcome

// Values of `tokens_source`.
namespace tokens_source {
inline constexpr std::string_view kReported = "reported";    // by the backend
inline constexpr std::string_view kEstimated = "estimated";  // counted by the gateway
}  // namespace tokens_source

struct ExchangeRecord {
  UtcTime time{};
  std::string_view request_id;
  std::string_view gateway;
  std::string_view trace_id;
  std::string_view tenant;
  std::string_view caller_object_id;
  std::string_view caller_application_id;
  std::string_view user;
  std::string_view subscription;
  std::string_view product;
  std::string_view workload;
  std::string_view api;
  std::string_view operation;
  std::string_view backend;
  std::string_view model;
  std::string_view deployment;
  std::string_view api_version;
  std::string_view method;
  std::string_view url_path;
  std::string_view client_ip;
  std::optional<int64_t> status;
  std::optional<int64_t> backend_status;
  std::optional<int64_t> retries;
  std::string_view tries;
  bool streamed = false;
  std::string_view outcome;
  std::string_view finish_reason;
  std::string_view content_filter;
  std::string_view error_source;
  std::string_view error_reason;
  std::string_view error_message;
  std::optional<int64_t> prompt_tokens;
  std::optional<int64_t> completion_tokens;
  std::optional<int64_t> total_tokens;
  std::optional<int64_t> cached_tokens;
  std::optional<int64_t> reasoning_tokens;
  std::string_view tokens_source;
  std::optional<double> cost;
  std::optional<int64_t> queue_us;
  std::optional<int64_t> connect_us;
  std::optional<int64_t> first_byte_us;
  std::optional<int64_t> backend_us;
  std::optional<int64_t> total_us;
  std::optional<int64_t> request_bytes;
  std::optional<int64_t> response_bytes;
  std::string_view request_body;
  std::string_view response_body;
  bool bodies_truncated = false;
};

inline constexpr auto kExchangeColumns = std::to_array<Column<ExchangeRecord>>({
    {"time", &ExchangeRecord::time, "When the request's head had arrived, UTC."},
    {"request_id", &ExchangeRecord::request_id, "The exchange's id, a GUID; `context.RequestId`."},
    {"gateway", &ExchangeRecord::gateway, "The name of the gateway instance that served it."},
    {"trace_id", &ExchangeRecord::trace_id, "W3C trace id, when the request carried or got one."},
    {"tenant", &ExchangeRecord::tenant, "The caller's tenant, claim `tid`."},
    {"caller_object_id", &ExchangeRecord::caller_object_id, "The caller's object id, claim `oid`."},
    {"caller_application_id", &ExchangeRecord::caller_application_id,
     "The calling application, claim `appid` or `azp`."},
    {"user", &ExchangeRecord::user, "The user's name: claim `name` or `preferred_username`, or the APIM user."},
    {"subscription", &ExchangeRecord::subscription, "Id of the subscription whose key was used."},
    {"product", &ExchangeRecord::product, "Id of the product that the subscription belongs to."},
    {"workload", &ExchangeRecord::workload, "What the policy or path named as the workload."},
    {"api", &ExchangeRecord::api, "Id of the API that matched."},
    {"operation", &ExchangeRecord::operation, "Id of the operation that matched."},
    {"backend", &ExchangeRecord::backend, "The backend that answered last: its id, or the host of its URL."},
    {"model", &ExchangeRecord::model, "The model that the answer named, else the one asked for."},
    {"deployment", &ExchangeRecord::deployment, "The Azure OpenAI deployment."},
    {"api_version", &ExchangeRecord::api_version, "Query parameter `api-version`."},
    {"method", &ExchangeRecord::method, "HTTP method of the request."},
    {"url_path", &ExchangeRecord::url_path, "Path of the request as the client sent it, without the query."},
    {"client_ip", &ExchangeRecord::client_ip, "The client's address."},
    {"status", &ExchangeRecord::status, "Status code sent to the client; null when none was."},
    {"backend_status", &ExchangeRecord::backend_status, "Status code of the last backend answer."},
    {"retries", &ExchangeRecord::retries, "How many times the backend was called again."},
    {"streamed", &ExchangeRecord::streamed, "Whether the answer was an event stream."},
    {"outcome", &ExchangeRecord::outcome,
     "How it ended: complete, client_gone, upstream_cut, rejected, failed or protocol_error."},
    {"finish_reason", &ExchangeRecord::finish_reason, "The model's finish reason: stop, length, content_filter, ..."},
    {"content_filter", &ExchangeRecord::content_filter, "What the content filter found, as JSON; null when nothing."},
    {"error_source", &ExchangeRecord::error_source, "`context.LastError.Source`: the policy or stage that failed."},
    {"error_reason", &ExchangeRecord::error_reason, "`context.LastError.Reason`."},
    {"error_message", &ExchangeRecord::error_message, "`context.LastError.Message`."},
    {"prompt_tokens", &ExchangeRecord::prompt_tokens, "Tokens of the prompt."},
    {"completion_tokens", &ExchangeRecord::completion_tokens, "Tokens of the answer."},
    {"total_tokens", &ExchangeRecord::total_tokens, "Tokens of both."},
    {"cached_tokens", &ExchangeRecord::cached_tokens, "Prompt tokens that came from the model's cache."},
    {"reasoning_tokens", &ExchangeRecord::reasoning_tokens, "Answer tokens spent on reasoning."},
    {"tokens_source", &ExchangeRecord::tokens_source, "`reported` by the backend, or `estimated` by the gateway."},
    {"cost", &ExchangeRecord::cost, "Price of the tokens; null without a price table."},
    {"queue_us", &ExchangeRecord::queue_us, "Microseconds from arrival until the backend was called."},
    {"connect_us", &ExchangeRecord::connect_us,
     "Microseconds to get a connection to the backend; 0 when one was kept."},
    {"first_byte_us", &ExchangeRecord::first_byte_us, "Microseconds from arrival to the answer's first byte."},
    {"backend_us", &ExchangeRecord::backend_us, "Microseconds from calling the backend to its last byte."},
    {"total_us", &ExchangeRecord::total_us, "Microseconds from arrival to the last byte for the client."},
    {"request_bytes", &ExchangeRecord::request_bytes, "Bytes of the request's body."},
    {"response_bytes", &ExchangeRecord::response_bytes, "Bytes of the answer's body."},
    {"request_body", ColumnType::Text, &ExchangeRecord::request_body,
     "The request's body, where the settings keep it."},
    {"response_body", ColumnType::Text, &ExchangeRecord::response_body,
     "The answer's body, for a stream the assembled answer, where the settings keep it."},
    {"bodies_truncated", &ExchangeRecord::bodies_truncated, "Whether a kept body was cut at the capture limit."},
    {"tries", &ExchangeRecord::tries,
     "Every call of a backend in order, as JSON, when there was more than one or none was answered: backend, status or "
     "error, microseconds."},
});

// The binary form (codec.h): first ask for the size, then write into exactly so many bytes. No allocation.
size_t encodedSize(const ExchangeRecord& record);
void encode(const ExchangeRecord& record, std::span<std::byte> to);
// Views of the result point into `from`.
Result<ExchangeRecord> decodeExchange(std::span<const std::byte> from);

}  // namespace sluice::event
