// System.BitConverter: numbers as their bytes, least significant first.
#include <bit>
#include <cstring>

#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

template <class T>
Value bytesOf(Call& c, T number) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &number, sizeof(T));
  return newBytes(c.eval, {bytes, sizeof(T)});
}

template <class T>
Value fromInteger(Call& c) {
  return bytesOf(c, static_cast<T>(c[0].bits()));
}

// `size` bytes at the index of the second argument; null with an exception pending.
const uint8_t* bytesAt(Call& c, size_t size) {
  if (c.isNull(0)) {
    c.eval.raiseArgumentNull("value");
    return nullptr;
  }
  const auto* array = c.object<BytesObject>(0);
  const int32_t from = c.int32(1);
  if (from < 0 || static_cast<uint32_t>(from) >= array->length) {
    c.eval.raiseOutOfRange("startIndex",
                           "Index was out of range. Must be non-negative and less than the size of the collection.");
    return nullptr;
  }
  if (array->length - static_cast<uint32_t>(from) < size) {
    c.raise("System.ArgumentException",
            "Destination array is not long enough to copy all the items in the collection. Check array index and "
            "length.");
    return nullptr;
  }
  return array->data + from;
}

template <class T>
T read(const uint8_t* bytes) {
  T number;
  std::memcpy(&number, bytes, sizeof(T));
  return number;
}

template <class T>
Value toInteger(Call& c) {
  const uint8_t* bytes = bytesAt(c, sizeof(T));
  if (bytes == nullptr) return {};
  const T number = read<T>(bytes);
  return Value::tagged(c.type->tag, static_cast<uint64_t>(static_cast<int64_t>(number)));
}

Value toReal(Call& c) {
  const bool single = c.type->tag == Tag::Single;
  const uint8_t* bytes = bytesAt(c, single ? sizeof(float) : sizeof(double));
  if (bytes == nullptr) return {};
  return single ? Value::single(read<float>(bytes)) : Value::real(read<double>(bytes));
}

// "01-AB-FF"
Value hex(Call& c, int64_t from, int64_t count) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const auto* array = c.object<BytesObject>(0);
  if (!c.eval.step(1 + static_cast<uint64_t>(count) / 16)) return {};
  TextBuilder text(c.eval, static_cast<uint32_t>(count) * 3 + 1);
  for (int64_t i = from; i < from + count; ++i) {
    const char both[] = {'-', kDigits[array->data[i] >> 4], kDigits[array->data[i] & 15]};
    text.ascii(i == from ? std::string_view(both + 1, 2) : std::string_view(both, 3));
  }
  return text.take();
}

Value hexOf(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("value");
  const int64_t size = c.object<BytesObject>(0)->length;
  const int64_t from = c.count > 1 ? c.int32(1) : 0;
  const int64_t count = c.count > 2 ? c.int32(2) : size - from;
  if (from < 0 || (from >= size && from > 0))
    return c.eval.raiseOutOfRange("startIndex", "StartIndex cannot be less than zero.");
  if (count < 0) return c.eval.raiseOutOfRange("length", "Value must be positive.");
  if (from > size - count) {
    return c.raise("System.ArgumentException",
                   "Destination array is not long enough to copy all the items in the collection. Check array index "
                   "and length.");
  }
  if (!c.eval.reserve(static_cast<uint64_t>(count) * 3)) return {};
  return hex(c, from, count);
}

constexpr MemberRow kBitConverter[] = {
    {"static readonly bool IsLittleEndian", [](Call&) { return Value::boolean(true); }},
    {"static byte[] GetBytes(bool value)", fromInteger<uint8_t>},
    {"static byte[] GetBytes(char value)", fromInteger<uint16_t>},
    {"static byte[] GetBytes(short value)", fromInteger<uint16_t>},
    {"static byte[] GetBytes(ushort value)", fromInteger<uint16_t>},
    {"static byte[] GetBytes(int value)", fromInteger<uint32_t>},
    {"static byte[] GetBytes(uint value)", fromInteger<uint32_t>},
    {"static byte[] GetBytes(long value)", fromInteger<uint64_t>},
    {"static byte[] GetBytes(ulong value)", fromInteger<uint64_t>},
    {"static byte[] GetBytes(float value)", [](Call& c) { return bytesOf(c, static_cast<float>(c.real(0))); }},
    {"static byte[] GetBytes(double value)", [](Call& c) { return bytesOf(c, c.real(0)); }},
    {"static bool ToBoolean(byte[] value, int startIndex)",
     [](Call& c) {
       const uint8_t* bytes = bytesAt(c, 1);
       return bytes == nullptr ? Value() : Value::boolean(*bytes != 0);
     }},
    {"static char ToChar(byte[] value, int startIndex)", toInteger<uint16_t>},
    {"static short ToInt16(byte[] value, int startIndex)", toInteger<int16_t>},
    {"static ushort ToUInt16(byte[] value, int startIndex)", toInteger<uint16_t>},
    {"static int ToInt32(byte[] value, int startIndex)", toInteger<int32_t>},
    {"static uint ToUInt32(byte[] value, int startIndex)", toInteger<uint32_t>},
    {"static long ToInt64(byte[] value, int startIndex)", toInteger<int64_t>},
    {"static ulong ToUInt64(byte[] value, int startIndex)", toInteger<uint64_t>},
    {"static float ToSingle(byte[] value, int startIndex)", toReal},
    {"static double ToDouble(byte[] value, int startIndex)", toReal},
    {"static string ToString(byte[] value)", hexOf},
    {"static string ToString(byte[] value, int startIndex)", hexOf},
    {"static string ToString(byte[] value, int startIndex, int length)", hexOf},
    {"static long DoubleToInt64Bits(double value)",
     [](Call& c) { return Value::int64(std::bit_cast<int64_t>(c.real(0))); }},
    {"static double Int64BitsToDouble(long value)",
     [](Call& c) { return Value::real(std::bit_cast<double>(c.int64(0))); }},
    {"static int SingleToInt32Bits(float value)",
     [](Call& c) { return Value::int32(std::bit_cast<int32_t>(static_cast<float>(c.real(0)))); }},
    {"static float Int32BitsToSingle(int value)",
     [](Call& c) { return Value::single(std::bit_cast<float>(c.int32(0))); }},
};

constexpr EnumRow kFormatting[] = {{"None", 0}, {"InsertLineBreaks", 1}};

}  // namespace

void declareBitConverter(Library& library) {
  library.add("static class System.BitConverter", kBitConverter);
  library.addEnum("System.Base64FormattingOptions", kFormatting, true);
}

}  // namespace sluice::expression
