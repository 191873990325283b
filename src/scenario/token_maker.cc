#include "scenario/token_maker.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "base/assert.h"
#include "base/encoding.h"
#include "text/json_document.h"

namespace sluice::scenario {
namespace {

std::string number(EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key, name, &value) == 1);
  std::string bytes(static_cast<size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(value);
  return base64UrlEncode(bytes);
}

}  // namespace

TokenMaker::TokenMaker(std::string issuer) : issuer_(std::move(issuer)), key_(EVP_RSA_gen(2048)) {
  CHECK(key_ != nullptr);
}

TokenMaker::~TokenMaker() {
  EVP_PKEY_free(key_);
}

std::string TokenMaker::sign(std::string_view claims) const {
  const std::string input =
      base64UrlEncode(R"({"alg":"RS256","typ":"JWT","kid":"scenario"})") + "." + base64UrlEncode(claims);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  CHECK(EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key_) == 1);
  const auto* bytes = reinterpret_cast<const unsigned char*>(input.data());
  size_t size = 0;
  CHECK(EVP_DigestSign(context, nullptr, &size, bytes, input.size()) == 1);
  std::string signature(size, '\0');
  CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, input.size()) == 1);
  EVP_MD_CTX_free(context);
  signature.resize(size);
  return input + "." + base64UrlEncode(signature);
}

Result<std::string> TokenMaker::expand(std::string_view text, const Clock& clock) const {
  constexpr std::string_view kOpen = "{{token:";
  std::string out;
  for (;;) {
    const size_t at = text.find(kOpen);
    out.append(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    const size_t end = text.find("}}}", at);
    if (end == std::string_view::npos) return fail("{{token: ...}} is not closed");
    std::string claims(text.substr(at + kOpen.size(), end + 1 - at - kOpen.size()));
    text.remove_prefix(end + 3);
    Diagnostics broken;
    const auto document = text::parseJson("token", claims, broken);
    if (!document || !document->root().isMapping()) return fail("{{token: ...}} holds no JSON object: " + claims);
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock.utc().time_since_epoch()).count();
    std::string added;
    if (document->root().find("iss") == nullptr) added += fmt::format("\"iss\":\"{}\",", issuer_);
    if (document->root().find("nbf") == nullptr) added += fmt::format("\"nbf\":{},", now);
    if (document->root().find("exp") == nullptr) added += fmt::format("\"exp\":{},", now + 3600);
    const size_t brace = claims.find('{');
    if (document->root().members.empty() && !added.empty()) added.pop_back();
    claims.insert(brace + 1, added);
    out += sign(claims);
  }
}

std::string TokenMaker::metadata(std::string_view base) const {
  return fmt::format(R"({{"issuer":"{}","jwks_uri":"{}/keys"}})", issuer_, base);
}

std::string TokenMaker::keys() const {
  return fmt::format(R"({{"keys":[{{"kty":"RSA","kid":"scenario","use":"sig","n":"{}","e":"{}"}}]}})",
                     number(key_, OSSL_PKEY_PARAM_RSA_N), number(key_, OSSL_PKEY_PARAM_RSA_E));
}

}  // namespace sluice::scenario
