#include "policy/token_demands.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/query.h"

namespace sluice::policy {
namespace {

std::string_view withoutScheme(std::string_view value) {
  const size_t space = value.find(' ');
  return space == std::string_view::npos ? value : trimXmlSpace(value.substr(space + 1));
}

bool anyExpression(const std::vector<TextOperand>& operands) {
  return std::any_of(operands.begin(), operands.end(), [](const auto& operand) { return operand.isExpression(); });
}

std::vector<TextOperand> texts(const ElementReader& reader, std::string_view list, std::string_view item) {
  std::vector<TextOperand> found;
  if (const ElementReader* parent = reader.child(list))
    for (const auto* child : parent->children(item)) found.push_back(child->content());
  return found;
}

// False: an expression failed.
bool evaluateAll(Exchange& exchange, const std::vector<TextOperand>& operands, std::span<const std::string_view>& out) {
  const auto values = exchange.arena().array<std::string_view>(operands.size());
  for (size_t i = 0; i < operands.size(); ++i) {
    const auto value = operands[i].evaluate(exchange);
    if (!value) return false;
    values[i] = *value;
  }
  out = values;
  return true;
}

std::vector<std::string_view> literals(const std::vector<TextOperand>& operands) {
  std::vector<std::string_view> found;
  for (const auto& operand : operands) found.push_back(operand.literal());
  return found;
}

identity::Demand demand(bool required) {
  return required ? identity::Demand::Required : identity::Demand::Optional;
}

}  // namespace

TokenSource::TokenSource(const ElementReader& reader)
    : header_(reader.text("header-name")),
      query_(reader.text("query-parameter-name")),
      value_(reader.text("token-value")) {
  if (reader.knows("require-scheme")) scheme_ = reader.text("require-scheme");
}

std::optional<std::string_view> TokenSource::token(Exchange& exchange) const {
  if (!value_.absent()) {
    const auto value = value_.evaluate(exchange);
    return value ? std::optional(trimXmlSpace(*value)) : std::nullopt;
  }
  if (!query_.absent()) {
    const auto name = query_.evaluate(exchange);
    if (!name) return std::nullopt;
    return queryValue(exchange.request.url.query, *name, exchange.arena()).value_or(std::string_view());
  }
  return fromHeader(exchange);
}

// A scheme that is demanded counts for Authorization only (reference 2.2); one that is there is taken off in any
// header.
std::optional<std::string_view> TokenSource::fromHeader(Exchange& exchange) const {
  const auto name = header_.evaluate(exchange);
  if (!name) return std::nullopt;
  const auto value = exchange.request.headers.find(*name);
  if (!value) return std::string_view();
  const std::string_view text = trimXmlSpace(*value);
  if (!scheme_.absent() && equalsIgnoreCase(*name, "Authorization")) {
    const auto scheme = scheme_.evaluate(exchange);
    if (!scheme) return std::nullopt;
    const size_t space = std::min(text.find(' '), text.size());
    if (!scheme->empty() && !equalsIgnoreCase(text.substr(0, space), *scheme)) return std::string_view();
  }
  return withoutScheme(text);
}

void checkTokenSource(ElementReader& reader) {
  int given = 0;
  for (const std::string_view name : {"header-name", "query-parameter-name", "token-value"})
    given += reader.has(name) ? 1 : 0;
  if (given > 1 || (given == 0 && reader.text("header-name").absent()))
    reader.error("the token must come from one of `header-name`, `query-parameter-name` and `token-value`",
                 given > 1 ? "Keep one of them." : "Most often it is header-name=\"Authorization\".");
}

TokenDemands::TokenDemands(const ElementReader& reader)
    : audiences_(texts(reader, "audiences", "audience")),
      issuers_(texts(reader, "issuers", "issuer")),
      clock_skew_(reader.knows("clock-skew") ? reader.seconds("clock-skew") : DurationOperand(Duration{})),
      require_expiration_(reader.knows("require-expiration-time") ? reader.boolean("require-expiration-time")
                                                                  : BoolOperand(true)),
      require_signature_(reader.knows("require-signed-tokens") ? reader.boolean("require-signed-tokens")
                                                               : BoolOperand(true)) {
  if (const ElementReader* list = reader.child("required-claims"))
    for (const auto* claim : list->children("claim")) {
      const auto match = static_cast<identity::ClaimMatch>(claim->choice("match").literal());
      std::vector<TextOperand> values;
      for (const auto* value : claim->children("value")) values.push_back(value->content());
      claims_.push_back({claim->literal("name"), match, claim->literal("separator"), std::move(values)});
    }
  is_constant_ = constant();
  if (is_constant_) fix();
}

bool TokenDemands::constant() const {
  const bool in_claims =
      std::any_of(claims_.begin(), claims_.end(), [](const Claim& claim) { return anyExpression(claim.values); });
  return !in_claims && !anyExpression(audiences_) && !anyExpression(issuers_) && !clock_skew_.isExpression() &&
         !require_expiration_.isExpression() && !require_signature_.isExpression();
}

void TokenDemands::fix() {
  fixed_audiences_ = literals(audiences_);
  fixed_issuers_ = literals(issuers_);
  for (const auto& claim : claims_) fixed_values_.push_back(literals(claim.values));
  for (size_t i = 0; i < claims_.size(); ++i)
    fixed_claims_.push_back({claims_[i].name, claims_[i].match, claims_[i].separator, fixed_values_[i]});
  fixed_ = identity::TokenRules{fixed_audiences_,
                                fixed_issuers_,
                                fixed_claims_,
                                clock_skew_.literal(),
                                demand(require_expiration_.literal()),
                                demand(require_signature_.literal())};
}

const identity::TokenRules* TokenDemands::rules(Exchange& exchange) const {
  if (is_constant_) return &fixed_;
  auto& rules = *exchange.arena().create<identity::TokenRules>();
  if (!evaluateAll(exchange, audiences_, rules.audiences) || !evaluateAll(exchange, issuers_, rules.issuers))
    return nullptr;
  const auto claims = exchange.arena().array<identity::ClaimRule>(claims_.size());
  for (size_t i = 0; i < claims_.size(); ++i) {
    claims[i] = {claims_[i].name, claims_[i].match, claims_[i].separator, {}};
    if (!evaluateAll(exchange, claims_[i].values, claims[i].values)) return nullptr;
  }
  rules.claims = claims;
  const auto skew = clock_skew_.evaluate(exchange);
  const auto expiration = skew ? require_expiration_.evaluate(exchange) : std::nullopt;
  const auto signature = expiration ? require_signature_.evaluate(exchange) : std::nullopt;
  if (!signature) return nullptr;
  rules.clock_skew = *skew;
  rules.expiration = demand(*expiration);
  rules.signature = demand(*signature);
  return &rules;
}

namespace {

// A token that the exchange keeps, and its claims as expressions see them.
class KeptToken final : public AtEnd, public expression::MultiMap {
 public:
  explicit KeptToken(std::shared_ptr<const identity::Token> token) : token_(std::move(token)) {}
  void run(Exchange&) override { token_.reset(); }

