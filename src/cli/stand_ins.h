// Stand-ins for what an extract lacks, so that `sluice demo DIR` runs any extract: values for secrets that nobody
// supplied, a key for each subscription without one, and the Azure OpenAI instances that it names. All are derived from
// a seed, so that they are the same at each start; none is real.
#pragma once

#include <string>
#include <vector>

#include "config/loader.h"
#include "simulator/world.h"

namespace sluice::cli {

struct StandIns {
  config::Named<std::string> named_values;
  config::Named<std::string> subscription_keys;  // `master` among them: every API
};

// From what config::load found lacking.
StandIns standInsFor(const config::LoadResult& loaded, const simulator::World& world, const std::string& seed);

// A tenant that the configuration itself names gives way to the simulator's, which alone can sign people in here.
void replaceTenants(const config::Configuration& configuration, const simulator::World& world, StandIns& stand_ins);

// Adds to the world each NAME of NAME.openai.azure.com that the configuration names and the world does not have, with
// the deployments of its first instance.
void addInstances(const config::Configuration& configuration, simulator::World& world, const std::string& seed);

}  // namespace sluice::cli
