#include "cli/demo.h"

#include <fmt/format.h>
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "base/encoding.h"
#include "cli/paths.h"
#include "cli/sample_call.h"
#include "cli/service.h"
#include "cli/stand_ins.h"
#include "simulator/simulator.h"
#include "text/file.h"
#include "upstream/tokenizer.h"

namespace sluice::cli {
namespace {

namespace fs = std::filesystem;

std::string stateFolder() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
    return std::string(state) + "/sluice/demo";
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : "/tmp") + "/.local/state/sluice/demo";
}

// The simulator on a thread of its own, so that the gateway's threads are measured and behave as in production.
class SimulatorThread {
 public:
  ~SimulatorThread() {
    if (!thread_.joinable()) return;
    loop_.stop();
    thread_.join();
  }

  Status start(simulator::SimulatorOptions options) {
    std::promise<Status> started;
    auto result = started.get_future();
    thread_ = std::thread([this, &started, options = std::move(options)]() mutable {
      auto simulator = simulator::Simulator::start(loop_, std::move(options));
      if (!simulator) {
        started.set_value(tl::make_unexpected(simulator.error()));
        return;
      }
      addresses = (*simulator)->addresses();
      auto issued =
          (*simulator)->issueToken("alice@contoso.example", simulator::kCognitiveServices, std::chrono::hours(24));
      if (issued) token = *issued;
      started.set_value(issued ? Status() : tl::make_unexpected(issued.error()));
      loop_.run();
    });
    return result.get();
  }

  simulator::SimulatorAddresses addresses;
  std::string token;  // for the printed curl line

 private:
  runtime::Loop loop_;
  std::thread thread_;
};

enum class Shown : uint8_t { Sample, Extract };

struct Demo {
  DemoOptions options;
  Shown shown = Shown::Sample;
  StandIns stand_ins;
  simulator::World world = simulator::defaultWorld();
  SimulatorThread simulator;
  std::string ca;
  std::string token_file;
};

config::Overrides overridesFor(const Demo& demo) {
  config::Overrides overrides;
  overrides.listeners.push_back({config::Address{"127.0.0.1", demo.options.port}, std::nullopt});
  overrides.management = config::Listener{config::Address{"127.0.0.1", demo.options.management_port}, std::nullopt};
  const config::HostMapping local{config::Address{"127.0.0.1", demo.simulator.addresses.tls}, config::Path{demo.ca},
                                  false};
  for (const char* host : {"*.openai.azure.com", "api.openai.com", "login.microsoftonline.com", "sts.windows.net"})
    overrides.hosts.emplace_back(host, local);
  if (demo.shown == Shown::Sample) {
    overrides.named_values.emplace_back("tenant", demo.world.tenant_id);
  } else {
    // Every other host too, over plain HTTP: the simulator's certificate cannot have all their names.
    const config::Address plain{"127.0.0.1", demo.simulator.addresses.plain};
    overrides.hosts.emplace_back("*", config::HostMapping{{plain}, {}, true});
    overrides.named_values = demo.stand_ins.named_values;
    overrides.subscription_keys = demo.stand_ins.subscription_keys;
  }
  overrides.variant = demo.options.variant;
  overrides.vault_mode = config::VaultMode::StandIns;  // nothing leaves this machine
  overrides.journal_directory = demo.options.directory + "/journal";
  overrides.store_path = demo.options.directory + "/store.duckdb";
  return overrides;
}

Status writePrivate(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::trunc);
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  out << text;
  out.close();
  return out ? Status() : fail("cannot write " + path);
}

std::string pythonSnippet(const Demo& demo, const std::string& gateway) {
  return fmt::format(R"(from azure.identity import InteractiveBrowserCredential
interactive_credential = InteractiveBrowserCredential(tenant_id="{0}",
    authority="https://localhost:{1}", disable_instance_discovery=True)
token = interactive_credential.get_token("https://cognitiveservices.azure.com/.default email openid profile")
import openai
openai.api_type = "azure"
openai.api_base = "{2}/{3}/demo-workload"
openai.api_version = "2023-05-15"
openai.api_key = ""
response = openai.ChatCompletion.create(
    engine="{4}",
    headers={{"Authorization": f"Bearer {{token.token}}"}},
    messages=[
        {{"role": "system", "content": "Assistant is a large language model trained by OpenAI."}},
        {{"role": "user", "content": "Who were the founders of Microsoft?"}}
    ]
)
print(response)
)",
                     demo.world.tenant_id, demo.simulator.addresses.tls, gateway, demo.world.instances.front().name,
                     demo.world.instances.front().deployments.front().name);
}

