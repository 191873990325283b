// The body of a chat request: what of it decides the answer, and the refusals of what Azure would refuse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "simulator/model_call.h"

namespace sluice::simulator {

enum class ContentKind { Text, ToolCall, FunctionCall };

struct ChatArguments : GenerationArguments {
  std::string question;  // text of the last user message
  uint64_t prompt_hash = 0;
  bool logprobs = false;
  ContentKind kind = ContentKind::Text;
  std::string function_name;
  std::string json;  // arguments of the forced call, or the structured answer; empty: prose
};

// An error reply, or nullopt with `arguments` filled.
std::optional<Reply> readChatArguments(const ModelCall& call, ChatArguments& arguments);

}  // namespace sluice::simulator
