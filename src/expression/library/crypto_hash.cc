// Hash algorithms, plain and keyed.
#include <openssl/crypto.h>

#include <array>

#include "expression/library/crypto.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

constexpr Digest kDigests[] = {
    {"MD5", EVP_md5, 16, 64},        {"SHA1", EVP_sha1, 20, 64},      {"SHA256", EVP_sha256, 32, 64},
    {"SHA384", EVP_sha384, 48, 128}, {"SHA512", EVP_sha512, 64, 128},
};

struct HashObject : Object {
  const Digest* digest;
  Value key;         // byte[]; null: not keyed
  Value hash;        // the last result
  ListObject* held;  // what TransformBlock took since the last result; null: nothing
  bool disposed;
};

HashObject* hashOf(Call& c) {
  return c.object<HashObject>(0);
}

std::string_view withoutNamespace(std::string_view name) {
  constexpr std::string_view kSpace = "System.Security.Cryptography.";
  if (name.starts_with(kSpace)) name.remove_prefix(kSpace.size());
  return name;
}

// The context of each digest is kept by the thread: hashing takes nothing from the heap after the first time.
EVP_MD_CTX* contextOf(const Digest& digest) {
  using Handle = std::unique_ptr<EVP_MD_CTX, OpenSslFree<EVP_MD_CTX_free>>;
  thread_local std::array<Handle, std::size(kDigests)> contexts;
  Handle& context = contexts[static_cast<size_t>(&digest - kDigests)];
  if (context == nullptr) context.reset(EVP_MD_CTX_new());
  return context.get();
}

const EVP_MD* fetched(const Digest& digest) {
  static const std::array<const EVP_MD*, std::size(kDigests)> kFetched = [] {
    std::array<const EVP_MD*, std::size(kDigests)> all{};
    for (size_t i = 0; i < all.size(); ++i) {
      all[i] = EVP_MD_fetch(nullptr, kDigests[i].name.data(), nullptr);
      if (all[i] == nullptr) all[i] = kDigests[i].md();
    }
    return all;
  }();
  return kFetched[static_cast<size_t>(&digest - kDigests)];
}

Value newHash(Eval& eval, const Type* type, const Digest& digest) {
  auto* hash = newObject<HashObject>(eval, type);
  hash->digest = &digest;
  hash->held = nullptr;
  hash->disposed = false;
  return Value::object(hash);
}
Value newHash(Eval& eval, const std::string& type, const Digest& digest) {
  return newHash(eval, libraryType("System.Security.Cryptography." + type), digest);
}

// A key longer than a block is replaced by its hash, as Key then shows.
Value hmacKey(Eval& eval, const Digest& digest, std::string_view key) {
  if (key.size() <= digest.block) return newBytes(eval, key);
  uint8_t shorter[EVP_MAX_MD_SIZE];
  if (!eval.step(key.size() / 64 + 20)) return {};
  if (!digestOf(digest, {key}, shorter)) return raiseCrypto(eval, "The hash could not be computed.");
  return newBytes(eval, {reinterpret_cast<const char*>(shorter), digest.size});
}

// RFC 2104. REQUIRES: the key is not longer than a block.
bool hmacOf(const Digest& digest, std::string_view key, std::string_view data, uint8_t* out) {
  char inner[128], outer[128];
  for (size_t i = 0; i < digest.block; ++i) {
    const char byte = i < key.size() ? key[i] : '\0';
    inner[i] = static_cast<char>(byte ^ 0x36);
    outer[i] = static_cast<char>(byte ^ 0x5C);
  }
  uint8_t first[EVP_MAX_MD_SIZE];
  const bool good = digestOf(digest, {{inner, digest.block}, data}, first) &&
                    digestOf(digest, {{outer, digest.block}, {reinterpret_cast<const char*>(first), digest.size}}, out);
  OPENSSL_cleanse(inner, sizeof inner);
  OPENSSL_cleanse(outer, sizeof outer);
  return good;
}

