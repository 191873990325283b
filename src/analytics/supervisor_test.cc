#include "analytics/supervisor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "analytics/test_events.h"

namespace sluice::analytics {
namespace {

using namespace std::chrono_literals;

// A program that stands for `sluice explorer`: writes a line with its arguments to `log`, then does `script`.
SupervisorOptions withScript(const TestDirectory& directory, const std::string& script) {
  SupervisorOptions options;
  options.explorer = testExplorer(directory);
  options.executable = directory.path() + "/program";
  options.first_backoff = 20ms;
  options.drain_limit = 5s;
  std::ofstream(options.executable) << "#!/bin/sh\necho \"$@\" >> " << directory.path() << "/log\n" << script << "\n";
  std::filesystem::permissions(options.executable, std::filesystem::perms::owner_all);
  return options;
}

std::vector<std::string> linesOf(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

template <class Condition>
bool becomes(Condition condition) {
  for (const Instant from = SystemClock::instance().now(); SystemClock::instance().now() - from < 20s;
       letPass(std::chrono::milliseconds(2))) {
    if (condition()) return true;
  }
  return false;
}

TEST(Supervisor, StartsAgainWhatDies) {
  TestDirectory directory;
  const auto log = directory.path() + "/log";
  auto supervisor = std::move(*Supervisor::start(withScript(directory, "exit 3")));
  EXPECT_TRUE(becomes([&] { return linesOf(log).size() >= 4; }));
  EXPECT_GE(supervisor->restarts(), 3u);
  EXPECT_EQ(linesOf(log)[0],
            "explorer --options " + optionsPath(directory.store()) + " --parent " + std::to_string(::getpid()));
  supervisor->stop();
  EXPECT_TRUE(loadOptions(optionsPath(directory.store())));
}

TEST(Supervisor, AKilledChildIsReplacedAtOnce) {
  TestDirectory directory;
  auto supervisor = std::move(*Supervisor::start(withScript(directory, "exec sleep 100")));
  ASSERT_TRUE(becomes([&] { return supervisor->child() != 0; }));
  const pid_t first = supervisor->child();
  ::kill(first, SIGKILL);
  EXPECT_TRUE(becomes([&] { return supervisor->child() != 0 && supervisor->child() != first; }));
  const pid_t second = supervisor->child();
  supervisor->stop();
  EXPECT_EQ(::kill(second, 0), -1) << "it outlived its supervisor";
}

TEST(Supervisor, StopWaitsForTheChildToDrain) {
  TestDirectory directory;
  const auto done = directory.path() + "/drained";
  auto supervisor = std::move(
      *Supervisor::start(withScript(directory, "trap 'sleep 0.2; touch " + done + "; exit 0' TERM\ntouch " +
                                                   directory.path() + "/ready\nwhile :; do sleep 0.05; done")));
  ASSERT_TRUE(becomes([&] { return std::filesystem::exists(directory.path() + "/ready"); }));
  supervisor->stop();
  EXPECT_TRUE(std::filesystem::exists(done));
  EXPECT_EQ(supervisor->restarts(), 0u);
}

TEST(Supervisor, AChildThatDoesNotEndIsKilled) {
  TestDirectory directory;
  auto options =
      withScript(directory, "trap '' TERM\ntouch " + directory.path() + "/ready\nwhile :; do sleep 0.05; done");
  options.drain_limit = 100ms;
  auto supervisor = std::move(*Supervisor::start(options));
  ASSERT_TRUE(becomes([&] { return std::filesystem::exists(directory.path() + "/ready"); }));
  const pid_t child = supervisor->child();
  supervisor->stop();
  EXPECT_EQ(::kill(child, 0), -1);
}

TEST(Supervisor, ReconfiguringReplacesTheChild) {
  TestDirectory directory;
  const auto log = directory.path() + "/log";
  auto supervisor = std::move(*Supervisor::start(withScript(directory, "exec sleep 100")));
  ASSERT_TRUE(becomes([&] { return linesOf(log).size() == 1; }));
  auto options = testExplorer(directory);
  options.tables[0].name = "renamed";
  ASSERT_TRUE(supervisor->reconfigure(options));
  EXPECT_TRUE(becomes([&] { return linesOf(log).size() == 2; }));
  EXPECT_EQ(supervisor->restarts(), 0u);
  EXPECT_EQ(loadOptions(optionsPath(directory.store()))->tables[0].name, "renamed");
  options.store_path += "x";
  EXPECT_FALSE(supervisor->reconfigure(options));
}

TEST(Supervisor, AProgramThatIsNotThereIsTriedAgain) {
  TestDirectory directory;
  SupervisorOptions options;
  options.explorer = testExplorer(directory);
  options.executable = directory.path() + "/nothing";
  options.first_backoff = 5ms;
  auto supervisor = std::move(*Supervisor::start(options));
  EXPECT_TRUE(becomes([&] { return supervisor->restarts() >= 3; }));
}

}  // namespace
}  // namespace sluice::analytics
