#include "http/encoding.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

#include "base/encoding.h"

namespace sluice::http {
namespace {

// window: 31 gzip, 15 zlib, -15 raw.
std::string compress(const std::string& text, int window) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, text.size()) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string sample() {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "line " + std::to_string(i * i) + "\n";
  return text;
}

struct Outcome {
  std::string text;
  bool good = true;
};

Outcome decode(ContentCoding coding, std::string_view bytes, size_t step, uint64_t max = 1 << 24) {
  ContentDecoder decoder(coding, max);
  Outcome outcome;
  for (size_t at = 0; at < bytes.size() && outcome.good; at += step) {
    outcome.good = decoder.decode(bytes.substr(at, step), outcome.text).has_value();
  }
  if (outcome.good) outcome.good = decoder.finish().has_value();
  return outcome;
}

TEST(ContentDecoderTest, DecodesGzipAndBothKindsOfDeflateHoweverSplit) {
  const std::string text = sample();
  for (const auto& [coding, window] : {std::pair(ContentCoding::Gzip, 31), std::pair(ContentCoding::Deflate, 15),
                                       std::pair(ContentCoding::Deflate, -15)}) {
    const std::string bytes = compress(text, window);
    for (const size_t step : {size_t{1}, size_t{7}, size_t{4096}, bytes.size()}) {
      const Outcome outcome = decode(coding, bytes, step);
      EXPECT_TRUE(outcome.good) << window << " " << step;
      EXPECT_EQ(outcome.text, text);
    }
    EXPECT_FALSE(decode(coding, bytes.substr(0, bytes.size() - 5), 100).good);
  }
}

TEST(ContentDecoderTest, DecodesSeveralGzipMembers) {
  EXPECT_EQ(decode(ContentCoding::Gzip, compress("one ", 31) + compress("two", 31), 3).text, "one two");
}

TEST(ContentDecoderTest, DecodesBrotli) {
  // "hello hello hello hello hello hello", by the reference encoder at quality 11.
  const std::string bytes = *base64Decode("GyIA+I2Ubt5EVYaWbCBvQU8c4HE=");
  for (const size_t step : {size_t{1}, bytes.size()}) {
    const Outcome outcome = decode(ContentCoding::Brotli, bytes, step);
    EXPECT_TRUE(outcome.good);
    EXPECT_EQ(outcome.text, "hello hello hello hello hello hello");
  }
  EXPECT_FALSE(decode(ContentCoding::Brotli, "\xff\xff\xff\xff\xff", 5).good);
}

TEST(ContentDecoderTest, BoundsItsOutput) {
  const std::string bomb = compress(std::string(10'000'000, 'x'), 31);
  const Outcome outcome = decode(ContentCoding::Gzip, bomb, bomb.size(), 100'000);
  EXPECT_FALSE(outcome.good);
  EXPECT_LE(outcome.text.size(), 100'000u);
  EXPECT_FALSE(decode(ContentCoding::Identity, "hello", 5, 4).good);
}

TEST(ContentDecoderTest, FailsForEver) {
  ContentDecoder decoder(ContentCoding::Gzip, 1000);
  std::string out;
  EXPECT_FALSE(decoder.decode("this is not gzip", out).has_value());
  EXPECT_FALSE(decoder.decode(compress("good", 31), out).has_value());
  EXPECT_FALSE(decoder.finish().has_value());
  EXPECT_EQ(out, "");
}

TEST(ContentDecoderTest, NothingAtAllIsFine) {
  EXPECT_TRUE(ContentDecoder(ContentCoding::Gzip, 10).finish().has_value());
  EXPECT_TRUE(ContentDecoder(ContentCoding::Identity, 10).finish().has_value());
}

TEST(ContentCodingTest, KnowsNames) {
  EXPECT_EQ(contentCoding(""), ContentCoding::Identity);
  EXPECT_EQ(contentCoding("GZip"), ContentCoding::Gzip);
  EXPECT_EQ(contentCoding(" br "), ContentCoding::Brotli);
  EXPECT_EQ(contentCoding("deflate"), ContentCoding::Deflate);
  EXPECT_EQ(contentCoding("gzip, br"), ContentCoding::Unknown);
  EXPECT_EQ(contentCoding("zstd"), ContentCoding::Unknown);
}

}  // namespace
}  // namespace sluice::http
