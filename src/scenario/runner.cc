#include "scenario/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "event/event_kind.h"
#include "event/memory_recorder.h"
#include "gateway/worker.h"
#include "scenario/record_fields.h"
#include "scenario/stub.h"
#include "scenario/token_maker.h"

namespace sluice::scenario {
namespace {

namespace fs = std::filesystem;

// Longer than any wait that a policy may ask for in a scenario.
constexpr Duration kMostIdleTime = std::chrono::minutes(30);
constexpr size_t kMaxReply = 64u << 20;

// The inline configuration, written to a folder of its own that goes with the object.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const Fields& files) {
    std::string pattern = (fs::temp_directory_path() / "sluice-scenario-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data()) != nullptr ? pattern : std::string();
    for (const auto& [name, contents] : files) {
      const fs::path file = fs::path(path_) / name;
      fs::create_directories(file.parent_path());
      std::ofstream(file) << contents;
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A line for the policy, or what it said, and one for each value and change.
std::string traceLine(const policy::TraceEntry& entry) {
  const auto millis = [](Duration time) { return std::chrono::duration<double, std::milli>(time).count(); };
  auto line = fmt::format("{:8.3f} ms  {}", millis(entry.at), entry.source);
  if (!entry.scope.empty()) line += fmt::format(" ({} {}, {:.3f} ms)", entry.scope, entry.path, millis(entry.took));
  if (!entry.message.empty()) line += fmt::format(": {}", entry.message);
  for (const auto& detail : entry.details) {
    line += fmt::format("\n                     {}", detail.name);
    if (detail.kind == policy::TraceDetail::Kind::Expression)
      line += fmt::format(" = {}", detail.after);
    else
      line += fmt::format(": {}{}{}", detail.before, detail.before.empty() ? "" : " -> ", detail.after);
  }
  return line;
}

class Run final : public gateway::ExchangeObserver {
 public:
  Run(const Scenario& scenario, const policy::Catalogue& catalogue, const std::string& tokenizer_folder)
      : scenario_(scenario),
        catalogue_(catalogue),
        tokenizer_folder_(tokenizer_folder),
        clock_(scenario.clock),
        tokens_(scenario.issuer) {}

  Outcome run() {
    outcome_.name = scenario_.name;
    if (!start()) return outcome_;
    for (const auto& step : scenario_.steps) {
      trace_.clear();
      if (step.advance) {
        worker_->loop().advance(clock_, *step.advance);
        continue;
      }
      runStep(step);
      if (!outcome_.passed()) break;
    }
    outcome_.trace = trace_;
    return outcome_;
  }

  void finished(const policy::Exchange& exchange) override {
    for (const auto& entry : exchange.traces) trace_.push_back(traceLine(entry));
  }

 private:
  // Everything up to the first request. False: the configuration does not load, which is a difference too.
  bool start() {
    const bool in_place = !scenario_.folder.empty();
    if (!in_place) folder_ = std::make_unique<TemporaryFolder>(scenario_.files);
    const auto folder =
        in_place ? (fs::path(scenario_.file).parent_path() / scenario_.folder).string() : folder_->path();
    auto snapshot = load(folder);
    if (snapshot == nullptr) return false;
    shared_ = std::make_unique<gateway::Shared>(snapshot->configuration().settings, tokenizer_folder_);
    worker_ = std::make_unique<gateway::Worker>(*shared_, snapshot, clock_);
    auto recorder = std::make_unique<event::MemoryRecorder>();
    recorder_ = recorder.get();
    worker_->setRecorder(std::move(recorder));
    worker_->setObserver(this);
    stub_ = std::make_unique<Stub>(worker_->loop(), tokens_);
    auto ports = stub_->listen();
    const auto& listeners = snapshot->configuration().settings.listeners;
    const auto scheme = listeners.empty() ? config::ClientScheme::Connection : listeners.front().scheme;
    auto bound = worker_->listen(runtime::SocketAddress::loopback(0), nullptr, runtime::ReusePort::No, scheme);
    if (!ports || !bound) return differs("cannot listen on the loopback");
    auto hosts = std::make_shared<runtime::HostsMap>();
    constexpr auto kPlain = runtime::HostsMap::Transport::Plain;
    std::ignore = hosts->add("gateway.scenario", fmt::format("127.0.0.1:{}", bound->port()), "", kPlain);
    std::ignore = hosts->add("*:443", fmt::format("127.0.0.1:{}", ports->https), "", kPlain);
    std::ignore = hosts->add("*", fmt::format("127.0.0.1:{}", ports->http), "", kPlain);
    worker_->replaceHosts(std::move(hosts));
    port_ = bound->port();
    return true;
  }

  std::shared_ptr<const gateway::Snapshot> load(const std::string& folder) {
    config::Overrides overrides;
    overrides.named_values.assign(scenario_.named_values.begin(), scenario_.named_values.end());
    auto loaded = config::load(folder, config::processEnvironment(), overrides);
    std::shared_ptr<const gateway::Snapshot> snapshot;
    if (loaded.configuration != nullptr)
      snapshot = gateway::Snapshot::build(loaded.configuration, catalogue_, loaded.diagnostics);
    if (snapshot == nullptr)
      outcome_.differences.push_back("the configuration does not load:\n" + loaded.diagnostics.render());
    return snapshot;
  }

  bool differs(std::string message) {
    outcome_.differences.push_back(std::move(message));
    return false;
  }

  void runStep(const Step& step) {
    stub_->expect(step.backend);
    recorder_->clear();
    auto reply = request(step);
    const auto line = fmt::format("line {}: ", step.position.line);
    if (!reply) {
      differs(line + "no reply: " + reply.error().message);
      return;
    }
    Differences found;
    compare(step.expect, *reply, "reply", found);
    compareBackend(step, found);
    compareEvents(step, found);
    for (const auto& part : step.trace)
      if (std::ranges::none_of(trace_, [&](const auto& entry) { return entry.find(part) != std::string::npos; }))
        found.push_back(fmt::format("trace: `{}` is not in it", part));
    for (auto& difference : found) outcome_.differences.push_back(line + difference);
  }

  Result<Message> request(const Step& step) {
    runtime::Task<Result<Message>> task = performRequest(step);
    runtime::Loop& loop = worker_->loop();
    if (!task.start()) {
      for (Duration idle{0}; !task.done() && idle < kMostIdleTime;) {
        if (loop.poll(std::chrono::milliseconds(20))) continue;
        loop.advance(clock_, std::chrono::seconds(1));
        idle += std::chrono::seconds(1);
      }
    }
    if (!task.done()) return fail("nothing came in half an hour of the scenario's time");
    auto message = task.take();
    loop.settle();
    return message;
  }

  runtime::Task<Result<Message>> performRequest(const Step& step) {
    Arena arena;
    http::ClientExchange exchange(worker_->clients(), http::Endpoint("gateway.scenario", port_, nullptr), arena);
    http::ClientRequest request(&arena);
    request.method = step.method;
    request.target = step.url;
    for (const auto& [name, value] : step.headers) {
      auto expanded = tokens_.expand(value, clock_);
      if (!expanded) co_return tl::make_unexpected(expanded.error());
      request.headers.add(name, arena.copy(*expanded));
    }
    if (!request.headers.has("Host")) request.headers.add("Host", "gateway.test");
    const std::string_view body = step.body;
    if (!body.empty()) {
      request.framing = http::Framing::Length;
      request.body = {&body, 1};
    }
    if (auto sent = co_await exchange.send(request); !sent) co_return tl::make_unexpected(sent.error());
    auto head = co_await exchange.readHead();
    if (!head) co_return tl::make_unexpected(head.error());
    Message message;
    message.status = (*head)->status;
    for (const auto& field : (*head)->headers) message.headers.emplace_back(field.name, field.value);
    auto whole = co_await exchange.readWholeBody(kMaxReply);
    message.body = whole ? std::string(*whole) : "(the reply was cut off)";
    co_return message;
  }

  void compareBackend(const Step& step, Differences& found) {
    const auto& received = stub_->received();
    if (step.backend_given && received.size() != step.backend.size())
      found.push_back(fmt::format("backend calls: expected {}, got {}", step.backend.size(), received.size()));
    for (size_t i = 0; i < std::min(received.size(), step.backend.size()); ++i)
      compare(step.backend[i].expect, received[i], fmt::format("backend call {}", i + 1), found);
  }

  void compareEvents(const Step& step, Differences& found) {
    std::vector<event::LoggerEvent> logged;
    for (const auto& bytes : recorder_->events()) {
      if (event::kindOf(bytes) == event::EventKind::Logger) {
        if (auto decoded = event::decodeLogger(bytes)) logged.push_back(*decoded);
      } else if (auto record = event::decodeExchange(bytes)) {
        compareRecord(step.record, *record, found);
      }
    }
    if (!step.events) return;
    if (logged.size() != step.events->size())
      found.push_back(fmt::format("events: expected {}, got {}", step.events->size(), logged.size()));
    for (size_t i = 0; i < std::min(logged.size(), step.events->size()); ++i) {
      const auto& expected = (*step.events)[i];
      const auto what = fmt::format("event {}", i + 1);
      if (expected.logger && *expected.logger != logged[i].logger)
        found.push_back(fmt::format("{} logger: expected `{}`, got `{}`", what, *expected.logger, logged[i].logger));
      if (expected.payload && *expected.payload != logged[i].payload)
        found.push_back(fmt::format("{} payload: expected `{}`, got `{}`", what, *expected.payload, logged[i].payload));
      if (expected.payload_json != nullptr) compareJson(*expected.payload_json, logged[i].payload, what, found);
    }
  }

  const Scenario& scenario_;
  const policy::Catalogue& catalogue_;
  const std::string& tokenizer_folder_;
  ManualClock clock_;
  TokenMaker tokens_;
  Outcome outcome_;
  std::vector<std::string> trace_;
  std::unique_ptr<TemporaryFolder> folder_;
  std::unique_ptr<gateway::Shared> shared_;
  std::unique_ptr<gateway::Worker> worker_;
  std::unique_ptr<Stub> stub_;  // on the worker's loop, and before it goes
  event::MemoryRecorder* recorder_ = nullptr;
  uint16_t port_ = 0;
};

}  // namespace

Outcome runScenario(const Scenario& scenario, const policy::Catalogue& catalogue, const std::string& tokenizer_folder) {
  return Run(scenario, catalogue, tokenizer_folder).run();
}

}  // namespace sluice::scenario
