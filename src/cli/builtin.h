// The policies that this program has, for everything that compiles documents.
#pragma once

#include "policy/catalogue.h"

namespace sluice::cli {

const policy::Catalogue& catalogue();

}  // namespace sluice::cli
