#include "identity/jwt.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/encoding.h"

namespace sluice::identity {
namespace {

constexpr std::array<std::pair<std::string_view, Algorithm>, 13> kAlgorithms{{
    {"none", Algorithm::None},
    {"RS256", Algorithm::Rs256},
    {"RS384", Algorithm::Rs384},
    {"RS512", Algorithm::Rs512},
    {"PS256", Algorithm::Ps256},
    {"PS384", Algorithm::Ps384},
    {"PS512", Algorithm::Ps512},
    {"ES256", Algorithm::Es256},
    {"ES384", Algorithm::Es384},
    {"ES512", Algorithm::Es512},
    {"HS256", Algorithm::Hs256},
    {"HS384", Algorithm::Hs384},
    {"HS512", Algorithm::Hs512},
}};

// Seconds that still fit a UtcTime of nanoseconds with a year of clock skew (the year 2255).
constexpr double kMostSeconds = 9.0e9;

// Decoded bytes of one segment, or nullopt. Bits beyond the last whole byte must be zero: a second spelling of the same
// token would be a second token to the cache and to logs.
std::optional<std::string> decodeSegment(std::string_view segment) {
  auto bytes = base64UrlDecode(segment);
  if (!bytes) return std::nullopt;
  const size_t rest = segment.size() % 4;
  if (rest == 0) return bytes;
  const size_t tail_bytes = rest - 1;
  if (base64UrlEncode(std::string_view(*bytes).substr(bytes->size() - tail_bytes)) !=
      segment.substr(segment.size() - rest)) {
    return std::nullopt;
  }
  return bytes;
}

// One parser per thread: its buffers are kept, at most some ten times the token limit.
simdjson::simdjson_result<simdjson::dom::element> parseJson(simdjson::padded_string_view json, size_t depth) {
  thread_local simdjson::dom::parser parser;
  if (parser.max_depth() != depth || parser.capacity() < json.size()) {
    const auto error = parser.allocate(std::max<size_t>(json.size(), 4096), depth);
    if (error) return error;
  }
  return parser.parse(json.data(), json.size(), false);
}

bool isObjectWithUniqueNames(const simdjson::dom::element& element) {
  simdjson::dom::object object;
  if (element.get(object)) return false;
  std::vector<std::string_view> names;
  names.reserve(object.size());
  for (const auto field : object) names.push_back(field.key);
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) == names.end();
}

struct Segments {
  std::string_view header, payload, signature;
};

Result<Segments> split(std::string_view text) {
  const size_t dots = static_cast<size_t>(std::count(text.begin(), text.end(), '.'));
  if (dots == 4) return fail("IDX10609: the token is encrypted (JWE), which is not supported here.");
  if (dots != 2) return fail("IDX12741: JWT must have three segments (JWS).");
  const size_t first = text.find('.');
  const size_t second = text.find('.', first + 1);
  return Segments{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

}  // namespace

Algorithm algorithmFromName(std::string_view name) {
  for (const auto& [known, algorithm] : kAlgorithms)
    if (known == name) return algorithm;
  // RFC 7518 spells it "none"; other spellings have fooled libraries.
  return equalsIgnoreCase(name, "none") ? Algorithm::None : Algorithm::Unknown;
}

std::string_view algorithmName(Algorithm algorithm) {
  for (const auto& [name, known] : kAlgorithms)
    if (known == algorithm) return name;
  return "unknown";
}

// Fills a Token step by step. Texts are gathered in one block whose size is bounded ahead, so that views stay valid.
class TokenParser {
 public:
  TokenParser(Token& token, const TokenLimits& limits) : token_(token), limits_(limits) {}

  Status run(std::string_view text) {
    if (text.size() > limits_.token_bytes) {
      return fail("IDX10209: Token has length " + std::to_string(text.size()) + ", more than the maximum of " +
                  std::to_string(limits_.token_bytes) + ".");
    }
    const auto segments = split(text);
    if (!segments) return tl::make_unexpected(segments.error());
    const auto header = decodeSegment(segments->header);
    const auto payload = decodeSegment(segments->payload);
    const auto signature = decodeSegment(segments->signature);
    if (!header || !payload || !signature) return fail("IDX12709: JWT is not well formed: not base64url.");
    reserve(text.size(), *header, *payload, *signature);
    token_.text_ = keep(text);
    token_.signed_bytes_ = text.size() - segments->signature.size() - 1;
    token_.signature_ = keep(*signature);
    if (const auto status = readHeader(*header); !status) return status;
    if (const auto status = readPayload(*payload); !status) return status;
    return finish();
  }

 private:
  // Room for the token, its decoded parts, and every text of header and payload once more (unescaping and compacting
  // never lengthen, but for numbers that are written anew: 32 bytes each, and a number has at least two bytes with its
  // comma).
  void reserve(size_t text, std::string_view header, std::string_view payload, std::string_view signature) {
    capacity_ = text + 2 * header.size() + payload.size() * 18 + signature.size() + 4 * simdjson::SIMDJSON_PADDING;
    token_.storage_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }

  std::string_view keep(std::string_view text) {
    if (used_ + text.size() > capacity_) {
      overflow_ = true;
      return {};
    }
    if (text.empty()) return {};
    char* to = token_.storage_.get() + used_;
    std::memcpy(to, text.data(), text.size());
    used_ += text.size();
    return {to, text.size()};
  }

  // A copy followed by the padding that simdjson reads over; later texts overwrite the padding, as parsing is then
  // done.
  simdjson::padded_string_view keepPadded(std::string_view text) {
    const std::string_view kept = keep(text);
    ASSERT(used_ + simdjson::SIMDJSON_PADDING <= capacity_);
    std::memset(token_.storage_.get() + used_, 0, simdjson::SIMDJSON_PADDING);
    return simdjson::padded_string_view(kept.data(), kept.size(), kept.size() + simdjson::SIMDJSON_PADDING);
  }

  Status readHeader(std::string_view json) {
    const auto padded = keepPadded(json);
    token_.header_ = {padded.data(), padded.size()};
    simdjson::dom::element root;
    if (parseJson(padded, limits_.depth).get(root) || !isObjectWithUniqueNames(root)) {
      return fail("IDX12729: Unable to decode the header as a JSON object with unique names.");
    }
    if (root["crit"].error() != simdjson::NO_SUCH_FIELD) return fail("The token demands extensions (crit).");
    std::string_view text;
    if (root["alg"].get(text)) return fail("The token's header has no algorithm (alg).");
    token_.algorithm_text_ = keep(text);
    token_.algorithm_ = algorithmFromName(text);
    const std::pair<const char*, std::string_view*> optional[] = {
        {"kid", &token_.key_id_}, {"x5t", &token_.thumbprint_}, {"typ", &token_.type_}};
    for (const auto& [name, view] : optional) {
      const auto field = root[name];
      if (field.error() == simdjson::NO_SUCH_FIELD) continue;
      if (field.get(text)) return fail(std::string("The token's header has a ") + name + " that is not a string.");
      *view = keep(text);
    }
    return {};
  }

  Status readPayload(std::string_view json) {
    const auto padded = keepPadded(json);
    token_.payload_ = {padded.data(), padded.size()};
    simdjson::dom::element root;
    if (parseJson(padded, limits_.depth).get(root) || !isObjectWithUniqueNames(root)) {
      return fail("IDX12723: Unable to decode the payload as a JSON object with unique names.");
    }
    simdjson::dom::object object;
    if (root.get(object) || object.size() > limits_.claims) return fail("The token has too many claims.");
    token_.claims_.reserve(object.size());
    for (const auto field : object) {
      if (const auto status = addClaim(field.key, field.value); !status) return status;
    }
    return readTimes(object);
  }

  Status addClaim(std::string_view name, const simdjson::dom::element& value) {
    ranges_.push_back({token_.values_.size(), 0});
    ClaimKind kind = kindOf(value);
    if (kind == ClaimKind::Array) {
      simdjson::dom::array items;
      if (value.get(items) || items.size() > limits_.values_of_claim) return fail("A claim has too many values.");
      for (const auto item : items) token_.values_.push_back(keepText(item));
    } else {
      token_.values_.push_back(keepText(value));
    }
    ranges_.back().second = token_.values_.size() - ranges_.back().first;
    token_.claims_.push_back({keep(name), kind, {}});
    const bool is_text = kind == ClaimKind::String;
    if ((name == "iss" || name == "sub" || name == "jti") && !is_text) {
      return fail("The token's " + std::string(name) + " is not a string.");
    }
    if (name == "aud" && !is_text && !(kind == ClaimKind::Array && allStrings(value))) {
      return fail("The token's aud is neither a string nor a list of strings.");
    }
    return {};
  }

  static bool allStrings(const simdjson::dom::element& value) {
    simdjson::dom::array items;
    if (value.get(items)) return false;
    return std::all_of(items.begin(), items.end(), [](const auto& item) { return item.is_string(); });
  }

  static ClaimKind kindOf(const simdjson::dom::element& value) {
    switch (value.type()) {
      case simdjson::dom::element_type::STRING:
        return ClaimKind::String;
      case simdjson::dom::element_type::ARRAY:
        return ClaimKind::Array;
      case simdjson::dom::element_type::OBJECT:
        return ClaimKind::Object;
      case simdjson::dom::element_type::BOOL:
        return ClaimKind::Boolean;
      case simdjson::dom::element_type::NULL_VALUE:
        return ClaimKind::Null;
      default:
        return ClaimKind::Number;
    }
  }

  std::string_view keepText(const simdjson::dom::element& value) {
    std::string_view text;
    if (!value.get(text)) return keep(text);
    if (value.is_null()) return {};
    if (value.is_double()) return keepDouble(value);
    return keep(simdjson::minify(value));
  }

  std::string_view keepDouble(const simdjson::dom::element& value) {
    double number = 0;
    if (value.get(number)) return {};
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
    return keep({buffer.data(), static_cast<size_t>(end - buffer.data())});
  }

  // NumericDate (RFC 7519 section 2): seconds, which may have a fraction.
  Status readTimes(const simdjson::dom::object& object) {
    const std::pair<const char*, std::optional<UtcTime>*> times[] = {
        {"exp", &token_.expires_}, {"nbf", &token_.not_before_}, {"iat", &token_.issued_at_}};
    for (const auto& [name, time] : times) {
      simdjson::dom::element value;
      if (object.at_key(name).get(value)) continue;
      double seconds = 0;
      if (!value.is_number() || value.get(seconds))
        return fail(std::string("The token's ") + name + " is not a number.");
      if (!(seconds >= 0)) return fail(std::string("The token's ") + name + " is before 1970.");
      const auto whole = static_cast<int64_t>(std::floor(std::min(seconds, kMostSeconds)));
      *time = UtcTime(std::chrono::seconds(whole));
    }
    return {};
  }

  Status finish() {
    if (overflow_) return fail("The token is too large.");
    for (size_t i = 0; i < ranges_.size(); ++i) {
      token_.claims_[i].values = std::span(token_.values_).subspan(ranges_[i].first, ranges_[i].second);
    }
    if (const Claim* audience = token_.find("aud")) token_.audiences_ = audience->values;
    shrink();
    token_.footprint_ = sizeof(Token) + used_ + token_.claims_.capacity() * sizeof(Claim) +
                        token_.values_.capacity() * sizeof(std::string_view);
    return {};
  }

  // A token may stay in a cache for an hour: gives back the room that was reserved but not used.
  void shrink() {
    auto block = std::make_unique_for_overwrite<char[]>(used_);
    std::memcpy(block.get(), token_.storage_.get(), used_);
    const char* from = token_.storage_.get();
    const auto move = [&](std::string_view& view) {
      if (!view.empty()) view = {block.get() + (view.data() - from), view.size()};
    };
    for (auto* view : {&token_.text_, &token_.header_, &token_.payload_, &token_.signature_, &token_.algorithm_text_,
                       &token_.key_id_, &token_.thumbprint_, &token_.type_}) {
      move(*view);
    }
    for (auto& claim : token_.claims_) move(claim.name);
    for (auto& value : token_.values_) move(value);
    token_.storage_ = std::move(block);
  }

  Token& token_;
  const TokenLimits& limits_;
  std::vector<std::pair<size_t, size_t>> ranges_;  // of values_, per claim: values_ may move while it grows
  size_t capacity_ = 0;
  size_t used_ = 0;
  bool overflow_ = false;
};

Result<std::shared_ptr<const Token>> Token::parse(std::string_view text, const TokenLimits& limits) {
  std::shared_ptr<Token> token(new Token());
  TokenParser parser(*token, limits);
  if (const auto status = parser.run(text); !status) return tl::make_unexpected(status.error());
  return std::shared_ptr<const Token>(std::move(token));
}

const Claim* Token::find(std::string_view name) const {
  for (const Claim& claim : claims_)
    if (claim.name == name) return &claim;
  return nullptr;
}

std::string_view Token::value(std::string_view name) const {
  const Claim* claim = find(name);
  return claim == nullptr || claim->values.empty() ? std::string_view{} : claim->values.front();
}

}  // namespace sluice::identity
