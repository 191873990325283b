// Damage of every kind done to a journal's files, and what is read afterwards.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "journal/cursor.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "journal/test_directory.h"

namespace sluice::journal {
namespace {

using namespace std::chrono_literals;

std::string recordText(int number) {
  return "record " + std::to_string(number) + " " + std::string(static_cast<size_t>(number * 37) % 500, 'p');
}

// A journal of `count` records, closed.
void makeJournal(const TestDirectory& directory, int count, size_t segment_bytes = 1 << 20) {
  auto options = testOptions(directory);
  options.segment_bytes = segment_bytes;
  options.ring_bytes = 1 << 20;
  auto journal = std::move(*Journal::open(options));
  auto writer = std::move(*journal->makeWriter());
  for (int i = 0; i < count; ++i) {
    ASSERT_EQ(put(*writer, recordText(i)), Writer::Outcome::Stored);
    // Several batches, else one would fill one segment.
    if (i % 50 == 0) {
      ASSERT_TRUE(journal->flush(20s));
    }
  }
}

std::vector<std::string> reopenAndRead(const TestDirectory& directory, Stats* stats = nullptr) {
  auto journal = Journal::open(testOptions(directory));
  EXPECT_TRUE(journal) << (journal ? "" : journal.error().message);
  if (!journal) return {};
  if (stats != nullptr) *stats = (*journal)->stats();
  return readAll(directory);
}

void flipBit(const std::string& path, size_t bit) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(bit / 8));
  const auto byte = static_cast<char>(file.get() ^ (1 << (bit % 8)));
  file.seekp(static_cast<std::streamoff>(bit / 8));
  file.put(byte);
}

TEST(Recovery, ATailTornAnywhereIsCutAndWritingGoesOn) {
  TestDirectory original;
  makeJournal(original, 20);
  const auto segment = original.files("segment-").back();
  const auto size = std::filesystem::file_size(segment);
  for (size_t cut = 0; cut < size; cut += 61) {
    TestDirectory directory;
    std::filesystem::copy(original.journal(), directory.journal());
    const auto torn = directory.files("segment-").back();
    std::filesystem::resize_file(torn, cut);
    // As if the machine had lost the end: the control file must not promise more than there is.
    std::filesystem::remove(directory.journal() + "/control");
    {
      auto journal = std::move(*Journal::open(testOptions(directory)));
      auto writer = std::move(*journal->makeWriter());
      put(*writer, "after");
      ASSERT_TRUE(journal->flush(20s));
    }
    const auto read = readAll(directory);
    ASSERT_GE(read.size(), 1u);
    EXPECT_EQ(read.back(), "after");
    for (size_t i = 0; i + 1 < read.size(); ++i) EXPECT_EQ(read[i], recordText(static_cast<int>(i)));
    size_t whole = 0;
    size_t end = sizeof(SegmentHeader);
    while (whole < 20) {
      end += sizeof(RecordHeader) + aligned(recordText(static_cast<int>(whole)).size());
      if (end > cut) break;
      ++whole;
    }
    EXPECT_EQ(read.size(), whole + 1) << "cut at " << cut;
  }
}

TEST(Recovery, GarbageBehindTheLastRecordIsCut) {
  TestDirectory directory;
  makeJournal(directory, 20);
  const auto segment = directory.files("segment-").back();
  const auto size = std::filesystem::file_size(segment);
  std::ofstream(segment, std::ios::app | std::ios::binary) << std::string(5000, '\x5a');
  EXPECT_EQ(reopenAndRead(directory).size(), 20u);
  EXPECT_EQ(std::filesystem::file_size(segment), size);
}

