// The bytes and numbers of RSA keys, and their XML form.
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "expression/library/crypto_rsa.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

using Number = std::unique_ptr<BIGNUM, OpenSslFree<BN_clear_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, OpenSslFree<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, OpenSslFree<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, OpenSslFree<EVP_PKEY_CTX_free>>;

constexpr const char* kParams[RsaNumbers::kCount] = {
    OSSL_PKEY_PARAM_RSA_E,         OSSL_PKEY_PARAM_RSA_N,
    OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,
    OSSL_PKEY_PARAM_RSA_D,         OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
};
// The order and names of the elements; .NET writes D last.
struct XmlField {
  RsaNumbers::Field field;
  std::string_view name;
};
constexpr XmlField kXml[] = {
    {RsaNumbers::Modulus, "Modulus"},
    {RsaNumbers::Exponent, "Exponent"},
    {RsaNumbers::P, "P"},
    {RsaNumbers::Q, "Q"},
    {RsaNumbers::DP, "DP"},
    {RsaNumbers::DQ, "DQ"},
    {RsaNumbers::InverseQ, "InverseQ"},
    {RsaNumbers::D, "D"},
};

size_t bits(const KeyObject* object) {
  return static_cast<size_t>(object->key_size);
}

// As long as .NET gives them: D as the modulus, the others as half of it.
size_t lengthOf(RsaNumbers::Field field, size_t modulus) {
  if (field == RsaNumbers::D || field == RsaNumbers::Modulus) return modulus;
  return field == RsaNumbers::Exponent ? 0 : (modulus + 1) / 2;
}

EVP_PKEY* makeRsaKey(size_t bits) {
  return EVP_RSA_gen(bits);
}

}  // namespace

EvpKey rsaKeyFrom(const RsaNumbers& numbers) {
  const bool with_private = !numbers.field[RsaNumbers::D].empty();
  Number values[RsaNumbers::kCount];
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  for (size_t i = 0; i < RsaNumbers::kCount; ++i) {
    const std::string& bytes = numbers.field[i];
    if (bytes.empty()) continue;
    values[i].reset(BN_bin2bn(unsignedBytes(bytes), static_cast<int>(bytes.size()), nullptr));
    if (values[i] == nullptr || OSSL_PARAM_BLD_push_BN(builder.get(), kParams[i], values[i].get()) != 1) return nullptr;
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (params == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, with_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return EvpKey(key);
}

RsaNumbers rsaNumbersOf(const EVP_PKEY* key, bool with_private) {
  RsaNumbers numbers;
  const auto modulus = static_cast<size_t>((EVP_PKEY_get_bits(key) + 7) / 8);
  for (size_t i = 0; i < RsaNumbers::kCount; ++i) {
    if (!with_private && i != RsaNumbers::Exponent && i != RsaNumbers::Modulus) continue;
    BIGNUM* taken = nullptr;
    if (EVP_PKEY_get_bn_param(key, kParams[i], &taken) != 1) continue;
    const Number value(taken);
    const auto size = static_cast<size_t>(BN_num_bytes(value.get()));
    std::string& bytes = numbers.field[i];
    bytes.resize(std::max(size, lengthOf(static_cast<RsaNumbers::Field>(i), modulus)));
    BN_bn2binpad(value.get(), reinterpret_cast<uint8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  }
  return numbers;
}

std::string keyBytes(const EVP_PKEY* key, bool is_private) {
  uint8_t* out = nullptr;
  int size = 0;
  if (is_private) {
    const std::unique_ptr<PKCS8_PRIV_KEY_INFO, OpenSslFree<PKCS8_PRIV_KEY_INFO_free>> info(EVP_PKEY2PKCS8(key));
    if (info != nullptr) size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &out);
  } else {
    size = i2d_PUBKEY(key, &out);
  }
  std::string bytes(reinterpret_cast<const char*>(out), size > 0 ? static_cast<size_t>(size) : 0);
  OPENSSL_free(out);
  return bytes;
}

EvpKey openKey(const KeyObject* object) {
  const auto* at = unsignedBytes(object->der);
  const auto size = static_cast<long>(object->der.size());
  return EvpKey(object->is_private ? d2i_AutoPrivateKey(nullptr, &at, size) : d2i_PUBKEY(nullptr, &at, size));
}

void setRsaKey(Eval& eval, KeyObject* object, const EVP_PKEY* key, bool is_private) {
  object->der = eval.arena.copy(keyBytes(key, is_private));
  object->is_private = is_private;
  object->key_size = EVP_PKEY_get_bits(key);
}

EvpKey usableRsaKey(Eval& eval, KeyObject* object) {
  if (!object->der.empty()) {
    if (!eval.step(2000)) return nullptr;
    EvpKey key = openKey(object);
    if (key == nullptr) raiseCrypto(eval, "The key could not be read.");
    return key;
  }
  // Making a key takes about the cube of its size: 2048 bits are a tenth of a second.
  if (!eval.step(bits(object) * bits(object) / 1024 * bits(object) / 16)) return nullptr;
  EvpKey key(makeRsaKey(bits(object)));
  if (key == nullptr) {
    raiseCrypto(eval, "The key could not be made.");
    return nullptr;
  }
  setRsaKey(eval, object, key.get(), true);
  return key;
}

Value newKey(Eval& eval, const EVP_PKEY* key, bool is_private) {
  auto* object = newObject<KeyObject>(eval, libraryType("System.Security.Cryptography.RSACng"));
  setRsaKey(eval, object, key, is_private);
  return Value::object(object);
}

Value rsaToXml(Call& c) {
  auto* object = c.object<KeyObject>(0);
  const EvpKey key = usableRsaKey(c.eval, object);
  if (key == nullptr) return {};
  const bool with_private = c.boolean(1);
  if (with_private && !object->is_private) return raiseCrypto(c.eval, "Key not valid for use in specified state.");
  const RsaNumbers numbers = rsaNumbersOf(key.get(), with_private);
  std::string text = "<RSAKeyValue>";
  for (const auto& [field, name] : kXml) {
    if (numbers.field[field].empty()) continue;
    text.append("<").append(name).append(">");
    text.append(base64Encode(numbers.field[field])).append("</").append(name).append(">");
  }
  return c.text(text.append("</RSAKeyValue>"));
}

Value rsaFromXml(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("xmlString");
  const std::string_view text = c.utf8(1);
  if (!c.eval.step(text.size() / 16 + 200)) return {};
  RsaNumbers numbers;
  for (const auto& [field, name] : kXml) {
    const std::string open = "<" + std::string(name) + ">";
    const size_t from = text.find(open);
    const size_t to = from == std::string_view::npos ? from : text.find('<', from + open.size());
    if (to == std::string_view::npos) continue;
    const auto bytes = base64Decode(text.substr(from + open.size(), to - from - open.size()));
    if (!bytes) return c.eval.raiseFormat("The input is not a valid Base-64 string.");
    numbers.field[field] = *bytes;
  }
  if (numbers.field[RsaNumbers::Modulus].empty() || numbers.field[RsaNumbers::Exponent].empty())
    return raiseCrypto(c.eval, "Input string does not contain a valid encoding of the 'RSA' parameters.");
  const EvpKey key = rsaKeyFrom(numbers);
  if (key == nullptr) return raiseCrypto(c.eval, "The parameters are not those of a key.");
  setRsaKey(c.eval, c.object<KeyObject>(0), key.get(), !numbers.field[RsaNumbers::D].empty());
  return {};
}

}  // namespace sluice::expression
