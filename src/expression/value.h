// Value: what a C# expression computes, in 16 bytes. Primitives, dates and enums are held in place; strings are views;
// everything else is a pointer to an Object. A Value owns nothing: what it points at lives in the arena of the
// evaluation (or in the compiled expression: folded constants). Copying is free; nothing is ever destroyed.
//
// Strings have C#'s UTF-16 semantics but three representations: Ascii (one byte a character, a view), Utf8 (valid UTF-8
// with something beyond ASCII, a view that is widened when the language looks inside) and Wide (UTF-16).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::expression {

struct Type;    // types.h
struct Object;  // object.h

enum class Tag : uint8_t {
  Null,
  Bool,
  Char,
  SByte,
  Byte,
  Int16,
  UInt16,
  Int32,
  UInt32,
  Int64,
  UInt64,
  Single,
  Double,
  Decimal,         // pointer to a Decimal in the arena
  DateTime,        // .NET ticks, kind in the two top bits
  TimeSpan,        // ticks
  DateTimeOffset,  // ticks of the local clock; `extra` is the offset in minutes
  Guid,            // pointer to its 16 bytes
  Enum,            // the number; `extra` is the type's index
  Ascii,
  Utf8,
  Wide,
  Object,
};

class Value {
 public:
  constexpr Value() = default;

  static constexpr Value null() { return {}; }
  static constexpr Value boolean(bool v) { return {Tag::Bool, static_cast<uint64_t>(v)}; }
  static constexpr Value character(char16_t v) { return {Tag::Char, v}; }
  static constexpr Value int32(int32_t v) { return {Tag::Int32, static_cast<uint64_t>(static_cast<int64_t>(v))}; }
  static constexpr Value int64(int64_t v) { return {Tag::Int64, static_cast<uint64_t>(v)}; }
  // Any integral tag; the number is kept sign- or zero-extended to 64 bits. REQUIRES: it fits the tag.
  static constexpr Value integer(Tag tag, int64_t v) { return {tag, static_cast<uint64_t>(v)}; }
  static Value real(double v) {
    Value r(Tag::Double, 0);
    r.as_.real = v;
    return r;
  }
  static Value single(float v) {
    Value r(Tag::Single, 0);
    r.as_.real = static_cast<double>(v);
    return r;
  }
  static Value ascii(std::string_view text) {
    Value r(Tag::Ascii, 0);
    r.as_.pointer = text.data();
    r.extra_ = static_cast<uint32_t>(text.size());
    return r;
  }
  // REQUIRES: valid UTF-8 with at least one byte above 0x7F.
  static Value utf8(std::string_view text) {
    Value r = ascii(text);
    r.tag_ = Tag::Utf8;
    return r;
  }
  static Value wide(std::u16string_view text) {
    Value r(Tag::Wide, 0);
    r.as_.pointer = text.data();
    r.extra_ = static_cast<uint32_t>(text.size());
    return r;
  }
  static Value object(const Object* object) {
    Value r(object == nullptr ? Tag::Null : Tag::Object, 0);
    r.as_.pointer = object;
    return r;
  }
  // Decimal, Guid: a pointer to the value's bytes.
  static Value boxed(Tag tag, const void* bytes) {
    Value r(tag, 0);
    r.as_.pointer = bytes;
    return r;
  }
  static constexpr Value tagged(Tag tag, uint64_t bits, uint32_t extra = 0) {
    Value r(tag, bits);
    r.extra_ = extra;
    return r;
  }

  constexpr Tag tag() const { return tag_; }
  constexpr bool isNull() const { return tag_ == Tag::Null; }
  constexpr bool isString() const { return tag_ >= Tag::Ascii && tag_ <= Tag::Wide; }
  constexpr bool isObject() const { return tag_ == Tag::Object; }

  constexpr bool asBool() const { return as_.bits != 0; }
  constexpr char16_t asChar() const { return static_cast<char16_t>(as_.bits); }
  constexpr int32_t asInt32() const { return static_cast<int32_t>(as_.bits); }
  constexpr int64_t asInt64() const { return static_cast<int64_t>(as_.bits); }
  constexpr uint64_t bits() const { return as_.bits; }
  double asDouble() const { return as_.real; }
  const void* pointer() const { return as_.pointer; }
  Object* asObject() const { return static_cast<Object*>(const_cast<void*>(as_.pointer)); }
  constexpr uint32_t extra() const { return extra_; }
  // REQUIRES: tag() is Ascii or Utf8.
  std::string_view bytes() const { return {static_cast<const char*>(as_.pointer), extra_}; }
  // REQUIRES: tag() is Wide.
  std::u16string_view units() const { return {static_cast<const char16_t*>(as_.pointer), extra_}; }

 private:
  constexpr Value(Tag tag, uint64_t bits) : as_{bits}, tag_(tag) {}

  union Payload {
    uint64_t bits;
    double real;
    const void* pointer;
  } as_{0};
  uint32_t extra_ = 0;
  Tag tag_ = Tag::Null;
};

static_assert(sizeof(Value) == 16);

}  // namespace sluice::expression
