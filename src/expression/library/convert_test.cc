// Convert, BitConverter and Math where the conformance cases do not reach.
#include "expression/library/case_table.h"

namespace sluice::expression {
namespace {

TEST(Convert, ReadsNumbersInBases) {
  expectRows({
      {R"(Convert.ToInt32("-12", 10))", R"({"type":"int","value":-12})"},
      {R"(Convert.ToInt32("+12", 10))", R"({"type":"int","value":12})"},
      {R"(Convert.ToInt32("ffffffff", 16))", R"({"type":"int","value":-1})"},
      {R"(Convert.ToSByte("ff", 16))", R"({"type":"sbyte","value":-1})"},
      {R"(Convert.ToInt16("8000", 16))", R"({"type":"short","value":-32768})"},
      {R"(Convert.ToInt64("-9223372036854775808", 10))", R"({"type":"long","value":-9223372036854775808})"},
      {R"(Convert.ToUInt64("ffffffffffffffff", 16))", R"({"type":"ulong","value":18446744073709551615})"},
      {R"(Convert.ToInt32("777", 8))", R"({"type":"int","value":511})"},
      {R"(Convert.ToInt32(null, 16))", R"({"type":"int","value":0})"},
  });
  expectThrows({
      {R"(Convert.ToInt32("-ff", 16))", "System.ArgumentException"},
      {R"(Convert.ToInt32("12", 7))", "System.ArgumentException"},
      {R"(Convert.ToInt32("", 16))", "System.ArgumentOutOfRangeException"},
      {R"(Convert.ToInt32("0x", 16))", "System.FormatException"},
      {R"(Convert.ToInt32(" 12", 10))", "System.FormatException"},
      {R"(Convert.ToInt32("12z", 10))", "System.FormatException"},
      {R"(Convert.ToInt32("100000000", 16))", "System.OverflowException"},
      {R"(Convert.ToInt64("9223372036854775808", 10))", "System.OverflowException"},
      {R"(Convert.ToUInt64("99999999999999999999999", 10))", "System.OverflowException"},
      {R"(Convert.ToByte("256", 10))", "System.OverflowException"},
      {R"(Convert.ToUInt32("-1", 10))", "System.OverflowException"},
  });
}

TEST(Convert, WritesNumbersInBases) {
  expectTexts({
      {"Convert.ToString(-1, 16)", "ffffffff"},
      {"Convert.ToString((short)-1, 16)", "ffff"},
      {"Convert.ToString((byte)255, 2)", "11111111"},
      {"Convert.ToString(-5, 10)", "-5"},
      {"Convert.ToString(255L, 8)", "377"},
      {"Convert.ToString(0, 2)", "0"},
  });
  expectThrows({{"Convert.ToString(1, 3)", "System.ArgumentException"}});
}

TEST(Convert, RoundsHalfToEvenAndChecksTheRange) {
  expectRows({
      {"Convert.ToByte(-0.4)", R"({"type":"byte","value":0})"},
      {"Convert.ToByte(254.5)", R"({"type":"byte","value":254})"},
      {"Convert.ToInt64(2.5m)", R"({"type":"long","value":2})"},
      {"Convert.ToInt64(3.5m)", R"({"type":"long","value":4})"},
      {"Convert.ToUInt64(1e19)", R"({"type":"ulong","value":10000000000000000000})"},
      {"Convert.ToInt32(2147483647.4)", R"({"type":"int","value":2147483647})"},
      {"Convert.ToInt64(ulong.MaxValue / 2)", R"({"type":"long","value":9223372036854775807})"},
  });
  expectThrows({
      {"Convert.ToByte(255.5)", "System.OverflowException"},
      {"Convert.ToInt32(double.NaN)", "System.OverflowException"},
      {"Convert.ToInt32(2147483647.5)", "System.OverflowException"},
      {"Convert.ToInt64(9.3e18)", "System.OverflowException"},
      {"Convert.ToInt64(ulong.MaxValue)", "System.OverflowException"},
      {"Convert.ToUInt64(-1)", "System.OverflowException"},
      {"Convert.ToChar(70000)", "System.OverflowException"},
      {"Convert.ToDecimal(double.MaxValue)", "System.OverflowException"},
  });
  expectMessages({
      {"Convert.ToByte(256)", "Value was either too large or too small for an unsigned byte."},
      {"Convert.ToSByte(200)", "Value was either too large or too small for a signed byte."},
      {"Convert.ToInt16(99999)", "Value was either too large or too small for an Int16."},
      {"Convert.ToUInt32(-1)", "Value was either too large or too small for a UInt32."},
      {"Convert.ToChar(-1)", "Value was either too large or too small for a character."},
  });
}

TEST(Convert, RefusesWhatHasNoMeaning) {
  expectThrows({
      {"Convert.ToBoolean('a')", "System.InvalidCastException"},
      {"Convert.ToChar(1.5)", "System.InvalidCastException"},
      {"Convert.ToChar(true)", "System.InvalidCastException"},
      {"Convert.ToDouble('a')", "System.InvalidCastException"},
      {"Convert.ToInt32(Guid.Empty)", "System.InvalidCastException"},
      {"Convert.ToDateTime(5)", "System.InvalidCastException"},
      {"Convert.ToChar((string)null)", "System.ArgumentNullException"},
      {R"(Convert.ToChar("ab"))", "System.FormatException"},
  });
  expectMessages({
      {"Convert.ToBoolean('a')", "Invalid cast from 'Char' to 'Boolean'."},
      {"Convert.ToInt32(new object())", "Unable to cast object of type 'System.Object' to type 'System.IConvertible'."},
      {R"(Convert.ToBoolean("yes"))", "String 'yes' was not recognized as a valid Boolean."},
  });
}

TEST(Convert, LooksIntoObjects) {
  expectRows({
      {"Convert.ToInt32((object)\"12\")", R"({"type":"int","value":12})"},
      {"Convert.ToInt32((object)12.5)", R"({"type":"int","value":12})"},
      {"Convert.ToInt32(DayOfWeek.Friday)", R"({"type":"int","value":5})"},
      {R"(Convert.ToInt32(JObject.Parse("{\"a\":5}")["a"]))", R"({"type":"int","value":5})"},
      {R"(Convert.ToString(JObject.Parse("{\"a\":5}")["a"]))", R"({"type":"string","value":"5"})"},
      {R"(Convert.ToDouble(JObject.Parse("{\"a\":\"1.5\"}")["a"]))", R"({"type":"double","value":1.5})"},
      {R"(Convert.ToInt32(JObject.Parse("{\"a\":{}}")["a"]))", R"({"exception":"System.InvalidCastException"})"},
      {"Convert.ToString((string)null) == null", R"({"type":"bool","value":true})"},
      {"Convert.ToString((object)null)", R"({"type":"string","value":""})"},
  });
}

