// Certificate revocation lists (RFC 5280, section 5), as files have them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice {

// The lists of a file, each as DER: one in DER, or any number in PEM.
Result<std::vector<std::string>> readRevocationLists(std::string_view bytes);

}  // namespace sluice
