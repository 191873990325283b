#include "identity/key_vault.h"

#include <fmt/format.h>
#include <simdjson.h>

namespace sluice::identity {
namespace {

constexpr size_t kMaxAnswer = 256 * 1024;  // a secret has at most 25 KiB

// https://name.vault.azure.net/... is a resource of https://vault.azure.net; so in other clouds.
std::string resourceOf(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  std::string_view host = url.substr(std::min(kScheme.size(), url.size()));
  host = host.substr(0, host.find_first_of("/:"));
  const size_t dot = host.find('.');
  return std::string(kScheme).append(dot == std::string_view::npos ? host : host.substr(dot + 1));
}

// {"error":{"code":"SecretNotFound","innererror":{"code":...}}}
std::string codeIn(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view code;
  const simdjson::padded_string padded(body);
  if (parser.parse(padded).get(root) || root["error"]["code"].get(code)) return {};
  return fmt::format(" ({})", code.substr(0, 100));
}

Result<Secret> valueIn(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view value;
  const simdjson::padded_string padded(body);
  if (parser.parse(padded).get(root) || root["value"].get(value)) return fail("its answer has no `value`");
  if (value.empty()) return fail("the secret is empty");
  return Secret(std::string(value));
}

}  // namespace

runtime::Task<Result<Secret>> readVaultSecret(TokenTransport& transport, ManagedIdentities& identities, std::string url,
                                              std::string client_id, Duration patience) {
  std::string resource = resourceOf(url);
  const auto token = co_await identities.token(std::move(resource), std::move(client_id));
  if (!token) co_return fail("no token of the gateway's identity: " + token.error().message);
  http::FetchRequest request;
  request.url = url + "?api-version=7.4";
  request.max_body = kMaxAnswer;
  request.timeouts.total = patience;
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Accept-Encoding", "identity");
  request.headers.emplace_back("Authorization", std::string((*token)->authorization()));
  const auto response = co_await transport.fetch(std::move(request));
  if (!response) co_return fail(response.error().message);
  if (response->status != 200)
    co_return fail(fmt::format("the vault answered {}{}", response->status, codeIn(response->body)));
  co_return valueIn(response->body);
}

}  // namespace sluice::identity
