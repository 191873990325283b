#include "simulator/service_errors.h"

#include <fmt/format.h>

#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

using upstream::Dialect;

struct OperationNames {
  std::string_view spoken;     // in OperationNotSupported
  std::string_view operation;  // in quota errors
  std::string_view path;
};

OperationNames namesOf(Dialect dialect) {
  switch (dialect) {
    case Dialect::Completions:
      return {"completion", "Completions_Create", "completions"};
    case Dialect::Embeddings:
      return {"embeddings", "Embeddings_Create", "embeddings"};
    default:
      return {"chatCompletion", "ChatCompletions_Create", "chat/completions"};
  }
}

}  // namespace

Reply azureError(int status, std::string_view code, std::string_view message) {
  JsonWriter json;
  json.beginObject().key("error").beginObject().member("code", code).member("message", message);
  return jsonReply(status, json.endObject().endObject().take());
}

Reply modelError(int status, std::string_view message, std::string_view type, std::string_view param,
                 std::string_view code) {
  JsonWriter json;
  json.beginObject().key("error").beginObject().member("message", message).member("type", type).key("param");
  param.empty() ? json.null() : json.text(param);
  json.key("code");
  code.empty() ? json.null() : json.text(code);
  return jsonReply(status, json.endObject().endObject().take());
}

Reply resourceNotFound() {
  return azureError(404, "404", "Resource not found");
}

Reply deploymentNotFound() {
  return azureError(404, "DeploymentNotFound",
                    "The API deployment for this resource does not exist. If you created the deployment within the "
                    "last 5 minutes, please wait a moment and try again.");
}

Reply keyDenied() {
  return azureError(401, "401",
                    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid "
                    "key for an active subscription and use a correct regional API endpoint for your resource.");
}

Reply tokenDenied() {
  JsonWriter json;
  json.beginObject().member("statusCode", 401);
  json.member("message",
              "Unauthorized. Access token is missing, invalid, audience is incorrect "
              "(https://cognitiveservices.azure.com), or have expired.");
  return jsonReply(401, json.endObject().take());
}

Reply roleMissing(std::string_view principal, Dialect dialect) {
  const auto path = namesOf(dialect).path;
  return azureError(401, "PermissionDenied",
                    fmt::format("The principal `{}` lacks the required data action "
                                "`Microsoft.CognitiveServices/accounts/OpenAI/deployments/{}/action` to perform "
                                "`POST /openai/deployments/{{deployment-id}}/{}` operation.",
                                principal, path, path));
}

Reply operationNotSupported(Dialect dialect, std::string_view model) {
  return azureError(400, "OperationNotSupported",
                    fmt::format("The {} operation does not work with the specified model, {}. Please choose different "
                                "model and try again. You can learn more about which models can be used with each "
                                "operation here: https://go.microsoft.com/fwlink/?linkid=2197993.",
                                namesOf(dialect).spoken, model));
}

Reply unreadableBody() {
  return modelError(400,
                    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your "
                    "HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid "
                    "JSON.)");
}

Reply promptFiltered() {
  JsonWriter json;
  json.beginObject().key("error").beginObject();
  json.member("message",
              "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please "
              "modify your prompt and retry.");
  json.key("type").null().member("param", "prompt").member("code", "content_filter").member("status", 400);
  json.key("innererror").beginObject().member("code", "ResponsibleAIPolicyViolation");
  json.key("content_filter_result").beginObject();
  for (const auto* name : {"hate", "self_harm", "sexual"}) {
    json.key(name).beginObject().member("filtered", false).member("severity", "safe").endObject();
  }
  json.key("violence").beginObject().member("filtered", true).member("severity", "high").endObject();
  return jsonReply(400, json.endObject().endObject().endObject().endObject().take());
}

Reply quotaExceeded(Dialect dialect, std::string_view api_version, std::string_view what, int64_t retry_after) {
  auto reply = azureError(
      429, "429",
      fmt::format("Requests to the {} Operation under Azure OpenAI API version {} have exceeded {} rate limit of your "
                  "current OpenAI S0 pricing tier. Please retry after {} second{}. Please go here: "
                  "https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
                  namesOf(dialect).operation, api_version, what, retry_after, retry_after == 1 ? "" : "s"));
  reply.set("Retry-After", std::to_string(retry_after));
  reply.set("x-ratelimit-reset-requests", std::to_string(retry_after));
  return reply;
}

Reply failureFor(int status, int64_t retry_after, Dialect dialect, std::string_view api_version) {
  if (status == 429) return quotaExceeded(dialect, api_version, "token", retry_after);
  if (status == 503) {
    auto reply = azureError(503, "ServiceUnavailable",
                            "The service is temporarily unable to process your request. "
                            "Please try again later.");
    if (retry_after > 0) reply.set("Retry-After", std::to_string(retry_after));
    return reply;
  }
  if (status == 408 || status == 504) return azureError(status, "Timeout", "The operation was timeout.");
  if (status >= 500) {
    return modelError(status, "The server had an error while processing your request. Sorry about that!",
                      "server_error", {}, status == 500 ? "InternalServerError" : "");
  }
  if (status == 401) return keyDenied();
  if (status == 404) return resourceNotFound();
  return azureError(status, std::to_string(status), fmt::format("The simulator was asked for status {}.", status));
}

std::string_view safeContentJson() {
  return R"({"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},)"
         R"("sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}})";
}

}  // namespace sluice::simulator
