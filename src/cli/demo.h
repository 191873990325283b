// `sluice demo`: the simulator, the sample configuration and `serve` in one process, ready to be called; prints a curl
// line, the article's Python snippet with the addresses filled in, and where to look. With a folder it runs any
// extract: every host that it calls is the simulator, what it lacks is stood in for, and one curl line is printed for
// each API.
#pragma once

#include <cstdint>
#include <string>

namespace sluice::cli {

struct DemoOptions {
  DemoOptions() = default;

  std::string configuration;  // folder, any extract; empty: the sample azure-openai
  std::string variant;        // of configuration.NAME.yaml; empty: none
  std::string directory;      // where journal, store and the simulator's CA live; empty: in the user's state folder
  uint16_t port = 8080;       // of the gateway; 0: any
  uint16_t management_port = 8081;
  uint16_t simulator_port = 0;
  std::string ready_file;
};

int runDemo(DemoOptions options);

}  // namespace sluice::cli
