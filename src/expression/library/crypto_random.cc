// RNGCryptoServiceProvider, RandomNumberGenerator, and what the files of this namespace share.
#include <openssl/rand.h>

#include "expression/library/crypto.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

bool fill(Eval& eval, uint8_t* out, size_t count) {
  if (!eval.step(count / 16 + 1)) return false;
  if (count == 0 || RAND_bytes(out, static_cast<int>(count)) == 1) return true;
  raiseCrypto(eval, "No random bytes could be had.");
  return false;
}

Value fillAll(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("data");
  fill(c.eval, c.object<BytesObject>(1)->data, c.object<BytesObject>(1)->length);
  return {};
}

Value fillPart(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("data");
  const int64_t length = c.object<BytesObject>(1)->length;
  if (c.int32(2) < 0) return c.eval.raiseOutOfRange("offset", "Non-negative number required.");
  if (c.int32(3) < 0) return c.eval.raiseOutOfRange("count", "Non-negative number required.");
  if (c.int32(3) > length - c.int32(2))
    return c.raise("System.ArgumentException", "Offset and length were out of bounds for the array.");
  fill(c.eval, c.object<BytesObject>(1)->data + c.int32(2), static_cast<size_t>(c.int32(3)));
  return {};
}

Value fillNonZero(Call& c) {
  fillAll(c);
  if (c.eval.failed()) return {};
  auto* bytes = c.object<BytesObject>(1);
  for (uint32_t i = 0; i < bytes->length; ++i)
    while (bytes->data[i] == 0)
      if (!fill(c.eval, bytes->data + i, 1)) return {};
  return {};
}

Value create(Call& c) {
  return Value::object(newObject<Object>(c.eval, libraryType("System.Security.Cryptography.RNGCryptoServiceProvider")));
}

constexpr MemberRow kGenerator[] = {
    {"static RandomNumberGenerator Create()", create},
    {"void GetBytes(byte[] data)", fillAll},
    {"void GetBytes(byte[] data, int offset, int count)", fillPart},
    {"void GetNonZeroBytes(byte[] data)", fillNonZero},
    {"void Dispose()", nothing},
};
constexpr MemberRow kProvider[] = {
    {"RNGCryptoServiceProvider()", create},
};

}  // namespace

Value nothing(Call&) {
  return {};
}

Value raiseCrypto(Eval& eval, std::string_view message) {
  return eval.raise("System.Security.Cryptography.CryptographicException", message);
}

Value randomBytes(Eval& eval, size_t count) {
  const Value bytes = newBytesOfSize(eval, static_cast<uint32_t>(count));
  return fill(eval, as<BytesObject>(bytes)->data, as<BytesObject>(bytes)->length) ? bytes : Value();
}

Value copyOfBytes(Eval& eval, const Value& bytes) {
  return bytes.isNull() ? Value() : newBytes(eval, bytesOf(bytes));
}

bool bytesPart(Call& c, size_t index, std::string_view& out) {
  const std::string_view all = bytesAt(c, index);
  const int64_t offset = c.int32(index + 1);
  const int64_t count = c.int32(index + 2);
  const auto size = static_cast<int64_t>(all.size());
  if (offset < 0) {
    c.eval.raiseOutOfRange("offset", "Non-negative number required.");
    return false;
  }
  if (count < 0 || count > size) {
    c.raise("System.ArgumentException", "Value was invalid.");
    return false;
  }
  if (size - count < offset) {
    c.raise("System.ArgumentException",
            "Offset and length were out of bounds for the array or count is greater than the number of elements "
            "from index to the end of the source collection.");
    return false;
  }
  out = all.substr(static_cast<size_t>(offset), static_cast<size_t>(count));
  return true;
}

void declareRandomNumbers(Library& library) {
  library.add("abstract class System.Security.Cryptography.RandomNumberGenerator : IDisposable", kGenerator);
  library.add("sealed class System.Security.Cryptography.RNGCryptoServiceProvider : RandomNumberGenerator", kProvider);
}

}  // namespace sluice::expression
