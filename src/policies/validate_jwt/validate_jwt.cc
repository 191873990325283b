#include "policies/validate_jwt/validate_jwt.h"

#include <array>
#include <string>
#include <vector>

#include "identity/authenticator.h"
#include "policy/services.h"
#include "policy/token_demands.h"

namespace sluice::policies {
namespace {

using namespace policy;
using identity::Authenticator;
using identity::KeySource;

// For keys to arrive, when they must be fetched first.
constexpr Duration kPatience = std::chrono::seconds(15);
constexpr size_t kMostSources = 8;

class ValidateJwt final : public Step {
 public:
  ValidateJwt(const ElementReader& reader, std::shared_ptr<const identity::KeySet> configured)
      : source_(reader),
        demands_(reader),
        configured_(std::move(configured)),
        status_(reader.integer("failed-validation-httpcode")),
        message_(reader.text("failed-validation-error-message")),
        variable_(reader.literal("output-token-variable-name")) {
    for (const auto* openid : reader.children("openid-config")) metadata_.push_back(openid->literal("url"));
  }

  Verdict run(Exchange& exchange) const override {
    const auto text = source_.token(exchange);
    if (!text) return Verdict::Fail;
    const identity::TokenRules* rules = demands_.rules(exchange);
    if (rules == nullptr) return Verdict::Fail;
    std::array<KeySource, kMostSources> sources;
    const size_t count = fillSources(exchange, sources);
    const auto outcome =
        exchange.services().authenticator().tryAuthenticate(*text, std::span(sources).first(count), *rules);
    if (outcome) return finish(exchange, *outcome);
    return exchange.wait(later(*this, exchange, *text, *rules, std::move(sources), count));
  }

 private:
  using Sources = std::array<KeySource, kMostSources>;

  size_t fillSources(Exchange& exchange, Sources& sources) const {
    size_t count = 0;
    for (const auto& url : metadata_) sources[count++].openid = exchange.services().openid(url);
    if (configured_ != nullptr) sources[count++].configured = configured_;
    return count;
  }

  static runtime::Task<Verdict> later(const ValidateJwt& self, Exchange& exchange, std::string_view text,
                                      const identity::TokenRules& rules, Sources sources, size_t count) {
    const std::span<const KeySource> used(sources.data(), count);
    const Instant deadline = exchange.services().clock().now() + kPatience;
    const Authenticator::Outcome outcome =
        co_await exchange.services().authenticator().authenticate(text, used, rules, deadline);
    co_return self.finish(exchange, outcome);
  }

  Verdict finish(Exchange& exchange, const Authenticator::Outcome& outcome) const {
    if (outcome.ok()) {
      rememberToken(exchange, outcome.token, variable_);
      return Verdict::Next;
    }
    const auto status = status_.evaluate(exchange);
    if (!status) return Verdict::Fail;
    std::string_view message = outcome.failure->message;
    if (!message_.absent()) {
      const auto own = message_.evaluate(exchange);
      if (!own) return Verdict::Fail;
      message = *own;
    }
    return exchange.fail(static_cast<int>(*status), identity::reasonName(outcome.failure->reason),
                         outcome.failure->message, message);
  }

  TokenSource source_;
  TokenDemands demands_;
  std::vector<std::string> metadata_;
  std::shared_ptr<const identity::KeySet> configured_;
  IntegerOperand status_;
  TextOperand message_;
  std::string variable_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  checkTokenSource(reader);
  for (const auto* keys : reader.children("decryption-keys"))
    reader.error("encrypted tokens are refused: this gateway does not decrypt them",
                 keys->children().empty() ? "Remove <decryption-keys>." : "Have the provider send signed tokens only.");
  std::shared_ptr<const identity::KeySet> configured = configuredKeys(reader);
  const bool unsigned_allowed = reader.has("require-signed-tokens") &&
                                !reader.boolean("require-signed-tokens").isExpression() &&
                                !reader.boolean("require-signed-tokens").literal();
  if (configured == nullptr && reader.children("openid-config").empty() && !unsigned_allowed && reader.ok())
    reader.error("<validate-jwt> has no keys to check signatures with",
                 "Give the provider's metadata with <openid-config url=\"...\" />, or keys in <issuer-signing-keys>.");
  return std::make_shared<ValidateJwt>(reader, std::move(configured));
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "header-name", .sentence = "The header with the token; its scheme (Bearer) is taken off."},
    {.name = "query-parameter-name", .sentence = "The query parameter with the token."},
    {.name = "token-value", .sentence = "The token itself, without a scheme."},
    {.name = "failed-validation-httpcode",
     .type = ValueType::Integer,
     .sentence = "The status for a token that is not good.",
     .fallback = "401",
     .least = 200,
     .most = 599},
    {.name = "failed-validation-error-message",
     .sentence = "What the client is told then; without it, the precise reason."},
    {.name = "require-expiration-time",
     .type = ValueType::Bool,
     .sentence = "A token must have a claim exp.",
     .fallback = "true"},
    {.name = "require-scheme", .sentence = "The scheme that the Authorization header must have, such as Bearer."},
    {.name = "require-signed-tokens",
     .type = ValueType::Bool,
     .sentence = "A token must be signed.",
     .fallback = "true"},
    {.name = "clock-skew",
     .type = ValueType::Seconds,
     .sentence = "How far the issuer's clock may be off, in seconds.",
     .fallback = "0"},
    {.name = "output-token-variable-name",
     .form = Form::Literal,
     .sentence = "A variable that gets the token as a Jwt."},
};
constexpr AttributeSpec kOpenIdAttributes[] = {
    {.name = "url", .need = Need::Required, .form = Form::Literal, .sentence = "The provider's metadata document."},
};
constexpr ElementSpec kKeyChildren[] = {
    {.name = "key",
     .sentence = "A key.",
     .attributes = kKeyAttributes,
     .content = Content::Text,
     .text_form = Form::Literal,
     .least = 1},
};
constexpr ElementSpec kAudienceChildren[] = {
    {.name = "audience", .sentence = "An audience that may be in the token.", .content = Content::Text, .least = 1},
};
constexpr ElementSpec kIssuerChildren[] = {
    {.name = "issuer", .sentence = "An issuer that the token may be from.", .content = Content::Text, .least = 1},
};
constexpr ElementSpec kChildren[] = {
    {.name = "openid-config",
     .sentence = "An OpenID provider: its keys verify tokens, its issuer is accepted.",
     .attributes = kOpenIdAttributes,
     .most = kMostSources - 1},
    {.name = "issuer-signing-keys", .sentence = "Keys given here.", .children = kKeyChildren, .most = 1},
    {.name = "decryption-keys", .sentence = "Keys for encrypted tokens.", .children = kKeyChildren, .most = 1},
    {.name = "audiences", .sentence = "One of these must be in the token.", .children = kAudienceChildren, .most = 1},
    {.name = "issuers", .sentence = "The token must be from one of these.", .children = kIssuerChildren, .most = 1},
    {.name = "required-claims", .sentence = "All of these must hold.", .children = kClaimSpecs, .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "validate-jwt",
                .sentence = "Lets only requests with a good JSON Web Token pass.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .status = "RS, PS, ES and HS families with SHA-256, 384 and 512. Encrypted tokens are refused.",
    .posture = "An algorithm must fit its key's type; `none` passes only where require-signed-tokens is false.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& validateJwtDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