// Every flipped bit costs at most the record that it is in, and never gives one that was not written.
TEST(Recovery, AFlippedBitCostsOneRecord) {
  TestDirectory original;
  makeJournal(original, 60);
  const auto size = std::filesystem::file_size(original.files("segment-").back());
  std::set<std::string> written;
  for (int i = 0; i < 60; ++i) written.insert(recordText(i));
  std::mt19937 random(11);
  for (int round = 0; round < 150; ++round) {
    TestDirectory directory;
    std::filesystem::copy(original.journal(), directory.journal());
    flipBit(directory.files("segment-").back(), random() % (size * 8));
    const auto read = reopenAndRead(directory);
    EXPECT_GE(read.size(), 59u);
    for (const auto& text : read) EXPECT_TRUE(written.contains(text));
    EXPECT_TRUE(std::ranges::is_sorted(read, {}, [](const auto& text) { return std::stoi(text.substr(7)); }));
  }
}

TEST(Recovery, ABodyThatLooksLikeARecordIsNeverTakenForOne) {
  TestDirectory directory;
  {
    auto journal = std::move(*Journal::open(testOptions(directory)));
    auto writer = std::move(*journal->makeWriter());
    RecordHeader forged;
    forged.length = 8;
    forged.sequence = 2;
    const std::string payload = "forged!!";
    forged.payload_check = checksum(std::as_bytes(std::span(payload)));
    forged.header_check = headerChecksum(forged, JournalId{});
    std::string body(reinterpret_cast<const char*>(&forged), sizeof forged);
    put(*writer, body + payload);
    put(*writer, "honest");
  }
  // The real header's length, so that a reader has to look for the next record inside the body.
  const auto segment = directory.files("segment-").back();
  std::ifstream file(segment, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  const auto at = bytes.find("SLCR", 8);
  ASSERT_NE(at, std::string::npos);
  flipBit(segment, (at + 4) * 8);
  EXPECT_EQ(reopenAndRead(directory), std::vector<std::string>{"honest"});
}

TEST(Recovery, MissingSegmentsAreCountedAndPassedOver) {
  TestDirectory directory;
  makeJournal(directory, 400, 8 * 1024);
  auto segments = directory.files("segment-");
  ASSERT_GT(segments.size(), 4u);
  std::filesystem::remove(segments[0]);
  std::filesystem::remove(segments[2]);
  const auto journal = std::move(*Journal::open(testOptions(directory)));
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  const auto read = readAll(*cursor);
  EXPECT_EQ(read.size() + cursor->stats().missing, 400u);
  EXPECT_GT(cursor->stats().missing, 0u);
  EXPECT_EQ(read.back(), recordText(399));
}

TEST(Recovery, WithoutAnySegmentNumbersGoOn) {
  TestDirectory directory;
  makeJournal(directory, 10);
  for (const auto& file : directory.files("segment-")) std::filesystem::remove(file);
  {
    auto journal = std::move(*Journal::open(testOptions(directory)));
    auto writer = std::move(*journal->makeWriter());
    put(*writer, "new");
  }
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  EXPECT_EQ(readAll(*cursor), std::vector<std::string>{"new"});
  EXPECT_EQ(cursor->position(), 11u);
  EXPECT_EQ(cursor->stats().missing, 10u);
}

TEST(Recovery, TheControlFileCanBeLostOrDamaged) {
  TestDirectory directory;
  makeJournal(directory, 10);
  const auto id = (*Cursor::open(directory.journal(), "test"))->journal();
  std::filesystem::remove(directory.journal() + "/control");
  EXPECT_EQ(reopenAndRead(directory).size(), 10u);
  std::filesystem::resize_file(directory.journal() + "/control", 100);
  EXPECT_EQ(reopenAndRead(directory).size(), 10u);
  flipBit(directory.journal() + "/control", 3);
  EXPECT_EQ(reopenAndRead(directory).size(), 10u);
  EXPECT_TRUE((*Cursor::open(directory.journal(), "test"))->journal() == id);
}

TEST(Recovery, AnEmptyDirectoryGivesAnotherJournalId) {
  TestDirectory first;
  TestDirectory second;
  makeJournal(first, 1);
  makeJournal(second, 1);
  EXPECT_FALSE((*Cursor::open(first.journal(), "test"))->journal() ==
               (*Cursor::open(second.journal(), "test"))->journal());
}

TEST(Recovery, FilesOfAnotherVersionAreRefusedNotTouched) {
  TestDirectory directory;
  makeJournal(directory, 5);
  const auto segment = directory.files("segment-").back();
  // The version stands behind the magic; the checksum is made right again.
  SegmentHeader header;
  std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
  file.read(reinterpret_cast<char*>(&header), sizeof header);
  ASSERT_EQ(header.marks, 0u);
  header.version = kFormatVersion + 1;
  header.check = 0;
  header.check = checksum(std::as_bytes(std::span(&header, 1)));
  file.seekp(0);
  file.write(reinterpret_cast<const char*>(&header), sizeof header);
  file.close();
  const auto journal = Journal::open(testOptions(directory));
  ASSERT_FALSE(journal);
  EXPECT_EQ(journal.error().code, static_cast<int>(ErrorCode::Version));
  EXPECT_TRUE(std::filesystem::exists(segment));
}

TEST(Recovery, AForeignRingIsSetAside) {
  TestDirectory directory;
  makeJournal(directory, 5);
  std::ofstream(directory.journal() + "/ring-0123456789abcdef.mmap") << std::string(8192, '\0');
  EXPECT_EQ(reopenAndRead(directory).size(), 5u);
  EXPECT_EQ(directory.files("ring-").size(), 1u);
  EXPECT_TRUE(directory.files("ring-")[0].ends_with(".damaged"));
}

// A file size limit stands for a full disk: writes stop in the middle of a record, and it can be lifted.
void fillDisk(const std::string& path, Overflow overflow) {
  ::signal(SIGXFSZ, SIG_IGN);
  Options options;
  options.directory = path;
  options.ring_bytes = 64 * 1024;
  options.consumers = {"test"};
  options.overflow = overflow;
  options.patience = 50ms;
  auto journal = std::move(*Journal::open(options));
  auto writer = std::move(*journal->makeWriter());
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = 300001;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  int stored = 0;
  int told = 0;
  const auto tell = [&](Status status) { (status ? stored : told) += 1; };
  int dropped = 0;
  while (told + dropped == 0) {
    const auto outcome = put(*writer, "number " + std::to_string(stored) + std::string(3000, '.'), tell);
    if (outcome == Writer::Outcome::Stored) ++stored;
    if (outcome == Writer::Outcome::Dropped) ++dropped;
    while (writer->pending() > 0) writer->runCompletions();
  }
  const bool refuses = overflow == Overflow::Refuse;
  if (refuses != !writer->reserve(1) || !journal->stats().blocked || (refuses && told == 0)) ::_exit(1);
  limit.rlim_cur = RLIM_INFINITY;
  ::setrlimit(RLIMIT_FSIZE, &limit);
  while (journal->stats().blocked) letPass(std::chrono::microseconds(1000));
  if (!writer->reserve(1)) ::_exit(2);
  put(*writer, "number " + std::to_string(stored++) + " after");
  if (!journal->flush(20s)) ::_exit(3);
  auto cursor = std::move(*Cursor::open(path, "test"));
  const auto read = readAll(*cursor);
  for (size_t i = 0; i < read.size(); ++i) {
    if (!read[i].starts_with("number " + std::to_string(i))) ::_exit(4);
  }
  if (read.size() != static_cast<size_t>(stored) || cursor->stats().corrupt + cursor->stats().missing > 0) ::_exit(5);
  if (journal->stats().dropped != static_cast<uint64_t>(told + dropped)) ::_exit(6);
  ::_exit(0);
}

class FullDisk : public ::testing::TestWithParam<Overflow> {};

TEST_P(FullDisk, BehavesAsDeclaredAndRecovers) {
  TestDirectory directory;
  const pid_t child = ::fork();
  if (child == 0) fillDisk(directory.journal(), GetParam());
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

INSTANTIATE_TEST_SUITE_P(Recovery, FullDisk, ::testing::Values(Overflow::Refuse, Overflow::DropAndCount));

}  // namespace
}  // namespace sluice::journal
