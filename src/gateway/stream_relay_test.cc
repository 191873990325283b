#include "gateway/stream_relay.h"

#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

constexpr std::string_view kFirst = "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\n";
constexpr std::string_view kText =
    "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hi\"}}]}\n\n";
constexpr std::string_view kUsage =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}\n\n";
constexpr std::string_view kDone = "data: [DONE]\n\n";

class StreamRelayTest : public testing::Test {
 protected:
  // Everything that goes to the client while `stream` comes in pieces of `size` bytes; then what was held.
  void run(StreamRelay& relay, std::string_view stream, size_t size) {
    passed_.clear();
    std::vector<std::string_view> out;
    for (size_t at = 0; at < stream.size(); at += size) {
      out.clear();
      relay.feed(stream.substr(at, size), out);
      for (const auto piece : out) passed_ += piece;
    }
    held_ = relay.held();
  }

  static StreamWatch watch(bool take_out_usage) {
    StreamWatch watch;
    watch.dialect = upstream::Dialect::ChatCompletions;
    watch.take_out_usage = take_out_usage;
    return watch;
  }

  std::string stream_ = std::string(kFirst) + std::string(kText) + std::string(kUsage) + std::string(kDone);
  std::string passed_, held_;
  Arena arena_;
};

TEST_F(StreamRelayTest, TakesOutTheUsageEventThatWeCausedAndHoldsTheEndAtAnySplit) {
  for (size_t size = 1; size <= stream_.size(); ++size) {
    StreamRelay relay(watch(true), {}, nullptr);
    run(relay, stream_, size);
    EXPECT_EQ(passed_, std::string(kFirst) + std::string(kText)) << size;
    EXPECT_EQ(held_, kDone) << size;
    EXPECT_EQ(relay.answer().usage().total, 4u) << size;
  }
}

TEST_F(StreamRelayTest, LeavesTheUsageEventToAClientThatAskedForIt) {
  Capture raw(1 << 20);
  StreamRelay relay(watch(false), {}, &raw);
  run(relay, stream_, 7);
  EXPECT_EQ(passed_ + held_, stream_);
  EXPECT_EQ(raw.view(), stream_);
}

TEST_F(StreamRelayTest, PassesAnEventOnThatIsTooLargeToWatch) {
  StreamRelay relay(watch(true), {}, nullptr);
  const std::string huge = "data: " + std::string(200'000, 'x') + "\n\n" + std::string(kDone);
  run(relay, huge, 4096);
  EXPECT_EQ(passed_ + held_, huge);
}

TEST_F(StreamRelayTest, KeepsAnUnfinishedLastEventForTheEnd) {
  StreamRelay relay(watch(true), {}, nullptr);
  run(relay, std::string(kText) + "data: {\"cho", 5);
  EXPECT_EQ(passed_, kText);
  EXPECT_EQ(held_, "data: {\"cho");
}

}  // namespace
}  // namespace sluice::gateway