  size_t size() const override { return token_->claims().size(); }
  std::string_view nameAt(size_t index) const override { return token_->claims()[index].name; }
  std::span<const std::string_view> valuesAt(size_t index, Arena&) const override {
    return token_->claims()[index].values;
  }
  std::optional<std::span<const std::string_view>> find(std::string_view name, Arena&) const override {
    const identity::Claim* claim = token_->find(name);
    return claim == nullptr ? std::nullopt : std::optional(claim->values);
  }

 private:
  std::shared_ptr<const identity::Token> token_;
};

}  // namespace

void rememberToken(Exchange& exchange, std::shared_ptr<const identity::Token> token, std::string_view variable) {
  const identity::Token& kept = *token;
  auto* claims = exchange.arena().create<KeptToken>(std::move(token));
  exchange.atEnd(*claims);
  exchange.caller.tenant = kept.value("tid");
  exchange.caller.object_id = kept.value("oid");
  exchange.caller.application_id = kept.value("appid");
  if (exchange.caller.application_id.empty()) exchange.caller.application_id = kept.value("azp");
  exchange.caller.name = kept.value("name");
  if (!variable.empty()) exchange.setVariable(variable, expression::makeJwt(kept.text(), *claims, exchange.arena()));
}

std::shared_ptr<const identity::KeySet> configuredKeys(ElementReader& reader) {
  const ElementReader* list = reader.child("issuer-signing-keys");
  if (list == nullptr) return nullptr;
  identity::KeySetBuilder builder;
  for (const auto* key : list->children("key")) {
    Status added = fail("certificates are not read by this gateway yet; give the key with `n` and `e`");
    if (key->has("n") || key->has("e")) {
      const auto modulus = base64UrlDecode(key->literal("n"));
      const auto exponent = base64UrlDecode(key->literal("e"));
      added = modulus && exponent ? builder.addRsa(key->literal("id"), *modulus, *exponent)
                                  : Status(fail("`n` and `e` must be base64url, without padding"));
    } else if (!key->has("certificate-id")) {
      auto secret = base64Decode(key->content().literal());
      added = secret ? builder.addSymmetric(key->literal("id"), Secret(std::move(*secret)))
                     : Status(fail("a symmetric key is base64"));
    }
    if (!added) reader.errorIn(key->element(), "this key is of no use: " + added.error().message);
  }
  return builder.size() > 0 ? builder.build() : nullptr;
}

}  // namespace sluice::policy
