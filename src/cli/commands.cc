#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "analytics/explorer.h"
#include "analytics/query.h"
#include "cli/check.h"
#include "cli/demo.h"
#include "cli/evaluate.h"
#include "cli/paths.h"
#include "cli/service.h"
#include "policies/builtin.h"
#include "scenario/suite.h"
#include "simulator/simulator.h"
#include "upstream/tokenizer.h"

namespace sluice::cli {
namespace {

// The store of a configuration folder, unless one is named.
int queryStore(analytics::QueryOptions options, const std::string& folder) {
  if (options.store_path.empty()) {
    auto loaded = config::load(folder.empty() ? "." : folder, config::processEnvironment());
    if (loaded.configuration == nullptr) {
      std::fputs(loaded.diagnostics.render().c_str(), stderr);
      std::fputs("sluice query: name a store with --store FILE, or a configuration folder with --config DIR\n", stderr);
      return 2;
    }
    options.store_path = loaded.configuration->settings.store.path.text;
  }
  return analytics::runQuery(options);
}

void addEnvironment(CLI::App& command, std::string& variant) {
  command.add_option("--env", variant, "Apply configuration.NAME.yaml, as APIOps' publisher does")->type_name("NAME");
}

// Options live as long as the App: each command's struct is kept alive by its callback.
void addServe(CLI::App& app, int& result) {
  auto options = std::make_shared<ServeOptions>();
  auto strict = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("serve", "Run the gateway on a configuration folder");
  command->add_option("DIR", options->folder, "Folder in APIOps layout, with sluice.yaml")->required();
  command->add_flag("--strict", *strict, "An API that cannot run is an error, instead of being left out");
  command->add_option("--ready-file", options->ready_file, "Write a JSON file with all addresses once serving");
  addEnvironment(*command, options->overrides.variant);
  command->callback([options, strict, &result] {
    options->strictness = *strict ? Strictness::Strict : Strictness::Lenient;
    result = runServe(*options);
  });
}

void addDemo(CLI::App& app, int& result) {
  auto options = std::make_shared<DemoOptions>();
  auto* command = app.add_subcommand("demo", "Simulator, sample configuration and gateway in one, ready to be called");
  command->add_option("DIR", options->configuration,
                      "Any extract instead of the sample: its hosts are the simulator, what it lacks is stood in for");
  addEnvironment(*command, options->variant);
  command->add_option("--dir", options->directory, "Where journal, store and the simulator's CA are kept");
  command->add_option("--port", options->port, "The gateway's port; 0: any")->capture_default_str();
  command->add_option("--management-port", options->management_port, "The management port; 0: any")
      ->capture_default_str();
  command->add_option("--simulator-port", options->simulator_port, "The simulator's port; 0: any")
      ->capture_default_str();
  command->add_option("--ready-file", options->ready_file, "Write a JSON file with all addresses once serving");
  command->callback([options, &result] { result = runDemo(*options); });
}

void addCheck(CLI::App& app, int& result) {
  auto options = std::make_shared<CheckOptions>();
  auto strict = std::make_shared<bool>(false);
  auto list = std::make_shared<bool>(false);
  auto* command = app.add_subcommand(
      "check", "Every mistake of a configuration folder, with file, line and remedy, and all that it lacks");
  command->add_option("DIR", options->folder, "Folder in APIOps layout, with sluice.yaml")->required();
  command->add_flag("--strict", *strict, "An API that cannot run is an error");
  command->add_flag("--list", *list, "List what is loaded");
  addEnvironment(*command, options->variant);
  command->callback([options, strict, list, &result] {
    options->strictness = *strict ? Strictness::Strict : Strictness::Lenient;
    options->listing = *list ? Listing::On : Listing::Off;
    result = runCheck(*options);
  });
}

void addEval(CLI::App& app, int& result) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* command = app.add_subcommand("eval", "Evaluate a policy expression, or a file of conformance cases");
  command->add_option("EXPRESSION", options->expression, "An expression: @( ... ) or @{ ... }");
  command->add_option("--fixture", options->fixture, "JSON file with the request context");
  command->add_option("--cases", options->cases, "JSON lines file of cases");
  command->add_option("--fixtures", options->fixtures, "Folder of the cases' fixtures");
  command->add_flag("--reference", options->reference, "Print the reference page: every type and member");
  command->callback([options, &result] { result = runEvaluate(*options); });
}

void addQuery(CLI::App& app, int& result) {
  auto options = std::make_shared<analytics::QueryOptions>();
  auto folder = std::make_shared<std::string>();
  auto wide = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("query", "Ask the local store, while the gateway runs or afterwards");
  command->add_option("--sql", options->sql, "The question: one SELECT")->required();
  auto* store = command->add_option("--store", options->store_path, "The store's file (default: that of --config)");
  command->add_option("--config", *folder, "Configuration folder whose store is meant (default: the present folder)")
      ->excludes(store);
  const std::map<std::string, analytics::Format> formats{
      {"table", analytics::Format::Table}, {"json", analytics::Format::Json}, {"csv", analytics::Format::Csv}};
  command->add_option("--format", options->format, "table, json or csv")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case));
  command->add_flag("--wide", *wide, "Do not cut cells to the terminal's width");
  command->add_option("--max-rows", options->max_rows, "Rows to fetch at most")->capture_default_str();
  command->callback([options, folder, wide, &result] {
    if (*wide) options->width = analytics::Width::Wide;
    result = queryStore(*options, *folder);
  });
}

