#include "upstream/dialect.h"

#include <array>
#include <utility>

#include "upstream/answer_parts.h"
#include "upstream/json_scan.h"
#include "upstream/usage.h"

namespace sluice::upstream {
namespace {

// What a client may call its model or itself; longer is not a name.
constexpr size_t kNameBytes = 512;

constexpr std::array<std::pair<std::string_view, Dialect>, 5> kPaths{{
    {"/chat/completions", Dialect::ChatCompletions},
    {"/completions", Dialect::Completions},
    {"/embeddings", Dialect::Embeddings},
    {"/responses", Dialect::Responses},
    {"/messages", Dialect::AnthropicMessages},
}};

std::string_view pathOnly(std::string_view path) {
  path = path.substr(0, path.find('?'));
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// The string here as text, or what `otherwise` is; takes the value in any case.
std::string_view nameOr(JsonScan& scan, Arena& arena, std::string_view otherwise) {
  JsonString value;
  if (!scan.string(value)) {
    scan.skip();
    return otherwise;
  }
  return value.raw.size() <= kNameBytes ? value.text(arena) : otherwise;
}

void readStreamOptions(JsonScan& scan, RequestFacts& facts) {
  facts.has_stream_options = false;
  facts.include_usage.reset();
  if (!scan.enterObject()) return scan.skip();
  facts.has_stream_options = true;
  JsonString name;
  while (scan.nextMember(name)) {
    bool value = false;
    if (name == "include_usage" && scan.boolean(value)) {
      facts.include_usage = value;
    } else {
      scan.skip();
    }
  }
}

void readChoice(JsonScan& scan, Arena& arena, ResponseFacts& facts) {
  if (!scan.enterObject()) return scan.skip();
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "finish_reason" && facts.finish_reason.empty()) {
      facts.finish_reason = nameOr(scan, arena, {});
    } else if (name == "content_filter_results") {
      readContentFilter(scan, facts.content_filter);
    } else {
      scan.skip();
    }
  }
}

}  // namespace

std::string_view dialectName(Dialect dialect) {
  switch (dialect) {
    case Dialect::ChatCompletions:
      return "chat-completions";
    case Dialect::Completions:
      return "completions";
    case Dialect::Embeddings:
      return "embeddings";
    case Dialect::Responses:
      return "responses";
    case Dialect::AnthropicMessages:
      return "anthropic-messages";
    case Dialect::Unknown:
      return "unknown";
  }
  return "unknown";
}

Dialect dialectOfPath(std::string_view path) {
  path = pathOnly(path);
  for (const auto& [end, dialect] : kPaths)
    if (path.ends_with(end)) return dialect;
  return Dialect::Unknown;
}

std::string_view deploymentOfPath(std::string_view path) {
  constexpr std::string_view kBefore = "/deployments/";
  path = pathOnly(path);
  const size_t at = path.find(kBefore);
  if (at == std::string_view::npos) return {};
  path.remove_prefix(at + kBefore.size());
  return path.substr(0, path.find('/'));
}

RequestFacts readRequest(std::string_view body, Arena& arena) {
  RequestFacts facts;
  JsonScan scan(body);
  if (!scan.enterObject()) return facts;
  facts.is_object = true;
  std::optional<uint64_t> newer_limit;
  JsonString name;
  while (scan.nextMember(name)) {
    uint64_t number = 0;
    if (name == "model") {
      facts.model = nameOr(scan, arena, facts.model);
    } else if (name == "user") {
      facts.user = nameOr(scan, arena, facts.user);
    } else if (name == "stream") {
      if (!scan.boolean(facts.stream)) scan.skip();
    } else if (name == "stream_options") {
      readStreamOptions(scan, facts);
    } else if (name == "max_tokens" && scan.integer(number)) {
      facts.max_tokens = number;
    } else if ((name == "max_completion_tokens" || name == "max_output_tokens") && scan.integer(number)) {
      newer_limit = number;
    } else {
      scan.skip();
    }
  }
  if (newer_limit) facts.max_tokens = newer_limit;
  facts.is_object = !scan.failed();
  return facts;
}

ResponseFacts readResponse(std::string_view body, Arena& arena) {
  ResponseFacts facts;
  JsonScan scan(body);
  if (!scan.enterObject()) return facts;
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "id") {
      facts.id = nameOr(scan, arena, facts.id);
    } else if (name == "model") {
      facts.model = nameOr(scan, arena, facts.model);
    } else if (name == "usage") {
      readUsageObject(scan, facts.usage);
    } else if (name == "choices" && scan.enterArray()) {
      while (scan.nextItem()) readChoice(scan, arena, facts);
    } else if (name == "prompt_filter_results") {
      readPromptFilters(scan, facts.content_filter);
    } else if (name == "stop_reason" || name == "status") {
      facts.finish_reason = nameOr(scan, arena, facts.finish_reason);
    } else if (name == "error") {
      std::string code;
      readErrorCode(scan, code);
      facts.error_code = arena.copy(code);
    } else {
      scan.skip();
    }
  }
  facts.is_object = !scan.failed();
  return facts;
}

Usage readUsage(std::string_view body) {
  Usage usage;
  JsonScan scan(body);
  if (!scan.enterObject()) return usage;
  JsonString name;
  while (scan.nextMember(name)) {
    if (name == "usage") {
      readUsageObject(scan, usage);
    } else {
      scan.skip();
    }
  }
  return usage;
}

}  // namespace sluice::upstream
