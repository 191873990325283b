#include "config/lacks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/encoding.h"
#include "config/model.h"
#include "config/named_attributes.h"

namespace sluice::config {
namespace {

class Finder {
 public:
  Finder(const Configuration& configuration, const text::Document* settings)
      : configuration_(configuration), settings_(settings) {}

  std::vector<Lack> find() {
    namedValues();
    subscriptions();
    for (const auto& backend : configuration_.backends)
      for (const auto& id : backend.credentials.certificates) certificate(id, backend.location.file);
    eachDocument([this](const PolicyDocument& document) { policy(document); });
    std::ranges::stable_sort(lacks_, {}, &Lack::kind);
    return std::move(lacks_);
  }

 private:
  void add(LackKind kind, std::string_view name, std::string detail, std::string wanted_by) {
    auto found = std::ranges::find_if(lacks_, [&](const Lack& lack) { return lack.kind == kind && lack.name == name; });
    if (found == lacks_.end())
      found = lacks_.insert(lacks_.end(), Lack{kind, std::string(name), std::move(detail), {}});
    auto& by = found->wanted_by;
    if (!wanted_by.empty() && std::ranges::find(by, wanted_by) == by.end()) by.push_back(std::move(wanted_by));
  }

  // Without the configuration's folder, which is common to all.
  std::string shown(const std::string& file) const {
    return file.starts_with(configuration_.shown_folder) ? file.substr(configuration_.shown_folder.size() + 1) : file;
  }

  void namedValues() {
    for (const auto& missing : configuration_.missing_values) {
      const auto* value = findNamedValue(configuration_.named_values, missing.name);
      if (!missing.logger.empty()) {
        const auto* logger = configuration_.findLogger(missing.logger);
        if (logger != nullptr && (!logger->connection_string.empty() || !logger->instrumentation_key.empty())) continue;
        add(LackKind::LoggerCredential, missing.logger, fmt::format("{{{{{}}}}}", missing.name), shown(missing.file));
        continue;
      }
      add(LackKind::NamedValue, value == nullptr ? missing.name : value->display_name,
          value == nullptr ? "not in the extract" : identity(*value), shown(missing.file));
    }
    for (const auto& value : configuration_.named_values)
      if (!value.resolved && !ofLogger(value)) add(LackKind::NamedValue, value.display_name, identity(value), {});
  }

  static std::string identity(const NamedValue& value) {
    return value.name == value.display_name ? "a secret" : fmt::format("a secret, id {}", value.name);
  }

  bool ofLogger(const NamedValue& value) const {
    return std::ranges::any_of(configuration_.missing_values, [&](const MissingValue& missing) {
      return !missing.logger.empty() && (missing.name == value.display_name || missing.name == value.name);
    });
  }

  void subscriptions() {
    for (const auto& subscription : configuration_.subscriptions) {
      if (subscription.primary_key.empty() && subscription.secondary_key.empty())
        add(LackKind::SubscriptionKey, subscription.name, subscription.display_name, {});
      if (!subscription.owner.empty() && configuration_.findUser(subscription.owner) == nullptr)
        add(LackKind::User, subscription.owner, {}, fmt::format("subscription {}", subscription.name));
    }
  }

  bool supplied(std::string_view key, std::string_view name) const {
    const text::Node* mapping = settings_ == nullptr ? nullptr : settings_->root().find(key);
    return mapping != nullptr && std::ranges::any_of(mapping->members, [&](const text::Member& member) {
             return equalsIgnoreCase(member.key, name);
           });
  }

  // By its id in sluice.yaml, or by its thumbprint.
  void certificate(std::string_view id, const std::string& file) {
    if (supplied("certificates", id) || configuration_.findThumbprint(id) != nullptr) return;
    add(LackKind::Certificate, id, isThumbprint(id) ? "by its thumbprint: any id will do" : "", shown(file));
  }

  static bool isThumbprint(std::string_view text) {
    return text.size() == 40 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  }

  // Of the elements of that name; others may have an attribute of the same name that asks for nothing.
  template <class Visit>
  static void eachElement(std::string_view text, std::string_view name, Visit&& visit) {
    for (size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + 1)) {
      const auto before = text.substr(0, at);
      const size_t comment = before.rfind("<!--");
      if (!before.ends_with('<')) continue;
      if (comment != std::string_view::npos && before.find("-->", comment) == std::string_view::npos) continue;
      visit(text.substr(at, std::min(text.find('>', at), text.size()) - at));
    }
  }

