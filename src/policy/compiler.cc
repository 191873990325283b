#include "policy/compiler.h"

#include <algorithm>
#include <array>
#include <map>

#include "policy/compiler_state.h"
#include "policy/plan.h"
#include "policy/section_emitter.h"
#include "policy/splice.h"

namespace sluice::policy {
namespace {

constexpr Section kSections[] = {Section::Inbound, Section::Backend, Section::Outbound, Section::OnError};

template <class T>
const std::optional<config::PolicyDocument>& policyOf(const T* resource) {
  static const std::optional<config::PolicyDocument> none;
  return resource == nullptr ? none : resource->policy;
}

}  // namespace

class Compiler::State {
 public:
  State(const config::Configuration& configuration, const Catalogue& catalogue, Diagnostics& diagnostics)
      : compiler_(configuration, catalogue, diagnostics) {}

  std::shared_ptr<const Pipeline> pipelineFor(const config::Api* api, const config::Operation* operation,
                                              const config::Product* product);
  void compileAll();

 private:
  using Documents = std::array<const Document*, 4>;  // global, product, API, operation

  std::shared_ptr<const Pipeline> compile(const Documents& documents);

  CompilerState compiler_;
  std::map<Documents, std::shared_ptr<const Pipeline>> pipelines_;
};

std::shared_ptr<const Pipeline> Compiler::State::pipelineFor(const config::Api* api, const config::Operation* operation,
                                                             const config::Product* product) {
  const auto& global = compiler_.configuration().policy;
  for (const auto* source : {&global, &policyOf(product), &policyOf(api), &policyOf(operation)})
    if (compiler_.broken(*source)) return nullptr;
  const Documents documents{compiler_.document(global), compiler_.document(policyOf(product)),
                            compiler_.document(policyOf(api)), compiler_.document(policyOf(operation))};
  const auto found = pipelines_.find(documents);
  if (found != pipelines_.end()) return found->second;
  return pipelines_.emplace(documents, compile(documents)).first->second;
}

std::shared_ptr<const Pipeline> Compiler::State::compile(const Documents& documents) {
  static constexpr Scope kScopes[] = {Scope::Global, Scope::Product, Scope::Api, Scope::Operation};
  ScopeChain chain;
  chain.add(Scope::Global, &factoryDocument());
  for (size_t i = 0; i < documents.size(); ++i)
    if (documents[i] != nullptr) chain.add(kScopes[i], documents[i]);
  auto pipeline = std::make_shared<Pipeline>();
  bool ok = true;
  for (const Section section : kSections) {
    SectionEmitter emitter(compiler_, chain, *pipeline, section);
    ok = emitter.run() && ok;
  }
  if (!ok) return nullptr;
  planBodies(*pipeline);
  return pipeline;
}

void Compiler::State::compileAll() {
  const config::Configuration& configuration = compiler_.configuration();
  pipelineFor(nullptr, nullptr, nullptr);
  for (const auto& product : configuration.products) pipelineFor(nullptr, nullptr, &product);
  for (const auto& api : configuration.apis) {
    std::vector<const config::Product*> contexts{nullptr};
    for (const auto& product : configuration.products)
      if (std::find(product.apis.begin(), product.apis.end(), api.name) != product.apis.end())
        contexts.push_back(&product);
    for (const auto* product : contexts) {
      pipelineFor(&api, nullptr, product);
      for (const auto& operation : api.operations) pipelineFor(&api, &operation, product);
    }
  }
}

Compiler::Compiler(const config::Configuration& configuration, const Catalogue& catalogue, Diagnostics& diagnostics)
    : state_(std::make_unique<State>(configuration, catalogue, diagnostics)) {}

Compiler::~Compiler() = default;

std::shared_ptr<const Pipeline> Compiler::pipelineFor(const config::Api* api, const config::Operation* operation,
                                                      const config::Product* product) {
  return state_->pipelineFor(api, operation, product);
}

void Compiler::compileAll() {
  state_->compileAll();
}

}  // namespace sluice::policy
