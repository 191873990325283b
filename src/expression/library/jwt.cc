// Jwt, BasicAuthCredentials and Authorization, and the text extensions that make them. No signature is checked here.
#include "base/encoding.h"
#include "expression/date.h"
#include "expression/json/token.h"
#include "expression/library/base64.h"
#include "expression/library/context_support.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

// `header` and `payload` may come later: see parts().
struct JwtObject : Object {
  const JContainer* header;
  const JContainer* payload;
  std::string_view text;
  const MultiMap* claims;
};

std::string_view afterScheme(std::string_view text, std::string_view scheme) {
  if (text.size() > scheme.size() && equalsIgnoreCase(text.substr(0, scheme.size()), scheme) &&
      text[scheme.size()] == ' ')
    text = text.substr(scheme.size() + 1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

JContainer* decodePart(Eval& eval, std::string_view part) {
  const std::optional<std::string_view> json = decodeBase64Url(eval.arena, part);
  if (!json || !isValidUtf8(*json)) return nullptr;
  JToken* token = parseJsonBytes(eval, *json, Expect::Object);
  if (token == nullptr && !eval.pendingIsBudget()) eval.clearPending();
  return static_cast<JContainer*>(token);
}

JwtObject* newJwt(Eval& eval, std::string_view text, const MultiMap* claims) {
  static const Type* const type = libraryType("Jwt");
  auto* jwt = newObject<JwtObject>(eval, type);
  jwt->header = jwt->payload = nullptr;
  jwt->text = text;
  jwt->claims = claims;
  return jwt;
}

// Leaves the payload null when the text is no token.
void decodeParts(Eval& eval, JwtObject& jwt) {
  const size_t first = jwt.text.find('.');
  const size_t second = first == std::string_view::npos ? first : jwt.text.find('.', first + 1);
  if (second == std::string_view::npos || jwt.text.find('.', second + 1) != std::string_view::npos) return;
  jwt.header = decodePart(eval, jwt.text.substr(0, first));
  if (jwt.header != nullptr) jwt.payload = decodePart(eval, jwt.text.substr(first + 1, second - first - 1));
}

Value decode(Eval& eval, std::string_view text) {
  JwtObject* jwt = newJwt(eval, afterScheme(text, "Bearer"), nullptr);
  decodeParts(eval, *jwt);
  return jwt->payload == nullptr ? Value() : Value::object(jwt);
}

// Of a token that was found good before; decoded at most once.
const JwtObject& parts(Call& c) {
  auto* jwt = c.object<JwtObject>(0);
  if (jwt->payload != nullptr) return *jwt;
  decodeParts(c.eval, *jwt);
  if (jwt->payload == nullptr)
    jwt->header = jwt->payload = static_cast<JContainer*>(parseJsonBytes(c.eval, "{}", Expect::Object));
  return *jwt;
}

// A claim's values as text: an array's items, everything else by itself.
Value claimText(Eval& eval, const JToken* token) {
  if (token->kind != ObjectKind::JValue) return writeToken(eval, token, Indent::None);
  const auto* v = static_cast<const JValue*>(token);
  if (v->value.tag() == Tag::DateTime) return fromStd(eval.arena, formatIso(v->value));
  if (v->value.tag() == Tag::Bool) return Value::ascii(v->value.asBool() ? "true" : "false");
  return valueToString(eval, v->value);
}

class ClaimMap final : public MultiMap {
 public:
  ClaimMap(Eval& eval, const JContainer* payload) : payload_(payload) {
    names_ = eval.arena.array<std::string_view>(payload->count).data();
    values_ = eval.arena.array<std::span<const std::string_view>>(payload->count).data();
    for (uint32_t i = 0; i < payload->count; ++i) {
      const auto* property = static_cast<const JProperty*>(payload->items[i]);
      names_[i] = toUtf8(eval.arena, property->name);
      const bool many = property->content->kind == ObjectKind::JArray;
      const auto* array = static_cast<const JContainer*>(property->content);
      const uint32_t count = many ? array->count : 1;
      const auto texts = eval.arena.array<std::string_view>(count);
      for (uint32_t k = 0; k < count; ++k)
        texts[k] = toUtf8(eval.arena, claimText(eval, many ? array->items[k] : property->content));
      values_[i] = texts;
    }
  }
  size_t size() const override { return payload_->count; }
  std::string_view nameAt(size_t index) const override { return names_[index]; }
  std::span<const std::string_view> valuesAt(size_t index, Arena&) const override { return values_[index]; }
  std::optional<std::span<const std::string_view>> find(std::string_view name, Arena&) const override {
    for (uint32_t i = 0; i < payload_->count; ++i)
      if (names_[i] == name) return values_[i];
    return std::nullopt;
  }

 private:
  const JContainer* payload_;
  std::string_view* names_;
  std::span<const std::string_view>* values_;
};

const JToken* member(const JContainer* object, std::string_view name) {
  for (uint32_t i = 0; i < object->count; ++i) {
    const auto* property = static_cast<const JProperty*>(object->items[i]);
    if (property->name.tag() == Tag::Ascii && property->name.bytes() == name) return property->content;
  }
  return nullptr;
}

Value text(Call& c, const JContainer* object, std::string_view name) {
  const JToken* found = member(object, name);
  return found == nullptr ? Value() : claimText(c.eval, found);
}

// Seconds since 1970 as a UTC date.
Value time(Call& c, std::string_view name) {
  const auto* found = static_cast<const JValue*>(member(parts(c).payload, name));
  if (found == nullptr || found->kind != ObjectKind::JValue) return {};
  const std::optional<double> seconds = toNumber(found->value);
  if (!seconds || !(*seconds >= 0) || *seconds > 253'402'300'799.0) return {};
  return dateTime(kUnixEpochTicks + static_cast<int64_t>(*seconds) * kTicksPerSecond, DateKind::Utc);
}

const JContainer* payload(Call& c) {
  return parts(c).payload;
}

Value audiences(Call& c) {
  const Type* one[] = {core().string};
  ListObject* list = newList(c.eval, libraryType("System.Collections.Generic.List", one));
  const JToken* found = member(payload(c), "aud");
  if (found == nullptr) return Value::object(list);
  if (found->kind != ObjectKind::JArray) {
    append(c.eval, list, claimText(c.eval, found));
    return Value::object(list);
  }
  const auto* array = static_cast<const JContainer*>(found);
  for (uint32_t i = 0; i < array->count; ++i)
    if (!append(c.eval, list, claimText(c.eval, array->items[i]))) return {};
  return Value::object(list);
}

constexpr MemberRow kJwt[] = {
    {"string Algorithm { get; }", [](Call& c) { return text(c, parts(c).header, "alg"); }},
    {"string Type { get; }", [](Call& c) { return text(c, parts(c).header, "typ"); }},
    {"IEnumerable<string> Audiences { get; }", audiences},
    {"IStringValuesMap Claims { get; }",
     [](Call& c) {
       const MultiMap*& claims = c.object<JwtObject>(0)->claims;
       if (claims == nullptr) claims = c.arena().create<ClaimMap>(c.eval, payload(c));
       return multiMapObject(c.eval, *claims);
     }},
    {"DateTime? ExpirationTime { get; }", [](Call& c) { return time(c, "exp"); }},
    {"DateTime? NotBefore { get; }", [](Call& c) { return time(c, "nbf"); }},
    {"DateTime? IssuedAt { get; }", [](Call& c) { return time(c, "iat"); }},
    {"string Id { get; }", [](Call& c) { return text(c, payload(c), "jti"); }},
    {"string Issuer { get; }", [](Call& c) { return text(c, payload(c), "iss"); }},
    {"string Subject { get; }", [](Call& c) { return text(c, payload(c), "sub"); }},
};

Value credentials(Eval& eval, std::string_view header) {
  if (header.size() < 6 || !equalsIgnoreCase(header.substr(0, 6), "Basic ")) return {};
  const std::optional<std::string> pair = base64Decode(afterScheme(header, "Basic"));
  if (!pair) return {};
  const size_t colon = pair->find(':');
  if (colon == std::string::npos) return {};
  return newRecord(eval, libraryType("BasicAuthCredentials"),
                   {fromStd(eval.arena, pair->substr(0, colon)), fromStd(eval.arena, pair->substr(colon + 1))});
}

Value recordMember(Call& c, uint32_t index) {
  return c.object<RecordObject>(0)->members[index];
}

constexpr MemberRow kBasic[] = {
    {"string UserId { get; }", [](Call& c) { return recordMember(c, 0); }},
    {"string Username { get; }", [](Call& c) { return recordMember(c, 0); }},
    {"string Password { get; }", [](Call& c) { return recordMember(c, 1); }},
};
constexpr MemberRow kAuthorization[] = {
    {"string AccessToken { get; }", [](Call& c) { return recordMember(c, 0); }},
};

template <Value (*kMake)(Eval&, std::string_view)>
Value make(Call& c) {
  return c.isNull(0) ? Value() : kMake(c.eval, c.utf8(0));
}
template <Value (*kMake)(Eval&, std::string_view)>
Value tryMake(Call& c) {
  c[1] = c.isNull(0) ? Value() : kMake(c.eval, c.utf8(0));
  return Value::boolean(!c.isNull(1));
}

constexpr MemberRow kExtensions[] = {
    {"static Jwt AsJwt(this string input)", make<decode>},
    {"static bool TryParseJwt(this string input, out Jwt result)", tryMake<decode>},
    {"static BasicAuthCredentials AsBasic(this string input)", make<credentials>},
    {"static bool TryParseBasic(this string input, out BasicAuthCredentials result)", tryMake<credentials>},
};

}  // namespace

Value makeJwt(std::string_view token, Arena& arena) {
  Eval eval(nullptr, arena, Limits{});
  return decode(eval, token);
}

Value makeJwt(std::string_view token, const MultiMap& claims, Arena& arena) {
  Eval eval(nullptr, arena, Limits{});
  return Value::object(newJwt(eval, token, &claims));
}

Value makeAuthorization(std::string_view access_token, Arena& arena) {
  Eval eval(nullptr, arena, Limits{});
  return newRecord(eval, libraryType("Authorization"), {fromUtf8(arena, access_token)});
}

void declareJwt(Library& library) {
  library.add("sealed class Jwt", kJwt);
  library.add("sealed class BasicAuthCredentials", kBasic);
  library.add("sealed class Authorization", kAuthorization);
  library.add("static class ExpressionExtensions", kExtensions);
}

}  // namespace sluice::expression
