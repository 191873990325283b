#include "config/loader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/encoding.h"
#include "base/revocation_list.h"
#include "config/apiops.h"
#include "config/checks.h"
#include "config/digest.h"
#include "config/overlay.h"
#include "config/resource_reader.h"
#include "config/settings_reader.h"
#include "config/source_tree.h"
#include "config/unread.h"
#include "text/yaml_document.h"

namespace sluice::config {
namespace {

constexpr std::string_view kSettingsFile = "sluice.yaml";
constexpr const char* kVaultRemedy =
    "Check the name, and that the gateway's identity (`identity.outbound`) may get secrets of that vault (role Key "
    "Vault "
    "Secrets User); or supply the value under its name in sluice.yaml.";
constexpr size_t kMaxValue = 64u * 1024;  // APIM's limit is 4096 characters; certificates as values are longer

class Loader {
 public:
  Loader(const std::string& folder, const Environment& environment, const Overrides& overrides, LoadResult& result)
      : environment_(environment),
        overrides_(overrides),
        result_(result),
        tree_(folder, result.diagnostics),
        configuration_(std::make_shared<Configuration>()) {}

  void load() {
    if (text::pathKind(tree_.folder()) != text::PathKind::Folder)
      return tree_.error("", "this is not a folder", "Give the folder that holds sluice.yaml and `apis`.");
    std::error_code error;
    configuration_->folder = std::filesystem::absolute(tree_.folder(), error).lexically_normal().string();
    configuration_->shown_folder = tree_.folder();
    readSettings();
    readVariant();
    configuration_->named_values = readNamedValues(tree_);
    resolveNamedValues();
    readResources(tree_, *configuration_);
    keepGatewaysApis();
    applyBackends();
    applyLoggers();
    readOutbound();
    readCertificates();
    readRevocationLists();
    readAuthorizations();
    applySubscriptions();
    applyUsers();
    checkReferences(*configuration_, settings_ ? &*settings_ : nullptr, apiNames(), result_.diagnostics);
    if (overlay_) overlay_->warnUnused(result_.diagnostics);
    result_.lacks = findLacks(*configuration_, settings_ ? &*settings_ : nullptr);
    leaveOutUnread(*configuration_, result_.diagnostics);
    refuseUnsupported(*configuration_, result_.diagnostics);
    configuration_->version = tree_.version();
    configuration_->fingerprint = fingerprint();
    result_.folders = tree_.visited();
    result_.draft = configuration_;
    if (!result_.diagnostics.hasErrors()) result_.configuration = std::move(configuration_);
  }

 private:
  void readSettings() {
    auto& settings = configuration_->settings;
    settings = defaultSettings(configuration_->folder);
    settings_ = tree_.document(kSettingsFile);
    if (settings_)
      config::readSettings(*settings_, configuration_->folder, settings, result_.diagnostics, result_.files);
    else if (!tree_.exists(kSettingsFile) && !tree_.exists("apis"))
      tree_.error("", "there is neither sluice.yaml nor a folder `apis` here", "Give the folder that holds them.");
    applyOverrides(settings);
  }

  // `configuration.NAME.yaml` stands where APIOps has it: beside the extract's folder, or in it.
  void readVariant() {
    if (overrides_.variant.empty()) return;
    const std::string name = fmt::format("configuration.{}", overrides_.variant);
    if (overrides_.variant.find('/') != std::string::npos)
      return tree_.error("", fmt::format("`{}` is no environment's name", overrides_.variant));
    for (const std::string_view place : {"", "../"}) {
      for (const std::string_view extension : {".yaml", ".yml"}) {
        const std::string path = fmt::format("{}/{}{}{}", tree_.folder(), place, name, extension);
        if (text::pathKind(path) != text::PathKind::File) continue;
        result_.files.push_back(path);
        auto bytes = text::readFile(path, SourceTree::kMaxFile);
        if (!bytes) return result_.diagnostics.error({path, 0, 0}, bytes.error().message);
        auto document = text::parseDocument(path, std::move(*bytes), result_.diagnostics);
        if (!document) return;
        overlay_.emplace(std::move(*document), result_.diagnostics);
        tree_.setOverlay(&*overlay_);
        return;
      }
    }
    tree_.error("", fmt::format("there is no {}.yaml for the environment `{}`", name, overrides_.variant),
                "It stands in this folder or in the one above it.");
  }

