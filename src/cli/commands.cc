#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "analytics/explorer.h"
#include "analytics/query.h"
#include "cli/demo.h"
#include "cli/evaluate.h"
#include "cli/service.h"
#include "simulator/simulator.h"

namespace sluice::cli {
namespace {

// Options live as long as the App: each command's struct is kept alive by its callback.
void addServe(CLI::App& app, int& result) {
  auto options = std::make_shared<ServeOptions>();
  auto strict = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("serve", "Run the gateway on a configuration folder");
  command->add_option("DIR", options->folder, "Folder in APIOps layout, with sluice.yaml")->required();
  command->add_flag("--strict", *strict, "An API that cannot run is an error, instead of being left out");
  command->add_option("--ready-file", options->ready_file, "Write a JSON file with all addresses once serving");
  command->callback([options, strict, &result] {
    options->strictness = *strict ? Strictness::Strict : Strictness::Lenient;
    result = runServe(*options);
  });
}

void addDemo(CLI::App& app, int& result) {
  auto options = std::make_shared<DemoOptions>();
  auto* command = app.add_subcommand("demo", "Simulator, sample configuration and gateway in one, ready to be called");
  command->add_option("CONFIGURATION", options->configuration, "Another configuration folder than the sample");
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
  auto folder = std::make_shared<std::string>();
  auto strict = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("check", "Every mistake of a configuration folder, with file, line and remedy");
  command->add_option("DIR", *folder, "Folder in APIOps layout, with sluice.yaml")->required();
  command->add_flag("--strict", *strict, "An API that cannot run is an error");
  command->callback([folder, strict, &result] {
    result = runCheck(*folder, *strict ? Strictness::Strict : Strictness::Lenient);
  });
}

void addEval(CLI::App& app, int& result) {
  auto options = std::make_shared<EvaluateOptions>();
  auto* command = app.add_subcommand("eval", "Evaluate a policy expression, or a file of conformance cases");
  command->add_option("EXPRESSION", options->expression, "An expression: @( ... ) or @{ ... }");
  command->add_option("--fixture", options->fixture, "JSON file with the request context");
  command->add_option("--cases", options->cases, "JSON lines file of cases");
  command->add_option("--fixtures", options->fixtures, "Folder of the cases' fixtures");
  command->callback([options, &result] { result = runEvaluate(*options); });
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
  addEval(app, result);
  addVersion(app, result);
}

}  // namespace sluice::cli
