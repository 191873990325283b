// The command line: one function per command, declared here so that --help and the reference page have one source.
#pragma once

namespace CLI {
class App;
}

namespace sluice::cli {

// Adds every command; the one that runs leaves the process's exit code in `result`.
void addCommands(CLI::App& app, int& result);

}  // namespace sluice::cli