  void applyOverrides(Settings& settings) {
    if (!overrides_.listeners.empty()) settings.listeners = overrides_.listeners;
    if (overrides_.management) settings.management = *overrides_.management;
    if (overrides_.threads) settings.threads = *overrides_.threads;
    for (const auto& [host, mapping] : overrides_.hosts) {
      const auto found = std::ranges::find(settings.hosts, host, &std::pair<std::string, HostMapping>::first);
      if (found == settings.hosts.end())
        settings.hosts.emplace_back(host, mapping);
      else
        found->second = mapping;
    }
    if (!overrides_.journal_directory.empty()) settings.journal.directory.text = overrides_.journal_directory;
    if (!overrides_.store_path.empty()) settings.store.path.text = overrides_.store_path;
    if (!overrides_.identity_ca.empty()) settings.identity.ca.text = overrides_.identity_ca;
    if (!overrides_.tls_ca.empty()) settings.tls.ca.text = overrides_.tls_ca;
  }

  // The values that sluice.yaml and the overrides supply replace stored ones; names that nobody stored are added.
  void resolveNamedValues() {
    auto& values = configuration_->named_values;
    const auto valueNamed = [&](const std::string& name) -> NamedValue& {
      for (auto& value : values)
        if (value.display_name == name) return value;
      for (auto& value : values)
        if (value.name == name) return value;
      NamedValue added;
      added.name = added.display_name = name;
      added.location = {tree_.shown(kSettingsFile), 0, 0};
      added.secret = true;  // unless sluice.yaml spells the value out
      return values.emplace_back(std::move(added));
    };
    for (const auto& [name, source] : configuration_->settings.named_values) {
      NamedValue& value = valueNamed(name);
      if (findNamed(overrides_.named_values, name) != nullptr) continue;
      if (source.value && value.location.file == tree_.shown(kSettingsFile)) value.secret = false;
      if (auto text = resolve(source, {"namedValues", name}, fmt::format("the named value `{}`", name))) {
        value.value = Secret(std::move(*text));
        value.resolved = true;
      }
    }
    for (auto& value : values) {
      if (value.resolved || value.vault_secret.empty() || isOverridden(value)) continue;
      std::string why;
      if (auto text = fromVault(value.vault_secret, value.vault_identity,
                                fmt::format("the named value `{}`", value.display_name), why)) {
        value.value = Secret(std::move(*text));
        value.resolved = true;
      } else {
        result_.diagnostics.warning(value.location, why, kVaultRemedy);
        std::string mark = fmt::format("unread-key-vault-value-{}-", value.display_name);
        value.value = Secret(mark);
        value.resolved = true;
        configuration_->unread_values.push_back({value.display_name, std::move(mark), std::move(why)});
      }
    }
    for (const auto& [name, text] : overrides_.named_values) {
      NamedValue& value = valueNamed(name);
      value.value = Secret(text);
      value.resolved = true;
    }
  }

  bool isOverridden(const NamedValue& value) const {
    const auto& given = configuration_->settings.named_values;
    for (const auto& name : {value.display_name, value.name})
      if (findNamed(overrides_.named_values, name) != nullptr || findNamed(given, name) != nullptr) return true;
    return false;
  }

