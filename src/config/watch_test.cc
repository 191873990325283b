#include "config/watch.h"

#include <gtest/gtest.h>
#include <poll.h>

#include "config/test_folder.h"

namespace sluice::config {
namespace {

class Watch : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("apis/a/policy.xml", "1");
    auto created = Watcher::create();
    ASSERT_TRUE(created) << created.error().message;
    watcher_ = std::make_unique<Watcher>(std::move(*created));
    folders_ = {folder_.path(), folder_ / "apis", folder_ / "apis/a"};
    ASSERT_EQ(watcher_->watch(folders_, {}), WatchOutcome::Extended);
    ASSERT_EQ(watcher_->watch(folders_, {}), WatchOutcome::Unchanged);
  }

  // inotify queues an event before the call that caused it returns, so what happened is there to be read.
  bool changed() {
    pollfd descriptor{watcher_->fd(), POLLIN, 0};
    const bool readable = ::poll(&descriptor, 1, 0) == 1;
    const bool result = watcher_->drain();
    EXPECT_TRUE(readable || !result);
    return result;
  }

  TestFolder folder_;
  std::unique_ptr<Watcher> watcher_;
  std::vector<std::string> folders_;
};

TEST_F(Watch, NothingHappens) {
  EXPECT_FALSE(changed());
}

TEST_F(Watch, AFileIsWritten) {
  folder_.write("apis/a/policy.xml", "2");
  EXPECT_TRUE(changed());
  EXPECT_FALSE(changed());
}

TEST_F(Watch, AnEditorRenamesItsCopyOverTheFile) {
  folder_.write("apis/a/.policy.xml.swp", "");
  folder_.write("apis/a/policy.xml~", "");
  EXPECT_FALSE(changed());
  std::filesystem::rename(folder_ / "apis/a/policy.xml~", folder_ / "apis/a/policy.xml");
  EXPECT_TRUE(changed());
}

TEST_F(Watch, FoldersComeAndGo) {
  folder_.write("apis/b/policy.xml", "1");
  EXPECT_TRUE(changed());
  folders_.push_back(folder_ / "apis/b");
  EXPECT_EQ(watcher_->watch(folders_, {}), WatchOutcome::Extended);
  folder_.write("apis/b/policy.xml", "2");
  EXPECT_TRUE(changed());
  std::filesystem::remove_all(folder_ / "apis/b");
  EXPECT_TRUE(changed());
  EXPECT_EQ(watcher_->watch(folders_, {}), WatchOutcome::Unchanged);  // what is not there is left out
  folder_.write("apis/b/policy.xml", "3");
  EXPECT_TRUE(changed());
  EXPECT_EQ(watcher_->watch(folders_, {}), WatchOutcome::Extended);
}

TEST_F(Watch, KubernetesSwapsTheDataLink) {
  const TestFolder map;
  map.write("..1/sluice.yaml", "a");
  map.write("..2/sluice.yaml", "b");
  std::filesystem::create_symlink("..1", map / "..data");
  std::filesystem::create_symlink("..data/sluice.yaml", map / "sluice.yaml");
  // The folder as configuration, and a file of it as a secret.
  for (const bool as_file : {false, true}) {
    const auto watched = as_file ? watcher_->watch({}, {map / "sluice.yaml"}) : watcher_->watch({map.path()}, {});
    ASSERT_TRUE(watched);
    EXPECT_FALSE(changed());
    std::filesystem::create_symlink(as_file ? "..1" : "..2", map / "..data_tmp");
    std::filesystem::rename(map / "..data_tmp", map / "..data");
    EXPECT_TRUE(changed());
  }
}

TEST_F(Watch, BesideAWatchedFileOthersDoNotMatter) {
  const TestFolder secrets;
  secrets.write("key", "1");
  ASSERT_TRUE(watcher_->watch({}, {secrets / "key"}));
  secrets.write("other", "1");
  EXPECT_FALSE(changed());
  secrets.write("key", "2");
  EXPECT_TRUE(changed());
}

TEST_F(Watch, WhatIsNoLongerWatchedIsQuiet) {
  EXPECT_EQ(watcher_->watch({folder_.path()}, {}), WatchOutcome::Unchanged);
  watcher_->drain();
  folder_.write("apis/a/policy.xml", "2");
  EXPECT_FALSE(changed());
}

}  // namespace
}  // namespace sluice::config
