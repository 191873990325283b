// Lacks: what an extract does not hold and a gateway needs: values of secrets, subscription keys, users, credentials of
// loggers, certificates, credential providers, an external cache. Found in a Configuration that was read whole, also
// when it had mistakes; what sluice.yaml supplies is no longer lacking. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "text/node.h"

namespace sluice::config {

struct Configuration;

enum class LackKind : uint8_t {
  NamedValue,
  LoggerCredential,
  SubscriptionKey,
  User,
  Certificate,
  CredentialProvider,
  Cache,
};

struct Lack {
  LackKind kind = LackKind::NamedValue;
  std::string name;                    // as sluice.yaml names it
  std::string detail;                  // what else it is called, what it is for; may be empty
  std::vector<std::string> wanted_by;  // files and resources; empty: nothing asks for it
};

// `settings`: sluice.yaml, whose certificates and credentials count by name; null when there is none.
std::vector<Lack> findLacks(const Configuration& configuration, const text::Document* settings);

// For the terminal: each lack with who wants it, then the lines of sluice.yaml that would supply them all from the
// environment. Empty when nothing lacks.
std::string renderLacks(const std::vector<Lack>& lacks);

}  // namespace sluice::config
