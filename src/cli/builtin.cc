#include "cli/builtin.h"

#include "policies/builtin.h"

namespace sluice::cli {

const policy::Catalogue& catalogue() {
  static const policy::Catalogue all(policies::builtin());
  return all;
}

}  // namespace sluice::cli
