#include "gateway/left_out.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "policy/document.h"

namespace sluice::gateway {
namespace {

class Refusals {
 public:
  Refusals(const config::Configuration& configuration, const policy::Catalogue& catalogue)
      : configuration_(configuration), catalogue_(catalogue) {}

  // Why the API cannot run; empty: no policy of it, nor of a product that has it, is refused.
  std::string of(const config::Api& api) const {
    std::string reason = of(api.policy);
    for (const auto& operation : api.operations)
      if (reason.empty()) reason = of(operation.policy);
    for (const auto& product : configuration_.products) {
      const bool has =
          std::ranges::any_of(product.apis, [&](const std::string& name) { return equalsIgnoreCase(name, api.name); });
      if (has && reason.empty()) reason = of(product.policy);
    }
    return reason;
  }

  std::string of(const std::optional<config::PolicyDocument>& policy) const {
    return policy ? of(*policy, policy::DocumentKind::Policies) : std::string();
  }

 private:
  std::string of(const config::PolicyDocument& source, policy::DocumentKind kind) const {
    Diagnostics mistakes;  // reported when the document is compiled
    const auto document = policy::Document::parse(source, kind, mistakes);
    return document == nullptr ? std::string() : of(*document, document->root());
  }

  std::string of(const policy::Document& document, const policy::Element& element) const {
    for (const auto& child : element.children) {
      if (child.name == "set-body") continue;  // what stands in it is text
      if (child.name == "include-fragment" && document.kind() == policy::DocumentKind::Policies) {
        const auto* id = child.attribute("fragment-id");
        const auto* fragment = id == nullptr ? nullptr : configuration_.findFragment(id->value.text);
        if (fragment == nullptr) continue;
        if (auto reason = of(fragment->policy, policy::DocumentKind::Fragment); !reason.empty()) return reason;
        continue;
      }
      if (const auto refusal = policy::refusalOf(child.name);
          !refusal.empty() && catalogue_.find(child.name) == nullptr)
        return fmt::format("the policy <{}> in {} is refused: {}", child.name, document.source().file, refusal);
      if (auto reason = of(document, child); !reason.empty()) return reason;
    }
    return {};
  }

  const config::Configuration& configuration_;
  const policy::Catalogue& catalogue_;
};

}  // namespace

std::shared_ptr<const config::Configuration> leaveOutRefused(std::shared_ptr<const config::Configuration> configuration,
                                                             const policy::Catalogue& catalogue) {
  const Refusals refusals(*configuration, catalogue);
  std::vector<config::LeftOutApi> left_out;
  std::vector<bool> leaves;
  for (const auto& api : configuration->apis) {
    auto reason = refusals.of(api);
    leaves.push_back(!reason.empty());
    if (!reason.empty()) left_out.push_back({api.name, api.path, std::move(reason)});
  }
  const auto is_refused = [&](const config::Product& product) { return !refusals.of(product.policy).empty(); };
  if (left_out.empty() && std::ranges::none_of(configuration->products, is_refused)) return configuration;
  auto changed = std::make_shared<config::Configuration>(*configuration);
  std::erase_if(changed->apis, [&, index = size_t{0}](const config::Api&) mutable { return leaves[index++]; });
  std::erase_if(changed->products, is_refused);
  std::ranges::move(left_out, std::back_inserter(changed->left_out));
  return changed;
}

}  // namespace sluice::gateway
