// One curl line for each API of any configuration, with what its path, version, key and token need filled in: what
// `sluice demo DIR` prints. The simulator's token stands in a file that the line reads.
#pragma once

#include <string>

#include "config/model.h"

namespace sluice::cli {

struct SampleCaller {
  SampleCaller(const config::Configuration& of, std::string address, std::string token, std::string model_deployment)
      : configuration(of),
        gateway(std::move(address)),
        token_file(std::move(token)),
        deployment(std::move(model_deployment)) {}

  const config::Configuration& configuration;
  std::string gateway;     // http://127.0.0.1:8080
  std::string token_file;  // of a token that the simulator's identity provider issued
  std::string deployment;  // what a `{deployment-id}` is filled with
};

// Empty: the API has no operation.
std::string sampleCall(const SampleCaller& caller, const config::Api& api);

}  // namespace sluice::cli
