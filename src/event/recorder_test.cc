#include "event/recorder.h"

#include <gtest/gtest.h>

#include "event/memory_recorder.h"

namespace sluice::event {
namespace {

TEST(Recorder, ARoomGivesBackWhatItsEventsDidNotUse) {
  MemoryRecorder recorder;
  {
    auto room = recorder.reserve(1000);
    ASSERT_TRUE(room);
    EXPECT_EQ(recorder.held(), 1000u);
    LoggerEvent event;
    event.logger = "L";
    EXPECT_EQ(recorder.commit(*room, event), Commit::Stored);
    EXPECT_EQ(room->bytes(), 1000 - encodedSize(event));
    EXPECT_EQ(recorder.held(), room->bytes());
    EXPECT_EQ(recorder.commit(*room, ExchangeRecord{}), Commit::Stored);
  }
  EXPECT_EQ(recorder.held(), 0u);
  ASSERT_EQ(recorder.events().size(), 2u);
  EXPECT_EQ(decodeLogger(recorder.events()[0])->logger, "L");
}

TEST(Recorder, AnEventLargerThanItsRoomIsTaken) {
  MemoryRecorder recorder(100);
  auto room = recorder.reserve(10);
  ASSERT_TRUE(room);
  const std::string body(5000, 'b');
  ExchangeRecord record;
  record.request_body = body;
  EXPECT_EQ(recorder.commit(*room, record), Commit::Stored);
  EXPECT_EQ(recorder.held(), 0u);
  EXPECT_EQ(decodeExchange(recorder.events()[0])->request_body, body);
}

TEST(Recorder, AMovedRoomGivesBackOnce) {
  MemoryRecorder recorder(100);
  auto room = recorder.reserve(60);
  EXPECT_FALSE(recorder.reserve(60));
  Room moved = std::move(*room);
  moved = Room();
  EXPECT_EQ(recorder.held(), 0u);
  EXPECT_TRUE(recorder.reserve(60));
}

}  // namespace
}  // namespace sluice::event
