// AsymmetricAlgorithm, RSA, RSACryptoServiceProvider and RSAParameters.
#include "expression/library/crypto_rsa.h"

#include <openssl/rsa.h>

#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

using KeyContext = std::unique_ptr<EVP_PKEY_CTX, OpenSslFree<EVP_PKEY_CTX_free>>;

enum class Work : uint8_t { Encrypt, Decrypt, Sign, Verify };

bool needsPrivate(Work work) {
  return work == Work::Decrypt || work == Work::Sign;
}

KeyObject* rsaOf(Call& c) {
  return c.object<KeyObject>(0);
}

// A step is about 10 ns: signing with 2048 bits takes two thirds of a millisecond, verifying a thirtieth of that.
bool charge(Eval& eval, const KeyObject* key, Work work) {
  const auto units = static_cast<uint64_t>(key->key_size / 256 + 1);
  return eval.step(needsPrivate(work) ? units * units * units * 100 : units * units * 40);
}

// The key and its context for one operation; nothing with an exception pending.
struct Operation {
  EvpKey key;
  KeyContext context;
};
Operation begin(Eval& eval, KeyObject* object, Work work) {
  Operation operation;
  operation.key = usableRsaKey(eval, object);
  if (operation.key == nullptr || !charge(eval, object, work)) return {};
  if (needsPrivate(work) && !object->is_private) {
    raiseCrypto(eval, "Key does not exist.");
    return {};
  }
  operation.context.reset(EVP_PKEY_CTX_new(operation.key.get(), nullptr));
  return operation;
}

bool setEncryptionPadding(EVP_PKEY_CTX* context, const Digest* oaep) {
  if (oaep == nullptr) return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, oaep->md()) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, oaep->md()) == 1;
}

Value transform(Eval& eval, KeyObject* object, Work work, std::string_view data, const Digest* oaep) {
  const Operation operation = begin(eval, object, work);
  if (operation.context == nullptr) return {};
  EVP_PKEY_CTX* context = operation.context.get();
  const bool encrypts = work == Work::Encrypt;
  const auto run = encrypts ? EVP_PKEY_encrypt : EVP_PKEY_decrypt;
  size_t size = 0;
  std::string out;
  bool good = (encrypts ? EVP_PKEY_encrypt_init(context) : EVP_PKEY_decrypt_init(context)) == 1 &&
              setEncryptionPadding(context, oaep) &&
              run(context, nullptr, &size, unsignedBytes(data), data.size()) == 1;
  out.resize(size);
  good = good && run(context, reinterpret_cast<uint8_t*>(out.data()), &size, unsignedBytes(data), data.size()) == 1;
  if (!good)
    return raiseCrypto(eval, encrypts ? "The data is too long for this key and padding."
                                      : "The data could not be decrypted with this key and padding.");
  return newBytes(eval, std::string_view(out).substr(0, size));
}

template <Work work>
Value encryptOrDecrypt(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("data");
  if (c.isNull(2)) return c.eval.raiseArgumentNull("padding");
  const Digest* oaep = nullptr;
  if (rsaPaddingMode(c[2]) != 0) {
    oaep = findDigest(toUtf8(c.arena(), rsaPaddingHash(c[2])));
    if (oaep == nullptr) return raiseCrypto(c.eval, "The hash algorithm of the padding is not known.");
  }
  return transform(c.eval, rsaOf(c), work, bytesAt(c, 1), oaep);
}

// RSACryptoServiceProvider's: a bool chooses OAEP with SHA1.
template <Work work>
Value encryptOrDecryptOld(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("rgb");
  return transform(c.eval, rsaOf(c), work, bytesAt(c, 1), c.boolean(2) ? findDigest("SHA1") : nullptr);
}