  // nullopt: there is none, and `why` says why.
  std::optional<std::string> fromVault(const std::string& identifier, const std::string& identity, std::string what,
                                       std::string& why) {
    const auto url = vaultSecretUrl(identifier);
    if (!url) {
      why = fmt::format("{} comes from `{}`, which is no secret of a Key Vault", what, identifier);
      return std::nullopt;
    }
    const auto known = std::ranges::find_if(result_.vault, [&](const VaultReference& reference) {
      return reference.url == *url && reference.identity == identity;
    });
    if (known == result_.vault.end()) result_.vault.push_back({*url, identity, what});
    const auto found = overrides_.vault.find(std::pair(*url, identity));
    if (found != overrides_.vault.end() && found->second.value) return std::string(found->second.value->reveal());
    if (overrides_.vault_mode == VaultMode::StandIns) return "value-of-a-key-vault";
    why = fmt::format("{} comes from {}, which could not be read: {}", what, *url,
                      found == overrides_.vault.end() ? "it has not been fetched" : found->second.error);
    return std::nullopt;
  }

  std::optional<std::string> resolve(const ValueSource& source, std::vector<std::string_view> path,
                                     const std::string& what) {
    if (source.value) return source.value;
    if (source.env) {
      auto value = environment_(*source.env);
      path.push_back("env");
      if (value && !value->empty()) return value;
      settingError(path, fmt::format("{} comes from the environment variable {}, which is {}", what, *source.env,
                                     value ? "empty" : "not set"));
    } else if (source.key_vault) {
      path.push_back("keyVault");
      std::string why;
      if (auto value = fromVault(*source.key_vault, {}, what, why)) return value;
      settingError(path, std::move(why), kVaultRemedy);
    } else if (source.file) {
      auto value = text::readFile(source.file->text, kMaxValue);
      path.push_back("file");
      if (value && value->ends_with('\n')) value->pop_back();
      if (value && value->ends_with('\r')) value->pop_back();
      if (value && !value->empty()) return std::move(*value);
      // That a file is missing was said when its path was read.
      if (text::pathKind(source.file->text) == text::PathKind::File)
        settingError(path,
                     fmt::format("{} cannot be read: {}", what, value ? "the file is empty" : value.error().message));
    }
    return std::nullopt;
  }

  void settingError(const std::vector<std::string_view>& path, std::string message, std::string remedy = {}) {
    text::Position position;
    const text::Node* node = settings_ ? &settings_->root() : nullptr;
    for (const auto key : path) {
      if (node == nullptr) break;
      if ((node = node->find(key)) != nullptr) position = node->position;
    }
    if (settings_)
      result_.diagnostics.add(settings_->diagnostic(Severity::Error, position, std::move(message), std::move(remedy)));
  }

  void applyBackends() {
    for (auto& backend : configuration_->backends) {
      const auto* changes = findNamed(configuration_->settings.backends, backend.name);
      if (changes == nullptr) continue;
      if (!changes->url.empty()) backend.url = changes->url;
      backend.api_version = changes->api_version;
      backend.deployments = changes->deployments;
    }
  }

  void applyLoggers() {
    for (auto& logger : configuration_->loggers) {
      const auto* changes = findNamed(configuration_->settings.loggers, logger.name);
      if (changes == nullptr || !changes->connection_string) continue;
      if (auto text = resolve(*changes->connection_string, {"loggers", logger.name, "connectionString"},
                              fmt::format("the connection string of the logger `{}`", logger.name)))
        logger.connection_string = Secret(std::move(*text));
    }
  }

  void readCertificates() {
    for (const auto& [id, source] : configuration_->settings.certificates) {
      if (auto content = readCertificate(source, {"certificates", id}, fmt::format("the certificate `{}`", id)))
        configuration_->certificates.push_back({id, std::move(*content)});
    }
  }

