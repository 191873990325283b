// JToken's conversion operators.
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

Value fromToken(Call& c) {
  return convertToken(c.eval, c[0], c.type);
}

// A value, or null of a nullable type.
Value toToken(Call& c) {
  return wrap(newJValue(c.arena(), c[0], jtypeOf(c[0])));
}

// A null string is a String all the same.
Value textToToken(Call& c) {
  return wrap(newJValue(c.arena(), c[0], JType::String));
}

constexpr MemberRow kOperators[] = {
    {"static explicit operator bool(JToken value)", fromToken},
    {"static explicit operator bool?(JToken value)", fromToken},
    {"static explicit operator int(JToken value)", fromToken},
    {"static explicit operator int?(JToken value)", fromToken},
    {"static explicit operator long(JToken value)", fromToken},
    {"static explicit operator long?(JToken value)", fromToken},
    {"static explicit operator short(JToken value)", fromToken},
    {"static explicit operator short?(JToken value)", fromToken},
    {"static explicit operator ushort(JToken value)", fromToken},
    {"static explicit operator ushort?(JToken value)", fromToken},
    {"static explicit operator uint(JToken value)", fromToken},
    {"static explicit operator uint?(JToken value)", fromToken},
    {"static explicit operator ulong(JToken value)", fromToken},
    {"static explicit operator ulong?(JToken value)", fromToken},
    {"static explicit operator byte(JToken value)", fromToken},
    {"static explicit operator byte?(JToken value)", fromToken},
    {"static explicit operator sbyte(JToken value)", fromToken},
    {"static explicit operator sbyte?(JToken value)", fromToken},
    {"static explicit operator char(JToken value)", fromToken},
    {"static explicit operator char?(JToken value)", fromToken},
    {"static explicit operator float(JToken value)", fromToken},
    {"static explicit operator float?(JToken value)", fromToken},
    {"static explicit operator double(JToken value)", fromToken},
    {"static explicit operator double?(JToken value)", fromToken},
    {"static explicit operator decimal(JToken value)", fromToken},
    {"static explicit operator decimal?(JToken value)", fromToken},
    {"static explicit operator string(JToken value)", fromToken},
    {"static explicit operator byte[](JToken value)", fromToken},
    {"static explicit operator Guid(JToken value)", fromToken},
    {"static explicit operator Guid?(JToken value)", fromToken},
    {"static explicit operator DateTime(JToken value)", fromToken},
    {"static explicit operator DateTime?(JToken value)", fromToken},
    {"static explicit operator DateTimeOffset(JToken value)", fromToken},
    {"static explicit operator DateTimeOffset?(JToken value)", fromToken},
    {"static explicit operator TimeSpan(JToken value)", fromToken},
    {"static explicit operator TimeSpan?(JToken value)", fromToken},
    {"static explicit operator Uri(JToken value)", fromToken},
    {"static implicit operator JToken(bool value)", toToken},
    {"static implicit operator JToken(bool? value)", toToken},
    {"static implicit operator JToken(int value)", toToken},
    {"static implicit operator JToken(int? value)", toToken},
    {"static implicit operator JToken(long value)", toToken},
    {"static implicit operator JToken(long? value)", toToken},
    {"static implicit operator JToken(short value)", toToken},
    {"static implicit operator JToken(short? value)", toToken},
    {"static implicit operator JToken(ushort value)", toToken},
    {"static implicit operator JToken(ushort? value)", toToken},
    {"static implicit operator JToken(uint value)", toToken},
    {"static implicit operator JToken(uint? value)", toToken},
    {"static implicit operator JToken(ulong value)", toToken},
    {"static implicit operator JToken(ulong? value)", toToken},
    {"static implicit operator JToken(byte value)", toToken},
    {"static implicit operator JToken(byte? value)", toToken},
    {"static implicit operator JToken(sbyte value)", toToken},
    {"static implicit operator JToken(sbyte? value)", toToken},
    {"static implicit operator JToken(float value)", toToken},
    {"static implicit operator JToken(float? value)", toToken},
    {"static implicit operator JToken(double value)", toToken},
    {"static implicit operator JToken(double? value)", toToken},
    {"static implicit operator JToken(decimal value)", toToken},
    {"static implicit operator JToken(decimal? value)", toToken},
    {"static implicit operator JToken(string value)", textToToken},
    {"static implicit operator JToken(byte[] value)", toToken},
    {"static implicit operator JToken(Guid value)", toToken},
    {"static implicit operator JToken(Guid? value)", toToken},
    {"static implicit operator JToken(DateTime value)", toToken},
    {"static implicit operator JToken(DateTime? value)", toToken},
    {"static implicit operator JToken(DateTimeOffset value)", toToken},
    {"static implicit operator JToken(DateTimeOffset? value)", toToken},
    {"static implicit operator JToken(TimeSpan value)", toToken},
    {"static implicit operator JToken(TimeSpan? value)", toToken},
    {"static implicit operator JToken(Uri value)", toToken},
};

}  // namespace

std::span<const MemberRow> tokenOperatorRows() {
  return kOperators;
}

}  // namespace sluice::expression
