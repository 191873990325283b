#include "scenario/suite.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "scenario/runner.h"

namespace sluice::scenario {
namespace {

namespace fs = std::filesystem;

void addScenarios(const std::string& path, std::vector<std::string>& files) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    files.push_back(path);
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(path, error))
    if (entry.is_regular_file() && entry.path().extension() == ".scenario") files.push_back(entry.path().string());
}

class Suite {
 public:
  Suite(const RunOptions& options, const policy::Catalogue& catalogue, LiveGateway* live)
      : options_(options), catalogue_(catalogue), live_(live) {}

  void runFile(const std::string& file) {
    Diagnostics diagnostics;
    const auto scenario = readScenario(file, diagnostics);
    if (!scenario) {
      ++failed_;
      std::printf("FAIL  %s\n%s", file.c_str(), diagnostics.render().c_str());
      return;
    }
    if (const auto reason = whyNot(*scenario); !reason.empty()) {
      ++left_out_;
      std::printf("left  %s: %s: %s\n", file.c_str(), scenario->name.c_str(), reason.c_str());
      return;
    }
    print(file,
          live_ != nullptr ? live_->run(*scenario) : runScenario(*scenario, catalogue_, options_.tokenizer_folder));
  }

  int finish() const {
    std::printf("%zu passed, %zu failed", passed_, failed_);
    if (left_out_ > 0) std::printf(", %zu left out", left_out_);
    std::printf("\n");
    return failed_ == 0 && passed_ > 0 ? 0 : 1;
  }

 private:
  std::string whyNot(const Scenario& scenario) const {
    if (live_ != nullptr) return whyNotLive(scenario);
    return scenario.configured() ? std::string() : "it has no configuration: run it with --against";
  }

  void print(const std::string& file, const Outcome& outcome) {
    ++(outcome.passed() ? passed_ : failed_);
    std::printf("%s  %s: %s\n", outcome.passed() ? "ok  " : "FAIL", file.c_str(), outcome.name.c_str());
    for (const auto& difference : outcome.differences) std::printf("    %s\n", difference.c_str());
    if (outcome.passed() && options_.trace == TraceOutput::Failures) return;
    for (const auto& entry : outcome.trace) std::printf("    trace %s\n", entry.c_str());
  }

  const RunOptions& options_;
  const policy::Catalogue& catalogue_;
  LiveGateway* live_;  // null: scenarios are run here
  size_t passed_ = 0, failed_ = 0, left_out_ = 0;
};

}  // namespace

int runScenarios(const RunOptions& options, const policy::Catalogue& catalogue) {
  std::vector<std::string> files;
  for (const auto& path : options.paths) addScenarios(path, files);
  std::ranges::sort(files);
  std::unique_ptr<LiveGateway> live;
  if (options.live) {
    auto made = LiveGateway::create(*options.live);
    if (!made) {
      std::fprintf(stderr, "sluice test: %s\n", made.error().message.c_str());
      return 2;
    }
    live = std::move(*made);
  }
  Suite suite(options, catalogue, live.get());
  for (const auto& file : files) suite.runFile(file);
  return suite.finish();
}

}  // namespace sluice::scenario
