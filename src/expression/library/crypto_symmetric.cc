// SymmetricAlgorithm, the algorithms, and API Management's byte[].Encrypt and Decrypt.
#include "expression/library/crypto_cipher.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

const CipherFamily kAes{CipherKind::Aes, "Aes", 16, {16, 24, 32}};
const CipherFamily kRijndael{CipherKind::Aes, "RijndaelManaged", 16, {16, 24, 32}};
const CipherFamily kTripleDes{CipherKind::TripleDes, "TripleDES", 8, {16, 24}};
const CipherFamily kDes{CipherKind::Des, "DES", 8, {8}};

CipherObject* cipherOf(Call& c) {
  return c.object<CipherObject>(0);
}

Value newCipher(Eval& eval, const Type* type, const CipherFamily& family) {
  auto* cipher = newObject<CipherObject>(eval, type);
  cipher->family = &family;
  cipher->mode = CipherMode::Cbc;
  cipher->padding = CipherPadding::Pkcs7;
  cipher->feedback = &family == &kRijndael ? 128 : 8;
  cipher->key_size = *(family.keys.end() - 1);
  return Value::object(cipher);
}
Value newCipher(Eval& eval, const CipherFamily& family) {
  return newCipher(eval, libraryType("System.Security.Cryptography." + std::string(family.type)), family);
}

template <const CipherFamily& family>
Value create(Call& c) {
  return newCipher(c.eval, c.type, family);
}

const CipherFamily* familyNamed(std::string_view name) {
  constexpr std::string_view kSpace = "System.Security.Cryptography.";
  if (name.starts_with(kSpace)) name.remove_prefix(kSpace.size());
  std::string upper;
  for (const char c : name) upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  for (const std::string_view ending : {"MANAGED", "CRYPTOSERVICEPROVIDER", "CNG"})
    if (upper.ends_with(ending)) upper.resize(upper.size() - ending.size());
  if (upper == "AES") return &kAes;
  if (upper == "RIJNDAEL") return &kRijndael;
  if (upper == "TRIPLEDES" || upper == "3DES" || upper == "TRIPLE DES") return &kTripleDes;
  return upper == "DES" ? &kDes : nullptr;
}

Value createByName(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("algName");
  const CipherFamily* family = familyNamed(c.utf8(0));
  return family != nullptr ? newCipher(c.eval, *family) : Value();
}

template <CipherKind kind>
Value createOwnByName(Call& c) {
  const Value cipher = createByName(c);
  return !cipher.isNull() && as<CipherObject>(cipher)->family->kind == kind ? cipher : Value();
}

Value makeKey(Eval& eval, const CipherObject* cipher) {
  for (;;) {
    const Value key = randomBytes(eval, cipher->key_size);
    if (eval.failed() || !isWeakKey(*cipher->family, bytesOf(key))) return key;
  }
}

const Value& keyOf(Eval& eval, CipherObject* cipher) {
  if (cipher->key.isNull()) cipher->key = makeKey(eval, cipher);
  return cipher->key;
}

const Value& ivOf(Eval& eval, CipherObject* cipher) {
  if (cipher->iv.isNull()) cipher->iv = randomBytes(eval, cipher->family->block);
  return cipher->iv;
}

Value setKey(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const std::string_view key = bytesAt(c, 1);
  if (cipherOf(c)->family == &kDes && key.size() != 8)
    return c.raise("System.ArgumentException", "Specified key is not a valid size for this algorithm.");
  if (!isKeySize(*cipherOf(c)->family, key.size()))
    return raiseCrypto(c.eval, "Specified key is not a valid size for this algorithm.");
  if (isWeakKey(*cipherOf(c)->family, key))
    return raiseCrypto(c.eval, "Specified key is a known weak key and cannot be used.");
  cipherOf(c)->key = newBytes(c.eval, key);
  cipherOf(c)->key_size = static_cast<uint32_t>(key.size());
  return {};
}

