// What the gateway knows of the wire schemas of language models: which one a path speaks, and the few members of
// request and response bodies that limits, records and streams need. Everything here reads hostile input: what is
// missing, of a wrong type or beyond a bound is simply not reported. Nothing is kept; views point into the body or the
// given arena.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "upstream/usage.h"

namespace sluice::upstream {

enum class Dialect : uint8_t { Unknown, ChatCompletions, Completions, Embeddings, Responses, AnthropicMessages };

std::string_view dialectName(Dialect dialect);
// By the end of a path, query excluded: /chat/completions, /completions, /embeddings, /responses, /messages.
Dialect dialectOfPath(std::string_view path);
// The deployment of an Azure path (.../deployments/{name}/...), or empty.
std::string_view deploymentOfPath(std::string_view path);

struct RequestFacts {
  std::string_view model;
  std::string_view user;
  std::optional<uint64_t> max_tokens;  // max_completion_tokens, max_output_tokens, max_tokens
  bool is_object = false;              // the body is a JSON object at all
  bool stream = false;
  bool has_stream_options = false;    // an object is there
  std::optional<bool> include_usage;  // stream_options.include_usage, where it is a boolean
};
RequestFacts readRequest(std::string_view body, Arena& arena);

enum class ContentFilter : uint8_t { NotReported, Passed, Filtered };

struct ResponseFacts {
  std::string_view id;
  std::string_view model;
  std::string_view finish_reason;  // of the first choice (Responses: status, Anthropic: stop_reason)
  Usage usage;
  ContentFilter content_filter = ContentFilter::NotReported;
  std::string_view error_code;  // error.code, else error.type, else "error"; empty: no error
  bool is_object = false;
};
ResponseFacts readResponse(std::string_view body, Arena& arena);
// Just the usage: about 0.2 microseconds for a 600-byte answer.
Usage readUsage(std::string_view body);

}  // namespace sluice::upstream