bool setSignaturePadding(EVP_PKEY_CTX* context, const Digest& digest, bool pss) {
  if (EVP_PKEY_CTX_set_rsa_padding(context, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) != 1 ||
      EVP_PKEY_CTX_set_signature_md(context, digest.md()) != 1)
    return false;
  return !pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

Value signHash(Eval& eval, KeyObject* object, std::string_view hash, const Digest& digest, bool pss) {
  const Operation operation = begin(eval, object, Work::Sign);
  if (operation.context == nullptr) return {};
  EVP_PKEY_CTX* context = operation.context.get();
  std::string out(static_cast<size_t>(EVP_PKEY_get_size(operation.key.get())), '\0');
  size_t size = out.size();
  if (hash.size() != digest.size || EVP_PKEY_sign_init(context) != 1 || !setSignaturePadding(context, digest, pss) ||
      EVP_PKEY_sign(context, reinterpret_cast<uint8_t*>(out.data()), &size, unsignedBytes(hash), hash.size()) != 1)
    return raiseCrypto(eval, "The hash could not be signed with this key.");
  return newBytes(eval, std::string_view(out).substr(0, size));
}

Value verifyHash(Eval& eval, KeyObject* object, std::string_view hash, std::string_view signature, const Digest& digest,
                 bool pss) {
  const Operation operation = begin(eval, object, Work::Verify);
  if (operation.context == nullptr) return {};
  EVP_PKEY_CTX* context = operation.context.get();
  return Value::boolean(
      hash.size() == digest.size && EVP_PKEY_verify_init(context) == 1 && setSignaturePadding(context, digest, pss) &&
      EVP_PKEY_verify(context, unsignedBytes(signature), signature.size(), unsignedBytes(hash), hash.size()) == 1);
}

// SignData, VerifyData, SignHash and VerifyHash: `data` [offset, count] `signature`? HashAlgorithmName padding.
struct SignatureCall {
  std::string_view hash;
  const Digest* digest = nullptr;
  bool pss = false;
  size_t next = 2;  // the argument behind the data
};
enum class Input : uint8_t { Data, Part, Hash };

// False with an exception pending. `held` keeps the hash that is computed.
bool readSignatureCall(Call& c, Input input, Work work, SignatureCall& out, std::string& held) {
  const auto fail = [&](std::string_view param) { return c.eval.raiseArgumentNull(param), false; };
  if (c.isNull(1)) return fail(input == Input::Hash ? "hash" : "data");
  std::string_view data = bytesAt(c, 1);
  if (input == Input::Part) {
    if (!bytesPart(c, 1, data)) return false;
    out.next = 4;
  }
  if (work == Work::Verify && c.isNull(out.next)) return fail("signature");
  const size_t names = work == Work::Verify ? out.next + 1 : out.next;
  out.digest = hashNamed(c, names);
  if (out.digest == nullptr) return false;
  if (c.isNull(names + 1)) return fail("padding");
  out.pss = rsaPaddingMode(c[names + 1]) != 0;
  out.hash = data;
  if (input == Input::Hash) return true;
  uint8_t bytes[EVP_MAX_MD_SIZE];
  if (!c.eval.step(data.size() / 64 + 20) || !digestOf(*out.digest, {data}, bytes)) return false;
  held.assign(reinterpret_cast<const char*>(bytes), out.digest->size);
  out.hash = held;
  return true;
}

template <Input input>
Value sign(Call& c) {
  SignatureCall call;
  std::string held;
  if (!readSignatureCall(c, input, Work::Sign, call, held)) return {};
  return signHash(c.eval, rsaOf(c), call.hash, *call.digest, call.pss);
}

template <Input input>
Value verify(Call& c) {
  SignatureCall call;
  std::string held;
  if (!readSignatureCall(c, input, Work::Verify, call, held)) return {};
  return verifyHash(c.eval, rsaOf(c), call.hash, bytesAt(c, call.next), *call.digest, call.pss);
}

// RSACryptoServiceProvider's `object halg`: a name, an OID, or a HashAlgorithm.
const Digest* oldHash(Call& c, size_t index) {
  const Digest* digest = nullptr;
  if (c.isNull(index)) {
    c.eval.raiseArgumentNull("halg");
    return nullptr;
  }
  if (c[index].isString()) {
    const std::string_view name = c.utf8(index);
    const std::string_view friendly = oidFriendlyName(name);
    digest = findDigest(friendly.empty() ? name : friendly);
  } else if (isInstance(c[index], libraryType("System.Security.Cryptography.HashAlgorithm"))) {
    digest = digestOfObject(c.object<Object>(index));
  }
  if (digest == nullptr) c.raise("System.ArgumentException", "Invalid value for halg.");
  return digest;
}

Value signOld(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("buffer");
  const Digest* digest = oldHash(c, 2);
  uint8_t hash[EVP_MAX_MD_SIZE];
  if (digest == nullptr || !c.eval.step(bytesAt(c, 1).size() / 64 + 20) || !digestOf(*digest, {bytesAt(c, 1)}, hash))
    return {};
  return signHash(c.eval, rsaOf(c), {reinterpret_cast<const char*>(hash), digest->size}, *digest, false);
}

Value verifyOld(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("buffer");
  const Digest* digest = oldHash(c, 2);
  uint8_t hash[EVP_MAX_MD_SIZE];
  if (digest == nullptr || !c.eval.step(bytesAt(c, 1).size() / 64 + 20) || !digestOf(*digest, {bytesAt(c, 1)}, hash))
    return {};
  if (c.isNull(3)) return c.eval.raiseArgumentNull("signature");
  return verifyHash(c.eval, rsaOf(c), {reinterpret_cast<const char*>(hash), digest->size}, bytesAt(c, 3), *digest,
                    false);
}

Value signHashOld(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("rgbHash");
  const Digest* digest = oldHash(c, 2);
  return digest == nullptr ? Value() : signHash(c.eval, rsaOf(c), bytesAt(c, 1), *digest, false);
}

Value verifyHashOld(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("rgbHash");
  if (c.isNull(3)) return c.eval.raiseArgumentNull("rgbSignature");
  const Digest* digest = oldHash(c, 2);
  return digest == nullptr ? Value() : verifyHash(c.eval, rsaOf(c), bytesAt(c, 1), bytesAt(c, 3), *digest, false);
}

// ---- RSAParameters: a record whose members are made when the first is set ----------------------------------------

Value parameter(const Value& parameters, size_t field) {
  const auto* record = as<RecordObject>(parameters);
  return field < record->count ? record->members[field] : Value();
}

template <RsaNumbers::Field field>
Value getParameter(Call& c) {
  return parameter(c[0], field);
}

template <RsaNumbers::Field field>
Value setParameter(Call& c) {
  auto* record = c.object<RecordObject>(0);
  if (record->count < RsaNumbers::kCount) {
    const RecordObject* whole = newRecordOf(c.eval, record->type, RsaNumbers::kCount);
    for (uint32_t i = 0; i < RsaNumbers::kCount; ++i)
      whole->members[i] = i < record->count ? record->members[i] : Value();
    record->members = whole->members;
    record->count = RsaNumbers::kCount;
  }
  record->members[field] = c[1];
  return {};
}

Value newParameters(Call& c) {
  RecordObject* record = newRecordOf(c.eval, c.type, RsaNumbers::kCount);
  for (uint32_t i = 0; i < RsaNumbers::kCount; ++i) record->members[i] = Value();
  return Value::object(record);
}

constexpr MemberRow kParameters[] = {
    {"RSAParameters()", newParameters},
    {"byte[] Exponent { get; set; }", getParameter<RsaNumbers::Exponent>, setParameter<RsaNumbers::Exponent>},
    {"byte[] Modulus { get; set; }", getParameter<RsaNumbers::Modulus>, setParameter<RsaNumbers::Modulus>},
    {"byte[] P { get; set; }", getParameter<RsaNumbers::P>, setParameter<RsaNumbers::P>},
    {"byte[] Q { get; set; }", getParameter<RsaNumbers::Q>, setParameter<RsaNumbers::Q>},
    {"byte[] D { get; set; }", getParameter<RsaNumbers::D>, setParameter<RsaNumbers::D>},
    {"byte[] DP { get; set; }", getParameter<RsaNumbers::DP>, setParameter<RsaNumbers::DP>},
    {"byte[] DQ { get; set; }", getParameter<RsaNumbers::DQ>, setParameter<RsaNumbers::DQ>},
    {"byte[] InverseQ { get; set; }", getParameter<RsaNumbers::InverseQ>, setParameter<RsaNumbers::InverseQ>},
};

void import(Eval& eval, KeyObject* object, const Value& parameters) {
  RsaNumbers numbers;
  size_t given = 0;
  for (size_t i = 0; i < RsaNumbers::kCount; ++i) {
    numbers.field[i] = bytesOf(parameter(parameters, i));
    given += numbers.field[i].empty() ? 0 : 1;
  }
  const bool with_private = !numbers.field[RsaNumbers::D].empty();
  const bool complete = !numbers.field[RsaNumbers::Exponent].empty() && !numbers.field[RsaNumbers::Modulus].empty() &&
                        given == (with_private ? size_t{RsaNumbers::kCount} : 2);
  const EvpKey key = complete ? rsaKeyFrom(numbers) : nullptr;
  if (key == nullptr) {
    raiseCrypto(eval, "The specified RSA parameters are not valid; both Exponent and Modulus are required fields.");
    return;
  }
  setRsaKey(eval, object, key.get(), with_private);
}

Value exportParameters(Call& c) {
  const EvpKey key = usableRsaKey(c.eval, rsaOf(c));
  if (key == nullptr) return {};
  if (c.boolean(1) && !rsaOf(c)->is_private) return raiseCrypto(c.eval, "Key not valid for use in specified state.");
  const RsaNumbers numbers = rsaNumbersOf(key.get(), c.boolean(1));
  RecordObject* record = newRecordOf(c.eval, c.type, RsaNumbers::kCount);
  for (uint32_t i = 0; i < RsaNumbers::kCount; ++i)
    record->members[i] = numbers.field[i].empty() ? Value() : newBytes(c.eval, numbers.field[i]);
  return Value::object(record);
}

// ---- Keys --------------------------------------------------------------------------------------------------------

constexpr int32_t kSmallestKey = 512, kLargestKey = 16384, kKeyStep = 8;

bool isKeySize(int32_t bits) {
  return bits >= kSmallestKey && bits <= kLargestKey && bits % kKeyStep == 0;
}

Value createSized(Call& c, const Type* type, int32_t bits) {
  if (!isKeySize(bits)) return raiseCrypto(c.eval, "Specified key is not a valid size for this algorithm.");
  // RSA itself is abstract: what it makes is what it makes in Azure.
  const bool is_abstract = type == libraryType("System.Security.Cryptography.RSA");
  auto* object = newObject<KeyObject>(c.eval, is_abstract ? libraryType("System.Security.Cryptography.RSACng") : type);
  object->key_size = bits;
  object->is_private = true;
  return Value::object(object);
}

Value create(Call& c) {
  return createSized(c, c.type,
                     c.count > 0                                       ? c.int32(0)
                     : c.type->def->name == "RSACryptoServiceProvider" ? 1024
                                                                       : 2048);
}

Value createNamed(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("algName");
  std::string_view name = c.utf8(0);
  constexpr std::string_view kSpace = "System.Security.Cryptography.";
  if (name.starts_with(kSpace)) name.remove_prefix(kSpace.size());
  if (!equalsIgnoreCase(name, "RSA") && !equalsIgnoreCase(name, "RSACryptoServiceProvider")) return {};
  return createSized(c, libraryType("System.Security.Cryptography.RSACng"), 2048);
}

Value createImported(Call& c) {
  const Value key = createSized(c, c.type, 2048);
  import(c.eval, as<KeyObject>(key), c[0]);
  return c.eval.failed() ? Value() : key;
}

Value setKeySize(Call& c) {
  if (!isKeySize(c.int32(1))) return raiseCrypto(c.eval, "Specified key is not a valid size for this algorithm.");
  KeyObject* object = rsaOf(c);
  if (object->key_size == c.int32(1)) return {};
  object->key_size = c.int32(1);
  object->der = {};
  object->is_private = true;
  return {};
}

Value legalKeySizes(Call& c) {
  const Type* one = libraryType("System.Security.Cryptography.KeySizes");
  ArrayObject* array = newArray(c.eval, arrayOf(one), 1);
  array->items[0] =
      newRecord(c.eval, one, {Value::int32(kSmallestKey), Value::int32(kLargestKey), Value::int32(kKeyStep)});
  return Value::object(array);
}

constexpr MemberRow kAsymmetric[] = {
    {"static AsymmetricAlgorithm Create()",
     [](Call& c) { return createSized(c, libraryType("System.Security.Cryptography.RSACng"), 2048); }},
    {"static AsymmetricAlgorithm Create(string algName)", createNamed},
    {"int KeySize { get; set; }", [](Call& c) { return Value::int32(rsaOf(c)->key_size); }, setKeySize},
    {"KeySizes[] LegalKeySizes { get; }", legalKeySizes},
    {"string SignatureAlgorithm { get; }", [](Call&) { return Value::ascii("RSA"); }},
    {"string KeyExchangeAlgorithm { get; }", [](Call&) { return Value::ascii("RSA"); }},
    {"string ToXmlString(bool includePrivateParameters)", rsaToXml},
    {"void FromXmlString(string xmlString)", rsaFromXml},
    {"void Clear()", nothing},
    {"void Dispose()", nothing},
};

constexpr MemberRow kRsa[] = {
    {"static RSA Create()", create},
    {"static RSA Create(int keySizeInBits)", create},
    {"static RSA Create(RSAParameters parameters)", createImported},
    {"static RSA Create(string algName)", createNamed},
    {"byte[] Encrypt(byte[] data, RSAEncryptionPadding padding)", encryptOrDecrypt<Work::Encrypt>},
    {"byte[] Decrypt(byte[] data, RSAEncryptionPadding padding)", encryptOrDecrypt<Work::Decrypt>},
    {"byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", sign<Input::Data>},
    {"byte[] SignData(byte[] data, int offset, int count, HashAlgorithmName hashAlgorithm, RSASignaturePadding "
     "padding)",
     sign<Input::Part>},
    {"byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)", sign<Input::Hash>},
    {"bool VerifyData(byte[] data, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
     verify<Input::Data>},
    {"bool VerifyData(byte[] data, int offset, int count, byte[] signature, HashAlgorithmName hashAlgorithm, "
     "RSASignaturePadding padding)",
     verify<Input::Part>},
    {"bool VerifyHash(byte[] hash, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)",
     verify<Input::Hash>},
    {"RSAParameters ExportParameters(bool includePrivateParameters)", exportParameters},
    {"void ImportParameters(RSAParameters parameters)",
     [](Call& c) { return import(c.eval, rsaOf(c), c[1]), Value(); }},
};

constexpr MemberRow kProvider[] = {
    {"RSACryptoServiceProvider()", create},
    {"RSACryptoServiceProvider(int dwKeySize)", create},
    {"bool PublicOnly { get; }", [](Call& c) { return Value::boolean(!rsaOf(c)->is_private); }},
    {"bool PersistKeyInCsp { get; set; }", [](Call&) { return Value::boolean(false); }, nothing},
    {"byte[] Encrypt(byte[] rgb, bool fOAEP)", encryptOrDecryptOld<Work::Encrypt>},
    {"byte[] Decrypt(byte[] rgb, bool fOAEP)", encryptOrDecryptOld<Work::Decrypt>},
    {"byte[] SignData(byte[] buffer, object halg)", signOld},
    {"bool VerifyData(byte[] buffer, object halg, byte[] signature)", verifyOld},
    {"byte[] SignHash(byte[] rgbHash, string str)", signHashOld},
    {"bool VerifyHash(byte[] rgbHash, string str, byte[] rgbSignature)", verifyHashOld},
};

// What RSA.Create and certificates give in Azure.
constexpr MemberRow kCng[] = {
    {"RSACng()", create},
    {"RSACng(int keySize)", create},
};

}  // namespace

void declareRsa(Library& library) {
  const std::string space = "System.Security.Cryptography.";
  library.add("struct " + space + "RSAParameters", kParameters);
  library.add("abstract class " + space + "AsymmetricAlgorithm : IDisposable", kAsymmetric);
  library.add("abstract class " + space + "RSA : AsymmetricAlgorithm", kRsa);
  library.add("sealed class " + space + "RSACryptoServiceProvider : RSA", kProvider);
  library.add("sealed class " + space + "RSACng : RSA", kCng);
}

}  // namespace sluice::expression
