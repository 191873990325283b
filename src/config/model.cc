#include "config/model.h"

#include "base/encoding.h"

namespace sluice::config {
namespace {

template <class T>
const T* findByName(const std::vector<T>& items, std::string_view name) {
  for (const auto& item : items)
    if (equalsIgnoreCase(item.name, name)) return &item;
  return nullptr;
}

}  // namespace

std::string_view apiTypeName(ApiType type) {
  static constexpr std::string_view kNames[] = {"http", "soap", "websocket", "graphql", "odata", "grpc", "mcp", "a2a"};
  return kNames[static_cast<size_t>(type)];
}

Diagnostic PolicyDocument::diagnostic(Severity severity, size_t offset, std::string message, std::string remedy) const {
  const SourceText text(file, source);
  return text.diagnostic(severity, expanded.originalOffset(offset), std::move(message), std::move(remedy));
}

Diagnostic PolicyDocument::relocate(Diagnostic diagnostic) const {
  if (diagnostic.location.line == 0) return diagnostic;
  const std::string_view text = expanded.text;
  size_t offset = 0;
  for (size_t line = 1; line < diagnostic.location.line; ++line) {
    const size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return diagnostic;
    offset = end + 1;
  }
  offset = std::min(text.size(), offset + (diagnostic.location.column > 0 ? diagnostic.location.column - 1 : 0));
  return this->diagnostic(diagnostic.severity, offset, std::move(diagnostic.message), std::move(diagnostic.remedy));
}

const Api* Configuration::findApi(std::string_view name) const {
  for (const auto& api : apis)
    if (api.is_current && equalsIgnoreCase(api.name, name)) return &api;
  return nullptr;
}
const Product* Configuration::findProduct(std::string_view name) const {
  return findByName(products, name);
}
const Backend* Configuration::findBackend(std::string_view name) const {
  return findByName(backends, name);
}
const Logger* Configuration::findLogger(std::string_view name) const {
  return findByName(loggers, name);
}
const Fragment* Configuration::findFragment(std::string_view name) const {
  return findByName(fragments, name);
}
const VersionSet* Configuration::findVersionSet(std::string_view name) const {
  return findByName(version_sets, name);
}
const Certificate* Configuration::findCertificate(std::string_view id) const {
  for (const auto& certificate : certificates)
    if (equalsIgnoreCase(certificate.id, id)) return &certificate;
  return nullptr;
}
const Certificate* Configuration::findThumbprint(std::string_view thumbprint) const {
  for (const auto& certificate : certificates)
    if (sameThumbprint(certificate.content.thumbprint, thumbprint)) return &certificate;
  return nullptr;
}
const Authorization* Configuration::findAuthorization(std::string_view provider, std::string_view id) const {
  for (const auto& authorization : authorizations)
    if (equalsIgnoreCase(authorization.provider, provider) && equalsIgnoreCase(authorization.id, id))
      return &authorization;
  return nullptr;
}
const User* Configuration::findUser(std::string_view name) const {
  return findByName(users, name);
}
const NamedValue* Configuration::findNamedValue(std::string_view display_name) const {
  return config::findNamedValue(named_values, display_name);
}

}  // namespace sluice::config
