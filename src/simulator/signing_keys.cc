#include "simulator/signing_keys.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "base/encoding.h"
#include "simulator/json_writer.h"
#include "simulator/pem.h"
#include "simulator/state_folder.h"

namespace sluice::simulator {
namespace {

constexpr std::string_view kKeysFile = "signing-keys.pem";
constexpr std::string_view kSealFile = "sealing-key";
constexpr size_t kMostFormer = 2;

std::string numberOf(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return {};
  std::string bytes(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(number);
  return bytes;
}

std::string keyIdFor(std::string_view modulus) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(modulus.data()), modulus.size(), digest);
  return base64UrlEncode(std::string_view(reinterpret_cast<const char*>(digest), 20));  // as long as Entra's
}

Result<std::string> signRs256(EVP_PKEY* key, std::string_view text) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) != 1) {
    return tl::make_unexpected(opensslError("cannot sign"));
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) !=
      1) {
    return tl::make_unexpected(opensslError("cannot sign"));
  }
  signature.resize(size);
  return signature;
}

}  // namespace

Result<std::unique_ptr<SigningKeys>> SigningKeys::open(const std::string& folder) {
  std::unique_ptr<SigningKeys> keys(new SigningKeys(folder));
  if (!folder.empty()) {
    const auto status = keys->load();
    if (!status) return tl::make_unexpected(status.error());
  }
  if (keys->sealing_key_.empty()) keys->sealing_key_ = Secret(hexEncode(randomBytes(32)));
  const auto status = keys->keys_.empty() ? keys->rotate(FormerKeys::Drop) : keys->publish();
  if (!status) return tl::make_unexpected(status.error());
  return keys;
}

Result<SigningKeys::Key> SigningKeys::describe(PrivateKey key) {
  const auto modulus = numberOf(key.get(), OSSL_PKEY_PARAM_RSA_N);
  const auto exponent = numberOf(key.get(), OSSL_PKEY_PARAM_RSA_E);
  if (modulus.empty() || exponent.empty()) return fail("a signing key is no RSA key");
  Key result;
  result.key = std::move(key);
  result.id = keyIdFor(modulus);
  result.modulus = base64UrlEncode(modulus);
  result.exponent = base64UrlEncode(exponent);
  return result;
}

Status SigningKeys::load() {
  const auto pem = readStateFile(folder_, kKeysFile);
  const auto sealing_key = readStateFile(folder_, kSealFile);
  if (!pem) return tl::make_unexpected(pem.error());
  if (!sealing_key) return tl::make_unexpected(sealing_key.error());
  if (*sealing_key) sealing_key_ = Secret(**sealing_key);
  if (!*pem) return {};
  auto keys = privateKeysFromPem(**pem);
  if (!keys) return fail(fmt::format("{}/{}: {}", folder_, kKeysFile, keys.error().message));
  for (auto& key : *keys) {
    auto described = describe(std::move(key));
    if (!described) return fail(fmt::format("{}/{}: {}", folder_, kKeysFile, described.error().message));
    keys_.push_back(std::move(*described));
  }
  return {};
}

Status SigningKeys::store() const {
  if (folder_.empty()) return {};
  std::string pem;
  for (const auto& key : keys_) pem += toPem(key.key);
  auto status = writeStateFile(folder_, kKeysFile, pem);
  if (status) status = writeStateFile(folder_, kSealFile, sealing_key_.reveal());
  return status;
}

Status SigningKeys::publish() {
  auto set = identity::KeySet::fromJwks(jwks({}));
  if (!set) return tl::make_unexpected(set.error());
  public_keys_ = std::move(*set);
  return {};
}

Status SigningKeys::rotate(FormerKeys former) {
  PrivateKey fresh(EVP_RSA_gen(2048));
  if (fresh == nullptr) return tl::make_unexpected(opensslError("cannot make an RSA key"));
  auto described = describe(std::move(fresh));
  if (!described) return tl::make_unexpected(described.error());
  if (former == FormerKeys::Drop) keys_.clear();
  keys_.insert(keys_.begin(), std::move(*described));
  if (keys_.size() > kMostFormer + 1) keys_.resize(kMostFormer + 1);
  const auto status = publish();
  return status ? store() : status;
}

Result<std::string> SigningKeys::signToken(std::string_view payload) const {
  const auto& key = keys_.front();
  JsonWriter header;
  header.beginObject().member("typ", "JWT").member("alg", "RS256").member("x5t", key.id).member("kid", key.id);
  auto text = base64UrlEncode(header.endObject().str()) + '.' + base64UrlEncode(payload);
  const auto signature = signRs256(key.key.get(), text);
  if (!signature) return tl::make_unexpected(signature.error());
  return text + '.' + base64UrlEncode(*signature);
}

std::string SigningKeys::jwks(std::string_view issuer) const {
  JsonWriter json;
  json.beginObject().key("keys").beginArray();
  for (const auto& key : keys_) {
    json.beginObject().member("kty", "RSA").member("use", "sig").member("kid", key.id).member("x5t", key.id);
    json.member("n", key.modulus).member("e", key.exponent);
    if (!issuer.empty()) json.member("issuer", issuer);
    json.endObject();
  }
  return json.endArray().endObject().take();
}

std::string SigningKeys::mac(std::string_view purpose, std::string_view text) const {
  const auto message = fmt::format("{}\n{}", purpose, text);
  const auto key = sealing_key_.reveal();
  unsigned char digest[SHA256_DIGEST_LENGTH];
  unsigned size = sizeof(digest);
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), digest, &size);
  return std::string(reinterpret_cast<const char*>(digest), size);
}

std::string SigningKeys::seal(std::string_view purpose, std::string_view text) const {
  return base64UrlEncode(text) + '.' + base64UrlEncode(mac(purpose, text));
}

std::optional<std::string> SigningKeys::unseal(std::string_view purpose, std::string_view sealed) const {
  const auto dot = sealed.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  auto text = base64UrlDecode(sealed.substr(0, dot));
  const auto given = base64UrlDecode(sealed.substr(dot + 1));
  if (!text || !given) return std::nullopt;
  const auto right = mac(purpose, *text);
  if (given->size() != right.size() || CRYPTO_memcmp(given->data(), right.data(), right.size()) != 0) {
    return std::nullopt;
  }
  return text;
}

}  // namespace sluice::simulator