TEST(Convert, ChangesTypes) {
  expectRows({
      {R"(Convert.ChangeType("1.5", typeof(decimal)))", R"({"type":"decimal","value":"1.5"})"},
      {"Convert.ChangeType(5, typeof(string))", R"({"type":"string","value":"5"})"},
      {"Convert.ChangeType(null, typeof(string))", R"({"type":"null","value":null})"},
      {R"(Convert.ChangeType("x", typeof(object)))", R"({"type":"string","value":"x"})"},
      {"Convert.ChangeType(Guid.Empty, typeof(Guid))",
       R"({"type":"guid","value":"00000000-0000-0000-0000-000000000000"})"},
  });
  expectThrows({
      {"Convert.ChangeType(null, typeof(int))", "System.InvalidCastException"},
      {"Convert.ChangeType(5, typeof(Guid))", "System.InvalidCastException"},
      {"Convert.ChangeType(new int[0], typeof(int))", "System.InvalidCastException"},
      {"Convert.ChangeType(5, null)", "System.ArgumentNullException"},
  });
}

TEST(Base64, FollowsDotNetsRules) {
  expectRows({
      {R"(Convert.FromBase64String("QUI=\t\r\n"))", R"({"type":"bytes","value":"QUI="})"},
      {R"(Convert.FromBase64String("Q Q = ="))", R"({"type":"bytes","value":"QQ=="})"},
      {R"(Convert.FromBase64String("QR=="))", R"({"type":"bytes","value":"QQ=="})"},
      {R"(Convert.FromBase64CharArray("xQUI=".ToCharArray(), 1, 4))", R"({"type":"bytes","value":"QUI="})"},
      {"Convert.ToBase64String(new byte[] { 1, 2, 3, 4 }, 1, 2)", R"({"type":"string","value":"AgM="})"},
      {"Convert.ToBase64String(new byte[57], Base64FormattingOptions.InsertLineBreaks).Length",
       R"({"type":"int","value":76})"},
      {"Convert.ToBase64String(new byte[58], Base64FormattingOptions.InsertLineBreaks).Length",
       R"({"type":"int","value":82})"},
      {R"(Convert.ToHexString(Convert.FromHexString("01aB")))", R"({"type":"string","value":"01AB"})"},
  });
  expectThrows({
      {R"(Convert.FromBase64String("QQ==QQ=="))", "System.FormatException"},
      {R"(Convert.FromBase64String("QQ="))", "System.FormatException"},
      {R"(Convert.FromBase64String("Q==="))", "System.FormatException"},
      {R"(Convert.FromBase64String("===="))", "System.FormatException"},
      {R"(Convert.FromBase64String("QQ\v=="))", "System.FormatException"},
      {"Convert.ToBase64String(new byte[4], 3, 2)", "System.ArgumentOutOfRangeException"},
      {R"(Convert.FromHexString("01a"))", "System.FormatException"},
      {R"(Convert.FromHexString("0g"))", "System.FormatException"},
  });
}

