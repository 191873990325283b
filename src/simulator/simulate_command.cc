#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "runtime/loop.h"
#include "runtime/signals.h"
#include "simulator/json_writer.h"
#include "simulator/simulator.h"
#include "text/file.h"

namespace sluice::simulator {
namespace {

constexpr size_t kMostWorldBytes = 4 << 20;

// Where the XDG base directory specification wants state that outlives a run.
std::string defaultStateFolder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return fmt::format("{}/sluice/simulator", state);
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') return fmt::format("{}/.local/state/sluice/simulator", home);
  return "sluice-simulator";
}

void complain(std::string_view message) {
  fmt::print(stderr, "sluice simulate: {}\n", message);
}

bool readWorldFile(SimulateCommand& command) {
  if (command.world_file.empty()) return true;
  const auto text = text::readFile(command.world_file, kMostWorldBytes);
  if (!text) {
    complain(text.error().message);
    return false;
  }
  Diagnostics diagnostics;
  command.options.world = readWorld(command.world_file, *text, diagnostics);
  fmt::print(stderr, "{}", diagnostics.render());
  return !diagnostics.hasErrors();
}

void describe(const Simulator& simulator, const SimulateCommand& command, const World& world) {
  const auto& ports = simulator.addresses();
  const auto& instance = world.instances.front();
  fmt::print("Simulating Azure OpenAI, OpenAI and an identity provider. Ctrl-C stops.\n");
  if (ports.tls != 0) fmt::print("  https  port {}  authority {}/ca.pem\n", ports.tls, command.options.state_folder);
  if (ports.plain != 0) fmt::print("  http   port {}\n", ports.plain);
  if (ports.admin != 0) fmt::print("  admin  http://127.0.0.1:{}/simulator/counters\n", ports.admin);
  for (const auto& each : world.instances) fmt::print("  {}.openai.azure.com\n", each.name);
  if (ports.tls != 0 && !instance.deployments.empty()) {
    fmt::print(
        "Try:\n  curl --cacert {0}/ca.pem --connect-to ::127.0.0.1:{1} \\\n"
        "    'https://{2}.openai.azure.com/openai/deployments/{3}/chat/completions?api-version=2024-10-21' \\\n"
        "    -H 'api-key: {4}' -H 'Content-Type: application/json' \\\n"
        "    -d '{{\"messages\":[{{\"role\":\"user\",\"content\":\"Who were the founders of Microsoft?\"}}]}}'\n",
        command.options.state_folder, ports.tls, instance.name, instance.deployments.front().name,
        instance.key.reveal());
  }
  std::fflush(stdout);
}

// Renamed into place: a reader never sees half of it.
bool writeReadyFile(const Simulator& simulator, const SimulateCommand& command) {
  if (command.ready_file.empty()) return true;
  const auto& ports = simulator.addresses();
  JsonWriter json;
  json.beginObject();
  if (ports.tls != 0) json.member("simulatorPort", ports.tls);
  if (ports.plain != 0) json.member("simulatorPlainPort", ports.plain);
  if (ports.admin != 0) json.member("simulatorAdmin", fmt::format("http://127.0.0.1:{}", ports.admin));
  json.member("ca", command.options.state_folder + "/ca.pem").endObject();
  const std::string partial = command.ready_file + ".partial";
  std::ofstream out(partial, std::ios::trunc);
  out << json.str() << '\n';
  out.close();
  std::error_code error;
  std::filesystem::rename(partial, command.ready_file, error);
  return out && !error;
}

}  // namespace

SimulateCommand::SimulateCommand() {
  options.tls_listen = "127.0.0.1:8443";
  options.admin_listen = "127.0.0.1:8444";
  options.state_folder = defaultStateFolder();
}

int runSimulate(SimulateCommand command) {
  if (!readWorldFile(command)) return 1;
  if (command.seed) command.options.world.seed = *command.seed;
  const auto world = command.options.world;
  runtime::Loop loop;
  runtime::Signals signals(loop, {SIGINT, SIGTERM});
  const auto simulator = Simulator::start(loop, command.options);
  if (!simulator) {
    complain(simulator.error().message);
    return 1;
  }
  describe(**simulator, command, world);
  if (!writeReadyFile(**simulator, command)) {
    complain("cannot write " + command.ready_file);
    return 1;
  }
  auto stopped = signals.next();
  loop.runTask(std::move(stopped));
  return 0;
}

}  // namespace sluice::simulator
