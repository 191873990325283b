#include "simulator/api_version.h"

#include <algorithm>
#include <array>

namespace sluice::simulator {
namespace {

using upstream::Dialect;

constexpr int kAlways = 0;
constexpr int kV1 = 99991231;

constexpr std::array<std::string_view, 28> kVersions = {
    "2022-12-01",         "2023-03-15-preview", "2023-05-15",         "2023-06-01-preview", "2023-07-01-preview",
    "2023-08-01-preview", "2023-09-01-preview", "2023-09-15-preview", "2023-10-01-preview", "2023-12-01-preview",
    "2024-02-01",         "2024-02-15-preview", "2024-03-01-preview", "2024-04-01-preview", "2024-05-01-preview",
    "2024-06-01",         "2024-07-01-preview", "2024-08-01-preview", "2024-09-01-preview", "2024-10-01-preview",
    "2024-10-21",         "2024-11-01-preview", "2024-12-01-preview", "2025-01-01-preview", "2025-02-01-preview",
    "2025-03-01-preview", "2025-04-01-preview", "2025-05-01-preview"};

struct Argument {
  std::string_view name;
  int since;
};

constexpr std::array<Argument, 36> kChatArguments = {{{"messages", kAlways},
                                                      {"model", kAlways},
                                                      {"temperature", kAlways},
                                                      {"top_p", kAlways},
                                                      {"n", kAlways},
                                                      {"stream", kAlways},
                                                      {"stop", kAlways},
                                                      {"max_tokens", kAlways},
                                                      {"presence_penalty", kAlways},
                                                      {"frequency_penalty", kAlways},
                                                      {"logit_bias", kAlways},
                                                      {"user", kAlways},
                                                      {"functions", 20230701},
                                                      {"function_call", 20230701},
                                                      {"tools", 20231201},
                                                      {"tool_choice", 20231201},
                                                      {"response_format", 20231201},
                                                      {"seed", 20231201},
                                                      {"data_sources", 20240201},
                                                      {"logprobs", 20240201},
                                                      {"top_logprobs", 20240201},
                                                      {"stream_options", 20240901},
                                                      {"parallel_tool_calls", 20240901},
                                                      {"max_completion_tokens", 20240901},
                                                      {"store", 20241001},
                                                      {"metadata", 20241001},
                                                      {"reasoning_effort", 20241201},
                                                      {"modalities", 20250101},
                                                      {"audio", 20250101},
                                                      {"prediction", 20250101},
                                                      {"service_tier", kV1},
                                                      {"web_search_options", kV1},
                                                      {"verbosity", kV1},
                                                      {"safety_identifier", kV1},
                                                      {"prompt_cache_key", kV1},
                                                      {"prompt_cache_retention", kV1}}};

constexpr std::array<Argument, 18> kCompletionArguments = {{{"prompt", kAlways},
                                                            {"model", kAlways},
                                                            {"max_tokens", kAlways},
                                                            {"temperature", kAlways},
                                                            {"top_p", kAlways},
                                                            {"logit_bias", kAlways},
                                                            {"user", kAlways},
                                                            {"n", kAlways},
                                                            {"stream", kAlways},
                                                            {"logprobs", kAlways},
                                                            {"suffix", kAlways},
                                                            {"echo", kAlways},
                                                            {"stop", kAlways},
                                                            {"presence_penalty", kAlways},
                                                            {"frequency_penalty", kAlways},
                                                            {"best_of", kAlways},
                                                            {"seed", 20240901},
                                                            {"stream_options", 20240901}}};

constexpr std::array<Argument, 6> kEmbeddingArguments = {{{"input", kAlways},
                                                          {"model", kAlways},
                                                          {"user", kAlways},
                                                          {"input_type", kAlways},
                                                          {"encoding_format", kAlways},
                                                          {"dimensions", 20240201}}};

template <size_t N>
bool knows(const std::array<Argument, N>& arguments, std::string_view name, int day) {
  return std::any_of(arguments.begin(), arguments.end(),
                     [&](const Argument& each) { return each.name == name && each.since <= day; });
}

int dayOf(std::string_view version) {
  int day = 0;
  for (const char c : version.substr(0, 10)) {
    if (c != '-') day = day * 10 + (c - '0');
  }
  return day;
}

}  // namespace

bool ApiVersion::hasDialect(Dialect dialect) const {
  return dialect != Dialect::ChatCompletions || day >= 20230315;
}

bool ApiVersion::knowsArgument(Dialect dialect, std::string_view argument) const {
  switch (dialect) {
    case Dialect::ChatCompletions:
      return knows(kChatArguments, argument, day);
    case Dialect::Completions:
      return knows(kCompletionArguments, argument, day);
    case Dialect::Embeddings:
      return knows(kEmbeddingArguments, argument, day);
    default:
      return false;
  }
}

ApiVersion v1Version() {
  return ApiVersion{"", kV1};
}

std::optional<ApiVersion> azureVersion(std::string_view text) {
  if (std::find(kVersions.begin(), kVersions.end(), text) == kVersions.end()) return std::nullopt;
  return ApiVersion{std::string(text), dayOf(text)};
}

}  // namespace sluice::simulator
