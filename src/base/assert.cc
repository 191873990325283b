#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

#include "base/log.h"

namespace sluice {

void assertionFailed(const char* kind, const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: %s(%s) failed\n", file, line, kind, condition);
  std::abort();
}

bool invariantFailed(const char* condition, const char* file, int line) {
  log::error("internal error: invariant failed",
             {{"condition", condition}, {"at", std::string(file) + ":" + std::to_string(line)}});
  return false;
}

}  // namespace sluice