Value resultOf(Eval& eval, const HashObject* hash, std::string_view data) {
  if (!eval.step(data.size() / 64 + 20)) return {};
  uint8_t result[EVP_MAX_MD_SIZE];
  const Digest& digest = *hash->digest;
  const bool good =
      hash->key.isNull() ? digestOf(digest, {data}, result) : hmacOf(digest, bytesOf(hash->key), data, result);
  if (!good) return raiseCrypto(eval, "The hash could not be computed.");
  return newBytes(eval, {reinterpret_cast<const char*>(result), digest.size});
}

Value finish(Call& c, std::string_view data) {
  HashObject* hash = hashOf(c);
  std::string all;
  if (hash->held != nullptr) {
    for (uint32_t i = 0; i < hash->held->count; ++i) all.append(bytesOf(hash->held->items[hash->held->head + i]));
    all.append(data);
    data = all;
    hash->held = nullptr;
  }
  return hash->hash = resultOf(c.eval, hash, data);
}

bool usable(Call& c) {
  if (!hashOf(c)->disposed) return true;
  c.raise("System.ObjectDisposedException", "Cannot access a disposed object.");
  return false;
}

Value computeHash(Call& c) {
  if (!usable(c)) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("buffer");
  std::string_view data = bytesAt(c, 1);
  if (c.count > 2 && !bytesPart(c, 1, data)) return {};
  const Value result = finish(c, data);
  return c.eval.failed() ? Value() : copyOfBytes(c.eval, result);
}

Value transformBlock(Call& c) {
  std::string_view data;
  if (c.isNull(1)) return c.eval.raiseArgumentNull("inputBuffer");
  if (!bytesPart(c, 1, data) || !usable(c) || !c.eval.step(data.size() / 64 + 1)) return {};
  HashObject* hash = hashOf(c);
  if (hash->held == nullptr) {
    const Type* one[] = {core().byte_array};
    hash->held = newList(c.eval, libraryType("System.Collections.Generic.List", one));
  }
  if (!append(c.eval, hash->held, newBytes(c.eval, data))) return {};
  if (!c.isNull(4)) {
    auto* out = c.object<BytesObject>(4);
    const int32_t at = c.int32(5);
    if (at < 0) return c.eval.raiseOutOfRange("dstOffset", "Non-negative number required.");
    if (static_cast<uint32_t>(at) > out->length || out->length - static_cast<uint32_t>(at) < data.size())
      return c.raise("System.ArgumentException", "Offset and length were out of bounds for the array.");
    std::copy(data.begin(), data.end(), reinterpret_cast<char*>(out->data) + at);
  }
  return Value::int32(static_cast<int32_t>(data.size()));
}

Value transformFinal(Call& c) {
  std::string_view data;
  if (c.isNull(1)) return c.eval.raiseArgumentNull("inputBuffer");
  if (!bytesPart(c, 1, data) || !usable(c)) return {};
  finish(c, data);
  return c.eval.failed() ? Value() : newBytes(c.eval, data);
}

Value lastHash(Call& c) {
  if (!usable(c)) return {};
  if (hashOf(c)->held != nullptr)
    return c.raise("System.Security.Cryptography.CryptographicUnexpectedOperationException",
                   "Hash must be finalized before the hash value is retrieved.");
  return copyOfBytes(c.eval, hashOf(c)->hash);
}

Value initialize(Call& c) {
  if (!usable(c)) return {};
  hashOf(c)->held = nullptr;
  return {};
}

Value dispose(Call& c) {
  hashOf(c)->disposed = true;
  hashOf(c)->held = nullptr;
  hashOf(c)->hash = {};
  return {};
}

Value createByName(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("hashName");
  const std::string_view name = withoutNamespace(c.utf8(0));
  if (const Digest* digest = findDigest(name)) return newHash(c.eval, std::string(digest->name), *digest);
  const Digest* keyed = name.starts_with("HMAC") ? findDigest(name.substr(4)) : nullptr;
  if (keyed == nullptr) return {};
  const Value hash = newHash(c.eval, "HMAC" + std::string(keyed->name), *keyed);
  as<HashObject>(hash)->key = randomBytes(c.eval, keyed->block);
  return hash;
}

