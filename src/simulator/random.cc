#include "simulator/random.h"

#include <fmt/format.h>

namespace sluice::simulator {

std::string Random::guid() {
  const uint64_t high = next();
  const uint64_t low = next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xfff,
                     0x8000 | ((low >> 48) & 0x3fff), low & 0xffffffffffff);
}

}  // namespace sluice::simulator
