#include "config/restart.h"

#include <gtest/gtest.h>

namespace sluice::config {
namespace {

TEST(Restart, NamesWhatAReloadCannotChange) {
  Settings running;
  Settings wanted = running;
  EXPECT_TRUE(keysThatNeedRestart(running, wanted).empty());
  wanted.record.bodies = RecordBodies::None;
  wanted.limits.request_body = kibibytes(1);
  EXPECT_TRUE(keysThatNeedRestart(running, wanted).empty()) << "these are read for each exchange";
  wanted.listeners.front().address.port = 9090;
  wanted.listeners.front().tls.emplace();
  wanted.journal.durability = Durability::Record;
  wanted.limits.head = kibibytes(1);
  EXPECT_EQ(keysThatNeedRestart(running, wanted),
            (std::vector<std::string_view>{"listeners", "limits.head", "journal"}));
}

}  // namespace
}  // namespace sluice::config
