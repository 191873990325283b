// Compiler: policy documents become pipelines. Made for one load of a configuration: it parses each document once,
// compiles each element once per section, and gives pipelines that share steps, and are shared whole by operations
// whose scopes are the same (reference 1.2). All mistakes of all documents go to one list.
#pragma once

#include <memory>

#include "base/diagnostic.h"
#include "config/model.h"
#include "policy/catalogue.h"
#include "policy/pipeline.h"

namespace sluice::policy {

class Compiler {
 public:
  // All three must outlive the compiler; pipelines need only the configuration. Parses every document there is.
  Compiler(const config::Configuration& configuration, const Catalogue& catalogue, Diagnostics& diagnostics);
  ~Compiler();
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  // The effective policy of an operation, called in the context of a product or of none. Null `operation`: the API's
  // own (no operation matched); null `api` too: the global one. Null is returned when there were mistakes.
  std::shared_ptr<const Pipeline> pipelineFor(const config::Api* api, const config::Operation* operation,
                                              const config::Product* product);
  // Compiles what pipelineFor gives for every operation in every context that can occur, so that all mistakes are
  // found; products without APIs included.
  void compileAll();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::policy
