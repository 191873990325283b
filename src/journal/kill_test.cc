// A process that writes on several threads is killed again and again at moments chosen by a seed. What a commit had
// taken is read exactly once afterwards, in each thread's order; at most the one record in the making may be there too.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "journal/cursor.h"
#include "journal/journal.h"
#include "journal/test_directory.h"

namespace sluice::journal {
namespace {

constexpr size_t kThreads = 3;

// In memory shared with the child: what it says is committed.
struct Told {
  std::array<std::atomic<uint64_t>, kThreads> committed;
  std::atomic<uint64_t> started;
};

Options killOptions(const TestDirectory& directory) {
  auto options = testOptions(directory);
  options.segment_bytes = 2u << 20;
  return options;
}

// thread:number:padding, so that a record tells what it is and whether it is whole.
std::string makeText(size_t thread, uint64_t number, size_t padding) {
  return std::to_string(thread) + ":" + std::to_string(number) + ":" +
         std::string(padding, static_cast<char>('a' + number % 26));
}

void writeForEver(Journal& journal, size_t thread, uint64_t next, uint32_t seed, Told& told) {
  std::mt19937 random(seed + static_cast<uint32_t>(thread));
  auto writer = std::move(*journal.makeWriter());
  told.started.fetch_add(1);
  for (;; ++next) {
    // Mostly small; some of half a ring, a few larger than one, which take the slow way.
    const uint32_t dice = random() % 200;
    const size_t padding = dice == 0 ? 100000 + random() % 300000 : dice < 5 ? random() % 40000 : random() % 3000;
    if (put(*writer, makeText(thread, next, padding)) == Writer::Outcome::Pending) {
      while (writer->pending() > 0) {
        pollfd entry{writer->wakeFd(), POLLIN, 0};
        ::poll(&entry, 1, -1);
        writer->runCompletions();
      }
    }
    told.committed[thread].store(next);
  }
}

[[noreturn]] void child(const TestDirectory& directory, const std::array<uint64_t, kThreads>& next, uint32_t seed,
                        Told& told) {
  auto journal = Journal::open(killOptions(directory));
  if (!journal) ::_exit(1);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] { writeForEver(**journal, t, next[t], seed, told); });
  }
  for (auto& thread : threads) thread.join();
  ::_exit(0);
}

// Checks each record against what its thread said, and moves `next` past it.
class Reader {
 public:
  void take(const std::string& text) {
    const size_t first = text.find(':');
    const size_t second = text.find(':', first + 1);
    ASSERT_NE(second, std::string::npos);
    const size_t thread = std::stoul(text.substr(0, first));
    const uint64_t number = std::stoull(text.substr(first + 1));
    ASSERT_LT(thread, kThreads);
    EXPECT_EQ(number, next[thread]) << "thread " << thread << ": lost or repeated";
    EXPECT_EQ(text, makeText(thread, number, text.size() - second - 1));
    next[thread] = number + 1;
  }

  std::array<uint64_t, kThreads> next{1, 1, 1};
};

TEST(Kill, WhatWasCommittedIsThereExactlyOnceAfterEveryKill) {
  TestDirectory directory;
  void* shared = ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  Told& told = *static_cast<Told*>(shared);
  std::mt19937 random(20261123);
  Reader acknowledged;
  Reader reader;
  uint64_t recovered = 0;
  for (uint32_t round = 0; round < 40; ++round) {
    told.started.store(0);
    for (auto& committed : told.committed) committed.store(0);
    const pid_t pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) child(directory, reader.next, round * 100, told);
    while (told.started.load() < kThreads) letPass(std::chrono::microseconds(200));
    letPass(std::chrono::microseconds(random() % 30000));
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";

    const auto journal = Journal::open(killOptions(directory));
    ASSERT_TRUE(journal) << journal.error().message;
    recovered += (*journal)->stats().recovered;
    EXPECT_EQ((*journal)->stats().corrupt, 0u);
    auto cursor = std::move(*Cursor::open(directory.journal(), "test"));
    reader = acknowledged;
    for (const auto& text : readAll(*cursor)) reader.take(text);
    EXPECT_EQ(cursor->stats().missing + cursor->stats().corrupt, 0u);
    for (size_t t = 0; t < kThreads; ++t) {
      const uint64_t committed = told.committed[t].load();
      if (committed == 0) continue;
      EXPECT_GE(reader.next[t], committed + 1) << "lost what was committed";
      EXPECT_LE(reader.next[t], committed + 2) << "there is more than was written";
    }
    // Some rounds acknowledge nothing, so that what was recovered is met again by the next recovery and read again.
    if (round % 3 == 0) continue;
    cursor->acknowledge(cursor->position());
    acknowledged = reader;
  }
  EXPECT_GT(recovered, 0u) << "no kill met a record in a ring";
  ::munmap(shared, sizeof(Told));
}

}  // namespace
}  // namespace sluice::journal