Value setIv(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const std::string_view iv = bytesAt(c, 1);
  if (iv.size() != cipherOf(c)->family->block)
    return raiseCrypto(c.eval,
                       "Specified initialization vector (IV) does not match the block size for this algorithm.");
  cipherOf(c)->iv = newBytes(c.eval, iv);
  return {};
}

bool isKeyBits(const CipherObject* cipher, int32_t bits) {
  return bits > 0 && bits % 8 == 0 && isKeySize(*cipher->family, static_cast<size_t>(bits / 8));
}

Value setKeySize(Call& c) {
  if (!isKeyBits(cipherOf(c), c.int32(1)))
    return raiseCrypto(c.eval, "Specified key is not a valid size for this algorithm.");
  cipherOf(c)->key_size = static_cast<uint32_t>(c.int32(1) / 8);
  cipherOf(c)->key = {};
  return {};
}

Value setMode(Call& c) {
  const int32_t mode = c.int32(1);
  if (mode != 1 && mode != 2 && mode != 4)
    return raiseCrypto(c.eval, "Specified cipher mode is not valid for this algorithm.");
  cipherOf(c)->mode = static_cast<CipherMode>(mode);
  return {};
}

Value setPadding(Call& c) {
  if (c.int32(1) < 1 || c.int32(1) > 5)
    return raiseCrypto(c.eval, "Specified padding mode is not valid for this algorithm.");
  cipherOf(c)->padding = static_cast<CipherPadding>(c.int32(1));
  return {};
}

Value setFeedback(Call& c) {
  const int32_t bits = c.int32(1);
  if (bits != 8 && bits != static_cast<int32_t>(cipherOf(c)->family->block * 8))
    return raiseCrypto(c.eval, "Specified feedback size is not valid for this algorithm.");
  cipherOf(c)->feedback = static_cast<uint32_t>(bits);
  return {};
}

Value setBlockSize(Call& c) {
  if (c.int32(1) != static_cast<int32_t>(cipherOf(c)->family->block * 8))
    return raiseCrypto(c.eval, "Specified block size is not valid for this algorithm.");
  cipherOf(c)->iv = {};
  return {};
}

Value dispose(Call& c) {
  cipherOf(c)->key = {};
  cipherOf(c)->iv = {};
  return {};
}

template <CipherDirection direction>
Value createTransform(Call& c) {
  CipherObject* cipher = cipherOf(c);
  if (c.count > 1) return newTransform(c.eval, cipher, c[1], c[2], direction);
  const Value key = keyOf(c.eval, cipher);
  const Value iv = ivOf(c.eval, cipher);
  return c.eval.failed() ? Value() : newTransform(c.eval, cipher, key, iv, direction);
}

// data.Encrypt("Aes", key, iv), data.Encrypt(algorithm), data.Encrypt(algorithm, key, iv)
template <CipherDirection direction>
Value transformWhole(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("input");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("alg");
  Value algorithm = c[1];
  if (algorithm.isString()) {
    const CipherFamily* family = familyNamed(c.utf8(1));
    if (family == nullptr) return raiseCrypto(c.eval, "'" + std::string(c.utf8(1)) + "' is not a known algorithm.");
    algorithm = newCipher(c.eval, *family);
  }
  auto* cipher = as<CipherObject>(algorithm);
  const Value key = c.count > 2 ? c[2] : keyOf(c.eval, cipher);
  const Value iv = c.count > 2 ? c[3] : ivOf(c.eval, cipher);
  if (c.eval.failed()) return {};
  const Value transform = newTransform(c.eval, cipher, key, iv, direction);
  return c.eval.failed() ? Value() : transformAll(c.eval, transform, bytesAt(c, 0));
}

Value sizes(Eval& eval, int32_t smallest, int32_t largest, int32_t skip) {
  ArrayObject* array = newArray(eval, arrayOf(libraryType("System.Security.Cryptography.KeySizes")), 1);
  array->items[0] = newRecord(eval, libraryType("System.Security.Cryptography.KeySizes"),
                              {Value::int32(smallest), Value::int32(largest), Value::int32(skip)});
  return Value::object(array);
}

