// One call of a simulated model: what all dialects' answers are made from, and the three that there are. Each checks
// its own arguments and gives a whole reply or a stream; errors have the service's shapes.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/api_version.h"
#include "simulator/message.h"
#include "simulator/random.h"
#include "simulator/token_counter.h"
#include "simulator/world.h"

namespace sluice::simulator {

enum class Service { AzureOpenAi, OpenAi };

struct ModelCall {
  Service service = Service::AzureOpenAi;
  ApiVersion version;
  upstream::Dialect dialect = upstream::Dialect::Unknown;
  std::string model;           // gpt-35-turbo: chooses the tokenizer
  std::string reported_model;  // in the answer
  std::string_view body_text;
  simdjson::dom::object body;
  uint64_t seed = 0;    // of the simulator
  Random ids{0};        // for what differs from answer to answer
  int64_t created = 0;  // seconds since 1970
  Knobs knobs;
  TokenCounter* counter = nullptr;

  bool azure() const { return service == Service::AzureOpenAi; }
  size_t promptTokens() const { return counter->prompt(dialect, model, body_text); }
};

// nullopt: the arguments' names are all known to this version.
std::optional<Reply> refuseUnknownArguments(const ModelCall& call);

Reply chatCompletions(ModelCall& call);
Reply completions(ModelCall& call);
Reply embeddings(ModelCall& call);

// --- shared by them ---

struct Usage {
  size_t prompt = 0;
  size_t completion = 0;
};

class JsonWriter;

// What both kinds of generated text take.
struct GenerationArguments {
  int64_t choices = 1;  // n
  std::optional<int64_t> max_tokens;
  bool stream = false;
  bool include_usage = false;
  std::vector<std::string> stops;
};
// An error reply, or nullopt with `arguments` filled.
std::optional<Reply> readGenerationArguments(const ModelCall& call, GenerationArguments& arguments);

// `"usage":{...}`, in the detail that the version has.
void writeUsage(JsonWriter& json, const ModelCall& call, const Usage& usage);
// `"prompt_filter_results":[...]` for so many prompts.
void writePromptFilter(JsonWriter& json, size_t prompts);
// "data: JSON\n\n"
std::string sseEvent(std::string_view json);
// Azure's first event of every stream: no choices, the verdict on the prompt.
std::string promptFilterEvent(size_t prompts);
std::string systemFingerprint(const ModelCall& call);

}  // namespace sluice::simulator
