// One JSON file of the APIOps layout as a typed resource (reference section 4). `name` is the folder's name. Each
// function reads `{"properties": {...}}` and reports what is wrong, missing or unknown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/resources.h"
#include "text/node.h"

namespace sluice::config {

// Which APIs a subscription's `scope` opens; nullopt: it is no scope.
struct ScopeTarget {
  SubscriptionScope scope = SubscriptionScope::Service;
  std::string target;
};
std::optional<ScopeTarget> parseScope(std::string_view scope);

Api readApi(std::string name, const text::Document& document, Diagnostics& diagnostics);
DiagnosticSettings readDiagnosticSettings(std::string name, const text::Document& document, Diagnostics& diagnostics);
VersionSet readVersionSet(std::string name, const text::Document& document, Diagnostics& diagnostics);
Product readProduct(std::string name, const text::Document& document, Diagnostics& diagnostics);
Subscription readSubscription(std::string name, const text::Document& document, Diagnostics& diagnostics);
Group readGroup(std::string name, const text::Document& document, Diagnostics& diagnostics);
Tag readTag(std::string name, const text::Document& document, Diagnostics& diagnostics);
Gateway readGateway(std::string name, const text::Document& document, Diagnostics& diagnostics);
// Its value is not yet resolved from sluice.yaml.
NamedValue readNamedValue(std::string name, const text::Document& document, Diagnostics& diagnostics);
// These two may hold named values.
Backend readBackend(std::string name, const text::Document& document, const std::vector<NamedValue>& values,
                    Diagnostics& diagnostics);
// Supplied: sluice.yaml has its connection string, so what the file says of it need not resolve.
enum class LoggerCredentials { OfExtract, Supplied };
Logger readLogger(std::string name, const text::Document& document, const std::vector<NamedValue>& values,
                  Diagnostics& diagnostics, LoggerCredentials credentials = LoggerCredentials::OfExtract);
std::string readFragmentDescription(const text::Document& document, Diagnostics& diagnostics);

}  // namespace sluice::config
