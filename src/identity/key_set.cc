#include "identity/key_set.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <simdjson.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "identity/verify.h"

namespace sluice::identity {
namespace {

constexpr size_t kIdBytes = 512;

template <class T, void (*Free)(T*)>
struct Deleter {
  void operator()(T* object) const { Free(object); }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BIGNUM, BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM, OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX, EVP_PKEY_CTX_free>>;
using Certificate = std::unique_ptr<X509, Deleter<X509, X509_free>>;
using Bio = std::unique_ptr<BIO, Deleter<BIO, BIO_free_all>>;

Number number(std::string_view bytes) {
  return Number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

PublicKey keyFromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    ERR_clear_error();
    return nullptr;
  }
  return PublicKey(key);
}

struct Curve {
  std::string_view name;  // as JWK names it
  const char* group;      // as OpenSSL does
  size_t bytes;
  KeyType type;
};
constexpr Curve kCurves[] = {{"P-256", "prime256v1", 32, KeyType::EcP256},
                             {"P-384", "secp384r1", 48, KeyType::EcP384},
                             {"P-521", "secp521r1", 66, KeyType::EcP521}};

uint64_t nextVersion() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

std::optional<KeyType> typeOf(EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return KeyType::Rsa;
  if (EVP_PKEY_is_a(key, "EC") != 1) return std::nullopt;
  char group[64];
  size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &size) != 1) {
    return std::nullopt;
  }
  for (const Curve& curve : kCurves)
    if (std::string_view(group, size) == curve.group) return curve.type;
  return std::nullopt;
}

// A string member of a JWK, or empty.
std::string_view member(const simdjson::dom::object& jwk, const char* name) {
  std::string_view text;
  if (jwk.at_key(name).get(text)) return {};
  return text;
}

std::string decoded(const simdjson::dom::object& jwk, const char* name) {
  return base64UrlDecode(member(jwk, name)).value_or(std::string());
}

bool isForSigning(const simdjson::dom::object& jwk) {
  const std::string_view use = member(jwk, "use");
  if (!use.empty() && use != "sig") return false;
  simdjson::dom::array operations;
  if (jwk.at_key("key_ops").get(operations)) return true;
  return std::any_of(operations.begin(), operations.end(), [](const simdjson::dom::element& item) {
    std::string_view text;
    return !item.get(text) && text == "verify";
  });
}

Status addJwk(KeySetBuilder& builder, const simdjson::dom::object& jwk) {
  const std::string_view type = member(jwk, "kty");
  std::string id(member(jwk, "kid"));
  if (type == "RSA") return builder.addRsa(std::move(id), decoded(jwk, "n"), decoded(jwk, "e"));
  if (type == "EC") {
    return builder.addEc(std::move(id), member(jwk, "crv"), decoded(jwk, "x"), decoded(jwk, "y"));
  }
  return fail("key type " + std::string(type) + " is not taken from a public document");
}

}  // namespace

Status KeySetBuilder::addSymmetric(std::string id, Secret bytes) {
  if (bytes.reveal().size() < limits_.secret_bytes_least) {
    return fail("a symmetric key needs at least " + std::to_string(limits_.secret_bytes_least) + " bytes");
  }
  Key key;
  key.id = std::move(id);
  key.type = KeyType::Symmetric;
  key.secret = std::move(bytes);
  keys_.push_back(std::move(key));
  return {};
}

Status KeySetBuilder::addRsa(std::string id, std::string_view modulus, std::string_view exponent) {
  if (modulus.empty() || exponent.empty()) return fail("an RSA key needs n and e, in base64url");
  if (modulus.size() > limits_.rsa_bits_most / 8 + 1 || exponent.size() > 8 || id.size() > kIdBytes) {
    return fail("the RSA key is too large");
  }
  const Number n = number(modulus);
  const Number e = number(exponent);
  const auto bits = static_cast<size_t>(BN_num_bits(n.get()));
  if (bits < limits_.rsa_bits_least || bits > limits_.rsa_bits_most) {
    return fail("an RSA key of " + std::to_string(bits) + " bits is not allowed (" +
                std::to_string(limits_.rsa_bits_least) + " to " + std::to_string(limits_.rsa_bits_most) + ")");
  }
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_is_one(e.get())) return fail("not an RSA key");
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  Key key;
  key.id = std::move(id);
  key.type = KeyType::Rsa;
  if (builder && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1) {
    key.public_key = keyFromParams("RSA", builder.get());
  }
  if (!key.public_key) return fail("not an RSA key");
  keys_.push_back(std::move(key));
  return {};
}

