// VaultReader: the values that a configuration takes from Key Vaults: fetched over connections of its own, on the main
// thread's loop, and kept. A value that was read once stays until a newer one is read. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/model.h"
#include "config/vault.h"
#include "console/management.h"
#include "http/client.h"
#include "identity/managed_identity.h"
#include "runtime/connector.h"
#include "runtime/loop.h"
#include "runtime/resolver.h"

namespace sluice::cli {

class VaultReader final : public identity::TokenTransport {
 public:
  explicit VaultReader(runtime::Loop& loop);
  ~VaultReader() override;

  // Addresses, trust and identity of what was read last; before the first fetch.
  void use(const config::Configuration& configuration);

  // What nobody has asked for yet.
  std::vector<config::VaultReference> unknown(const std::vector<config::VaultReference>& references) const;

  enum class Change : uint8_t { None, Some };
  // Asks for each; what is not there when `patience` is over has failed. Some: a value came or changed.
  runtime::Task<Change> fetchAll(std::vector<config::VaultReference> references, Duration patience);

  const config::VaultValues& values() const { return values_; }
  bool anyFails() const;
  console::VaultState state() const;

  // identity::TokenTransport
  runtime::Task<Result<http::FetchResponse>> fetch(http::FetchRequest request) override;

 private:
  Change keep(const config::VaultReference& reference, Result<Secret> outcome);

  runtime::Loop& loop_;
  runtime::Resolver resolver_;
  runtime::Connector connector_;
  http::ClientPool clients_;
  std::string ca_file_;
  std::shared_ptr<const runtime::TlsClientContext> tls_;
  std::unique_ptr<identity::ManagedIdentities> identities_;
  config::VaultValues values_;
  uint64_t failures_ = 0;
};

}  // namespace sluice::cli
