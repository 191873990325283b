#include "simulator/data_plane.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "simulator/json_writer.h"
#include "simulator/service_errors.h"

namespace sluice::simulator {
namespace {

using upstream::Dialect;

constexpr std::string_view kBearer = "Bearer ";

// The tail of a path, split: {"chat","completions"}.
Dialect dialectOf(const std::vector<std::string>& segments, size_t from) {
  const size_t left = segments.size() - std::min(from, segments.size());
  if (left == 2 && segments[from] == "chat" && segments[from + 1] == "completions") return Dialect::ChatCompletions;
  if (left == 1 && segments[from] == "completions") return Dialect::Completions;
  if (left == 1 && segments[from] == "embeddings") return Dialect::Embeddings;
  return Dialect::Unknown;
}

std::string reportedModel(const Deployment& deployment) {
  // Newer models are reported with their date.
  return deployment.version.size() == 10 ? fmt::format("{}-{}", deployment.model, deployment.version)
                                         : deployment.model;
}

std::string_view bearerOf(const Request& request) {
  const auto header = request.header("Authorization");
  if (header.size() < kBearer.size() || !equalsIgnoreCase(header.substr(0, kBearer.size()), kBearer)) return {};
  return header.substr(kBearer.size());
}

int64_t estimatedTokens(const ModelCall& call) {
  auto tokens = static_cast<int64_t>(call.promptTokens());
  int64_t most = 0;
  if (call.body["max_tokens"].get(most) == simdjson::SUCCESS && most > 0) tokens += most;
  return tokens;
}

}  // namespace

bool modelSpeaks(std::string_view model, std::string_view version, Dialect dialect) {
  const bool embedding = model.find("embedding") != std::string_view::npos;
  const bool completion = model.find("instruct") != std::string_view::npos || model.starts_with("text-davinci") ||
                          model.starts_with("davinci") || model.starts_with("babbage");
  switch (dialect) {
    case Dialect::Embeddings:
      return embedding;
    case Dialect::Completions:
      return completion || version == "0301";
    case Dialect::ChatCompletions:
      return !embedding && !completion;
    default:
      return false;
  }
}

std::optional<DataPlane::Route> DataPlane::routeOf(const Request& request) const {
  const auto segments = request.segments();
  Route route;
  if (segments.size() > 3 && segments[0] == "openai" && segments[1] == "deployments") {
    route.deployment = segments[2];
    route.dialect = dialectOf(segments, 3);
    auto version = azureVersion(request.queryValue("api-version").value_or(""));
    if (!version || !version->hasDialect(route.dialect)) return std::nullopt;
    route.version = std::move(*version);
  } else if (segments.size() > 2 && segments[0] == "openai" && segments[1] == "v1") {
    route.dialect = dialectOf(segments, 2);
    const auto given = request.queryValue("api-version");
    if (given && *given != "preview" && *given != "latest" && *given != "v1") return std::nullopt;
    route.version = v1Version();
  }
  if (route.dialect == Dialect::Unknown) return std::nullopt;
  return route;
}

std::optional<Reply> DataPlane::refuseCaller(const Request& request, const Instance& instance, Dialect dialect) const {
  const auto key = request.header("api-key");
  if (!key.empty()) {
    if (world_.isKeyOf(instance, key)) return std::nullopt;
    return keyDenied();
  }
  const auto token = bearerOf(request);
  if (token.empty()) return tokenDenied();
  // The v1 surface takes the key as bearer too, since OpenAI's own clients send it so.
  if (request.path.starts_with("/openai/v1/") && world_.isKeyOf(instance, token)) {
    return std::nullopt;
  }
  const auto principal = identity_.check(token, request.now);
  if (!principal) return tokenDenied();
  if (!principal->openai_user) return roleMissing(principal->object_id, dialect);
  return std::nullopt;
}

// GET /openai/deployments, /openai/models, /openai/v1/models.
std::optional<Reply> DataPlane::list(const Request& request, const Instance& instance) const {
  if (request.method != "GET") return std::nullopt;
  const bool deployments = request.path == "/openai/deployments";
  const bool models = request.path == "/openai/models" || request.path == "/openai/v1/models";
  if (!deployments && !models) return std::nullopt;
  if (request.path != "/openai/v1/models" && !azureVersion(request.queryValue("api-version").value_or(""))) {
    return resourceNotFound();
  }
  if (auto refusal = refuseCaller(request, instance, Dialect::ChatCompletions)) return refusal;
  JsonWriter json;
  json.beginObject().key("data").beginArray();
  for (const auto& deployment : instance.deployments) {
    json.beginObject().member("id", deployment.name).member("model", deployment.model);
    json.member("object", deployments ? "deployment" : "model").member("status", "succeeded");
    json.member("created_at", unixSeconds(request.now)).endObject();
  }
  return jsonReply(200, json.endArray().member("object", "list").endObject().take());
}

Reply DataPlane::azure(const Request& request, Instance* instance, Tally& tally) {
  if (instance == nullptr) return resourceNotFound();
  if (auto listed = list(request, *instance)) return std::move(*listed);
  auto route = routeOf(request);
  if (!route || request.method != "POST") {
    auto reply = resourceNotFound();
    decorate(reply, request, *instance, {});
    return reply;
  }
  Reply reply;
  if (auto refusal = refuseCaller(request, *instance, route->dialect)) {
    reply = std::move(*refusal);
  } else {
    reply = answer(request, *instance, *route, tally);
  }
  decorate(reply, request, *instance, route->deployment);
  return reply;
}

Reply DataPlane::answer(const Request& request, Instance& instance, const Route& route, Tally& tally) {
  const auto parsed = parser_.parse(request.body);
  ModelCall call;
  const bool is_object = parsed.get(call.body) == simdjson::SUCCESS;
  std::string name = route.deployment;
  if (name.empty()) {
    std::string_view model;
    if (!is_object) return unreadableBody();
    if (call.body["model"].get(model) != simdjson::SUCCESS) {
      return modelError(400, "you must provide a model parameter");
    }
    name = model;
  }
  const auto* deployment = instance.deployment(name);
  if (deployment == nullptr) return deploymentNotFound();
  if (!modelSpeaks(deployment->model, deployment->version, route.dialect))
    return operationNotSupported(route.dialect, deployment->model);
  if (!is_object) return unreadableBody();
  call.service = Service::AzureOpenAi;
  call.version = route.version;
  call.dialect = route.dialect;
  call.model = deployment->model;
  call.reported_model = reportedModel(*deployment);
  const auto knobs = world_.knobs.with(instance.knobs).with(deployment->knobs);
  return callModel(call, request, knobs, instance.name + '/' + deployment->name, tally);
}

Reply DataPlane::openai(const Request& request, Tally& tally) {
  const auto segments = request.segments();
  const auto dialect = segments.empty() || segments[0] != "v1" ? Dialect::Unknown : dialectOf(segments, 1);
  if (dialect == Dialect::Unknown || request.method != "POST") {
    return modelError(404, fmt::format("Invalid URL ({} {})", request.method, request.path));
  }
  const auto key = bearerOf(request);
  if (key.empty() || (key != world_.openai_key.reveal() && !world_.isCommonKey(key))) {
    return modelError(401,
                      "Incorrect API key provided. You can find your API key at "
                      "https://platform.openai.com/account/api-keys.",
                      "invalid_request_error", {}, "invalid_api_key");
  }
  ModelCall call;
  if (parser_.parse(request.body).get(call.body) != simdjson::SUCCESS) return unreadableBody();
  std::string_view model;
  if (call.body["model"].get(model) != simdjson::SUCCESS || model.empty()) {
    return modelError(400, "you must provide a model parameter");
  }
  if (model.size() > 100 || !modelSpeaks(model, {}, dialect)) {
    return modelError(
        404, fmt::format("The model `{}` does not exist or you do not have access to it.", model.substr(0, 100)),
        "invalid_request_error", {}, "model_not_found");
  }
  call.service = Service::OpenAi;
  call.version = v1Version();
  call.dialect = dialect;
  call.model = model;
  call.reported_model = model;
  auto reply = callModel(call, request, world_.knobs, "api.openai.com", tally);
  reply.set("x-request-id", fmt::format("req_{}", ids_.token(32)));
  reply.set("openai-version", "2020-10-01");
  reply.set("openai-processing-ms", "7");
  return reply;
}

// A fault that a knob asks for instead of an answer.
std::optional<Reply> DataPlane::strike(const std::string& key, const Knobs& knobs, const ModelCall& call) {
  if (knobs.content_filter.value_or(false)) return promptFiltered();
  const bool resets = knobs.reset.value_or(false);
  if (!knobs.status && !resets) return std::nullopt;
  if (knobs.every.value_or(1) > 1 && ++strikes_[key] % *knobs.every != 0) return std::nullopt;
  auto reply = knobs.status ? failureFor(*knobs.status, knobs.retry_after.value_or(1), call.dialect, call.version.text)
                            : Reply();
  reply.knobs = knobs;
  reply.knobs.reset = resets;
  return reply;
}

Reply DataPlane::callModel(ModelCall& call, const Request& request, const Knobs& standing, const std::string& quota_key,
                           Tally& tally) {
  const auto asked = parseKnobs(request.header("x-simulator"));
  if (!asked) return azureError(400, "BadRequest", fmt::format("x-simulator: {}", asked.error().message));
  call.knobs = standing.with(*asked);
  call.body_text = request.body;
  call.seed = world_.seed;
  call.ids = Random(ids_.next());
  call.created = unixSeconds(request.now);
  call.counter = &counter_;
  if (auto fault = strike(quota_key, call.knobs, call)) return std::move(*fault);
  const auto tokens = estimatedTokens(call);
  const auto quota = quota_.take(quota_key, call.knobs, tokens, request.now);
  if (quota.exceeded != nullptr) {
    return quotaExceeded(call.dialect, call.version.text, quota.exceeded, quota.retry_after);
  }
  tally.prompt_tokens += static_cast<uint64_t>(tokens);
  auto reply = call.dialect == Dialect::ChatCompletions ? chatCompletions(call)
               : call.dialect == Dialect::Completions   ? completions(call)
                                                        : embeddings(call);
  reply.knobs = call.knobs;
  reply.knobs.reset = false;  // strike() has decided
  reply.set("x-ratelimit-remaining-requests", std::to_string(quota.remaining_requests));
  reply.set("x-ratelimit-remaining-tokens", std::to_string(quota.remaining_tokens));
  return reply;
}

void DataPlane::decorate(Reply& reply, const Request& request, const Instance& instance, std::string_view deployment) {
  const auto id = ids_.guid();
  const auto client_id = request.header("x-ms-client-request-id");
  reply.set("apim-request-id", id);
  reply.set("x-request-id", ids_.guid());
  reply.set("x-ms-client-request-id", client_id.empty() ? id : std::string(client_id.substr(0, 200)));
  reply.set("x-ms-region", instance.region);
  reply.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload");
  reply.set("X-Content-Type-Options", "nosniff");
  if (reply.status != 200) return;
  reply.set("azureml-model-session", fmt::format("d{:03}-20240215231538", hashText(instance.name) % 1000));
  reply.set("x-ms-deployment-name", std::string(deployment));
  reply.set("x-ms-rai-invoked", "true");
  reply.set("Cache-Control", "no-cache, must-revalidate");
}

}  // namespace sluice::simulator
