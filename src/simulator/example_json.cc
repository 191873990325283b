#include "simulator/example_json.h"

#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

using simdjson::dom::element;

constexpr int kMostDepth = 12;
constexpr size_t kMostValues = 500;

std::string_view typeOf(const element& schema) {
  std::string_view type;
  if (schema["type"].get(type) == simdjson::SUCCESS) return type;
  // ["string", "null"]
  simdjson::dom::array types;
  if (schema["type"].get(types) == simdjson::SUCCESS && types.at(0).get(type) == simdjson::SUCCESS) return type;
  element properties;
  return schema["properties"].get(properties) == simdjson::SUCCESS ? "object" : "string";
}

void write(JsonWriter& json, const element& schema, std::string_view name, int depth, size_t& left) {
  if (depth > kMostDepth || left == 0) {
    json.null();
    return;
  }
  --left;
  simdjson::dom::array choices;
  if (schema["enum"].get(choices) == simdjson::SUCCESS && choices.size() > 0) {
    json.raw(simdjson::minify(choices.at(0).value_unsafe()));
    return;
  }
  const auto type = typeOf(schema);
  if (type == "object") {
    json.beginObject();
    simdjson::dom::object properties;
    if (schema["properties"].get(properties) == simdjson::SUCCESS) {
      for (const auto& [key, property] : properties) {
        if (left == 0) break;
        json.key(key);
        write(json, property, key, depth + 1, left);
      }
    }
    json.endObject();
  } else if (type == "array") {
    json.beginArray();
    element items;
    if (schema["items"].get(items) == simdjson::SUCCESS) write(json, items, name, depth + 1, left);
    json.endArray();
  } else if (type == "integer" || type == "number") {
    json.number(1);
  } else if (type == "boolean") {
    json.boolean(true);
  } else if (type == "null") {
    json.null();
  } else {
    json.text("a simulated " + std::string(name.empty() ? "text" : name));
  }
}

}  // namespace

std::string exampleJson(const element& schema) {
  JsonWriter json;
  size_t left = kMostValues;
  write(json, schema, {}, 0, left);
  return json.take();
}

}  // namespace sluice::simulator