Value createKeyedByName(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("algName");
  return withoutNamespace(c.utf8(0)).starts_with("HMAC") ? createByName(c) : Value();
}

// SHA256.Create(name): what the name says, if it is a SHA256.
template <size_t which>
Value createOwnByName(Call& c) {
  const Value hash = createByName(c);
  if (hash.isNull() || as<HashObject>(hash)->digest == &kDigests[which]) return hash;
  return c.raise("System.InvalidCastException", "Unable to cast object to the type that Create was called on.");
}

template <size_t which>
Value create(Call& c) {
  return newHash(c.eval, c.type, kDigests[which]);
}

template <size_t which>
Value createKeyed(Call& c) {
  const Value hash = create<which>(c);
  if (c.count > 0 && c.isNull(0)) return c.eval.raiseNullReference();
  as<HashObject>(hash)->key =
      c.count == 0 ? randomBytes(c.eval, kDigests[which].block) : hmacKey(c.eval, kDigests[which], bytesAt(c, 0));
  return hash;
}

Value createHmac(Call& c) {
  const Value hash = newHash(c.eval, "HMACSHA1", kDigests[1]);
  as<HashObject>(hash)->key = randomBytes(c.eval, kDigests[1].block);
  return hash;
}

Value setKey(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  hashOf(c)->key = hmacKey(c.eval, *hashOf(c)->digest, bytesAt(c, 1));
  return {};
}

Value one(Call&) {
  return Value::int32(1);
}
Value always(Call&) {
  return Value::boolean(true);
}

constexpr MemberRow kHash[] = {
    {"static HashAlgorithm Create()", [](Call& c) { return newHash(c.eval, "SHA1", kDigests[1]); }},
    {"static HashAlgorithm Create(string hashName)", createByName},
    {"byte[] ComputeHash(byte[] buffer)", computeHash},
    {"byte[] ComputeHash(byte[] buffer, int offset, int count)", computeHash},
    {"int TransformBlock(byte[] inputBuffer, int inputOffset, int inputCount, byte[] outputBuffer, int outputOffset)",
     transformBlock},
    {"byte[] TransformFinalBlock(byte[] inputBuffer, int inputOffset, int inputCount)", transformFinal},
    {"byte[] Hash { get; }", lastHash},
    {"int HashSize { get; }", [](Call& c) { return Value::int32(static_cast<int32_t>(hashOf(c)->digest->size * 8)); }},
    {"int InputBlockSize { get; }", one},
    {"int OutputBlockSize { get; }", one},
    {"bool CanReuseTransform { get; }", always},
    {"bool CanTransformMultipleBlocks { get; }", always},
    {"void Initialize()", initialize},
    {"void Clear()", dispose},
    {"void Dispose()", dispose},
};

constexpr MemberRow kKeyed[] = {
    {"static KeyedHashAlgorithm Create()", createHmac},
    {"static KeyedHashAlgorithm Create(string algName)", createKeyedByName},
    {"byte[] Key { get; set; }", [](Call& c) { return copyOfBytes(c.eval, hashOf(c)->key); }, setKey},
};
constexpr MemberRow kHmac[] = {
    {"static HMAC Create()", createHmac},
    {"static HMAC Create(string algorithmName)", createKeyedByName},
    {"string HashName { get; }", [](Call& c) { return Value::ascii(hashOf(c)->digest->name); }},
};

