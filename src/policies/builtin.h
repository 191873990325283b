// The policies of this program: the one list of them all. Passed on to the gateway by whoever builds it.
#pragma once

#include "policy/catalogue.h"

namespace sluice::policies {

const policy::Catalogue& builtinCatalogue();

}  // namespace sluice::policies
