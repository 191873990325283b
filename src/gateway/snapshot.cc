#include "gateway/snapshot.h"

#include "policy/compiler.h"

namespace sluice::gateway {

Snapshot::Snapshot(std::shared_ptr<const config::Configuration> configuration,
                   std::shared_ptr<upstream::BackendHealths> healths)
    : configuration_(std::move(configuration)),
      router_(*configuration_),
      subscriptions_(*configuration_),
      backends_(*configuration_),
      healths_(std::move(healths)),
      choices_(*configuration_, *healths_) {}

std::shared_ptr<const Snapshot> Snapshot::build(std::shared_ptr<const config::Configuration> configuration,
                                                const policy::Catalogue& catalogue, Diagnostics& diagnostics,
                                                const Snapshot* before) {
  auto healths = before != nullptr ? before->healths_ : std::make_shared<upstream::BackendHealths>();
  std::shared_ptr<Snapshot> snapshot(new Snapshot(std::move(configuration), std::move(healths)));
  if (!snapshot->compile(catalogue, diagnostics)) return nullptr;
  return snapshot;
}

bool Snapshot::compile(const policy::Catalogue& catalogue, Diagnostics& diagnostics) {
  policy::Compiler compiler(*configuration_, catalogue, diagnostics);
  compiler.compileAll();
  if (diagnostics.hasErrors()) return false;
  global_ = compiler.pipelineFor(nullptr, nullptr, nullptr);
  pipelines_.resize(router_.operations());
  for (size_t i = 0; i < router_.operations(); ++i) {
    const auto& api = router_.apiOf(i);
    const auto& operation = router_.operationOf(i);
    pipelines_[i].push_back({nullptr, compiler.pipelineFor(&api, &operation, nullptr)});
    for (const auto* product : subscriptions_.productsOf(api))
      pipelines_[i].push_back({product, compiler.pipelineFor(&api, &operation, product)});
  }
  return !diagnostics.hasErrors();
}

const policy::Pipeline& Snapshot::pipeline(size_t operation, const config::Product* product) const {
  for (const auto& variant : pipelines_[operation])
    if (variant.product == product) return *variant.pipeline;
  return *pipelines_[operation].front().pipeline;
}

config::RecordBodies Snapshot::recordingOf(const config::Api* api) const {
  const auto& record = configuration_->settings.record;
  if (api != nullptr)
    if (const auto* own = config::findNamed(record.apis, api->name)) return *own;
  return record.bodies;
}

}  // namespace sluice::gateway