void addExplorer(CLI::App& app, int& result) {
  auto file = std::make_shared<std::string>();
  auto parent = std::make_shared<pid_t>(0);
  // Run by the gateway itself; not for users.
  auto* command = app.add_subcommand("explorer", "")->group("");
  command->add_option("--options", *file, "")->required();
  command->add_option("--parent", *parent, "")->required();
  command->callback([file, parent, &result] {
    auto options = analytics::loadOptions(*file);
    if (!options) {
      std::fprintf(stderr, "sluice explorer: %s\n", options.error().message.c_str());
      result = 1;
      return;
    }
    result = analytics::runExplorer(*options, *parent);
  });
}

void addSimulate(CLI::App& app, int& result) {
  auto command_options = std::make_shared<simulator::SimulateCommand>();
  auto* command =
      app.add_subcommand("simulate", "The simulator alone: Azure OpenAI instances and an identity provider");
  command->add_option("--world", command_options->world_file, "YAML file with instances, users, faults");
  command->add_option("--listen", command_options->options.tls_listen, "host:port of every simulated host, https")
      ->capture_default_str();
  command->add_option("--plain-listen", command_options->options.plain_listen, "The same over http, for benchmarks");
  command->add_option("--admin-listen", command_options->options.admin_listen, "host:port of /simulator/...")
      ->capture_default_str();
  command->add_option("--state", command_options->options.state_folder, "Where its authority and keys are kept")
      ->capture_default_str();
  command->add_option("--seed", command_options->seed, "Answers are the same for the same seed");
  command->add_option("--name", command_options->options.extra_names, "More names for its certificate");
  command->add_option("--ready-file", command_options->ready_file, "Write a JSON file with all addresses once serving");
  command->callback([command_options, &result] {
    command_options->options.tokenizers = std::make_shared<upstream::Tokenizers>(dataFolder() + "/tokenizer");
    result = simulator::runSimulate(*command_options);
  });
}

// "Name: value", and "NAME=VARIABLE" whose value is in the environment, so that no key is in a shell's history.
bool addHeader(const std::string& text, scenario::Fields& headers) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) return false;
  const size_t value = text.find_first_not_of(' ', colon + 1);
  headers.emplace_back(text.substr(0, colon), value == std::string::npos ? std::string() : text.substr(value));
  return true;
}

bool addHeaderFromEnvironment(const std::string& text, scenario::Fields& headers) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return false;
  const char* value = std::getenv(text.substr(equals + 1).c_str());
  if (value == nullptr) return false;
  headers.emplace_back(text.substr(0, equals), value);
  return true;
}

struct LiveArguments {
  scenario::LiveOptions options;
  std::vector<std::string> headers, header_variables;
  int timeout_seconds = 30;
};

bool fillLive(LiveArguments& arguments) {
  arguments.options.timeout = std::chrono::seconds(arguments.timeout_seconds);
  for (const auto& header : arguments.headers) {
    if (addHeader(header, arguments.options.headers)) continue;
    std::fprintf(stderr, "sluice test: --header wants 'Name: value'\n");
    return false;
  }
  for (const auto& header : arguments.header_variables) {
    if (addHeaderFromEnvironment(header, arguments.options.headers)) continue;
    std::fprintf(stderr, "sluice test: --header-env wants NAME=VARIABLE, and that variable in the environment: %s\n",
                 header.c_str());
    return false;
  }
  return true;
}

void addLiveOptions(CLI::App& command, LiveArguments& live) {
  auto* against = command.add_option("--against", live.options.url,
                                     "A live API Management or gateway: send it the requests, compare its replies");
  command.add_option("--header", live.headers, "Of each request, as 'Name: value', instead of its own")
      ->allow_extra_args(false)
      ->needs(against);
  command.add_option("--header-env", live.header_variables, "The same, NAME=VARIABLE: the value is in the environment")
      ->allow_extra_args(false)
      ->needs(against);
  command.add_option("--timeout", live.timeout_seconds, "Seconds to wait for each reply")
      ->capture_default_str()
      ->check(CLI::Range(1, 3600))
      ->needs(against);
  command.add_option("--ca", live.options.ca_file, "PEM file of the authorities to trust, instead of the system's")
      ->needs(against);
}

void addTest(CLI::App& app, int& result) {
  auto options = std::make_shared<scenario::RunOptions>();
  auto live = std::make_shared<LiveArguments>();
  auto trace = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("test", "Run scenario files: requests, stub backends, a clock, expected replies");
  command->add_option("PATH", options->paths, "Scenario files, or folders with *.scenario")->required();
  command->add_flag("--trace", *trace, "Print the policy trace of each scenario's last request");
  addLiveOptions(*command, *live);
  command->callback([options, live, trace, &result] {
    if (*trace) options->trace = scenario::TraceOutput::Always;
    options->tokenizer_folder = dataFolder() + "/tokenizer";
    result = 2;
    if (!fillLive(*live)) return;
    if (!live->options.url.empty()) options->live = live->options;
    result = scenario::runScenarios(*options, policies::builtinCatalogue());
  });
}

void addVersion(CLI::App& app, int& result) {
  app.add_subcommand("version", "Print the version")->callback([&result] {
    std::printf("sluice %s\n", SLUICE_VERSION);
    result = 0;
  });
}

}  // namespace

void addCommands(CLI::App& app, int& result) {
  addDemo(app, result);
  addServe(app, result);
  addCheck(app, result);
  addTest(app, result);
  addQuery(app, result);
  addSimulate(app, result);
  addExplorer(app, result);
  addEval(app, result);
  addVersion(app, result);
}

}  // namespace sluice::cli
