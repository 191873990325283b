// The explorer as a process: what it stores while it or the gateway is killed, and what it answers.
#include "analytics/explorer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "analytics/protocol.h"
#include "analytics/query.h"
#include "analytics/query_socket.h"
#include "analytics/test_events.h"
#include "journal/journal.h"

namespace sluice::analytics {
namespace {

using namespace std::chrono_literals;

pid_t startExplorer(const ExplorerOptions& options) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(runExplorer(options, ::getppid()));
  return pid;
}

int endOf(pid_t pid) {
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct Printed {
  int code = 0;
  std::string out, err;
};

Printed query(const TestDirectory& directory, const std::string& sql, Format format = Format::Csv) {
  char* out = nullptr;
  char* err = nullptr;
  size_t out_size = 0, err_size = 0;
  QueryOptions options;
  options.store_path = directory.store();
  options.sql = sql;
  options.format = format;
  options.out = ::open_memstream(&out, &out_size);
  options.err = ::open_memstream(&err, &err_size);
  Printed printed;
  printed.code = runQuery(options);
  std::fclose(options.out);
  std::fclose(options.err);
  printed.out.assign(out, out_size);
  printed.err.assign(err, err_size);
  std::free(out);
  std::free(err);
  return printed;
}

// Asks until the answer is `expected`; how long that took.
Duration waitFor(const TestDirectory& directory, const std::string& sql, const std::string& expected) {
  const Instant from = SystemClock::instance().now();
  std::string last;
  while (SystemClock::instance().now() - from < 20s) {
    last = query(directory, sql).out;
    if (last == expected) return SystemClock::instance().now() - from;
    letPass(std::chrono::microseconds(20000));
  }
  EXPECT_EQ(last, expected) << sql;
  return 20s;
}

TEST(Explorer, AnExchangeCanBeAskedForWithinASecond) {
  TestDirectory directory;
  auto options = testExplorer(directory);
  { ASSERT_TRUE(journal::Journal::open(testJournal(directory))); }
  const pid_t explorer = startExplorer(options);
  waitFor(directory, "SELECT count(*) AS n FROM exchanges", "n\r\n0\r\n");
  {
    auto journal = std::move(*journal::Journal::open(testJournal(directory)));
    auto writer = std::move(*journal->makeWriter());
    Duration longest{};
    for (int i = 1; i <= 5; ++i) {
      event::ExchangeRecord record;
      record.status = 200;
      ASSERT_EQ(commit(*writer, record), journal::Writer::Outcome::Stored);
      longest = std::max(
          longest, waitFor(directory, "SELECT count(*) AS n FROM exchanges", "n\r\n" + std::to_string(i) + "\r\n"));
    }
    EXPECT_LT(longest, 1s);
  }
  struct stat status {};
  ASSERT_EQ(::stat(socketPath(directory.store()).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  ASSERT_EQ(::stat(directory.store().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0077, 0u);
  ::kill(explorer, SIGTERM);
  EXPECT_EQ(endOf(explorer), 0);
  EXPECT_FALSE(std::filesystem::exists(socketPath(directory.store())));
}

TEST(Explorer, QueriesFailClearly) {
  TestDirectory directory;
  { ASSERT_TRUE(journal::Journal::open(testJournal(directory))); }
  const pid_t explorer = startExplorer(testExplorer(directory));
  waitFor(directory, "SELECT 1 AS a", "a\r\n1\r\n");
  auto printed = query(directory, "SELECT nothing FROM exchanges");
  EXPECT_EQ(printed.code, 1);
  EXPECT_NE(printed.err.find("nothing"), std::string::npos);
  printed = query(directory, "DELETE FROM exchanges");
  EXPECT_EQ(printed.code, 1);
  EXPECT_NE(printed.err.find("only queries"), std::string::npos);
  printed = query(directory, "SELECT range AS r FROM range(100000)");
  EXPECT_EQ(printed.code, 0);
  EXPECT_NE(printed.err.find("first 1000 rows"), std::string::npos);
  printed = query(directory, "SHOW TABLES", Format::Table);
  EXPECT_NE(printed.out.find("openaiA"), std::string::npos);
  EXPECT_NE(printed.out.find("exchanges"), std::string::npos);
  ::kill(explorer, SIGTERM);
  EXPECT_EQ(endOf(explorer), 0);
}

TEST(Explorer, StrangersOnTheSocketDoNoHarm) {
  TestDirectory directory;
  { ASSERT_TRUE(journal::Journal::open(testJournal(directory))); }
  const pid_t explorer = startExplorer(testExplorer(directory));
  waitFor(directory, "SELECT 1 AS a", "a\r\n1\r\n");
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(1, '\1') + std::string(4, '\xff'),
                                   std::string("\1\4\0\0\0abcd", 9), std::string("\7\0\0\0\0", 5), std::string()}) {
    auto socket = connectTo(socketPath(directory.store()));
    ASSERT_TRUE(socket);
    [[maybe_unused]] const auto written = ::write(socket->get(), bytes.data(), bytes.size());
  }
  // One who asks for much and leaves at once.
  {
    auto socket = connectTo(socketPath(directory.store()));
    ASSERT_TRUE(sendFrame(socket->get(), FrameType::Ask,
                          encodeQuestion({"SELECT * FROM range(1000000000) a, range(1000000000) b", 1000000, 60s})));
  }
  waitFor(directory, "SELECT 2 AS a", "a\r\n2\r\n");
  const Instant from = SystemClock::instance().now();
  ::kill(explorer, SIGTERM);
  EXPECT_EQ(endOf(explorer), 0);
  EXPECT_LT(SystemClock::instance().now() - from, 20s) << "an abandoned query kept it";
}

TEST(Explorer, WithoutAGatewayTheQueryStoresTheJournalItself) {
  TestDirectory directory;
  {
    auto journal = std::move(*journal::Journal::open(testJournal(directory)));
    auto writer = std::move(*journal->makeWriter());
    for (int i = 0; i < 3; ++i) commit(*writer, loggerEvent(R"({"User":"Ann","total_tokens":4})"));
  }
  EXPECT_EQ(query(directory, "SELECT 1").code, 2);
  ASSERT_TRUE(saveOptions(testExplorer(directory)));
  auto printed = query(directory, "SELECT \"User\", sum(total_tokens) AS t FROM openaiA GROUP BY 1");
  EXPECT_EQ(printed.out, "User,t\r\nAnn,12\r\n") << printed.err;
  // And again: nothing twice. Then without journal and options, only the store.
  EXPECT_EQ(query(directory, "SELECT count(*) AS n FROM openaiA").out, "n\r\n3\r\n");
  std::filesystem::remove(optionsPath(directory.store()));
  std::filesystem::remove_all(directory.journal());
  EXPECT_EQ(query(directory, "SELECT count(*) AS n FROM openaiA").out, "n\r\n3\r\n");
}

TEST(Explorer, OptionsComeBackFromTheirFile) {
  TestDirectory directory;
  auto options = testExplorer(directory);
  options.tables[0].name = "quote\"d\\ \n\x01 name";
  options.threads = 3;
  ASSERT_TRUE(saveOptions(options));
  const auto loaded = loadOptions(optionsPath(directory.store()));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->journal_directory, options.journal_directory);
  EXPECT_EQ(loaded->store_path, options.store_path);
  EXPECT_EQ(loaded->memory_limit, options.memory_limit);
  EXPECT_EQ(loaded->threads, 3u);
  EXPECT_TRUE(loaded->tables == options.tables);
  EXPECT_FALSE(loadOptions(directory.path() + "/nothing"));
}

// Numbers of events committed by the writing child, in shared memory.
struct Told {
  std::atomic<uint64_t> committed;
};

[[noreturn]] void gateway(const TestDirectory& directory, Told& told) {
  auto journal = journal::Journal::open(testJournal(directory));
  if (!journal) ::_exit(1);
  auto writer = std::move(*(*journal)->makeWriter());
  for (uint64_t next = told.committed.load() + 1;; ++next) {
    const auto payload =
        "{\"total_tokens\":" + std::to_string(next) + ",\"User\":\"" + std::string(next % 900, 'u') + "\"}";
    const auto event = loggerEvent(payload);
    if (commit(*writer, event) == journal::Writer::Outcome::Pending) {
      while (writer->pending() > 0) {
        pollfd entry{writer->wakeFd(), POLLIN, 0};
        ::poll(&entry, 1, -1);
        writer->runCompletions();
      }
    }
    told.committed.store(next);
    if (next % 50 == 0) letPass(std::chrono::microseconds(1000));
  }
}

TEST(Explorer, KilledWithOrWithoutItsGatewayItStoresEverythingExactlyOnce) {
  TestDirectory directory;
  void* shared = ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  Told& told = *static_cast<Told*>(shared);
  { ASSERT_TRUE(journal::Journal::open(testJournal(directory))); }
  const auto options = testExplorer(directory);
  ASSERT_TRUE(saveOptions(options));
  std::mt19937 random(6);
  pid_t writing = 0;
  uint64_t extra = 0;
  for (int round = 0; round < 20; ++round) {
    if (writing == 0) {
      writing = ::fork();
      if (writing == 0) gateway(directory, told);
    }
    const pid_t explorer = startExplorer(options);
    letPass(std::chrono::microseconds(100000 + random() % 300000));
    ::kill(explorer, SIGKILL);
    EXPECT_EQ(endOf(explorer), 1000 + SIGKILL);
    if (round % 3 == 2) {
      ::kill(writing, SIGKILL);
      EXPECT_EQ(endOf(writing), 1000 + SIGKILL);
      writing = 0;
      // The record in the making may be stored although its commit did not return: then it is one more of that number.
      ++extra;
    }
  }
  if (writing != 0) {
    ::kill(writing, SIGKILL);
    EXPECT_EQ(endOf(writing), 1000 + SIGKILL);
    ++extra;
  }
  const uint64_t committed = told.committed.load();
  ASSERT_GT(committed, 1000u);
  const auto printed = query(directory,
                             "SELECT count(*), count(DISTINCT total_tokens), min(total_tokens), max(total_tokens), "
                             "(SELECT count(*) FROM unmapped), (SELECT count(*) FROM events) FROM openaiA");
  uint64_t rows = 0, distinct = 0, lowest = 0, highest = 0, unmapped = 1, others = 1;
  const auto line = printed.out.substr(printed.out.find('\n') + 1);
  ASSERT_EQ(
      std::sscanf(line.c_str(), "%lu,%lu,%lu,%lu,%lu,%lu", &rows, &distinct, &lowest, &highest, &unmapped, &others), 6)
      << printed.err;
  EXPECT_EQ(lowest, 1u);
  EXPECT_GE(highest, committed);
  EXPECT_LE(highest, committed + 1);
  EXPECT_EQ(distinct, highest) << "something is missing";
  EXPECT_LE(rows - distinct, extra) << "something is there twice";
  EXPECT_EQ(unmapped + others, 0u);
  ::munmap(shared, sizeof(Told));
}

}  // namespace
}  // namespace sluice::analytics