  // nullopt: the reason has been reported.
  std::optional<KeyedCertificate> readCertificate(const CertificateSource& source, std::vector<std::string_view> path,
                                                  const std::string& what) {
    const bool is_pfx = !source.pfx.empty();
    if (is_pfx + !source.certificate.empty() + !source.key_vault.empty() != 1) {
      settingError(path, fmt::format("{} needs `pfx`, `certificate` or `keyVault`, one of the three", what));
      return std::nullopt;
    }
    auto content = is_pfx                      ? readPfx(source, path, what)
                   : !source.key_vault.empty() ? readVaultCertificate(source, path, what)
                                               : readPemFiles(source);
    if (content) return std::move(*content);
    path.push_back(is_pfx ? "pfx" : source.key_vault.empty() ? "certificate" : "keyVault");
    if (!content.error().message.empty())
      settingError(path, fmt::format("{} cannot be used: {}", what, content.error().message));
    return std::nullopt;
  }

  // Key Vault hands out the certificate with its key as a secret: PKCS#12 in base 64 without a password, or PEM.
  Result<KeyedCertificate> readVaultCertificate(const CertificateSource& source, std::vector<std::string_view> path,
                                                const std::string& what) {
    std::string why;
    const auto text = fromVault(source.key_vault, {}, what, why);
    path.push_back("keyVault");
    if (!text) {
      settingError(path, std::move(why), kVaultRemedy);
      return fail("");
    }
    if (overrides_.vault_mode == VaultMode::StandIns && *text == "value-of-a-key-vault")
      return KeyedCertificate{*text, Secret(*text), *text, *text};
    if (text->find("-----BEGIN") != std::string::npos) return readPem(*text, *text);
    const auto bytes = base64Decode(*text);
    if (!bytes) return fail("the secret is neither PEM nor PKCS#12 in base 64");
    return readPkcs12(*bytes, "");
  }

  void readOutbound() {
    const OutboundIdentity& source = configuration_->settings.identity.outbound;
    OutboundCredential& made = configuration_->outbound;
    made.source = source.source;
    made.tenant_id = source.tenant_id;
    made.client_id = source.client_id;
    made.token_file = source.token_file.text;
    made.authority = source.authority;
    const bool from_vault =
        !source.certificate.key_vault.empty() || (source.client_secret && source.client_secret->key_vault.has_value());
    if (from_vault)
      return settingError({"identity", "outbound"},
                          "the gateway's own secret cannot come from a Key Vault, which it is needed to read");
    if (source.client_secret)
      if (auto secret = resolve(*source.client_secret, {"identity", "outbound", "clientSecret"}, "the client secret"))
        made.client_secret = Secret(std::move(*secret));
    if (!(source.certificate == CertificateSource()))
      if (auto content =
              readCertificate(source.certificate, {"identity", "outbound", "certificate"}, "the client's certificate"))
        made.certificate = std::move(*content);
  }

  // An error without a message has been reported already.
  Result<KeyedCertificate> readPfx(const CertificateSource& source, std::vector<std::string_view> path,
                                   const std::string& what) {
    std::string password;
    if (source.password) {
      path.push_back("password");
      auto given = resolve(*source.password, std::move(path), "the password of " + what);
      if (!given) return fail("");
      password = std::move(*given);
    }
    const auto bytes = text::readFile(source.pfx.text, SourceTree::kMaxFile);
    if (!bytes) return fail(text::pathKind(source.pfx.text) == text::PathKind::File ? bytes.error().message : "");
    return readPkcs12(*bytes, password);
  }

  Result<KeyedCertificate> readPemFiles(const CertificateSource& source) {
    std::string texts[2];
    const FilePath* paths[] = {&source.certificate, &source.key};
    for (size_t i = 0; i < 2; ++i) {
      if (paths[i]->empty()) continue;
      auto bytes = text::readFile(paths[i]->text, SourceTree::kMaxFile);
      if (!bytes) return fail(text::pathKind(paths[i]->text) == text::PathKind::File ? bytes.error().message : "");
      texts[i] = std::move(*bytes);
    }
    return readPem(texts[0], texts[1]);
  }

