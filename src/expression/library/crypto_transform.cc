// ICryptoTransform: a symmetric cipher at work, block by block.
#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "expression/library/crypto_cipher.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

struct Transform : Object {
  const CipherFamily* family;
  CipherMode mode;
  CipherPadding padding;
  uint32_t feedback;  // bits
  CipherDirection direction;
  std::string_view key, iv;
  std::string_view chain;  // the IV for what comes next
  std::string_view held;   // decryption keeps back the block that may be padding
};

const EVP_CIPHER* aes(size_t key, CipherMode mode, bool small) {
  const bool cbc = mode == CipherMode::Cbc, ecb = mode == CipherMode::Ecb;
  if (key == 16)
    return cbc ? EVP_aes_128_cbc() : ecb ? EVP_aes_128_ecb() : small ? EVP_aes_128_cfb8() : EVP_aes_128_cfb128();
  if (key == 24)
    return cbc ? EVP_aes_192_cbc() : ecb ? EVP_aes_192_ecb() : small ? EVP_aes_192_cfb8() : EVP_aes_192_cfb128();
  return cbc ? EVP_aes_256_cbc() : ecb ? EVP_aes_256_ecb() : small ? EVP_aes_256_cfb8() : EVP_aes_256_cfb128();
}

const EVP_CIPHER* evpCipher(const Transform& t) {
  const bool small = t.feedback == 8;
  if (t.family->kind == CipherKind::Aes) return aes(t.key.size(), t.mode, small);
  if (t.mode == CipherMode::Cfb) return small ? EVP_des_ede3_cfb8() : EVP_des_ede3_cfb64();
  return t.mode == CipherMode::Cbc ? EVP_des_ede3_cbc() : EVP_des_ede3_ecb();
}

// The key as OpenSSL takes it: two keys of triple DES use the first again, and DES is triple DES with one key thrice.
std::string evpKey(const Transform& t) {
  std::string key(t.key);
  if (t.family->kind != CipherKind::Aes)
    while (key.size() < 24) key += t.key.substr(0, 8);
  return key;
}

// Whole units, without padding; moves the chain on. Empty with an exception pending.
std::string_view run(Eval& eval, Transform& t, std::string_view data) {
  if (data.empty() || !eval.reserve(data.size()) || !eval.step(data.size() / 64 + 20)) return {};
  const size_t block = t.family->block;
  auto* out = static_cast<uint8_t*>(eval.arena.allocateBytes(data.size() + block, 1));
  std::string key = evpKey(t);
  const std::unique_ptr<EVP_CIPHER_CTX, OpenSslFree<EVP_CIPHER_CTX_free>> context(EVP_CIPHER_CTX_new());
  int size = 0;
  const bool good =
      EVP_CipherInit_ex2(context.get(), evpCipher(t), unsignedBytes(key), unsignedBytes(t.chain),
                         t.direction == CipherDirection::Encrypt ? 1 : 0, nullptr) == 1 &&
      EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
      EVP_CipherUpdate(context.get(), out, &size, unsignedBytes(data), static_cast<int>(data.size())) == 1;
  OPENSSL_cleanse(key.data(), key.size());
  if (!good || static_cast<size_t>(size) != data.size()) {
    raiseCrypto(eval, "The data could not be transformed.");
    return {};
  }
  const std::string_view result(reinterpret_cast<const char*>(out), data.size());
  // What comes next is chained to the newest ciphertext.
  const std::string_view secret = t.direction == CipherDirection::Encrypt ? result : data;
  std::string chain(t.chain);
  chain += secret.substr(secret.size() - std::min(secret.size(), block));
  t.chain = eval.arena.copy(std::string_view(chain).substr(chain.size() - block));
  return result;
}

size_t unitOf(const Transform& t) {
  return t.mode == CipherMode::Cfb ? t.feedback / 8 : t.family->block;
}

