// main(): reads the command line, builds and owns everything.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app{"Sluice: an AI gateway that runs Azure API Management policies"};
  app.name("sluice");
  app.require_subcommand(1);
  app.footer("`sluice demo` shows everything on this machine, without Azure. Help on a command: sluice COMMAND --help");
  int result = 0;
  sluice::cli::addCommands(app, result);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return result;
}
