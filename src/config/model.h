// Configuration: one validated, immutable snapshot of everything that a gateway runs from. Built by config::load, held
// by shared_ptr<const Configuration>; an exchange keeps the one that it began with. Nothing in here changes or points
// outside. Lookups are linear or by binary search: they are for load time; the hot path holds pointers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/resources.h"
#include "config/settings.h"

namespace sluice::config {

struct Configuration {
  std::string folder;        // absolute
  std::string shown_folder;  // as it was given, without a slash at its end: what names of files begin with
  std::string version;       // hash of all that was read, 16 hexadecimal digits, for /status
  // Of all that was read and of every value that secrets, certificates and overrides gave; salted per process, so that
  // it tells nothing about them. Equal: loading again changed nothing.
  std::string fingerprint;
  Settings settings;

  std::optional<PolicyDocument> policy;  // global
  std::vector<Api> apis;
  std::vector<LeftOutApi> left_out;
  std::vector<VersionSet> version_sets;
  std::vector<Product> products;
  std::vector<Subscription> subscriptions;
  std::vector<User> users;
  std::vector<Group> groups;
  std::vector<Tag> tags;
  std::vector<Backend> backends;
  std::vector<Logger> loggers;
  std::vector<Fragment> fragments;
  std::vector<SchemaResource> schemas;  // of the service
  std::vector<Gateway> gateways;
  std::vector<DiagnosticSettings> diagnostics;  // of the service
  std::vector<NamedValue> named_values;
  std::vector<Certificate> certificates;
  std::vector<Authorization> authorizations;
  OutboundCredential outbound;
  std::vector<std::string> revocation_lists;  // DER, of settings.revocation_lists
  std::vector<MissingValue> missing_values;
  std::vector<UnreadValue> unread_values;

  // By ARM name, without case as ARM compares; null when absent. For an API its current revision.
  const Api* findApi(std::string_view name) const;
  const Product* findProduct(std::string_view name) const;
  const Backend* findBackend(std::string_view name) const;
  const Logger* findLogger(std::string_view name) const;
  const Fragment* findFragment(std::string_view name) const;
  const VersionSet* findVersionSet(std::string_view name) const;
  const Certificate* findCertificate(std::string_view id) const;
  const Certificate* findThumbprint(std::string_view thumbprint) const;
  const Authorization* findAuthorization(std::string_view provider, std::string_view id) const;
  const User* findUser(std::string_view name) const;
  // By display name, as {{...}} does.
  const NamedValue* findNamedValue(std::string_view display_name) const;
};

}  // namespace sluice::config