Value legalKeySizes(Call& c) {
  const auto& keys = cipherOf(c)->family->keys;
  return sizes(c.eval, static_cast<int32_t>(*keys.begin() * 8), static_cast<int32_t>(*(keys.end() - 1) * 8),
               keys.size() > 1 ? 64 : 0);
}

Value legalBlockSizes(Call& c) {
  const auto bits = static_cast<int32_t>(cipherOf(c)->family->block * 8);
  return sizes(c.eval, bits, bits, 0);
}

template <uint32_t index>
Value sizesMember(Call& c) {
  return c.object<RecordObject>(0)->members[index];
}

constexpr MemberRow kKeySizes[] = {
    {"KeySizes(int minSize, int maxSize, int skipSize)",
     [](Call& c) {
       return newRecord(c.eval, c.type, {c[0], c[1], c[2]});
     }},
    {"int MinSize { get; }", sizesMember<0>},
    {"int MaxSize { get; }", sizesMember<1>},
    {"int SkipSize { get; }", sizesMember<2>},
};

Value isWeak(Call& c, const CipherFamily& family) {
  if (c.isNull(0) || !isKeySize(family, bytesAt(c, 0).size()))
    return raiseCrypto(c.eval, "Specified key is not a valid size for this algorithm.");
  return Value::boolean(isWeakKey(family, bytesAt(c, 0)));
}

constexpr MemberRow kSymmetric[] = {
    {"static SymmetricAlgorithm Create(string algName)", createByName},
    {"byte[] Key { get; set; }", [](Call& c) { return copyOfBytes(c.eval, keyOf(c.eval, cipherOf(c))); }, setKey},
    {"byte[] IV { get; set; }", [](Call& c) { return copyOfBytes(c.eval, ivOf(c.eval, cipherOf(c))); }, setIv},
    {"int KeySize { get; set; }", [](Call& c) { return Value::int32(static_cast<int32_t>(cipherOf(c)->key_size * 8)); },
     setKeySize},
    {"int BlockSize { get; set; }",
     [](Call& c) { return Value::int32(static_cast<int32_t>(cipherOf(c)->family->block * 8)); }, setBlockSize},
    {"int FeedbackSize { get; set; }",
     [](Call& c) { return Value::int32(static_cast<int32_t>(cipherOf(c)->feedback)); }, setFeedback},
    {"CipherMode Mode { get; set; }", [](Call& c) { return newEnum(c.type, static_cast<int64_t>(cipherOf(c)->mode)); },
     setMode},
    {"PaddingMode Padding { get; set; }",
     [](Call& c) { return newEnum(c.type, static_cast<int64_t>(cipherOf(c)->padding)); }, setPadding},
    {"KeySizes[] LegalKeySizes { get; }", legalKeySizes},
    {"KeySizes[] LegalBlockSizes { get; }", legalBlockSizes},
    {"bool ValidKeySize(int bitLength)", [](Call& c) { return Value::boolean(isKeyBits(cipherOf(c), c.int32(1))); }},
    {"ICryptoTransform CreateEncryptor()", createTransform<CipherDirection::Encrypt>},
    {"ICryptoTransform CreateEncryptor(byte[] rgbKey, byte[] rgbIV)", createTransform<CipherDirection::Encrypt>},
    {"ICryptoTransform CreateDecryptor()", createTransform<CipherDirection::Decrypt>},
    {"ICryptoTransform CreateDecryptor(byte[] rgbKey, byte[] rgbIV)", createTransform<CipherDirection::Decrypt>},
    {"void GenerateKey()", [](Call& c) { return cipherOf(c)->key = makeKey(c.eval, cipherOf(c)), Value(); }},
    {"void GenerateIV()",
     [](Call& c) { return cipherOf(c)->iv = randomBytes(c.eval, cipherOf(c)->family->block), Value(); }},
    {"void Clear()", dispose},
    {"void Dispose()", dispose},
};