// The rows of one algorithm: its abstract class, the classes that implement it, and its HMAC.
#define SLUICE_DIGEST(name, index)                                                              \
  constexpr MemberRow k##name[] = {                                                             \
      {"static " #name " Create()", create<index>},                                             \
      {"static " #name " Create(string hashName)", createOwnByName<index>},                     \
  };                                                                                            \
  constexpr MemberRow k##name##Provider[] = {{#name "CryptoServiceProvider()", create<index>}}; \
  constexpr MemberRow kHMAC##name[] = {                                                         \
      {"HMAC" #name "()", createKeyed<index>},                                                  \
      {"HMAC" #name "(byte[] key)", createKeyed<index>},                                        \
  }
SLUICE_DIGEST(MD5, 0);
SLUICE_DIGEST(SHA1, 1);
SLUICE_DIGEST(SHA256, 2);
SLUICE_DIGEST(SHA384, 3);
SLUICE_DIGEST(SHA512, 4);
#undef SLUICE_DIGEST
constexpr MemberRow kSHA1Managed[] = {{"SHA1Managed()", create<1>}};
constexpr MemberRow kSHA256Managed[] = {{"SHA256Managed()", create<2>}};
constexpr MemberRow kSHA384Managed[] = {{"SHA384Managed()", create<3>}};
constexpr MemberRow kSHA512Managed[] = {{"SHA512Managed()", create<4>}};
constexpr MemberRow kHMACSHA1Managed[] = {{"HMACSHA1(byte[] key, bool useManagedSha1)", createKeyed<1>}};

struct DigestRows {
  std::string_view name;
  std::span<const MemberRow> algorithm, managed, provider, hmac;
};
const DigestRows kDigestRows[] = {
    {"MD5", kMD5, {}, kMD5Provider, kHMACMD5},
    {"SHA1", kSHA1, kSHA1Managed, kSHA1Provider, kHMACSHA1},
    {"SHA256", kSHA256, kSHA256Managed, kSHA256Provider, kHMACSHA256},
    {"SHA384", kSHA384, kSHA384Managed, kSHA384Provider, kHMACSHA384},
    {"SHA512", kSHA512, kSHA512Managed, kSHA512Provider, kHMACSHA512},
};

}  // namespace

const Digest* findDigest(std::string_view name) {
  std::string plain;
  for (const char c : withoutNamespace(name))
    if (c != '-') plain += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  for (const std::string_view ending : {"MANAGED", "CRYPTOSERVICEPROVIDER", "CNG"})
    if (plain.ends_with(ending)) plain.resize(plain.size() - ending.size());
  if (plain == "SHA") plain = "SHA1";
  for (const Digest& digest : kDigests)
    if (plain == digest.name) return &digest;
  return nullptr;
}

bool digestOf(const Digest& digest, std::initializer_list<std::string_view> parts, uint8_t* out) {
  EVP_MD_CTX* context = contextOf(digest);
  bool good = context != nullptr && EVP_DigestInit_ex2(context, fetched(digest), nullptr) == 1;
  for (const std::string_view part : parts) good = good && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  return good && EVP_DigestFinal_ex(context, out, nullptr) == 1;
}

const Digest* digestOfObject(Object* hash) {
  return static_cast<HashObject*>(hash)->digest;
}

void declareHash(Library& library) {
  const std::string space = "System.Security.Cryptography.";
  library.add("abstract class " + space + "HashAlgorithm : IDisposable", kHash);
  library.add("abstract class " + space + "KeyedHashAlgorithm : HashAlgorithm", kKeyed);
  library.add("abstract class " + space + "HMAC : KeyedHashAlgorithm", kHmac);
  for (const DigestRows& rows : kDigestRows) {
    const std::string name(rows.name);
    library.add("abstract class " + space + name + " : HashAlgorithm", rows.algorithm);
    if (!rows.managed.empty()) library.add("sealed class " + space + name + "Managed : " + name, rows.managed);
    library.add("sealed class " + space + name + "CryptoServiceProvider : " + name, rows.provider);
    TypeDef& hmac = library.add("class " + space + "HMAC" + name + " : HMAC", rows.hmac);
    if (name == "SHA1") hmac.rows.push_back(kHMACSHA1Managed);
  }
}

}  // namespace sluice::expression
