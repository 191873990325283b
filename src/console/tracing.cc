// The management listener's part of policy traces (reference 6.5): credentials for them, and the traces themselves.
#include <fmt/format.h>

#include "base/encoding.h"
#include "console/management.h"
#include "policy/operand.h"
#include "text/json_document.h"

namespace sluice::console {
namespace {

constexpr uint64_t kMaxBody = 64 * 1024;

bool endsWithNoCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equalsIgnoreCase(text.substr(text.size() - end.size()), end);
}

// `.../gateways/{id}/ACTION`, whatever stands before: a subscription, a resource group, a service.
bool isAction(std::string_view path, std::string_view action) {
  const size_t last = path.rfind('/');
  if (last == std::string_view::npos || !equalsIgnoreCase(path.substr(last + 1), action)) return false;
  const std::string_view gateway = path.substr(0, last);
  const size_t slash = gateway.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == gateway.size()) return false;
  return endsWithNoCase(gateway.substr(0, slash), "/gateways");
}

// As Azure's resource manager says what is wrong. The messages have nothing in them that JSON would escape.
std::string errorBody(std::string_view code, std::string_view message) {
  return fmt::format(R"({{"error":{{"code":"{}","message":"{}"}}}})", code, message);
}

std::optional<text::Document> parse(std::string_view body) {
  Diagnostics ignored;
  auto document = text::parseJson("request", std::string(body), ignored);
  if (!document || !document->root().isMapping()) return std::nullopt;
  return document;
}

std::string_view textOf(const text::Node& node, std::string_view key) {
  const text::Node* found = node.find(key);
  const bool is_text = found != nullptr && found->kind == text::Node::Kind::String;
  return is_text ? std::string_view(found->scalar) : std::string_view();
}

bool isForTracing(const text::Node& root) {
  const text::Node* purposes = root.find("purposes");
  if (purposes == nullptr || !purposes->isSequence() || purposes->items.size() != 1) return false;
  return equalsIgnoreCase(purposes->items.front().scalar, "tracing");
}

}  // namespace

Management::Answer Management::listDebugCredentials(std::string_view body) const {
  const auto document = parse(body);
  if (!document) return {400, errorBody("InvalidRequestContent", "The body is not a JSON object.")};
  const text::Node& root = document->root();
  if (!isForTracing(root)) return {400, errorBody("ValidationError", "purposes must be ['tracing'].")};
  Duration lifetime = gateway::DebugCredentials::kLongest;
  if (root.find("credentialsExpireAfter") != nullptr) {
    const std::string_view text = textOf(root, "credentialsExpireAfter");
    const auto given = text.starts_with('P') ? policy::parseDuration(text) : std::nullopt;
    if (!given || *given <= Duration{} || *given > lifetime)
      return {400, errorBody("ValidationError", "credentialsExpireAfter must be a duration of PT1H at most.")};
    lifetime = *given;
  }
  const auto snapshot = gateway_.snapshot();
  const auto* api = gateway::findDebugged(snapshot->configuration(), textOf(root, "apiId"));
  if (api == nullptr) return {404, errorBody("ResourceNotFound", "apiId names no API of this gateway.")};
  const auto token = gateway_.debugCredentials().issue(gateway::debugId(*api), loop_.clock().utc() + lifetime);
  return {200, fmt::format(R"({{"token":"{}"}})", token)};
}

Management::Answer Management::trace(std::string_view id) const {
  auto found = gateway_.traces().find(id, loop_.clock().now());
  if (!found) return {404, errorBody("ResourceNotFound", "There is no such trace, or it is gone.")};
  return {200, std::move(*found)};
}

Management::Answer Management::listTrace(std::string_view body) const {
  const auto document = parse(body);
  if (!document) return {400, errorBody("InvalidRequestContent", "The body is not a JSON object.")};
  return trace(textOf(document->root(), "traceId"));
}

runtime::Task<void> Management::post(http::ServerExchange& exchange, std::string_view path) {
  constexpr std::string_view kJson = "application/json";
  const bool credentials = isAction(path, "listDebugCredentials");
  Answer answer{404, errorBody("ResourceNotFound", "Try .../gateways/managed/listDebugCredentials or listTrace.")};
  if (credentials || isAction(path, "listTrace")) {
    const auto type = exchange.head().headers.find("Content-Type").value_or("");
    const auto body = co_await exchange.readWholeBody(kMaxBody);
    if (!equalsIgnoreCase(type.substr(0, kJson.size()), kJson)) {
      // A page in a browser cannot send that type to another origin without asking first, and nobody answers that.
      answer = {415, errorBody("UnsupportedMediaType", "Content-Type must be application/json.")};
    } else if (!body) {
      answer = {400, errorBody("InvalidRequestContent", "The body is missing or too large.")};
      exchange.closeAfterResponse();
    } else {
      answer = credentials ? listDebugCredentials(*body) : listTrace(*body);
    }
  }
  co_await exchange.respond(answer.status, "application/json", answer.body);
}

}  // namespace sluice::console
