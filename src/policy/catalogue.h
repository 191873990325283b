// Catalogue: the policies that a program has. The gateway is handed one and never names a policy itself.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/descriptor.h"

namespace sluice::policy {

class Catalogue {
 public:
  // Descriptors live for ever.
  explicit Catalogue(std::span<const Descriptor* const> descriptors);

  const Descriptor* find(std::string_view name) const;
  std::span<const Descriptor* const> all() const { return descriptors_; }
  // Names to suggest from for an unknown one: ours, and those of API Management that we refuse.
  std::vector<std::string_view> names() const;

 private:
  std::vector<const Descriptor*> descriptors_;  // by name
};

// Why a policy that API Management knows is refused at load; empty for a name that it does not know either.
std::string_view refusalOf(std::string_view name);
// All of them, by name.
std::span<const std::pair<std::string_view, std::string_view>> refusedPolicies();

}  // namespace sluice::policy
