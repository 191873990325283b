#include "cli/service.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "analytics/supervisor.h"
#include "base/log.h"
#include "cli/paths.h"
#include "config/restart.h"
#include "gateway/left_out.h"
#include "policies/builtin.h"

namespace sluice::cli {
namespace {

// Changes come in bursts (an editor's save, a git pull): gathered this long before a reload (design, Configuration).
constexpr Duration kGather = std::chrono::milliseconds(200);

void reportLeftOut(const config::Configuration& configuration) {
  for (const auto& api : configuration.left_out)
    log::warning("API left out", {{"api", api.name}, {"reason", api.reason}});
}

analytics::ExplorerOptions explorerOptions(const config::Settings& settings) {
  analytics::ExplorerOptions options;
  options.journal_directory = settings.journal.directory.text;
  options.store_path = settings.store.path.text;
  options.memory_limit = settings.store.memory;
  options.tables = analytics::tableDefinitions(settings);
  return options;
}

}  // namespace

void addStrictErrors(const config::Configuration& configuration, Diagnostics& diagnostics) {
  for (const auto& api : configuration.left_out)
    diagnostics.error({configuration.folder, 0, 0}, "API `" + api.name + "` cannot run: " + api.reason,
                      "Without --strict it is left out and answers 501.");
}

Service::Service(ServeOptions options) : options_(std::move(options)), signals_(loop_, {SIGINT, SIGTERM, SIGHUP}) {}

Service::~Service() = default;

std::shared_ptr<const gateway::Snapshot> Service::load(Diagnostics& diagnostics) {
  options_.overrides.vault = vault_.values();
  auto loaded = config::load(options_.folder, config::processEnvironment(), options_.overrides);
  if (loaded.draft != nullptr) {
    vault_references_ = std::move(loaded.vault);
    vault_settings_ = loaded.draft->settings.key_vault;
    if (!vault_references_.empty()) vault_.use(*loaded.draft);
  }
  watched_folders_ = std::move(loaded.folders);
  watched_files_ = std::move(loaded.files);
  diagnostics = std::move(loaded.diagnostics);
  if (loaded.configuration == nullptr) return nullptr;
  loaded.configuration = gateway::leaveOutRefused(std::move(loaded.configuration), policies::builtinCatalogue());
  if (options_.strictness == Strictness::Strict) addStrictErrors(*loaded.configuration, diagnostics);
  if (diagnostics.hasErrors()) return nullptr;
  const gateway::Snapshot* before = gateway_ == nullptr ? nullptr : gateway_->snapshot().get();
  return gateway::Snapshot::build(std::move(loaded.configuration), policies::builtinCatalogue(), diagnostics, before);
}

Status Service::startExplorer() {
  const auto& settings = gateway_->snapshot()->configuration().settings;
  if (!settings.store.enabled) return {};
  analytics::SupervisorOptions options;
  options.explorer = explorerOptions(settings);
  auto started = analytics::Supervisor::start(std::move(options));
  if (!started) return tl::make_unexpected(started.error());
  explorer_ = std::move(*started);
  explorer_socket_ = explorer_->socket();
  return {};
}

Status Service::start() {
  Diagnostics diagnostics;
  auto snapshot = loadWithSecrets(diagnostics);
  std::fputs(diagnostics.render().c_str(), stderr);
  if (snapshot == nullptr)
    return fail(fmt::format("{}: {} mistakes; nothing is served", options_.folder, diagnostics.errors()));
  const auto& settings = snapshot->configuration().settings;
  log::setLevel(settings.log_level);
  reportLeftOut(snapshot->configuration());
  gateway::GatewayOptions options;
  options.tokenizer_folder = dataFolder() + "/tokenizer";
  if (settings.store.enabled) options.consumers.push_back("store");
  auto gateway = gateway::Gateway::start(snapshot, options);
  if (!gateway) return tl::make_unexpected(gateway.error());
  gateway_ = std::move(*gateway);
  reloads_.loaded_at = SystemClock::instance().utc();
  started_with_ = gateway_->snapshot()->configuration().settings;
  if (auto explorer = startExplorer(); !explorer) return explorer;
  management_ = std::make_unique<console::Management>(loop_, *gateway_, reloads_);
  auto bound = management_->listen(settings.management);
  if (!bound) return fail("cannot listen for management: " + bound.error().message);
  management_address_ = "http://" + bound->toString();
  gateway_->traces().setAddress(management_address_);
  gateway_->run();
  watchFiles();
  loop_.scope().spawn(refreshSecrets());
  for (const auto& address : gateway_->addresses()) log::info("serving", {{"address", address}});
  log::info("management", {{"address", management_address_}});
  return writeReadyFile();
}

Status Service::writeReadyFile() const {
  if (options_.ready_file.empty()) return {};
  std::string listeners;
  for (const auto& address : gateway_->addresses())
    listeners += fmt::format("{}\"{}\"", listeners.empty() ? "" : ",", address);
  const auto text = fmt::format(R"({{"pid":{},"gateway":[{}],"management":"{}","explorerSocket":"{}","folder":"{}"}})",
                                ::getpid(), listeners, management_address_, explorer_socket_, options_.folder);
  // Renamed into place: a reader never sees half of it.
  const std::string partial = options_.ready_file + ".partial";
  std::ofstream out(partial, std::ios::trunc);
  out << text << '\n';
  out.close();
  std::error_code error;
  std::filesystem::rename(partial, options_.ready_file, error);
  return out && !error ? Status() : fail("cannot write " + options_.ready_file);
}

void Service::watchFiles() {
  if (watcher_ == nullptr) {
    auto created = config::Watcher::create();
    if (!created || !watch_.attach(loop_, created->fd())) {
      log::warning("files are not watched: reload with SIGHUP", {});
      return;
    }
    watcher_ = std::make_unique<config::Watcher>(std::move(*created));
    loop_.scope().spawn(watchForChanges());
  }
  const auto watching = watcher_->watch(watched_folders_, watched_files_);
  if (!watching) {
    log::warning("not all files are watched", {{"reason", watching.error().message}});
  } else if (*watching == config::WatchOutcome::Extended && gateway_ != nullptr) {
    // What changed in a new folder between reading and watching it is not known.
    loop_.post([this] { reload(); });
  }
}

// Nothing is served yet, so waiting is all that there is to do; `keyVault.wait` bounds it.
std::shared_ptr<const gateway::Snapshot> Service::loadWithSecrets(Diagnostics& diagnostics) {
  auto snapshot = load(diagnostics);
  auto wanted = vault_.unknown(vault_references_);
  if (wanted.empty() || options_.overrides.vault_mode != config::VaultMode::Fetched) return snapshot;
  loop_.runTask(vault_.fetchAll(std::move(wanted), vault_settings_.wait));
  reloads_.vault = vault_.state();
  diagnostics = Diagnostics();
  return load(diagnostics);
}

runtime::Task<void> Service::fetchThenReload() {
  fetching_ = true;
  co_await vault_.fetchAll(vault_.unknown(vault_references_), vault_settings_.wait);
  fetching_ = false;
  reloads_.vault = vault_.state();
  reload();
}

runtime::Task<void> Service::refreshSecrets() {
  constexpr Duration kAfterFailure = std::chrono::minutes(1);
  for (;;) {
    const Duration interval = std::max<Duration>(vault_settings_.refresh, std::chrono::milliseconds(100));
    co_await loop_.sleepFor(vault_.anyFails() ? std::min(interval, kAfterFailure) : interval);
    if (vault_references_.empty() || fetching_) continue;
    const auto change = co_await vault_.fetchAll(vault_references_, std::max(vault_settings_.wait, kAfterFailure));
    reloads_.vault = vault_.state();
    if (change == VaultReader::Change::Some) reload();
  }
}

void Service::reload() {
  Diagnostics diagnostics;
  auto snapshot = load(diagnostics);
  watchFiles();
  if (options_.overrides.vault_mode == config::VaultMode::Fetched && !vault_.unknown(vault_references_).empty()) {
    // The secrets that it names anew come first; until then the one before serves.
    if (!fetching_) loop_.scope().spawn(fetchThenReload());
    return;
  }
  if (snapshot == nullptr) {
    ++reloads_.failures;
    reloads_.last_failure = diagnostics.render();
    log::error("configuration change refused; the one before keeps serving",
               {{"mistakes", std::to_string(diagnostics.errors())}, {"first", reloads_.last_failure}});
    return;
  }
  reloads_.last_failure.clear();
  if (snapshot->configuration().fingerprint == gateway_->snapshot()->configuration().fingerprint) return;
  ++reloads_.reloads;
  reloads_.loaded_at = SystemClock::instance().utc();
  reportLeftOut(snapshot->configuration());
  log::setLevel(snapshot->configuration().settings.log_level);
  reportRestart(snapshot->configuration().settings);
  const auto tables = analytics::tableDefinitions(gateway_->snapshot()->configuration().settings);
  gateway_->apply(std::move(snapshot));
  if (const auto options = explorerOptions(gateway_->snapshot()->configuration().settings);
      explorer_ != nullptr && options.tables != tables) {
    if (auto done = explorer_->reconfigure(options); !done)
      log::error("the store keeps its old tables", {{"reason", done.error().message}});
  }
  log::info("configuration reloaded", {{"version", gateway_->snapshot()->configuration().version}});
}

void Service::reportRestart(const config::Settings& wanted) const {
  std::string keys;
  for (const auto key : config::keysThatNeedRestart(started_with_, wanted))
    keys.append(keys.empty() ? "" : ", ").append(key);
  if (!keys.empty()) log::warning("settings that need a restart have changed; the old ones stay", {{"keys", keys}});
}

runtime::Task<void> Service::watchForChanges() {
  for (;;) {
    if (co_await watch_.wait(runtime::Direction::Read, runtime::kNever) != runtime::IoStatus::Ready) co_return;
    bool changed = watcher_->drain();
    watch_.drainedRead();
    if (!changed) continue;
    co_await loop_.sleepFor(kGather);
    watcher_->drain();
    watch_.drainedRead();
    reload();
  }
}

runtime::Task<void> Service::handleSignals() {
  for (;;) {
    const int signal = co_await signals_.next();
    if (signal == SIGHUP) {
      reload();
      continue;
    }
    log::info("draining", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    loop_.stop();
    co_return;
  }
}

int Service::run() {
  loop_.scope().spawn(handleSignals());
  loop_.run();
  gateway_->stop();
  if (explorer_ != nullptr) explorer_->stop();
  return 0;
}

int runServe(ServeOptions options) {
  Service service(std::move(options));
  if (auto started = service.start(); !started) {
    std::fprintf(stderr, "sluice: %s\n", started.error().message.c_str());
    return 1;
  }
  return service.run();
}

}  // namespace sluice::cli