  void readRevocationLists() {
    for (const auto& file : configuration_->settings.revocation_lists) {
      const auto bytes = text::readFile(file.text, SourceTree::kMaxFile);
      // That a file is missing was said when its path was read.
      if (!bytes && text::pathKind(file.text) != text::PathKind::File) continue;
      auto lists = bytes ? sluice::readRevocationLists(*bytes) : tl::make_unexpected(bytes.error());
      if (!lists)
        settingError({"revocationLists"}, fmt::format("`{}` cannot be used: {}", file.text, lists.error().message));
      else
        std::ranges::move(*lists, std::back_inserter(configuration_->revocation_lists));
    }
  }

  // As a self-hosted gateway, which has no other API than those that are assigned to it.
  void keepGatewaysApis() {
    const std::string& name = configuration_->settings.gateway;
    if (name.empty()) return;
    const auto& gateways = configuration_->gateways;
    const auto found =
        std::ranges::find_if(gateways, [&](const Gateway& gateway) { return equalsIgnoreCase(gateway.name, name); });
    if (found == gateways.end()) {
      std::vector<std::string_view> known;
      for (const auto& gateway : gateways) known.push_back(gateway.name);
      settingError({"gateway"}, fmt::format("there is no gateway `{}`", name),
                   known.empty() ? "The extract has no folder `gateways`." : text::suggestion(name, known));
      return;
    }
    const auto elsewhere = [&](const auto& api) {
      return std::ranges::none_of(found->apis, [&](const auto& own) { return equalsIgnoreCase(own, api.name); });
    };
    std::erase_if(configuration_->apis, elsewhere);
    std::erase_if(configuration_->left_out, elsewhere);
  }

  void readAuthorizations() {
    for (const auto& [provider, source] : configuration_->settings.credentials) {
      if (!source.token_url.starts_with("https://") && !source.token_url.starts_with("http://") &&
          !source.token_url.empty())
        settingError({"credentials", provider, "tokenUrl"},
                     fmt::format("`{}` is not an absolute http or https URL", source.token_url));
      Secret client_secret;
      if (source.client_secret)
        if (auto secret = resolve(*source.client_secret, {"credentials", provider, "clientSecret"},
                                  fmt::format("the client secret of `{}`", provider)))
          client_secret = Secret(std::move(*secret));
      for (const auto& [id, authorization] : source.authorizations) {
        Authorization made;
        made.provider = provider;
        made.id = id;
        made.token_url = source.token_url;
        made.client_id = source.client_id;
        made.client_secret = client_secret;
        made.scope = authorization.scope.empty() ? source.scope : authorization.scope;
        if (authorization.refresh_token)
          if (auto token =
                  resolve(*authorization.refresh_token, {"credentials", provider, "authorizations", id, "refreshToken"},
                          fmt::format("the refresh token of `{}`", id)))
            made.refresh_token = Secret(std::move(*token));
        configuration_->authorizations.push_back(std::move(made));
      }
    }
  }

  // Keys for what the extract has, and subscriptions that it does not have: `master` never is in one.
  void applySubscriptions() {
    auto& subscriptions = configuration_->subscriptions;
    for (const auto& [name, source] : configuration_->settings.subscriptions) {
      auto found = std::ranges::find_if(subscriptions,
                                        [&](const Subscription& known) { return equalsIgnoreCase(known.name, name); });
      if (found == subscriptions.end()) {
        auto added = addedSubscription(name, source);
        if (!added) continue;
        found = subscriptions.insert(subscriptions.end(), std::move(*added));
      } else if (!source.scope.empty()) {
        settingError({"subscriptions", name, "scope"},
                     fmt::format("the extract has the subscription `{}`, with a scope of its own", name));
      }
      const auto take = [&](const std::optional<ValueSource>& from, std::string_view key, Secret& into) {
        if (!from) return;
        if (auto text =
                resolve(*from, {"subscriptions", name, key}, fmt::format("a key of the subscription `{}`", name)))
          into = Secret(std::move(*text));
      };
      take(source.primary_key, "primaryKey", found->primary_key);
      take(source.secondary_key, "secondaryKey", found->secondary_key);
    }
    for (const auto& [name, key] : overrides_.subscription_keys) {
      auto found = std::ranges::find(subscriptions, name, &Subscription::name);
      if (found == subscriptions.end()) found = subscriptions.insert(subscriptions.end(), allApis(name));
      if (found->primary_key.empty()) found->primary_key = Secret(key);
    }
  }

