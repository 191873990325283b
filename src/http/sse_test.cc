#include "http/sse.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace sluice::http {
namespace {

struct Event {
  std::string type;
  std::string data;
  std::string id;
  bool has_data = false;
  bool operator==(const Event&) const = default;
};

void PrintTo(const Event& event, std::ostream* out) {
  *out << "[" << event.type << "|" << event.data << "|" << event.id << "]";
}

struct Parsed {
  std::vector<Event> events;
  std::string raw;  // of all events, and the rest: the whole stream again
  SseParser::State last = SseParser::State::NeedMore;
};

Parsed parse(const std::vector<std::string>& pieces, size_t max_event = 1 << 20) {
  SseParser parser(max_event);
  Parsed parsed;
  for (const std::string& piece : pieces) {
    parser.feed(piece);
    SseEvent event;
    while ((parsed.last = parser.next(event)) == SseParser::State::Event) {
      parsed.events.push_back(
          {std::string(event.type), std::string(event.data), std::string(event.id), event.has_data});
      parsed.raw += event.raw;
    }
    EXPECT_EQ(parser.consumed(), parsed.raw.size());
  }
  parsed.raw += parser.rest();
  return parsed;
}

TEST(SseParserTest, ReadsEvents) {
  const Parsed parsed = parse({"data: {\"a\":1}\n\nevent: error\ndata: x\nid: 7\n\ndata: [DONE]\n\n"});
  const std::vector<Event> expected{{"", "{\"a\":1}", "", true}, {"error", "x", "7", true}, {"", "[DONE]", "", true}};
  EXPECT_EQ(parsed.events, expected);
}

TEST(SseParserTest, FollowsTheStandardsCorners) {
  EXPECT_EQ(parse({"data: a\ndata: b\n\n"}).events[0].data, "a\nb");
  EXPECT_EQ(parse({"data:a\n\n"}).events[0].data, "a");
  EXPECT_EQ(parse({"data:  a\n\n"}).events[0].data, " a");
  EXPECT_EQ(parse({"data\n\n"}).events[0].data, "");
  EXPECT_TRUE(parse({"data\n\n"}).events[0].has_data);
  EXPECT_EQ(parse({"data\ndata\n\n"}).events[0].data, "\n");
  EXPECT_EQ(parse({"data: a: b\n\n"}).events[0].data, "a: b");
  EXPECT_FALSE(parse({": ping\n\n"}).events[0].has_data);
  EXPECT_EQ(parse({": ping\ndata: a\n\n"}).events[0].data, "a");
  EXPECT_EQ(parse({"unknown: x\ndata: a\n\n"}).events[0].data, "a");
  EXPECT_EQ(parse({"Data: x\n\n"}).events[0].has_data, false);
  EXPECT_EQ(parse({"event: one\nevent: two\ndata: x\n\n"}).events[0].type, "two");
  EXPECT_EQ(parse({std::string("id: a\0b\ndata: x\n\n", 17)}).events[0].id, "");
  EXPECT_EQ(parse({"\xEF\xBB\xBF"
                   "data: a\n\n"})
                .events[0]
                .data,
            "a");
  EXPECT_EQ(parse({"data: a\n\n\xEF\xBB\xBF"
                   "data: b\n\n"})
                .events[1]
                .has_data,
            false);
}

TEST(SseParserTest, AnUnfinishedEventIsNoEvent) {
  const Parsed parsed = parse({"data: a\n\ndata: b\n"});
  EXPECT_EQ(parsed.events.size(), 1u);
  EXPECT_EQ(parsed.raw, "data: a\n\ndata: b\n");
}

TEST(SseParserTest, FieldsDoNotLeakIntoTheNextEvent) {
  const Parsed parsed = parse({"event: e\nid: 1\ndata: a\n\ndata: b\n\n"});
  EXPECT_EQ(parsed.events[1], (Event{"", "b", "", true}));
}

// Every way of ending lines, cut at every place, and into single bytes.
TEST(SseParserTest, SurvivesEverySplit) {
  const std::string lf =
      "\xEF\xBB\xBF"
      "data: one\n\n: comment\nevent: x\ndata: two\ndata: three\n\nid: 5\ndata: four\n\n\n\ndata: five\n\n";
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    std::string text;
    for (const char c : lf) text += c == '\n' ? end : std::string(1, c);
    const Parsed whole = parse({text});
    ASSERT_EQ(whole.raw, text);
    ASSERT_EQ(whole.events.size(), 6u);  // two of them empty
    for (size_t at = 0; at <= text.size(); ++at) {
      const Parsed split = parse({text.substr(0, at), text.substr(at)});
      EXPECT_EQ(split.events, whole.events) << at;
      EXPECT_EQ(split.raw, text);
    }
    std::vector<std::string> bytes;
    for (const char c : text) bytes.emplace_back(1, c);
    EXPECT_EQ(parse(bytes).events, whole.events);
  }
}

TEST(SseParserTest, SurvivesRandomSplitsOfRandomStreams) {
  std::mt19937 random(3);
  const std::string alphabet[] = {"data: ", "data:", "event: ", "id: ", ":",    "x", "yz",
                                  "\n",     "\n",    "\r",      "\r\n", "\n\n", " "};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 40; ++i) text += alphabet[random() % std::size(alphabet)];
    std::vector<std::string> pieces;
    for (size_t at = 0; at < text.size();) {
      const size_t size = 1 + random() % 7;
      pieces.push_back(text.substr(at, size));
      at += size;
    }
    const Parsed whole = parse({text});
    const Parsed split = parse(pieces);
    ASSERT_EQ(split.events, whole.events) << text;
    ASSERT_EQ(split.raw, text);
  }
}

TEST(SseParserTest, StopsAtItsLimit) {
  const std::string large = "data: " + std::string(200, 'x') + "\n\n";
  EXPECT_EQ(parse({large}, 100).last, SseParser::State::TooLarge);
  EXPECT_EQ(parse({large.substr(0, 150)}, 100).last, SseParser::State::TooLarge);
  EXPECT_EQ(parse({large}, 100).raw, large);
  EXPECT_EQ(parse({"data: a\n\n", large}, 100).events.size(), 1u);
  EXPECT_EQ(parse({large}, 300).events.size(), 1u);
}

TEST(SseParserTest, StartsAnewAfterReset) {
  SseParser parser;
  parser.feed("data: half");
  parser.reset();
  parser.feed("data: whole\n\n");
  SseEvent event;
  ASSERT_EQ(parser.next(event), SseParser::State::Event);
  EXPECT_EQ(event.data, "whole");
}

}  // namespace
}  // namespace sluice::http