constexpr MemberRow kAesRows[] = {
    {"static Aes Create()", create<kAes>},
    {"static Aes Create(string algorithmName)", createOwnByName<CipherKind::Aes>},
};
constexpr MemberRow kRijndaelRows[] = {
    {"static Rijndael Create()", [](Call& c) { return newCipher(c.eval, kRijndael); }},
};
constexpr MemberRow kTripleDesRows[] = {
    {"static TripleDES Create()", create<kTripleDes>},
    {"static TripleDES Create(string str)", createOwnByName<CipherKind::TripleDes>},
    {"static bool IsWeakKey(byte[] rgbKey)", [](Call& c) { return isWeak(c, kTripleDes); }},
};
constexpr MemberRow kDesRows[] = {
    {"static DES Create()", create<kDes>},
    {"static DES Create(string algName)", createOwnByName<CipherKind::Des>},
    {"static bool IsWeakKey(byte[] rgbKey)", [](Call& c) { return isWeak(c, kDes); }},
};
constexpr MemberRow kAesManaged[] = {{"AesManaged()", create<kAes>}};
constexpr MemberRow kAesProvider[] = {{"AesCryptoServiceProvider()", create<kAes>}};
constexpr MemberRow kRijndaelManaged[] = {{"RijndaelManaged()", create<kRijndael>}};
constexpr MemberRow kTripleDesProvider[] = {{"TripleDESCryptoServiceProvider()", create<kTripleDes>}};
constexpr MemberRow kDesProvider[] = {{"DESCryptoServiceProvider()", create<kDes>}};

constexpr MemberRow kExtensions[] = {
    {"static byte[] Encrypt(this byte[] input, string alg, byte[] key, byte[] iv)",
     transformWhole<CipherDirection::Encrypt>},
    {"static byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg)", transformWhole<CipherDirection::Encrypt>},
    {"static byte[] Encrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)",
     transformWhole<CipherDirection::Encrypt>},
    {"static byte[] Decrypt(this byte[] input, string alg, byte[] key, byte[] iv)",
     transformWhole<CipherDirection::Decrypt>},
    {"static byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg)", transformWhole<CipherDirection::Decrypt>},
    {"static byte[] Decrypt(this byte[] input, SymmetricAlgorithm alg, byte[] key, byte[] iv)",
     transformWhole<CipherDirection::Decrypt>},
};

constexpr EnumRow kModes[] = {{"CBC", 1}, {"ECB", 2}, {"OFB", 3}, {"CFB", 4}, {"CTS", 5}};
constexpr EnumRow kPaddings[] = {{"None", 1}, {"PKCS7", 2}, {"Zeros", 3}, {"ANSIX923", 4}, {"ISO10126", 5}};

}  // namespace

void declareSymmetric(Library& library) {
  const std::string space = "System.Security.Cryptography.";
  library.addEnum(space + "CipherMode", kModes);
  library.addEnum(space + "PaddingMode", kPaddings);
  library.add("sealed class " + space + "KeySizes", kKeySizes);
  library.add("abstract class " + space + "SymmetricAlgorithm : IDisposable", kSymmetric);
  library.add("abstract class " + space + "Aes : SymmetricAlgorithm", kAesRows);
  library.add("sealed class " + space + "AesManaged : Aes", kAesManaged);
  library.add("sealed class " + space + "AesCryptoServiceProvider : Aes", kAesProvider);
  library.add("abstract class " + space + "Rijndael : SymmetricAlgorithm", kRijndaelRows);
  library.add("sealed class " + space + "RijndaelManaged : Rijndael", kRijndaelManaged);
  library.add("abstract class " + space + "TripleDES : SymmetricAlgorithm", kTripleDesRows);
  library.add("sealed class " + space + "TripleDESCryptoServiceProvider : TripleDES", kTripleDesProvider);
  library.add("abstract class " + space + "DES : SymmetricAlgorithm", kDesRows);
  library.add("sealed class " + space + "DESCryptoServiceProvider : DES", kDesProvider);
  library.add("static class ByteArrayExtensions", kExtensions);
}

}  // namespace sluice::expression
