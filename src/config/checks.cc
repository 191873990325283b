#include "config/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <map>

#include "base/encoding.h"
#include "config/units.h"

namespace sluice::config {
namespace {

bool isIdentifier(std::string_view text) {
  if (text.empty() || text.size() > 128 || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

template <class T>
std::vector<std::string_view> namesOf(const std::vector<T>& items) {
  std::vector<std::string_view> names;
  for (const auto& item : items) names.push_back(item.name);
  return names;
}

bool contains(const std::vector<std::string_view>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view known) { return equalsIgnoreCase(known, name); });
}

class Checker {
 public:
  Checker(const Configuration& configuration, const text::Document* document,
          const std::vector<std::string>& known_apis, Diagnostics& diagnostics)
      : configuration_(configuration),
        document_(document),
        apis_(known_apis.begin(), known_apis.end()),
        diagnostics_(diagnostics) {}

  void check() {
    checkListeners();
    checkTables();
    checkHosts();
    checkNames();
    checkPaths();
    checkProducts();
    checkPools();
    checkDiagnosticLoggers();
  }

 private:
  // An error at a key of sluice.yaml, found by its path; at the file as a whole when it comes from an override.
  void settingError(std::initializer_list<std::string_view> path, std::string message, std::string remedy = {}) {
    if (document_ == nullptr)
      return diagnostics_.error({configuration_.folder, 0, 0}, std::move(message), std::move(remedy));
    text::Position position = document_->root().position;
    const text::Node* node = &document_->root();
    for (const auto key : path) {
      const auto found = std::ranges::find(node->members, key, &text::Member::key);
      if (found == node->members.end()) break;
      position = found->position;
      node = &found->value;
    }
    diagnostics_.add(document_->diagnostic(Severity::Error, position, std::move(message), std::move(remedy)));
  }

  void expectName(std::initializer_list<std::string_view> path, std::string_view kind, std::string_view name,
                  const std::vector<std::string_view>& known) {
    if (contains(known, name)) return;
    settingError(path, fmt::format("there is no {} `{}`", kind, name), text::suggestion(name, known));
  }

  // Extracts are full of APIs for https only: whoever puts a proxy in front has to say so.
  void checkPlainListeners() {
    const auto is_open = [](const Listener& listener) {
      const std::string& host = listener.address.host;
      const bool local = host.starts_with("127.") || host == "::1" || equalsIgnoreCase(host, "localhost");
      return !listener.tls && !local && listener.scheme == ClientScheme::Connection;
    };
    const auto wants_tls = [](const Api& api) {
      return !api.protocols.empty() && std::ranges::none_of(api.protocols, [](const std::string& protocol) {
        return equalsIgnoreCase(protocol, "http");
      });
    };
    const auto& listeners = configuration_.settings.listeners;
    const auto open = std::ranges::find_if(listeners, is_open);
    const auto count = std::ranges::count_if(configuration_.apis, wants_tls);
    if (open == listeners.end() || count == 0) return;
    diagnostics_.warning(
        document_ == nullptr ? Location{configuration_.folder, 0, 0} : document_->at(document_->root().position),
        fmt::format("the listener {}:{} is plain, and {} of the APIs are for https only: they answer "
                    "404 to clients that come by http from other machines",
                    open->address.host, open->address.port, count),
        "Give the listener `tls`, or `scheme: https` where a proxy in front takes TLS off.");
  }

  void checkListeners() {
    const auto& settings = configuration_.settings;
    checkPlainListeners();
    if (settings.listeners.empty()) settingError({"listeners"}, "`listeners` is empty: nobody could be served");
    if (settings.threads > 1024) settingError({"threads"}, "`threads` can be 1024 at most");
    if (settings.limits.head < kibibytes(4)) settingError({"limits", "head"}, "`limits.head` has to be 4KiB at least");
    if (settings.journal.ring_size < mebibytes(1))
      settingError({"journal", "ringSize"}, "`journal.ringSize` has to be 1MiB at least");
    if (settings.journal.size_limit < settings.journal.ring_size)
      settingError({"journal", "sizeLimit"}, "`journal.sizeLimit` is smaller than one ring");
  }

  void checkTables() {
    std::map<std::string, std::string, std::less<>> table_of;
    for (const auto& [name, table] : configuration_.settings.tables) {
      if (!isIdentifier(name))
        settingError({"tables", name}, fmt::format("`{}` is no table name", name), "Use letters, digits and `_`.");
      if (name == "exchanges")
        settingError({"tables", name}, "the table `exchanges` is the built-in record", "Choose another name.");
      if (table.logger.empty()) continue;  // reported when read
      expectName({"tables", name, "logger"}, "logger", table.logger, namesOf(configuration_.loggers));
      if (const auto [at, added] = table_of.emplace(table.logger, name); !added)
        settingError({"tables", name, "logger"},
                     fmt::format("the logger `{}` already fills the table `{}`", table.logger, at->second));
      if (table.columns.empty()) settingError({"tables", name}, fmt::format("the table `{}` has no columns", name));
      for (const auto& [column, type] : table.columns) {
        if (!isIdentifier(column))
          settingError({"tables", name, "columns", column}, fmt::format("`{}` is no column name", column),
                       "Use letters, digits and `_`.");
        if (equalsIgnoreCase(column, "time"))
          settingError({"tables", name, "columns", column}, "the column `time` is always there; it cannot be declared");
      }
    }
  }

