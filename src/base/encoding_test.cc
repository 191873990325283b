#include "base/encoding.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Encoding, Base64RoundTripsAndRefusesWhatIsNotBase64) {
  EXPECT_EQ(base64Encode("ab"), "YWI=");
  EXPECT_EQ(base64Decode("YWI=").value(), "ab");
  EXPECT_FALSE(base64Decode("YWI").has_value());
  EXPECT_FALSE(base64Decode("YW-=").has_value());
  EXPECT_EQ(base64UrlEncode("\xfb\xff"), "-_8");
  EXPECT_EQ(base64UrlDecode("-_8").value(), "\xfb\xff");
  EXPECT_FALSE(base64UrlDecode("-_8=").has_value());
}

TEST(Encoding, PercentDecodingKeepsBrokenEscapes) {
  EXPECT_EQ(percentDecode("a%20b%zz%2"), "a b%zz%2");
  EXPECT_EQ(percentDecode("a+b", true), "a b");
  EXPECT_EQ(percentDecode("%41"), "A");
  EXPECT_EQ(percentEncode("a b/\xc3\xa9"), "a%20b%2F%C3%A9");
}

TEST(Encoding, Utf8RefusesOverlongAndSurrogates) {
  EXPECT_TRUE(isValidUtf8("h\xc3\xa9 \xf0\x9f\x98\x80"));
  EXPECT_FALSE(isValidUtf8("\xc0\x80"));
  EXPECT_FALSE(isValidUtf8("\xed\xa0\x80"));
  EXPECT_FALSE(isValidUtf8("\xf5\x80\x80\x80"));
  EXPECT_FALSE(isValidUtf8("\xe2\x82"));
}

TEST(Encoding, CaseIsIgnoredForLettersOnly) {
  EXPECT_TRUE(equalsIgnoreCase("Content-Type", "content-tYPE"));
  EXPECT_FALSE(equalsIgnoreCase("a[", "a{"));
  EXPECT_FALSE(equalsIgnoreCase("@", "`"));
  EXPECT_FALSE(equalsIgnoreCase("a", "ab"));
}

TEST(Encoding, Base64OfEveryLengthRoundTrips) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(base64UrlDecode(base64UrlEncode(bytes)).value(), bytes);
    EXPECT_EQ(base64Decode(base64Encode(bytes)).value(), bytes);
    bytes += static_cast<char>(i * 37);
  }
  EXPECT_FALSE(base64UrlDecode("A").has_value());
  EXPECT_FALSE(base64UrlDecode("AAA!").has_value());
  EXPECT_FALSE(base64UrlDecode("A!").has_value());
}

TEST(Encoding, GuidsHaveVersionAndVariant) {
  const auto guid = randomGuid();
  ASSERT_EQ(guid.size(), 36u);
  EXPECT_EQ(guid[14], '4');
  EXPECT_NE(guid, randomGuid());
}

}  // namespace
}  // namespace sluice
