// The reference page of policies, docs/reference/policies.md, from their descriptors: the only declaration that there
// is. A test holds the page to it.
#pragma once

#include <string>

#include "policy/catalogue.h"

namespace sluice::policy {

std::string policyReference(const Catalogue& catalogue);

}  // namespace sluice::policy