  void checkHosts() {
    for (const auto& [host, mapping] : configuration_.settings.hosts)
      if (host != "*" && !parseAddress(host, PortPolicy::Optional))
        settingError({"hosts", host}, fmt::format("`{}` is no host or host:port", host), "Leave out scheme and path.");
  }

  void checkNames() {
    const auto& settings = configuration_.settings;
    for (const auto& name : settings.apis) expectName({"apis"}, "API", name, apis_);
    for (const auto& [name, bodies] : settings.record.apis) expectName({"record", "apis", name}, "API", name, apis_);
    for (const auto& [name, changes] : settings.backends)
      expectName({"backends", name}, "backend", name, namesOf(configuration_.backends));
    for (const auto& [name, changes] : settings.loggers)
      expectName({"loggers", name}, "logger", name, namesOf(configuration_.loggers));
  }

  // Two current APIs answer at one address when path, version set and version agree; without a set, when the path does.
  void checkPaths() {
    std::map<std::string, std::string, std::less<>> taken;
    for (const auto& api : configuration_.apis) {
      if (!api.version_set.empty() && configuration_.findVersionSet(api.version_set) == nullptr)
        diagnostics_.error(api.location, fmt::format("there is no version set `{}`", api.version_set),
                           text::suggestion(api.version_set, namesOf(configuration_.version_sets)));
      if (!api.is_current) continue;
      std::string place = api.path + "\n" + api.version_set + "\n" + api.version;
      std::ranges::transform(place, place.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
      if (const auto [at, added] = taken.emplace(std::move(place), api.name); !added)
        diagnostics_.error(api.location, fmt::format("the APIs `{}` and `{}` have the same path `{}`", at->second,
                                                     api.name, api.path));
    }
  }

  void checkProducts() {
    for (const auto& product : configuration_.products)
      for (const auto& api : product.apis)
        if (!contains(apis_, api))
          diagnostics_.warning(
              product.location,
              fmt::format("the product `{}` names the API `{}`, which is not there", product.name, api),
              text::suggestion(api, apis_));
    for (const auto& subscription : configuration_.subscriptions) {
      const bool to_api = subscription.scope == SubscriptionScope::Api;
      const bool to_product = subscription.scope == SubscriptionScope::Product;
      if ((to_api && !contains(apis_, subscription.target)) ||
          (to_product && configuration_.findProduct(subscription.target) == nullptr))
        diagnostics_.warning(subscription.location,
                             fmt::format("the subscription `{}` is for the {} `{}`, which is not there",
                                         subscription.name, to_api ? "API" : "product", subscription.target));
    }
  }

  void checkPools() {
    for (const auto& backend : configuration_.backends) {
      for (const auto& member : backend.pool) {
        const Backend* found = configuration_.findBackend(member.backend);
        if (found == nullptr)
          diagnostics_.error(
              backend.location,
              fmt::format("the pool `{}` names the backend `{}`, which is not there", backend.name, member.backend),
              text::suggestion(member.backend, namesOf(configuration_.backends)));
        else if (!found->pool.empty())
          diagnostics_.error(backend.location, fmt::format("the pool `{}` names `{}`, which is a pool itself",
                                                           backend.name, member.backend));
      }
    }
  }

  void checkDiagnosticLoggers() {
    const auto check = [&](const DiagnosticSettings& settings) {
      if (!settings.logger.empty() && configuration_.findLogger(settings.logger) == nullptr)
        diagnostics_.warning(settings.location, fmt::format("there is no logger `{}`", settings.logger),
                             text::suggestion(settings.logger, namesOf(configuration_.loggers)));
    };
    for (const auto& settings : configuration_.diagnostics) check(settings);
    for (const auto& api : configuration_.apis)
      for (const auto& settings : api.diagnostics) check(settings);
  }

  const Configuration& configuration_;
  const text::Document* document_;
  std::vector<std::string_view> apis_;
  Diagnostics& diagnostics_;
};

}  // namespace

void checkReferences(const Configuration& configuration, const text::Document* document,
                     const std::vector<std::string>& known_apis, Diagnostics& diagnostics) {
  Checker(configuration, document, known_apis, diagnostics).check();
}

}  // namespace sluice::config
