#include "upstream/tokenizer.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <string>
#include <thread>
#include <vector>

#include "text/file.h"

namespace sluice::upstream {
namespace {

const std::string kFolder = std::string(SLUICE_SOURCE_DIR) + "/.deps/tokenizer";

Tokenizers& tokenizers() {
  static Tokenizers all(kFolder);
  return all;
}

const Tokenizer& tokenizer(Encoding encoding) {
  const auto loaded = tokenizers().load(encoding);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return **loaded;
}

std::vector<uint32_t> encode(Encoding encoding, std::string_view text) {
  std::vector<uint32_t> ids;
  tokenizer(encoding).encode(text, ids);
  return ids;
}

// tests/data/tokenizer_cases.jsonl: texts of ours, tokens by tiktoken 0.14 (tools/tokenizer_data.py).
TEST(Tokenizer, EqualsTiktokenOnTheTestSet) {
  const auto file = text::readFile(std::string(SLUICE_SOURCE_DIR) + "/tests/data/tokenizer_cases.jsonl", 1 << 24);
  ASSERT_TRUE(file) << file.error().message;
  simdjson::dom::parser parser;
  size_t cases = 0;
  std::string_view rest = *file;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const simdjson::padded_string line(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    const simdjson::dom::element one = parser.parse(line);
    const std::string_view name = one["name"];
    const std::string_view text = one["text"];
    for (const Encoding encoding : {Encoding::Cl100k, Encoding::O200k}) {
      std::vector<uint32_t> expected;
      for (const auto id : one[encodingName(encoding)].get_array()) {
        expected.push_back(static_cast<uint32_t>(uint64_t(id)));
      }
      EXPECT_EQ(encode(encoding, text), expected) << name << " " << encodingName(encoding);
      EXPECT_EQ(tokenizer(encoding).count(text), expected.size());
    }
    ++cases;
  }
  EXPECT_GE(cases, 200u);
}

TEST(Tokenizer, BrokenUtf8CountsAsReplacementCharacters) {
  for (const Encoding encoding : {Encoding::Cl100k, Encoding::O200k}) {
    EXPECT_EQ(encode(encoding,
                     "a\xff\xfe"
                     "b"),
              encode(encoding,
                     "a\xef\xbf\xbd\xef\xbf\xbd"
                     "b"));
    EXPECT_EQ(encode(encoding, "x\xe2\x82"), encode(encoding, "x\xef\xbf\xbd\xef\xbf\xbd"));
    EXPECT_EQ(encode(encoding, "\xed\xa0\x80"), encode(encoding, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"));
    EXPECT_EQ(encode(encoding, "\xc3\xa9\xc3"), encode(encoding, "\xc3\xa9\xef\xbf\xbd"));
  }
}

TEST(Tokenizer, LongRunsCountAsTiktokenCountsThem) {
  // 1 MiB of one letter: eight a's are one token in both encodings, and cuts at 64 KiB fall between tokens.
  const std::string letters(1 << 20, 'a');
  EXPECT_EQ(tokenizer(Encoding::Cl100k).count(letters), (1u << 20) / 8);
  EXPECT_EQ(tokenizer(Encoding::O200k).count(letters), (1u << 20) / 8);
}

TEST(Tokenizer, HostileTextsDoNotTakeLong) {
  // Each 256 KiB; anything quadratic in the text would take minutes.
  for (const std::string_view unit : {" ", "\n", " \n", "A", "'", "\xcc\x81", "A\xcc\x81", "\xe5\xa5\xbd", "!", "\t ",
                                      "aA", "0", "\xf0\x9f\x98\x80", "\xff",
                                      "\xe3\x81\x82"
                                      "A",
                                      "'s", "\xc2\xa0"}) {
    std::string text;
    while (text.size() < 256 * 1024) text += unit;
    EXPECT_GT(tokenizer(Encoding::Cl100k).count(text), 0u);
    EXPECT_GT(tokenizer(Encoding::O200k).count(text), 0u);
  }
}

TEST(Tokenizer, ModelsHaveTheirEncodings) {
  for (const std::string_view model :
       {"gpt-4", "gpt-4-32k", "gpt-4-0613", "gpt-4-1106-preview", "gpt-4-turbo-2024-04-09", "GPT-4-Vision",
        "gpt-35-turbo", "gpt-3.5-turbo-16k", "text-embedding-ada-002", "text-embedding-3-large", "prod-gpt4",
        "ft:gpt-3.5-turbo:org", "openai/gpt-4", "davinci-002"}) {
    EXPECT_EQ(encodingForModel(model), Encoding::Cl100k) << model;
  }
  for (const std::string_view model : {"gpt-4o", "gpt-4o-mini", "GPT-4o", "gpt4o", "gpt-4.1", "gpt-4.1-nano", "gpt-41",
                                       "gpt-4-1-mini", "gpt-4.5-preview", "o1", "o1-preview", "o3-mini", "o4-mini",
                                       "gpt-5", "gpt-5-mini", "chatgpt-4o-latest", "gpt-oss-120b", "unknown", ""}) {
    EXPECT_EQ(encodingForModel(model), Encoding::O200k) << model;
  }
}

TEST(Tokenizers, LoadOnceAndRememberFailure) {
  Tokenizers all(kFolder);
  EXPECT_EQ(all.get(Encoding::Cl100k), nullptr);
  std::vector<std::thread> threads;
  std::vector<const Tokenizer*> seen(4);
  for (auto& place : seen) threads.emplace_back([&all, &place] { place = *all.load(Encoding::Cl100k); });
  for (auto& thread : threads) thread.join();
  for (const Tokenizer* one : seen) EXPECT_EQ(one, seen[0]);
  EXPECT_EQ(all.get(Encoding::Cl100k), seen[0]);
  EXPECT_EQ(seen[0]->encoding(), Encoding::Cl100k);
  Tokenizers none("/nonexistent");
  EXPECT_FALSE(none.load(Encoding::O200k));
  EXPECT_TRUE(none.failed(Encoding::O200k));
  EXPECT_FALSE(none.load(Encoding::O200k));
  EXPECT_EQ(none.get(Encoding::O200k), nullptr);
}

TEST(RankTable, RefusesWhatIsNotARankFile) {
  for (const std::string_view file :
       {"", "IQ==", "IQ== 1\n", "IQ== x\n", "!! 0\n", "IQ== 0 \n", " 0\n", "IQ== 0\nIg== 0\n", "IQ== 0\nIg== 1\n"}) {
    EXPECT_FALSE(RankTable::parse(file)) << file;
  }
}

TEST(Estimate, IsFourBytesAToken) {
  EXPECT_EQ(estimateTokens(""), 0u);
  EXPECT_EQ(estimateTokens("a"), 1u);
  EXPECT_EQ(estimateTokens("12345"), 2u);
}

}  // namespace
}  // namespace sluice::upstream
