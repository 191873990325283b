// Secrets of Azure Key Vault (its REST API, version 7.4: GET {vault}/secrets/{name}[/{version}]).
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "identity/managed_identity.h"
#include "runtime/task.h"

namespace sluice::identity {

// `url`: https://VAULT.vault.azure.net/secrets/NAME[/VERSION]. `client_id`: which of the machine's identities may read
// it; empty: the gateway's own. Both references must outlive the task. The error says what the vault answered, and no
// secret.
runtime::Task<Result<Secret>> readVaultSecret(TokenTransport& transport, ManagedIdentities& identities, std::string url,
                                              std::string client_id, Duration patience);

}  // namespace sluice::identity