void printStandIns(const Demo& demo) {
  if (!demo.stand_ins.named_values.empty()) std::printf("Stand-ins for what the extract lacks (nothing real):\n\n");
  for (const auto& [name, value] : demo.stand_ins.named_values)
    std::printf("  named value %s = %s\n", name.c_str(), value.c_str());
  std::printf("%sKeys:\n\n", demo.stand_ins.named_values.empty() ? "" : "\n");
  for (const auto& [name, key] : demo.stand_ins.subscription_keys)
    std::printf("  %s  %s%s\n", key.c_str(), name.c_str(), name == "master" ? " (every API)" : "");
}

void printExtract(const Demo& demo, const Service& service) {
  const auto snapshot = service.gateway().snapshot();
  const auto& configuration = snapshot->configuration();
  const std::string& gateway = service.gateway().addresses().front();
  std::printf("\nSluice %s: %s against the simulator. Nothing here leaves this machine.\n\n", SLUICE_VERSION,
              demo.options.configuration.c_str());
  printStandIns(demo);
  std::printf("\nOne call for each API:\n\n");
  const SampleCaller caller(configuration, gateway, demo.token_file,
                            demo.world.instances.front().deployments.front().name);
  for (const auto& api : configuration.apis) {
    const std::string call = sampleCall(caller, api);
    std::printf("  # %s%s\n  %s\n\n", api.display_name.c_str(), call.empty() ? " (it has no operation)" : "",
                call.c_str());
  }
  for (const auto& api : configuration.left_out)
    std::printf("  # left out: %s: %s\n", api.name.c_str(), api.reason.c_str());
  std::printf(
      "\nGateway         %s\nStatus          %s/status\nSimulator       https://localhost:%u, admin "
      "http://127.0.0.1:%u/simulator/\nData            %s\n\nCtrl-C ends it.\n\n",
      gateway.c_str(), service.managementAddress().c_str(), demo.simulator.addresses.tls,
      demo.simulator.addresses.admin, demo.options.directory.c_str());
  std::fflush(stdout);
}

void printWelcome(const Demo& demo, const Service& service) {
  if (demo.shown == Shown::Extract) return printExtract(demo, service);
  const std::string& gateway = service.gateway().addresses().front();
  const auto& instance = demo.world.instances.front();
  std::printf("\nSluice %s: the article's gateway, on this machine. Nothing here leaves it.\n\n", SLUICE_VERSION);
  std::printf(
      "Try it:\n\n  curl -s '%s/%s/demo-workload/openai/deployments/%s/chat/completions?api-version=2023-05-15' \\\n"
      "    -H \"Authorization: Bearer $(cat %s)\" -H 'Content-Type: application/json' \\\n"
      "    -d '{\"messages\":[{\"role\":\"user\",\"content\":\"Who were the founders of Microsoft?\"}]}'\n\n",
      gateway.c_str(), instance.name.c_str(), instance.deployments.front().name.c_str(), demo.token_file.c_str());
  std::printf(
      "See what was recorded, a second later:\n\n"
      "  %s query --store %s/store.duckdb --sql 'SELECT time, \"User\", Backend, WorkloadIdentifier, total_tokens FROM "
      "openaiA'\n"
      "  %s query --store %s/store.duckdb --sql 'SELECT time, \"user\", deployment, status, total_tokens, total_us "
      "FROM exchanges'\n\n",
      executablePath().c_str(), demo.options.directory.c_str(), executablePath().c_str(),
      demo.options.directory.c_str());
  std::printf(
      "Or sign in with a browser, as in the article (pip install openai==0.27.10 azure-identity;\n"
      "export REQUESTS_CA_BUNDLE=%s):\n\n%s\n",
      demo.ca.c_str(), pythonSnippet(demo, gateway).c_str());
  std::printf(
      "Gateway         %s\nStatus          %s/status\nSimulator       https://localhost:%u (Azure OpenAI, sign-in), "
      "admin http://127.0.0.1:%u/simulator/\nConfiguration   %s (edit it: changes are taken up at once)\n"
      "Data            %s\n\nCtrl-C ends it.\n\n",
      gateway.c_str(), service.managementAddress().c_str(), demo.simulator.addresses.tls,
      demo.simulator.addresses.admin, demo.options.configuration.c_str(), demo.options.directory.c_str());
  std::fflush(stdout);
}

