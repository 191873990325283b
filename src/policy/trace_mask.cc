#include "policy/trace_mask.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/expression_span.h"

namespace sluice::policy {
namespace {

// A credential that the exchange shows is hidden elsewhere too, unless it is so short that it is a word of its own.
constexpr size_t kShortestCredential = 4;
constexpr size_t kShortestToken = 20;
constexpr size_t kMostCredentials = 1000;

bool isTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// JSON web tokens, whoever made them: base64url of `{"` and at least one dot.
void hideTokens(std::string& text) {
  for (size_t at = text.find("eyJ"); at != std::string::npos; at = text.find("eyJ", at)) {
    size_t end = at;
    while (end < text.size() && isTokenCharacter(text[end])) ++end;
    if (end - at < kShortestToken || text.find('.', at) >= end) {
      at += 3;
      continue;
    }
    text.replace(at, end - at, TraceMask::kHidden);
  }
}

bool endsWithNoCase(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equalsIgnoreCase(text.substr(text.size() - end.size()), end);
}

}  // namespace

TraceMask::TraceMask(const Exchange& exchange) : api_(exchange.api) {
  if (exchange.configuration != nullptr) addConfiguration(*exchange.configuration);
  if (exchange.subscription != nullptr) {
    add(exchange.subscription->primary_key.reveal());
    add(exchange.subscription->secondary_key.reveal());
  }
}

void TraceMask::addConfiguration(const config::Configuration& configuration) {
  for (const auto& value : configuration.named_values) {
    if (!value.secret) continue;
    add(value.value.reveal());
    add(decodeEntities(value.value.reveal()));
    add(percentEncode(value.value.reveal()));
  }
  for (const auto& backend : configuration.backends) {
    for (const auto& [name, values] : backend.credentials.headers)
      for (const auto& value : values) add(value.reveal());
    for (const auto& [name, values] : backend.credentials.query)
      for (const auto& value : values) add(value.reveal());
    add(backend.credentials.authorization_parameter.reveal());
  }
  for (const auto& authorization : configuration.authorizations) {
    add(authorization.client_secret.reveal());
    add(authorization.refresh_token.reveal());
  }
}

void TraceMask::add(std::string_view secret) {
  if (secret.empty() || std::find(secrets_.begin(), secrets_.end(), secret) != secrets_.end()) return;
  const auto shorter = [&](const std::string& other) { return other.size() < secret.size(); };
  secrets_.insert(std::find_if(secrets_.begin(), secrets_.end(), shorter), std::string(secret));
}

void TraceMask::remember(std::string_view credential) {
  if (credential.size() < kShortestCredential || remembered_ >= kMostCredentials) return;
  ++remembered_;
  add(credential);
}

bool TraceMask::isCredentialHeader(std::string_view name) const {
  static constexpr std::string_view kNames[] = {"Authorization", "Proxy-Authorization",       "Cookie",
                                                "Set-Cookie",    "Ocp-Apim-Subscription-Key", "token"};
  static constexpr std::string_view kEnds[] = {"api-key", "apikey", "functions-key", "-token", "-secret", "password"};
  if (api_ != nullptr && equalsIgnoreCase(name, api_->key_header)) return true;
  for (const auto known : kNames)
    if (equalsIgnoreCase(name, known)) return true;
  return std::any_of(std::begin(kEnds), std::end(kEnds), [&](auto end) { return endsWithNoCase(name, end); });
}

bool TraceMask::isCredentialParameter(std::string_view name) const {
  static constexpr std::string_view kNames[] = {"subscription-key", "code",         "sig", "key",
                                                "access_token",     "client_secret"};
  if (api_ != nullptr && equalsIgnoreCase(name, api_->key_query)) return true;
  for (const auto known : kNames)
    if (equalsIgnoreCase(name, known)) return true;
  return isCredentialHeader(name);
}

std::string TraceMask::masked(std::string_view text) const {
  std::string result(text);
  for (const auto& secret : secrets_) {
    // Past the mask: a secret that is part of it would never end.
    for (size_t at = result.find(secret); at != std::string::npos; at = result.find(secret, at + kHidden.size()))
      result.replace(at, secret.size(), kHidden);
  }
  hideTokens(result);
  return result;
}

std::string TraceMask::maskedResult(std::string_view source, std::string_view text) {
  const auto is_in_source = [&](const std::string& secret) { return source.find(secret) != std::string_view::npos; };
  if (std::none_of(secrets_.begin(), secrets_.end(), is_in_source)) return masked(text);
  remember(text);
  return std::string(kHidden);
}

std::string TraceMask::maskedHeader(std::string_view name, std::string_view value) {
  if (!isCredentialHeader(name)) return masked(value);
  const size_t blank = value.find(' ');  // Authorization: SCHEME CREDENTIAL
  remember(blank == std::string_view::npos ? value : value.substr(blank + 1));
  return std::string(kHidden);
}

std::string TraceMask::maskedQuery(std::string_view query) {
  std::string result;
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    if (!result.empty()) result += '&';
    if (equals != std::string_view::npos && isCredentialParameter(percentDecode(pair.substr(0, equals), true))) {
      remember(pair.substr(equals + 1));
      result.append(pair.substr(0, equals + 1)).append(kHidden);
    } else {
      result += masked(pair);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return result;
}

}  // namespace sluice::policy