bool padded(Eval& eval, const Transform& t, std::string_view data, std::string& out) {
  const size_t over = data.size() % unitOf(t);
  const size_t missing = unitOf(t) - over;
  out = data;
  if (t.padding == CipherPadding::None) {
    if (over != 0) raiseCrypto(eval, "The input data is not a complete block.");
    return over == 0;
  }
  if (t.padding == CipherPadding::Zeros) {
    if (over != 0) out.append(missing, '\0');
    return true;
  }
  const char count = static_cast<char>(missing);
  if (t.padding == CipherPadding::Iso10126) {
    const Value noise = randomBytes(eval, missing - 1);
    if (eval.failed()) return false;
    out.append(bytesOf(noise));
  } else {
    out.append(missing - 1, t.padding == CipherPadding::Pkcs7 ? count : '\0');
  }
  out.push_back(count);
  return true;
}

bool keepsPadding(const Transform& t) {
  return t.padding == CipherPadding::None || t.padding == CipherPadding::Zeros;
}

bool unpad(Eval& eval, const Transform& t, std::string_view& data) {
  if (keepsPadding(t)) return true;
  const size_t count = data.empty() ? 0 : static_cast<uint8_t>(data.back());
  bool good = count > 0 && count <= unitOf(t) && count <= data.size();
  const char filler = t.padding == CipherPadding::Pkcs7 && good ? data.back() : '\0';
  for (size_t i = 1; good && i < count && t.padding != CipherPadding::Iso10126; ++i)
    good = data[data.size() - 1 - i] == filler;
  if (!good) {
    raiseCrypto(eval, "Padding is invalid and cannot be removed.");
    return false;
  }
  data.remove_suffix(count);
  return true;
}

std::string_view joined(Eval& eval, std::string_view a, std::string_view b) {
  return a.empty() ? b : eval.arena.copy(std::string(a) + std::string(b));
}

std::string_view finishEncrypting(Eval& eval, Transform& t, std::string_view data) {
  std::string whole;
  if (!eval.reserve(data.size()) || !padded(eval, t, data, whole)) return {};
  return run(eval, t, eval.arena.copy(whole));
}

std::string_view finishDecrypting(Eval& eval, Transform& t, std::string_view data) {
  data = joined(eval, t.held, data);
  if (data.size() % unitOf(t) != 0) {
    raiseCrypto(eval, "The input data is not a complete block.");
    return {};
  }
  std::string_view result = run(eval, t, data);
  if (!eval.failed() && !data.empty()) unpad(eval, t, result);
  return result;
}

Value finish(Eval& eval, Transform& t, std::string_view data) {
  const std::string_view result =
      t.direction == CipherDirection::Encrypt ? finishEncrypting(eval, t, data) : finishDecrypting(eval, t, data);
  t.chain = t.iv;
  t.held = {};
  return eval.failed() ? Value() : newBytes(eval, result);
}

Value transformFinal(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("inputBuffer");
  std::string_view data;
  if (!bytesPart(c, 1, data)) return {};
  return finish(c.eval, *c.object<Transform>(0), data);
}

Value transformBlock(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("inputBuffer");
  std::string_view data;
  if (!bytesPart(c, 1, data)) return {};
  auto& t = *c.object<Transform>(0);
  const size_t unit = unitOf(t);
  if (data.empty() || data.size() % unit != 0) return c.eval.raiseOutOfRange("inputCount", "Value was invalid.");
  if (c.isNull(4)) return c.eval.raiseArgumentNull("outputBuffer");
  auto* out = c.object<BytesObject>(4);
  const int32_t at = c.int32(5);
  if (at < 0 || static_cast<uint32_t>(at) > out->length || out->length - static_cast<uint32_t>(at) < data.size())
    return c.eval.raiseOutOfRange("outputBuffer", "The output buffer is too small.");
  if (t.direction == CipherDirection::Decrypt && !keepsPadding(t)) {
    data = joined(c.eval, t.held, data);
    t.held = c.arena().copy(data.substr(data.size() - unit));
    data.remove_suffix(unit);
  }
  const std::string_view result = run(c.eval, t, data);
  if (c.eval.failed()) return {};
  std::copy(result.begin(), result.end(), reinterpret_cast<char*>(out->data) + at);
  return Value::int32(static_cast<int32_t>(result.size()));
}

