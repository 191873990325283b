#include "journal/journal.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "journal/cursor.h"
#include "journal/test_directory.h"

namespace sluice::journal {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Journal> openJournal(const Options& options) {
  auto journal = Journal::open(options);
  EXPECT_TRUE(journal) << (journal ? "" : journal.error().message);
  return std::move(*journal);
}

// Runs completions until none is pending, as a loop would.
void complete(Writer& writer) {
  while (writer.pending() > 0) {
    pollfd entry{writer.wakeFd(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 20000), 1) << "no completion came";
    writer.runCompletions();
  }
}

TEST(Journal, WhatIsCommittedIsReadInOrder) {
  TestDirectory directory;
  auto journal = openJournal(testOptions(directory));
  auto writer = std::move(*journal->makeWriter());
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    expected.push_back("record " + std::to_string(i) + std::string(static_cast<size_t>(i) % 300, '.'));
    if (put(*writer, expected.back()) == Writer::Outcome::Pending) complete(*writer);
  }
  ASSERT_TRUE(journal->flush(20s));
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  auto read = readAll(*cursor);
  // A record that took the slow way is behind those that the ring held.
  std::ranges::sort(read);
  std::ranges::sort(expected);
  EXPECT_EQ(read, expected);
  EXPECT_EQ(cursor->position(), 5000u);
  EXPECT_GT(journal->stats().segments, 1u);
  EXPECT_EQ(cursor->stats().missing, 0u);
}

TEST(Journal, RecordsOfAnySizeArriveWhole) {
  TestDirectory directory;
  auto journal = openJournal(testOptions(directory));
  auto writer = std::move(*journal->makeWriter());
  std::multiset<std::string> expected;
  int failed = 0;
  for (const size_t size : {0u, 1u, 7u, 8u, 9u, 4095u, 60000u, 65536u, 1000000u, 40000000u}) {
    const std::string text(size, static_cast<char>('a' + size % 26));
    expected.insert(text);
    put(*writer, text, [&](Status status) { failed += status ? 0 : 1; });
  }
  complete(*writer);
  EXPECT_EQ(failed, 0);
  ASSERT_TRUE(journal->flush(60s));
  const auto read = readAll(directory);
  EXPECT_TRUE(std::multiset<std::string>(read.begin(), read.end()) == expected);
}

TEST(Journal, ManyThreadsLoseAndRepeatNothing) {
  TestDirectory directory;
  auto journal = openJournal(testOptions(directory));
  constexpr int kThreads = 4;
  constexpr int kEach = 3000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&journal, t] {
      auto writer = std::move(*journal->makeWriter());
      for (int i = 0; i < kEach; ++i) {
        const auto text = std::to_string(t) + ":" + std::to_string(i) + std::string(static_cast<size_t>(i) % 97, '-');
        if (put(*writer, text) == Writer::Outcome::Pending) complete(*writer);
      }
    });
  }
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  std::set<std::string> seen;
  while (seen.size() < kThreads * kEach) {
    for (const auto& text : readAll(*cursor)) EXPECT_TRUE(seen.insert(text).second) << text;
    cursor->acknowledge(cursor->position());
    cursor->wait(100ms);
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(cursor->stats().missing + cursor->stats().corrupt, 0u);
}

TEST(Journal, ReservationsOpenAtOnceCommitInAnyOrderAndSmaller) {
  TestDirectory directory;
  auto journal = openJournal(testOptions(directory));
  auto writer = std::move(*journal->makeWriter());
  size_t first = *writer->reserve(800);
  size_t second = *writer->reserve(900);
  const auto fill = [](std::span<std::byte> to) { std::ranges::fill(to, std::byte{'x'}); };
  EXPECT_EQ(writer->commit(second, 10, fill), Writer::Outcome::Stored);
  EXPECT_EQ(second, 890u);
  EXPECT_EQ(writer->commit(first, 2000, fill), Writer::Outcome::Stored);
  EXPECT_EQ(first, 0u);
  writer->release(second);
  // All of the budget is there again.
  size_t held = 0;
  size_t count = 0;
  while (const auto one = writer->reserve(1024)) {
    held += *one;
    ++count;
  }
  EXPECT_EQ(held, 4 * 64 * 1024u);
  EXPECT_EQ(journal->stats().refused, 1u);
  writer->release(held);
  EXPECT_TRUE(writer->reserve(1));
}

TEST(Journal, DurableCommitsAnswerWhenTheyCanBeRead) {
  TestDirectory directory;
  auto options = testOptions(directory);
  options.durability = Durability::Record;
  auto journal = openJournal(options);
  auto writer = std::move(*journal->makeWriter());
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  for (uint64_t i = 1; i <= 50; ++i) {
    bool called = false;
    EXPECT_EQ(put(*writer, i % 10 == 0 ? std::string(100000, 'L') : "small",
                  [&](Status status) {
                    called = true;
                    EXPECT_TRUE(status);
                    EXPECT_GE(cursor->readable(), i);
                  }),
              Writer::Outcome::Pending);
    EXPECT_FALSE(called);
    complete(*writer);
    EXPECT_TRUE(called);
  }
}

