// The Unix socket between `sluice query` and the explorer. Paths may be longer than sockaddr_un takes: they are reached
// through their directory's descriptor.
#pragma once

#include <string>

#include "base/result.h"
#include "journal/posix_file.h"

namespace sluice::analytics {

// Replaces what stands there: the caller holds the store, so nobody else can be listening. For the owner only.
Result<journal::Fd> listenAt(const std::string& path);
// Error: nobody listens.
Result<journal::Fd> connectTo(const std::string& path);
// Whether the other side of an accepted connection is this user or root.
bool isOwner(const journal::Fd& socket);

}  // namespace sluice::analytics
