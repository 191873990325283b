#include "simulator/chat_arguments.h"

#include <fmt/format.h>

#include "simulator/example_json.h"
#include "simulator/service_errors.h"

namespace sluice::simulator {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::string_view kRoles = "['system', 'assistant', 'user', 'function', 'tool', 'developer']";

std::string textOf(const element& content) {
  std::string_view text;
  if (content.get(text) == simdjson::SUCCESS) return std::string(text);
  std::string result;
  simdjson::dom::array parts;
  if (content.get(parts) != simdjson::SUCCESS) return result;
  for (const element part : parts) {
    if (part["text"].get(text) == simdjson::SUCCESS) result += text;
  }
  return result;
}

std::optional<Reply> readMessage(const element& message, size_t index, ChatArguments& arguments) {
  if (!message.is_object()) {
    return modelError(400, fmt::format("{} is not of type 'object' - 'messages.{}'", simdjson::minify(message), index));
  }
  std::string_view role;
  if (message["role"].get(role) != simdjson::SUCCESS) {
    return modelError(400, fmt::format("'role' is a required property - 'messages.{}'", index));
  }
  if (role.empty() || kRoles.find(fmt::format("'{}'", role)) == std::string_view::npos) {
    return modelError(400, fmt::format("'{}' is not one of {} - 'messages.{}.role'", role, kRoles, index));
  }
  element content;
  const bool has_content = message["content"].get(content) == simdjson::SUCCESS;
  if (role == "user") {
    if (!has_content) return modelError(400, fmt::format("'content' is a required property - 'messages.{}'", index));
    arguments.question = textOf(content);
  }
  return std::nullopt;
}

std::optional<Reply> readMessages(const ModelCall& call, ChatArguments& arguments) {
  element messages;
  if (call.body["messages"].get(messages) != simdjson::SUCCESS) {
    return modelError(400, "'messages' is a required property");
  }
  simdjson::dom::array list;
  if (messages.get(list) != simdjson::SUCCESS) {
    return modelError(
        400, fmt::format("{} is not of type 'array' - 'messages'", simdjson::minify(messages).substr(0, 1000)));
  }
  if (list.size() == 0) return modelError(400, "[] is too short - 'messages'");
  size_t index = 0;
  for (const element message : list) {
    if (auto error = readMessage(message, index++, arguments)) return error;
  }
  arguments.prompt_hash = hashText(simdjson::minify(messages));
  return std::nullopt;
}

// The function among `functions` (each maybe wrapped as a tool) with this name, or the first when it is empty.
std::optional<object> findFunction(const ModelCall& call, const char* list_name, std::string_view name) {
  simdjson::dom::array list;
  if (call.body[list_name].get(list) != simdjson::SUCCESS) return std::nullopt;
  for (const element item : list) {
    object function;
    if (item["function"].get(function) != simdjson::SUCCESS && item.get(function) != simdjson::SUCCESS) continue;
    std::string_view found;
    if (function["name"].get(found) == simdjson::SUCCESS && (name.empty() || found == name)) return function;
  }
  return std::nullopt;
}

void callFunction(const object& function, ContentKind kind, ChatArguments& arguments) {
  std::string_view name;
  if (function["name"].get(name) != simdjson::SUCCESS) return;
  element parameters;
  arguments.kind = kind;
  arguments.function_name = name;
  arguments.json = function["parameters"].get(parameters) == simdjson::SUCCESS ? exampleJson(parameters) : "{}";
}

// A call happens only when the client forces one: `tool_choice` or `function_call` with a name, or "required".
std::optional<Reply> readTools(const ModelCall& call, ChatArguments& arguments) {
  std::string_view name;
  std::optional<object> function;
  if (call.body["tool_choice"]["function"]["name"].get(name) == simdjson::SUCCESS) {
    function = findFunction(call, "tools", name);
  } else if (call.body["tool_choice"].get(name) == simdjson::SUCCESS && name == "required") {
    function = findFunction(call, "tools", {});
  } else if (call.body["function_call"]["name"].get(name) == simdjson::SUCCESS) {
    function = findFunction(call, "functions", name);
    if (function) callFunction(*function, ContentKind::FunctionCall, arguments);
    return function ? std::nullopt
                    : std::optional(modelError(400,
                                               "Invalid value for 'function_call': no function named "
                                               "in 'functions' was found."));
  } else {
    return std::nullopt;
  }
  if (!function) {
    return modelError(400, "Invalid value for 'tool_choice': no function named in 'tools' was found.",
                      "invalid_request_error", "tool_choice");
  }
  callFunction(*function, ContentKind::ToolCall, arguments);
  return std::nullopt;
}

void readFormat(const ModelCall& call, ChatArguments& arguments) {
  std::string_view type;
  if (arguments.kind != ContentKind::Text || call.body["response_format"]["type"].get(type) != simdjson::SUCCESS)
    return;
  element schema;
  if (type == "json_object") {
    arguments.json = R"({"answer":"This is a simulated answer."})";
  } else if (call.body["response_format"]["json_schema"]["schema"].get(schema) == simdjson::SUCCESS) {
    arguments.json = exampleJson(schema);
  }
}

}  // namespace

std::optional<Reply> readChatArguments(const ModelCall& call, ChatArguments& arguments) {
  if (auto error = refuseUnknownArguments(call)) return error;
  if (auto error = readMessages(call, arguments)) return error;
  if (auto error = readGenerationArguments(call, arguments)) return error;
  if (auto error = readTools(call, arguments)) return error;
  readFormat(call, arguments);
  if (call.body["logprobs"].get(arguments.logprobs) != simdjson::SUCCESS) arguments.logprobs = false;
  return std::nullopt;
}

}  // namespace sluice::simulator