constexpr MemberRow kTransform[] = {
    {"byte[] TransformFinalBlock(byte[] inputBuffer, int inputOffset, int inputCount)", transformFinal},
    {"int TransformBlock(byte[] inputBuffer, int inputOffset, int inputCount, byte[] outputBuffer, int outputOffset)",
     transformBlock},
    {"int InputBlockSize { get; }",
     [](Call& c) { return Value::int32(static_cast<int32_t>(unitOf(*c.object<Transform>(0)))); }},
    {"int OutputBlockSize { get; }",
     [](Call& c) { return Value::int32(static_cast<int32_t>(unitOf(*c.object<Transform>(0)))); }},
    {"bool CanReuseTransform { get; }", [](Call&) { return Value::boolean(true); }},
    {"bool CanTransformMultipleBlocks { get; }", [](Call&) { return Value::boolean(true); }},
};

bool sameParityFree(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return ((x ^ y) & 0xFE) == 0; });
}

}  // namespace

bool isKeySize(const CipherFamily& family, size_t bytes) {
  return std::find(family.keys.begin(), family.keys.end(), bytes) != family.keys.end();
}

bool isWeakKey(const CipherFamily& family, std::string_view key) {
  if (family.kind == CipherKind::TripleDes)
    return sameParityFree(key.substr(0, 8), key.substr(8, 8)) ||
           (key.size() == 24 && sameParityFree(key.substr(8, 8), key.substr(16, 8)));
  if (family.kind != CipherKind::Des) return false;
  // The weak and semi-weak keys of FIPS 74, without their parity bits.
  static constexpr uint64_t kWeak[] = {0x0000000000000000, 0xFEFEFEFEFEFEFEFE, 0x1E1E1E1E0E0E0E0E, 0xE0E0E0E0F0F0F0F0,
                                       0x00FE00FE00FE00FE, 0xFE00FE00FE00FE00, 0x1EE01EE00EF00EF0, 0xE01EE01EF00EF00E,
                                       0x00E000E000F000F0, 0xE000E000F000F000, 0x1EFE1EFE0EFE0EFE, 0xFE1EFE1EFE0EFE0E,
                                       0x001E001E000E000E, 0x1E001E000E000E00, 0xE0FEE0FEF0FEF0FE, 0xFEE0FEE0FEF0FEF0};
  uint64_t number = 0;
  for (const char byte : key) number = number << 8 | (static_cast<uint8_t>(byte) & 0xFE);
  return std::find(std::begin(kWeak), std::end(kWeak), number) != std::end(kWeak);
}

Value newTransform(Eval& eval, const CipherObject* cipher, const Value& key, const Value& iv,
                   CipherDirection direction) {
  const CipherFamily& family = *cipher->family;
  if (key.isNull()) return eval.raiseArgumentNull("rgbKey");
  if (!isKeySize(family, bytesOf(key).size()))
    return eval.raise("System.ArgumentException", "Specified key is not a valid size for this algorithm.", "rgbKey");
  if (isWeakKey(family, bytesOf(key)))
    return raiseCrypto(eval, "Specified key is a known weak key and cannot be used.");
  if (cipher->mode != CipherMode::Ecb && iv.isNull())
    return raiseCrypto(eval, "The cipher mode specified requires that an initialization vector (IV) be used.");
  if (!iv.isNull() && bytesOf(iv).size() != family.block)
    return eval.raise("System.ArgumentException",
                      "Specified initialization vector (IV) does not match the block size for this algorithm.",
                      "rgbIV");
  auto* t = newObject<Transform>(eval, libraryType("System.Security.Cryptography.RijndaelManagedTransform"));
  t->family = &family;
  t->mode = cipher->mode;
  t->padding = cipher->padding;
  t->feedback = cipher->feedback;
  t->direction = direction;
  t->key = eval.arena.copy(bytesOf(key));
  t->iv = eval.arena.copy(iv.isNull() ? std::string(family.block, '\0') : std::string(bytesOf(iv)));
  t->chain = t->iv;
  return Value::object(t);
}

Value transformAll(Eval& eval, const Value& transform, std::string_view data) {
  return finish(eval, *as<Transform>(transform), data);
}

void declareCryptoTransform(Library& library) {
  library.add("interface System.Security.Cryptography.ICryptoTransform : IDisposable", kTransform);
  library.add("sealed class System.Security.Cryptography.RijndaelManagedTransform : ICryptoTransform", {});
}

}  // namespace sluice::expression
