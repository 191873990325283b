// Snapshot: one validated configuration and all that is compiled from it: routes, subscription keys, pipelines, backend
// handles' descriptions. Immutable; shared by all threads; an exchange keeps the one that it began with.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "config/loader.h"
#include "config/model.h"
#include "gateway/backend.h"
#include "gateway/backend_choice.h"
#include "gateway/router.h"
#include "gateway/subscriptions.h"
#include "policy/catalogue.h"
#include "policy/pipeline.h"

namespace sluice::gateway {

class Snapshot {
 public:
  // Null when there were errors, which are then in `diagnostics`. `before`: what it will replace, whose knowledge of
  // the backends' health it takes over.
  static std::shared_ptr<const Snapshot> build(std::shared_ptr<const config::Configuration> configuration,
                                               const policy::Catalogue& catalogue, Diagnostics& diagnostics,
                                               const Snapshot* before = nullptr);

  const config::Configuration& configuration() const { return *configuration_; }
  const Router& router() const { return router_; }
  const Subscriptions& subscriptions() const { return subscriptions_; }
  const BackendEntities& backends() const { return backends_; }
  const BackendChoices& choices() const { return choices_; }
  const upstream::BackendHealths& healths() const { return *healths_; }
  // Of the operation at Router's index, in the context of `product` (null: none).
  const policy::Pipeline& pipeline(size_t operation, const config::Product* product) const;
  // For requests that match no operation: the global document alone.
  const policy::Pipeline& globalPipeline() const { return *global_; }
  config::RecordBodies recordingOf(const config::Api* api) const;

 private:
  struct Variant {
    const config::Product* product;
    std::shared_ptr<const policy::Pipeline> pipeline;
  };

  Snapshot(std::shared_ptr<const config::Configuration> configuration,
           std::shared_ptr<upstream::BackendHealths> healths);
  bool compile(const policy::Catalogue& catalogue, Diagnostics& diagnostics);

  std::shared_ptr<const config::Configuration> configuration_;
  Router router_;
  Subscriptions subscriptions_;
  BackendEntities backends_;
  std::shared_ptr<upstream::BackendHealths> healths_;  // shared by all snapshots of a process
  BackendChoices choices_;
  std::vector<std::vector<Variant>> pipelines_;  // by operation index; the first variant has no product
  std::shared_ptr<const policy::Pipeline> global_;
};

}  // namespace sluice::gateway