// What tests need besides the service's own ready file.
Status writeReadyFile(const Demo& demo, const Service& service) {
  if (demo.options.ready_file.empty()) return {};
  const auto& instance = demo.world.instances.front();
  const auto text = fmt::format(
      R"({{"gateway":"{}","management":"{}","simulator":"https://localhost:{}","simulatorPort":{},"simulatorAdmin":"http://127.0.0.1:{}","ca":"{}","tokenFile":"{}","tenant":"{}","instance":"{}","deployment":"{}","directory":"{}","store":"{}/store.duckdb","configuration":"{}"}})",
      service.gateway().addresses().front(), service.managementAddress(), demo.simulator.addresses.tls,
      demo.simulator.addresses.tls, demo.simulator.addresses.admin, demo.ca, demo.token_file, demo.world.tenant_id,
      instance.name, instance.deployments.front().name, demo.options.directory, demo.options.directory,
      demo.options.configuration);
  if (auto written = writePrivate(demo.options.ready_file + ".partial", text + "\n"); !written) return written;
  fs::rename(demo.options.ready_file + ".partial", demo.options.ready_file);
  return {};
}

// The same at each start with the same state, so that printed keys stay good.
Result<std::string> seedIn(const std::string& directory) {
  const std::string path = directory + "/seed";
  if (auto kept = text::readFile(path, 1024); kept && !kept->empty()) return std::move(*kept);
  std::string made = hexEncode(randomBytes(16));
  if (auto written = writePrivate(path, made); !written) return tl::make_unexpected(written.error());
  return made;
}

// What the extract lacks, and the instances that it calls.
Status standIn(Demo& demo) {
  const auto seed = seedIn(demo.options.directory);
  if (!seed) return tl::make_unexpected(seed.error());
  config::Overrides overrides;
  overrides.variant = demo.options.variant;
  const auto first = config::load(demo.options.configuration, config::processEnvironment(), overrides);
  demo.stand_ins = standInsFor(first, demo.world, *seed);
  overrides.named_values = demo.stand_ins.named_values;
  const auto second = config::load(demo.options.configuration, config::processEnvironment(), overrides);
  // Whichever of them an API sends as a key, the instance it calls knows it.
  for (const auto& [name, value] : demo.stand_ins.named_values) demo.world.common_keys.emplace_back(value);
  // Mistakes that are left are reported when it is served.
  if (second.configuration == nullptr) return {};
  replaceTenants(*second.configuration, demo.world, demo.stand_ins);
  addInstances(*second.configuration, demo.world, *seed);
  return {};
}

Status prepare(Demo& demo) {
  DemoOptions& options = demo.options;
  if (options.directory.empty()) options.directory = stateFolder();
  if (!options.configuration.empty()) demo.shown = Shown::Extract;
  if (options.configuration.empty()) options.configuration = dataFolder() + "/examples/azure-openai";
  std::error_code error;
  options.configuration = fs::absolute(options.configuration, error).lexically_normal().string();
  fs::create_directories(options.directory, error);
  if (error) return fail("cannot make " + options.directory + ": " + error.message());
  fs::permissions(options.directory, fs::perms::owner_all, error);
  options.directory = fs::absolute(options.directory).lexically_normal().string();
  if (demo.shown == Shown::Extract)
    if (auto stood_in = standIn(demo); !stood_in) return stood_in;
  simulator::SimulatorOptions simulator;
  simulator.world = demo.world;
  if (demo.shown == Shown::Extract) simulator.plain_listen = "127.0.0.1:0";
  simulator.tls_listen = fmt::format("127.0.0.1:{}", options.simulator_port);
  simulator.state_folder = options.directory + "/simulator";
  simulator.tokenizers = std::make_shared<upstream::Tokenizers>(dataFolder() + "/tokenizer");
  if (auto started = demo.simulator.start(std::move(simulator)); !started) return started;
  demo.ca = options.directory + "/simulator/ca.pem";
  demo.token_file = options.directory + "/token";
  return writePrivate(demo.token_file, demo.simulator.token);
}

}  // namespace

int runDemo(DemoOptions options) {
  Demo demo;
  demo.options = std::move(options);
  const auto failed = [](const Status& status) {
    std::fprintf(stderr, "sluice demo: %s\n", status.error().message.c_str());
    return 1;
  };
  // Before any thread starts: a signal must wait for Service, which takes them on the main thread.
  sigset_t taken;
  sigemptyset(&taken);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&taken, number);
  pthread_sigmask(SIG_BLOCK, &taken, nullptr);
  ServeOptions serve;
  if (auto ready = prepare(demo); !ready) return failed(ready);
  serve.folder = demo.options.configuration;
  serve.overrides = overridesFor(demo);
  Service service(std::move(serve));
  if (auto started = service.start(); !started) return failed(started);
  printWelcome(demo, service);
  if (auto written = writeReadyFile(demo, service); !written) return failed(written);
  return service.run();
}

}  // namespace sluice::cli