TEST(Journal, SegmentsGoWhenEveryConsumerHasAcknowledgedThem) {
  TestDirectory directory;
  auto options = testOptions(directory);
  options.consumers = {"test", "other"};
  auto journal = openJournal(options);
  auto writer = std::move(*journal->makeWriter());
  for (int i = 0; i < 40; ++i) {
    put(*writer, std::string(50000, 'x'));
    complete(*writer);
  }
  ASSERT_TRUE(journal->flush(20s));
  const size_t before = directory.files("segment-").size();
  ASSERT_GT(before, 4u);
  auto first = std::move(*Cursor::open(directory.journal(), "test"));
  auto second = std::move(*Cursor::open(directory.journal(), "other"));
  first->acknowledge(40);
  second->acknowledge(1);
  EXPECT_EQ(directory.files("segment-").size(), before);
  second->acknowledge(40);
  while (journal->stats().segments > 1) std::this_thread::yield();
  EXPECT_EQ(directory.files("segment-").size(), 1u);
  // What is acknowledged is not read again, what comes after is.
  put(*writer, "next");
  ASSERT_TRUE(journal->flush(20s));
  EXPECT_EQ(readAll(directory), std::vector<std::string>{"next"});
}

TEST(Journal, ACursorGoesOnWhereItAcknowledged) {
  TestDirectory directory;
  auto options = testOptions(directory);
  {
    auto journal = openJournal(options);
    auto writer = std::move(*journal->makeWriter());
    for (const char* text : {"a", "b", "c"}) put(*writer, text);
    ASSERT_TRUE(journal->flush(20s));
    auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
    ASSERT_EQ(textOf(**cursor->next()), "a");
    cursor->acknowledge(1);
    ASSERT_EQ(textOf(**cursor->next()), "b");
  }
  auto journal = openJournal(options);
  auto writer = std::move(*journal->makeWriter());
  put(*writer, "d");
  ASSERT_TRUE(journal->flush(20s));
  EXPECT_EQ(readAll(directory), (std::vector<std::string>{"b", "c", "d"}));
  EXPECT_FALSE(Cursor::open(directory.journal(), "nobody"));
}

TEST(Journal, TheCapRefusesAndEnds) {
  TestDirectory directory;
  auto options = testOptions(directory);
  options.total_bytes = 600000;
  auto journal = openJournal(options);
  auto writer = std::move(*journal->makeWriter());
  int stored = 0;
  for (; stored < 10000 && !journal->stats().blocked; ++stored) {
    put(*writer, std::string(20000, 'x'));
    complete(*writer);
    std::this_thread::yield();
  }
  const auto refused = writer->reserve(1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, static_cast<int>(ErrorCode::Full));
  // What was reserved before is still taken.
  put(*writer, "late");
  ++stored;
  ASSERT_TRUE(journal->flush(20s));
  auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
  EXPECT_EQ(readAll(*cursor).size(), static_cast<size_t>(stored));
  cursor->acknowledge(cursor->position());
  while (!writer->reserve(1)) std::this_thread::yield();
  EXPECT_EQ(journal->stats().dropped, 0u);
}

TEST(Journal, WaitsForOneThatEnds) {
  TestDirectory directory;
  auto journal = openJournal(testOptions(directory));
  std::thread predecessor([&] { journal.reset(); });
  auto patient = testOptions(directory);
  patient.lock_patience = 20s;
  EXPECT_TRUE(Journal::open(patient));
  predecessor.join();
}

TEST(Journal, OneProcessAtATimeAndForItsOwnerOnly) {
  TestDirectory directory;
  auto journal = openJournal(testOptions(directory));
  auto writer = std::move(*journal->makeWriter());
  put(*writer, "x");
  ASSERT_TRUE(journal->flush(20s));
  const auto second = Journal::open(testOptions(directory));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, static_cast<int>(ErrorCode::Locked));
  struct stat status {};
  ASSERT_EQ(::stat(directory.journal().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  EXPECT_EQ(directory.files("").size(), 4u) << "lock, control, a ring, a segment";
  for (const auto& file : directory.files("")) {
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u) << file;
  }
}

TEST(Journal, AnOrderlyEndLeavesNoRings) {
  TestDirectory directory;
  {
    auto journal = openJournal(testOptions(directory));
    auto writer = std::move(*journal->makeWriter());
    for (int i = 0; i < 100; ++i) put(*writer, "x");
    writer.reset();
  }
  EXPECT_TRUE(directory.files("ring-").empty());
  auto journal = openJournal(testOptions(directory));
  EXPECT_EQ(journal->stats().recovered, 0u);
  EXPECT_EQ(readAll(directory).size(), 100u);
}

}  // namespace
}  // namespace sluice::journal
