#include "text/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "base/encoding.h"

namespace sluice::text {
namespace {

class File : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = (std::filesystem::temp_directory_path() / ("sluice-file-" + randomGuid())).string();
    std::filesystem::create_directories(folder_ + "/inside");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, std::string_view bytes) { std::ofstream(folder_ + "/" + name) << bytes; }

  std::string folder_;
};

TEST_F(File, ReadsUpToTheBound) {
  write("a", std::string(1000, 'x'));
  EXPECT_EQ(readFile(folder_ + "/a", 1000)->size(), 1000u);
  EXPECT_EQ(readFile(folder_ + "/a", 999).error().code, kFileTooLarge);
  EXPECT_EQ(readFile(folder_ + "/b", 999).error().code, kFileNotFound);
  EXPECT_EQ(readFile(folder_, 999).error().code, kFileNotRegular);
  write("empty", "");
  EXPECT_EQ(*readFile(folder_ + "/empty", 0), "");
}

TEST_F(File, NeitherWaitsForAPipeNorReadsADevice) {
  ASSERT_EQ(::mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(readFile(folder_ + "/pipe", 10).error().code, kFileNotRegular);
  EXPECT_EQ(readFile("/dev/zero", 10).error().code, kFileNotRegular);
}

TEST_F(File, ListsSortedWithoutHiddenEntriesAndPipes) {
  write("b", "");
  write("a", "");
  write(".hidden", "");
  ASSERT_EQ(::mkfifo((folder_ + "/pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("nowhere", folder_ + "/broken");
  const auto entries = listFolder(folder_);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ((*entries)[0].name, "a");
  EXPECT_EQ((*entries)[2].name, "inside");
  EXPECT_TRUE((*entries)[2].is_folder);
  EXPECT_EQ(listFolder(folder_, 2).error().code, kFileTooLarge);
}

TEST_F(File, LinksOutOfAFolderAreSeen) {
  write("inside/a", "");
  std::filesystem::create_symlink("/etc/passwd", folder_ + "/inside/out");
  std::filesystem::create_symlink("a", folder_ + "/inside/in");
  EXPECT_TRUE(isInside(folder_ + "/inside", folder_ + "/inside/a"));
  EXPECT_TRUE(isInside(folder_ + "/inside", folder_ + "/inside/in"));
  EXPECT_TRUE(isInside(folder_ + "/inside", folder_ + "/inside"));
  EXPECT_FALSE(isInside(folder_ + "/inside", folder_ + "/inside/out"));
  EXPECT_FALSE(isInside(folder_ + "/inside", folder_ + "/inside/../b"));
  EXPECT_FALSE(isInside(folder_ + "/inside", folder_));
}

TEST(Path, RelativePathsAreRelativeToTheFolder) {
  EXPECT_EQ(resolvePath("/c", "a/b"), "/c/a/b");
  EXPECT_EQ(resolvePath("/c", "./a/../b"), "/c/b");
  EXPECT_EQ(resolvePath("/c", "/a"), "/a");
  EXPECT_EQ(resolvePath("/c", ""), "");
}

}  // namespace
}  // namespace sluice::text