Status KeySetBuilder::addEc(std::string id, std::string_view curve_name, std::string_view x, std::string_view y) {
  const auto* curve = std::find_if(std::begin(kCurves), std::end(kCurves),
                                   [&](const Curve& candidate) { return candidate.name == curve_name; });
  if (curve == std::end(kCurves)) return fail("the curve " + std::string(curve_name.substr(0, 32)) + " is not known");
  if (x.size() != curve->bytes || y.size() != curve->bytes || id.size() > kIdBytes) {
    return fail("a key on " + std::string(curve_name) + " needs x and y of " + std::to_string(curve->bytes) + " bytes");
  }
  // Uncompressed point (SEC 1 section 2.3.3); OpenSSL refuses one that is not on the curve.
  std::string point = "\x04";
  point.append(x).append(y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  Key key;
  key.id = std::move(id);
  key.type = curve->type;
  if (builder && OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) == 1 &&
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1) {
    key.public_key = keyFromParams("EC", builder.get());
  }
  if (!key.public_key) return fail("not a point on " + std::string(curve_name));
  keys_.push_back(std::move(key));
  return {};
}

Status KeySetBuilder::addCertificate(std::string id, std::string_view certificate) {
  if (certificate.size() > limits_.document_bytes) return fail("the certificate is too large");
  const auto* data = reinterpret_cast<const unsigned char*>(certificate.data());
  Certificate parsed(d2i_X509(nullptr, &data, static_cast<long>(certificate.size())));
  if (!parsed) {
    const Bio bio(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
    // An empty passphrase callback: OpenSSL must never ask on the terminal.
    const auto no_passphrase = [](char*, int, int, void*) { return 0; };
    if (bio) parsed.reset(PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr));
  }
  ERR_clear_error();
  if (!parsed) return fail("not an X.509 certificate");
  Key key;
  key.id = std::move(id);
  key.public_key.reset(X509_get_pubkey(parsed.get()));
  const auto type = key.public_key ? typeOf(key.public_key.get()) : std::nullopt;
  if (!type) return fail("the certificate's key is of a kind that signs no tokens");
  const auto bits = static_cast<size_t>(EVP_PKEY_get_bits(key.public_key.get()));
  if (*type == KeyType::Rsa && (bits < limits_.rsa_bits_least || bits > limits_.rsa_bits_most)) {
    return fail("an RSA key of " + std::to_string(bits) + " bits is not allowed");
  }
  key.type = *type;
  keys_.push_back(std::move(key));
  return {};
}

std::shared_ptr<const KeySet> KeySetBuilder::build() {
  std::shared_ptr<KeySet> set(new KeySet());
  set->keys_ = std::move(keys_);
  set->version_ = nextVersion();
  keys_.clear();
  return set;
}

Result<std::shared_ptr<const KeySet>> KeySet::fromJwks(std::string_view json, const KeySetLimits& limits) {
  if (json.size() > limits.document_bytes) return fail("the key document is too large");
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  const simdjson::padded_string padded(json);
  if (parser.allocate(std::max<size_t>(json.size(), 1024), 32) || parser.parse(padded)["keys"].get(list)) {
    return fail("the key document is not JSON with a list \"keys\"");
  }
  KeySetBuilder builder(limits);
  size_t left_out = 0;
  for (const auto item : list) {
    simdjson::dom::object jwk;
    if (builder.size() >= limits.keys || item.get(jwk) || !isForSigning(jwk) || !addJwk(builder, jwk)) {
      ++left_out;
      continue;
    }
    Key& key = builder.keys_.back();
    key.thumbprint = std::string(member(jwk, "x5t").substr(0, kIdBytes));
    const std::string_view algorithm = member(jwk, "alg");
    if (algorithm.empty()) continue;
    key.only = algorithmFromName(algorithm);
    // A key for an algorithm that we do not know (encryption, most likely) signs nothing for us.
    if (key.only == Algorithm::Unknown || !keyFits(key, key.only)) {
      builder.keys_.pop_back();
      ++left_out;
    }
  }
  if (builder.size() == 0) return fail("the key document has no key that we can use");
  std::shared_ptr<KeySet> set(new KeySet());
  set->keys_ = std::move(builder.keys_);
  set->left_out_ = left_out;
  set->version_ = nextVersion();
  return std::shared_ptr<const KeySet>(std::move(set));
}

bool KeySet::hasKeyId(std::string_view id) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == id; });
}

}  // namespace sluice::identity
