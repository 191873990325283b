// APIs that cannot run because a policy of theirs is one that this gateway refuses: each is left out whole and answers
// 501 (design, Configuration). Never is a single policy skipped.
#pragma once

#include <memory>

#include "config/model.h"
#include "policy/catalogue.h"

namespace sluice::gateway {

// `configuration`, or a copy in which those APIs are in `left_out`: APIs of a product whose policy is refused too, and
// the product is gone. Refused policies of the global document stay: they are for every API, and an error when
// compiled.
std::shared_ptr<const config::Configuration> leaveOutRefused(std::shared_ptr<const config::Configuration> configuration,
                                                             const policy::Catalogue& catalogue);

}  // namespace sluice::gateway
