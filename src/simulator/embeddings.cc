// POST .../embeddings. A text's vector is the normalised sum of fixed pseudo-random vectors of its words, so that texts
// that share words are near each other, as with a real model.
#include <fmt/format.h>

#include <cctype>
#include <cmath>
#include <cstring>

#include "base/encoding.h"
#include "simulator/json_writer.h"
#include "simulator/model_call.h"
#include "simulator/service_errors.h"

namespace sluice::simulator {
namespace {

using simdjson::dom::element;

constexpr size_t kMostInputs = 2048;  // the service's own limit
constexpr size_t kMostWords = 2000;   // of one text that count

size_t fullSize(std::string_view model) {
  return model.find("3-large") != std::string_view::npos ? 3072 : 1536;
}

void addWord(std::string_view word, uint64_t seed, std::vector<float>& vector) {
  Random random(hashText(word, seed));
  for (size_t i = 0; i + 1 < vector.size(); i += 2) {
    const uint64_t bits = random.next();
    vector[i] += static_cast<float>(static_cast<int32_t>(bits)) / 2147483648.0F;
    vector[i + 1] += static_cast<float>(static_cast<int32_t>(bits >> 32)) / 2147483648.0F;
  }
}

std::vector<float> embed(std::string_view text, uint64_t seed, size_t size) {
  std::vector<float> vector(size);
  addWord("", seed, vector);  // never the null vector
  std::string word;
  size_t words = 0;
  for (size_t i = 0; i <= text.size() && words < kMostWords; ++i) {
    const auto c = i < text.size() ? static_cast<unsigned char>(text[i]) : ' ';
    if (c >= 0x80 || std::isalnum(c)) {
      word += static_cast<char>(std::tolower(c));
    } else if (!word.empty()) {
      addWord(word, seed, vector);
      word.clear();
      ++words;
    }
  }
  double square = 0;
  for (const float x : vector) square += static_cast<double>(x) * x;
  const auto scale = static_cast<float>(1 / std::sqrt(square));
  for (float& x : vector) x *= scale;
  return vector;
}

std::optional<Reply> readInputs(const ModelCall& call, std::vector<std::string>& inputs) {
  element input;
  if (call.body["input"].get(input) != simdjson::SUCCESS) return modelError(400, "'input' is a required property");
  std::string_view text;
  if (input.get(text) == simdjson::SUCCESS) {
    inputs.emplace_back(text);
    return std::nullopt;
  }
  simdjson::dom::array list;
  if (input.get(list) != simdjson::SUCCESS || list.size() == 0 || list.size() > kMostInputs) {
    return modelError(400, fmt::format("'input' is neither a text nor a list of 1 to {} - 'input'", kMostInputs));
  }
  if (list.at(0).is_number()) {
    inputs.push_back(simdjson::minify(input));  // one text as tokens
    return std::nullopt;
  }
  for (const element item : list) {
    inputs.push_back(item.get(text) == simdjson::SUCCESS ? std::string(text) : simdjson::minify(item));
  }
  return std::nullopt;
}

std::optional<Reply> readSize(const ModelCall& call, size_t& size) {
  size = fullSize(call.model);
  element value;
  if (call.body["dimensions"].get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  if (call.model.find("embedding-3") == std::string::npos) {
    return modelError(400, "This model does not support specifying dimensions.");
  }
  uint64_t wanted = 0;
  if (value.get(wanted) != simdjson::SUCCESS || wanted < 1 || wanted > size) {
    return modelError(400, fmt::format("Invalid value for 'dimensions': must be from 1 to {}.", size));
  }
  size = wanted;
  return std::nullopt;
}

void writeVector(JsonWriter& json, const std::vector<float>& vector, bool base64) {
  if (base64) {
    std::string bytes(vector.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), vector.data(), bytes.size());  // little-endian, as this machine is
    json.text(base64Encode(bytes));
    return;
  }
  json.beginArray();
  for (const float x : vector) json.number(x);
  json.endArray();
}

}  // namespace

Reply embeddings(ModelCall& call) {
  if (auto error = refuseUnknownArguments(call)) return std::move(*error);
  std::vector<std::string> inputs;
  if (auto error = readInputs(call, inputs)) return std::move(*error);
  size_t size = 0;
  if (auto error = readSize(call, size)) return std::move(*error);
  std::string_view format = "float";
  if (call.body["encoding_format"].get(format) == simdjson::SUCCESS && format != "float" && format != "base64") {
    return modelError(400, fmt::format("'{}' is not one of ['float', 'base64'] - 'encoding_format'", format));
  }
  JsonWriter json;
  json.beginObject().member("object", "list").key("data").beginArray();
  for (size_t i = 0; i < inputs.size(); ++i) {
    json.beginObject().member("object", "embedding").member("index", i).key("embedding");
    // A shorter vector is the full one's beginning, made a unit vector again.
    auto vector = embed(inputs[i], call.seed, fullSize(call.model));
    if (size < vector.size()) {
      vector.resize(size);
      double square = 0;
      for (const float x : vector) square += static_cast<double>(x) * x;
      for (float& x : vector) x /= static_cast<float>(std::sqrt(square));
    }
    writeVector(json, vector, format == "base64");
    json.endObject();
  }
  json.endArray().member("model", call.reported_model);
  Usage usage;
  usage.prompt = call.promptTokens();
  writeUsage(json, call, usage);
  return jsonReply(200, json.endObject().take());
}

}  // namespace sluice::simulator