  void policy(const PolicyDocument& document) {
    const std::string_view text = document.expanded.text;
    for (const auto id : attributeValues(text, "certificate-id")) certificate(id, document.file);
    eachElement(text, "authentication-certificate", [&](std::string_view element) {
      for (const auto thumbprint : attributeValues(element, "thumbprint"))
        if (isThumbprint(thumbprint)) certificate(thumbprint, document.file);
    });
    for (const auto provider : attributeValues(text, "provider-id"))
      if (!supplied("credentials", provider)) add(LackKind::CredentialProvider, provider, {}, shown(document.file));
    for (const auto type : attributeValues(text, "caching-type"))
      if (type == "external") add(LackKind::Cache, "external", "an external cache", shown(document.file));
  }

  template <class Visit>
  void eachDocument(Visit&& visit) const {
    if (configuration_.policy) visit(*configuration_.policy);
    for (const auto& fragment : configuration_.fragments) visit(fragment.policy);
    for (const auto& product : configuration_.products)
      if (product.policy) visit(*product.policy);
    for (const auto& api : configuration_.apis) {
      if (api.policy) visit(*api.policy);
      for (const auto& operation : api.operations)
        if (operation.policy) visit(*operation.policy);
    }
  }

  const Configuration& configuration_;
  const text::Document* settings_;
  std::vector<Lack> lacks_;
};

struct Wording {
  std::string_view what;  // in the list
  std::string_view key;   // of sluice.yaml; empty: nothing supplies it
  std::string_view how;   // the entry, `{0}` an environment variable's name
};

const Wording& wordingOf(LackKind kind) {
  static constexpr std::array<Wording, 7> kWordings{{
      {"named value", "namedValues", "{{env: {0}}}"},
      {"credential of the logger", "loggers", "{{connectionString: {{env: {0}_CONNECTION}}}}"},
      {"keys of the subscription", "subscriptions", "{{primaryKey: {{env: {0}_KEY}}}}"},
      {"user", "users", "{{email: someone@example.com, firstName: A, lastName: B}}"},
      {"certificate", "certificates", "{{pfx: {0}.pfx, password: {{env: {0}}}}}"},
      {"credential provider", "credentials",
       "{{tokenUrl: \"https://...\", clientId: \"...\", clientSecret: {{env: {0}}}}}"},
      {"cache", "", ""},
  }};
  return kWordings[static_cast<size_t>(kind)];
}

std::string environmentName(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool small = c >= 'a' && c <= 'z';
    const bool good = small || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (good || (!out.empty() && out.back() != '_')) out += small ? static_cast<char>(c - 32) : good ? c : '_';
  }
  return out.empty() || (out[0] >= '0' && out[0] <= '9') ? "V_" + out : out;
}

// A key of YAML, quoted where it would be something else than a string.
std::string yamlKey(const std::string& name) {
  const bool plain = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  const bool word = plain && ((name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z'));
  return word && !equalsIgnoreCase(name, "true") && !equalsIgnoreCase(name, "null") ? name
                                                                                    : fmt::format("\"{}\"", name);
}

}  // namespace

std::vector<Lack> findLacks(const Configuration& configuration, const text::Document* settings) {
  return Finder(configuration, settings).find();
}

std::string renderLacks(const std::vector<Lack>& lacks) {
  if (lacks.empty()) return {};
  constexpr size_t kMostShown = 3;
  std::string out = fmt::format("lacks {} that no extract holds:\n",
                                lacks.size() == 1 ? "one thing" : fmt::format("{} things", lacks.size()));
  for (const auto& lack : lacks) {
    out += fmt::format("  {} `{}`", wordingOf(lack.kind).what, lack.name);
    if (!lack.detail.empty() && lack.detail != lack.name) out += fmt::format(" ({})", lack.detail);
    for (size_t i = 0; i < std::min(kMostShown, lack.wanted_by.size()); ++i)
      out += fmt::format("{} {}", i == 0 ? ": wanted by" : ",", lack.wanted_by[i]);
    if (lack.wanted_by.size() > kMostShown) out += fmt::format(" and {} more", lack.wanted_by.size() - kMostShown);
    out += '\n';
  }
  std::string yaml;
  std::string_view key;
  for (const auto& lack : lacks) {
    const Wording& wording = wordingOf(lack.kind);
    if (wording.key.empty()) continue;
    if (wording.key != key) yaml += fmt::format("  {}:\n", key = wording.key);
    yaml += fmt::format("    {}: {}\n", yamlKey(lack.name),
                        fmt::format(fmt::runtime(wording.how), environmentName(lack.name)));
  }
  if (!yaml.empty()) out += "sluice.yaml supplies them, for example from the environment:\n" + yaml;
  return out;
}

}  // namespace sluice::config
