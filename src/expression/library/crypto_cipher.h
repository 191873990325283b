// Symmetric ciphers: what SymmetricAlgorithm's members (crypto_symmetric.cc) and the transforms that it makes
// (crypto_transform.cc) share.
#pragma once

#include <initializer_list>
#include <string_view>

#include "expression/library/crypto.h"

namespace sluice::expression {

enum class CipherKind : uint8_t { Aes, TripleDes, Des };

struct CipherFamily {
  CipherKind kind;
  std::string_view type;                 // the class that Create() gives, without its namespace
  size_t block;                          // bytes
  std::initializer_list<uint32_t> keys;  // bytes; the last is the size of keys that are made
};

// System.Security.Cryptography.CipherMode and PaddingMode.
enum class CipherMode : uint8_t { Cbc = 1, Ecb = 2, Ofb = 3, Cfb = 4, Cts = 5 };
enum class CipherPadding : uint8_t { None = 1, Pkcs7 = 2, Zeros = 3, AnsiX923 = 4, Iso10126 = 5 };
enum class CipherDirection : uint8_t { Encrypt, Decrypt };

// A SymmetricAlgorithm.
struct CipherObject : Object {
  const CipherFamily* family;
  CipherMode mode;
  CipherPadding padding;
  uint32_t feedback;  // bits
  uint32_t key_size;  // bytes
  Value key, iv;      // byte[]; null until set or made
};

bool isKeySize(const CipherFamily& family, size_t bytes);
// A key that .NET refuses for being weak.
bool isWeakKey(const CipherFamily& family, std::string_view key);

// An ICryptoTransform of the algorithm with a key and an IV; null with the exception pending that CreateEncryptor
// raises for unfit ones.
Value newTransform(Eval& eval, const CipherObject* cipher, const Value& key, const Value& iv,
                   CipherDirection direction);
// TransformFinalBlock on all of `data`.
Value transformAll(Eval& eval, const Value& transform, std::string_view data);

}  // namespace sluice::expression
