#include "simulator/model_call.h"

#include <fmt/format.h>

#include "simulator/json_writer.h"
#include "simulator/service_errors.h"

namespace sluice::simulator {
namespace {

using simdjson::dom::element;
using upstream::Dialect;

constexpr int64_t kMostChoices = 128;
constexpr size_t kMostStops = 16;

std::optional<Reply> readInteger(const ModelCall& call, const char* name, int64_t most, std::optional<int64_t>& to) {
  element value;
  if (call.body[name].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  int64_t number = 0;
  if (value.get(number) != simdjson::SUCCESS) {
    return modelError(400, fmt::format("{} is not of type 'integer' - '{}'", simdjson::minify(value), name));
  }
  if (number < 1) {
    return modelError(400, fmt::format("{} is less than the minimum of 1 - '{}'", number, name));
  }
  if (number > most) {
    return modelError(400, fmt::format("{} is greater than the maximum of {} - '{}'", number, most, name));
  }
  to = number;
  return std::nullopt;
}

std::optional<Reply> readFlag(const simdjson::dom::object& object, const char* name, bool& to) {
  element value;
  if (object[name].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  if (value.get(to) == simdjson::SUCCESS) return std::nullopt;
  return modelError(400, fmt::format("{} is not of type 'boolean' - '{}'", simdjson::minify(value), name));
}

std::optional<Reply> readStops(const ModelCall& call, std::vector<std::string>& to) {
  element value;
  if (call.body["stop"].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) {
    to.emplace_back(text);
    return std::nullopt;
  }
  simdjson::dom::array list;
  if (value.get(list) != simdjson::SUCCESS || list.size() > kMostStops) {
    return modelError(400, "the value of 'stop' is neither a text nor a short list of texts - 'stop'");
  }
  for (const element item : list) {
    if (item.get(text) == simdjson::SUCCESS) to.emplace_back(text);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Reply> refuseUnknownArguments(const ModelCall& call) {
  std::string unknown;
  size_t count = 0;
  for (const auto& [name, value] : call.body) {
    if (call.version.knowsArgument(call.dialect, name)) continue;
    if (count++ > 0) unknown += ", ";
    unknown += name.substr(0, 100);
    if (count == 10) break;
  }
  if (count == 0) return std::nullopt;
  return modelError(400, fmt::format("Unrecognized request argument{} supplied: {}", count > 1 ? "s" : "", unknown));
}

std::optional<Reply> readGenerationArguments(const ModelCall& call, GenerationArguments& arguments) {
  std::optional<int64_t> choices;
  if (auto error = readInteger(call, "n", kMostChoices, choices)) return error;
  arguments.choices = choices.value_or(1);
  constexpr int64_t kMost = 1'000'000;
  if (auto error = readInteger(call, "max_tokens", kMost, arguments.max_tokens)) return error;
  if (auto error = readInteger(call, "max_completion_tokens", kMost, arguments.max_tokens)) return error;
  if (auto error = readFlag(call.body, "stream", arguments.stream)) return error;
  if (auto error = readStops(call, arguments.stops)) return error;
  simdjson::dom::object options;
  if (call.body["stream_options"].get(options) == simdjson::SUCCESS) {
    if (!arguments.stream) {
      return modelError(400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                        "invalid_request_error", "stream_options");
    }
    if (auto error = readFlag(options, "include_usage", arguments.include_usage)) return error;
  }
  return std::nullopt;
}

void writeUsage(JsonWriter& json, const ModelCall& call, const Usage& usage) {
  json.key("usage").beginObject();
  if (call.dialect != Dialect::Embeddings) {
    json.member("completion_tokens", usage.completion);
    if (call.version.reportsUsageDetails()) {
      json.key("completion_tokens_details").beginObject().member("accepted_prediction_tokens", 0);
      json.member("audio_tokens", 0).member("reasoning_tokens", 0).member("rejected_prediction_tokens", 0).endObject();
    }
  }
  json.member("prompt_tokens", usage.prompt);
  if (call.dialect != Dialect::Embeddings && call.version.reportsUsageDetails()) {
    json.key("prompt_tokens_details").beginObject().member("audio_tokens", 0).member("cached_tokens", 0).endObject();
  }
  json.member("total_tokens", usage.prompt + usage.completion).endObject();
}

void writePromptFilter(JsonWriter& json, size_t prompts) {
  json.key("prompt_filter_results").beginArray();
  for (size_t i = 0; i < prompts; ++i) {
    json.beginObject().member("prompt_index", i).key("content_filter_results").raw(safeContentJson()).endObject();
  }
  json.endArray();
}

std::string sseEvent(std::string_view json) {
  return fmt::format("data: {}\n\n", json);
}

std::string promptFilterEvent(size_t prompts) {
  JsonWriter json;
  json.beginObject().key("choices").beginArray().endArray().member("created", 0).member("id", "");
  json.member("model", "").member("object", "");
  writePromptFilter(json, prompts);
  return sseEvent(json.endObject().str());
}

std::string systemFingerprint(const ModelCall& call) {
  return fmt::format("fp_{:010x}", hashText(call.reported_model, call.seed) & 0xffffffffff);
}

}  // namespace sluice::simulator