TEST(BitConverter, ReadsAndWrites) {
  expectRows({
      {"BitConverter.ToString(new byte[0])", R"({"type":"string","value":""})"},
      {"BitConverter.ToString(new byte[] { 1, 2, 3 }, 1)", R"({"type":"string","value":"02-03"})"},
      {"BitConverter.ToString(new byte[] { 1, 2, 3 }, 0, 2)", R"({"type":"string","value":"01-02"})"},
      {"BitConverter.ToUInt64(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255 }, 0)",
       R"({"type":"ulong","value":18446744073709551615})"},
      {"BitConverter.GetBytes('A')", R"({"type":"bytes","value":"QQA="})"},
      {"BitConverter.ToSingle(BitConverter.GetBytes(1.5f), 0)", R"({"type":"float","value":1.5})"},
      {"BitConverter.DoubleToInt64Bits(2.0)", R"({"type":"long","value":4611686018427387904})"},
      {"BitConverter.ToBoolean(new byte[] { 0, 2 }, 1)", R"({"type":"bool","value":true})"},
  });
  expectThrows({
      {"BitConverter.ToInt32(new byte[4], 4)", "System.ArgumentOutOfRangeException"},
      {"BitConverter.ToInt32(new byte[4], 1)", "System.ArgumentException"},
      {"BitConverter.ToInt32(new byte[4], -1)", "System.ArgumentOutOfRangeException"},
      {"BitConverter.ToInt32(null, 0)", "System.ArgumentNullException"},
  });
}

TEST(Math, HandlesEdges) {
  expectRows({
      {"1 / Math.Max(0.0, -0.0)", R"({"type":"double","value":"Infinity"})"},
      {"1 / Math.Min(0.0, -0.0)", R"({"type":"double","value":"-Infinity"})"},
      {"Math.Min(double.NaN, 1)", R"({"type":"double","value":"NaN"})"},
      {"Math.Round(-2.5, MidpointRounding.AwayFromZero)", R"({"type":"double","value":-3.0})"},
      {"Math.Clamp(5, 1, 3)", R"({"type":"int","value":3})"},
      {R"(Math.DivRem(7, 2, out int rest) + ":" + rest)", R"({"type":"string","value":"3:1"})"},
      {"Math.Sign(-2.5m)", R"({"type":"int","value":-1})"},
      {"Math.Max((byte)1, (byte)2)", R"({"type":"byte","value":2})"},
      {"Math.IEEERemainder(5, 3)", R"({"type":"double","value":-1.0})"},
      {"Math.Log(8, double.PositiveInfinity)", R"({"type":"double","value":"NaN"})"},
  });
  expectThrows({
      {"Math.Clamp(5, 3, 1)", "System.ArgumentException"},
      {"Math.Round(1.5, (MidpointRounding)9)", "System.ArgumentException"},
      {"Math.Sign(double.NaN)", "System.ArithmeticException"},
      {"Math.DivRem(7, 0, out int rest)", "System.DivideByZeroException"},
      {"Math.Abs(long.MinValue)", "System.OverflowException"},
  });
}

}  // namespace
}  // namespace sluice::expression