  Subscription allApis(const std::string& name) const {
    Subscription made;
    made.name = made.display_name = name;
    made.scope = SubscriptionScope::Service;
    made.location = {tree_.shown(kSettingsFile), 0, 0};
    return made;
  }

  std::optional<Subscription> addedSubscription(const std::string& name, const SubscriptionSource& source) {
    Subscription made = allApis(name);
    if (equalsIgnoreCase(name, "master") && source.scope.empty()) return made;
    if (const auto scope = parseScope(source.scope)) {
      made.scope = scope->scope;
      made.target = scope->target;
      return made;
    }
    std::vector<std::string_view> known;
    for (const auto& subscription : configuration_->subscriptions) known.push_back(subscription.name);
    if (source.scope.empty())
      settingError({"subscriptions", name}, fmt::format("there is no subscription `{}`", name),
                   known.empty() ? "Give it a `scope` to add it." : text::suggestion(name, known));
    else
      settingError({"subscriptions", name, "scope"}, fmt::format("`{}` is no scope", source.scope),
                   "A scope is `/products/{name}`, `/apis/{name}` or `/apis`.");
    return std::nullopt;
  }

  void applyUsers() {
    for (const auto& [name, source] : configuration_->settings.users)
      configuration_->users.push_back({name, source.email, source.first_name, source.last_name, source.groups});
  }

  // Of all in the folder, selected or not, revisions as one.
  std::vector<std::string> apiNames() {
    std::vector<std::string> names;
    for (auto& name : tree_.folders("apis")) {
      name.resize(std::min(name.size(), name.find(";rev=")));
      if (names.empty() || names.back() != name) names.push_back(std::move(name));
    }
    return names;
  }

  std::string fingerprint() const {
    static const std::string salt = randomBytes(32);
    Digest digest;
    digest.add("salt", salt);
    digest.add("version", configuration_->version);
    for (const auto& value : configuration_->named_values) digest.add(value.display_name, value.value.reveal());
    for (const auto& certificate : configuration_->certificates)
      digest.add(certificate.id, certificate.content.thumbprint);
    for (const auto& logger : configuration_->loggers) digest.add(logger.name, logger.connection_string.reveal());
    for (const auto& authorization : configuration_->authorizations) {
      digest.add(authorization.id, authorization.client_secret.reveal());
      digest.add(authorization.provider, authorization.refresh_token.reveal());
    }
    for (const auto& subscription : configuration_->subscriptions) {
      digest.add(subscription.name, subscription.primary_key.reveal());
      digest.add(subscription.name, subscription.secondary_key.reveal());
    }
    for (const auto& file : result_.files)
      if (const auto bytes = text::readFile(file, SourceTree::kMaxFile)) digest.add(file, *bytes);
    return digest.text();
  }

  const Environment& environment_;
  const Overrides& overrides_;
  LoadResult& result_;
  SourceTree tree_;
  std::shared_ptr<Configuration> configuration_;
  std::optional<text::Document> settings_;
  std::optional<Overlay> overlay_;
};

}  // namespace

Environment processEnvironment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

LoadResult load(const std::string& folder, const Environment& environment, const Overrides& overrides) {
  LoadResult result;
  Loader(folder, environment, overrides, result).load();
  return result;
}

}  // namespace sluice::config
