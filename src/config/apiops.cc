#include "config/apiops.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "config/openapi.h"
#include "config/property_reader.h"
#include "config/resource_reader.h"
#include "config/schema_resources.h"

namespace sluice::config {
namespace {

constexpr std::string_view kNamedValues = "named values";

std::string join(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

// One file per folder of a kind: `backends/{name}/backendInformation.json`.
template <class Take>
void eachResource(SourceTree& tree, std::string_view kind, std::string_view file, Take&& take) {
  for (const auto& name : tree.folders(kind)) {
    const std::string folder = join(kind, name);
    tree.list(folder);  // to be watched
    const std::string path = join(folder, file);
    if (!tree.exists(path)) {
      tree.error(path, "the file is missing", "Each resource has a folder of its own with this file in it.");
    } else if (const auto document = tree.document(path)) {
      take(name, *document);
    }
  }
}

class ResourceTree {
 public:
  ResourceTree(SourceTree& tree, Configuration& configuration)
      : tree_(tree), into_(configuration), diagnostics_(tree.diagnostics()) {}

  void read() {
    checkRoot();
    into_.policy = policy("policy.xml");
    readSmall();
    readFragments();
    readProducts();
    for (const auto& name : tree_.folders("apis")) readApi(name);
    readTags();
    readGateways();
    keepSpecifications();
  }

 private:
  std::optional<PolicyDocument> policy(const std::string& path) {
    auto bytes = tree_.read(path, SourceTree::kMaxPolicy);
    if (!bytes) return std::nullopt;
    if (!isValidUtf8(*bytes)) {
      tree_.error(path, "the file is not UTF-8", "Save it as UTF-8.");
      return std::nullopt;
    }
    PolicyDocument document{tree_.shown(path), std::move(*bytes), {}};
    const SourceText source(document.file, document.source);
    document.expanded =
        expandNamedValues(document.source, into_.named_values, ExpandMode::Policy, source, diagnostics_);
    for (auto& name : missingNames(document.source, into_.named_values, ExpandMode::Policy))
      into_.missing_values.push_back({std::move(name), document.file, {}});
    return document;
  }

  void noteMissing(const text::Document& document, const std::string& logger) {
    for (auto& name : missingNames(document.text(), into_.named_values, ExpandMode::Resource))
      into_.missing_values.push_back({std::move(name), document.file(), logger});
  }

  void warnUnknown(std::string_view folder, const text::FolderEntry& entry, std::span<const std::string_view> known) {
    diagnostics_.warning(
        {tree_.shown(join(folder, entry.name)), 0, 0},
        fmt::format("the {} is not part of the layout and has no effect", entry.is_folder ? "folder" : "file"),
        text::suggestion(entry.name, known));
  }

  void checkRoot() {
    static constexpr std::array<std::string_view, 14> kKnown{
        "apis",     "backends", "named values",  "loggers", "diagnostics",  "policy fragments", "products",
        "gateways", "groups",   "subscriptions", "tags",    "version sets", "workspaces",       "schemas"};
    for (const auto& entry : tree_.list("")) {
      if (!entry.is_folder) continue;
      if (entry.name == "workspaces") {
        diagnostics_.warning({tree_.shown(entry.name), 0, 0}, "workspaces are left out: what is in them is not served");
      } else if (std::ranges::find(kKnown, entry.name) == kKnown.end() &&
                 !nearest(entry.name, {kKnown.begin(), kKnown.end()}).empty()) {
        warnUnknown("", entry, kKnown);  // other folders may be anything: certificates, data
      }
    }
  }

  void readSmall() {
    const auto& values = into_.named_values;
    eachResource(tree_, "backends", "backendInformation.json", [&](const std::string& name, const auto& document) {
      into_.backends.push_back(readBackend(name, document, values, diagnostics_));
      noteMissing(document, {});
    });
    eachResource(tree_, "loggers", "loggerInformation.json", [&](const std::string& name, const auto& document) {
      const auto* changes = findNamed(into_.settings.loggers, name);
      const bool supplied = changes != nullptr && changes->connection_string;
      into_.loggers.push_back(readLogger(name, document, values, diagnostics_,
                                         supplied ? LoggerCredentials::Supplied : LoggerCredentials::OfExtract));
      noteMissing(document, name);
    });
    eachResource(tree_, "diagnostics", "diagnosticInformation.json",
                 [&](const std::string& name, const auto& document) {
                   into_.diagnostics.push_back(readDiagnosticSettings(name, document, diagnostics_));
                 });
    eachResource(tree_, "version sets", "versionSetInformation.json",
                 [&](const std::string& name, const auto& document) {
                   into_.version_sets.push_back(readVersionSet(name, document, diagnostics_));
                 });
    eachResource(tree_, "schemas", "schemaInformation.json", [&](const std::string& name, const auto& document) {
      into_.schemas.push_back(readSchemaResource(name, document, diagnostics_));
    });
    eachResource(tree_, "groups", "groupInformation.json", [&](const std::string& name, const auto& document) {
      into_.groups.push_back(readGroup(name, document, diagnostics_));
    });
    eachResource(tree_, "subscriptions", "subscriptionInformation.json",
                 [&](const std::string& name, const auto& document) {
                   into_.subscriptions.push_back(readSubscription(name, document, diagnostics_));
                 });
  }

  void readFragments() {
    for (const auto& name : tree_.folders("policy fragments")) {
      const std::string folder = join("policy fragments", name);
      tree_.list(folder);
      Fragment fragment;
      fragment.name = name;
      fragment.location = {tree_.shown(folder), 0, 0};
      if (const auto document = tree_.document(join(folder, "policyFragmentInformation.json")))
        fragment.description = readFragmentDescription(*document, diagnostics_);
      auto found = policy(join(folder, "policy.xml"));
      if (!found) {
        if (!tree_.exists(join(folder, "policy.xml")))
          tree_.error(join(folder, "policy.xml"), "the file is missing", "A fragment's policies stand in it.");
        continue;
      }
      fragment.policy = std::move(*found);
      into_.fragments.push_back(std::move(fragment));
    }
  }

  void readProducts() {
    eachResource(tree_, "products", "productInformation.json", [&](const std::string& name, const auto& document) {
      Product product = readProduct(name, document, diagnostics_);
      const std::string folder = join("products", name);
      product.policy = policy(join(folder, "policy.xml"));
      product.apis = tree_.folders(join(folder, "apis"));
      product.groups = tree_.folders(join(folder, "groups"));
      into_.products.push_back(std::move(product));
    });
  }

  void readTags() {
    eachResource(tree_, "tags", "tagInformation.json", [&](const std::string& name, const auto& document) {
      Tag tag = readTag(name, document, diagnostics_);
      tag.apis = tree_.folders(join(join("tags", name), "apis"));
      tag.products = tree_.folders(join(join("tags", name), "products"));
      for (auto& api : into_.apis)
        if (std::ranges::find(tag.apis, api.name) != tag.apis.end()) api.tags.push_back(tag.name);
      into_.tags.push_back(std::move(tag));
    });
  }

  void readGateways() {
    eachResource(tree_, "gateways", "gatewayInformation.json", [&](const std::string& name, const auto& document) {
      Gateway gateway = readGateway(name, document, diagnostics_);
      gateway.apis = tree_.folders(join(join("gateways", name), "apis"));
      into_.gateways.push_back(std::move(gateway));
    });
  }

  bool selected(std::string_view name) const {
    const auto& wanted = into_.settings.apis;
    return wanted.empty() || std::ranges::any_of(wanted, [&](const auto& w) { return equalsIgnoreCase(w, name); });
  }

  void readApi(const std::string& name) {
    const std::string folder = join("apis", name);
    if (!selected(name.substr(0, name.find(";rev=")))) return;
    const auto entries = tree_.list(folder);
    const std::string information = join(folder, "apiInformation.json");
    if (!tree_.exists(information))
      return tree_.error(information, "the file is missing", "An API's path and its other properties stand in it.");
    const auto document = tree_.document(information);
    if (!document) return;
    Api api = config::readApi(name, *document, diagnostics_);
    if (api.type != ApiType::Http)
      return leaveOut(api, fmt::format("APIs of type {} do not run here", apiTypeName(api.type)));
    if (repeatsCurrentRevision(name, api)) return;
    if (!api.is_online) {
      diagnostics_.warning(api.location, fmt::format("the API `{}` is offline and not served", api.name));
      return;
    }
    checkApiFolder(folder, entries);
    if (const auto format = foreignFormat(entries); !format.empty())
      return leaveOut(api, fmt::format("its specification is {}, which is not read: extract it as OpenAPI "
                                       "(API_SPECIFICATION_FORMAT=OpenApiV3Yaml)",
                                       format));
    readSpecification(folder, entries, api);
    eachResource(tree_, join(folder, "schemas"), "apiSchemaInformation.json",
                 [&](const std::string& schema, const auto& found) {
                   api.schemas.push_back(readSchemaResource(schema, found, diagnostics_));
                 });
    api.policy = policy(join(folder, "policy.xml"));
    readOperationPolicies(folder, api);
    eachResource(tree_, join(folder, "diagnostics"), "diagnosticInformation.json",
                 [&](const std::string& diagnostic, const auto& found) {
                   api.diagnostics.push_back(readDiagnosticSettings(diagnostic, found, diagnostics_));
                 });
    into_.apis.push_back(std::move(api));
  }

  // The folder without `;rev=N` is the current revision, whatever `isCurrent` says in a copy of it.
  bool repeatsCurrentRevision(const std::string& folder, Api& api) {
    if (folder.find(";rev=") == std::string::npos || !tree_.exists(join("apis", api.name))) return false;
    api.is_current = false;
    const bool repeats = std::ranges::any_of(into_.apis, [&](const Api& other) {
      return other.is_current && other.name == api.name && other.revision == api.revision;
    });
    if (repeats)
      diagnostics_.warning(api.location, fmt::format("revision {} of the API `{}` is the current one, which stands in "
                                                     "`apis/{}`; this copy is not read",
                                                     api.revision, api.name, api.name));
    return repeats;
  }

  void leaveOut(const Api& api, const std::string& reason) {
    diagnostics_.warning(api.location, fmt::format("the API `{}` is left out: {}", api.name, reason),
                         "Its path answers 501.");
    into_.left_out.push_back({api.name, api.path, reason});
  }

  void checkApiFolder(std::string_view folder, const std::vector<text::FolderEntry>& entries) {
    static constexpr std::array<std::string_view, 9> kKnown{
        "apiInformation.json", "policy.xml", "operations", "diagnostics", "releases", "schemas", "tags", "wikis",
        "specification.yaml"};
    for (const auto& entry : entries) {
      if (std::ranges::find(kKnown, entry.name) != kKnown.end() || entry.name.starts_with("specification.")) continue;
      warnUnknown(folder, entry, kKnown);
    }
  }

  static bool isOpenApi(std::string_view name) {
    return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
  }

  // The file of an API's only specification when it is of a kind that is not read: wadl, wsdl, graphql.
  static std::string foreignFormat(const std::vector<text::FolderEntry>& entries) {
    std::string foreign;
    for (const auto& entry : entries) {
      if (entry.is_folder || !entry.name.starts_with("specification.")) continue;
      if (isOpenApi(entry.name)) return {};
      foreign = entry.name;
    }
    return foreign;
  }

  void readSpecification(const std::string& folder, const std::vector<text::FolderEntry>& entries, Api& api) {
    std::vector<std::string> found;
    for (const auto& entry : entries)
      if (!entry.is_folder && entry.name.starts_with("specification.") && isOpenApi(entry.name))
        found.push_back(entry.name);
    // YAML, which the extractor writes unless told otherwise, sorts last.
    std::ranges::sort(found);
    for (; found.size() > 1; found.erase(found.begin()))
      diagnostics_.warning({tree_.shown(join(folder, found.front())), 0, 0},
                           fmt::format("there is `{}` too, which is read instead of this file", found.back()),
                           "An API has one specification: remove the other.");
    if (found.empty()) {
      diagnostics_.warning(api.location,
                           fmt::format("the API `{}` has no specification and so no operations", api.name),
                           "Add `specification.yaml`: requests without an operation get 404.");
      return;
    }
    const auto document = tree_.document(join(folder, found.front()));
    if (!document) return;
    auto specification = readOpenApi(*document, diagnostics_);
    api.operations = std::move(specification.operations);
    api.specification = std::make_shared<const text::Document>(*document);
    if (api.service_url.empty()) api.service_url = std::move(specification.service_url);
  }

  // A specification takes many times its text in memory: kept only where some policy validates against it.
  void keepSpecifications() {
    static constexpr std::string_view kReaders[] = {"<validate-content", "<validate-parameters", "<validate-headers",
                                                    "<validate-status-code"};
    const auto reads = [](const PolicyDocument& document) {
      return std::ranges::any_of(
          kReaders, [&](std::string_view policy) { return document.expanded.text.find(policy) != std::string::npos; });
    };
    const auto has = [&](const auto& resource) { return resource.policy && reads(*resource.policy); };
    const bool shared = has(into_) || std::ranges::any_of(into_.products, has) ||
                        std::ranges::any_of(into_.fragments, [&](const Fragment& f) { return reads(f.policy); });
    for (auto& api : into_.apis)
      if (!shared && !has(api) && !std::ranges::any_of(api.operations, has)) api.specification.reset();
  }

  // By id as written, then without case, then as APIM normalises names.
  static Operation* findOperation(Api& api, const std::string& name) {
    for (auto& operation : api.operations)
      if (operation.id == name) return &operation;
    for (auto& operation : api.operations)
      if (equalsIgnoreCase(operation.id, name)) return &operation;
    for (auto& operation : api.operations)
      if (normalizedOperationName(operation.id) == normalizedOperationName(name)) return &operation;
    return nullptr;
  }

  void readOperationPolicies(const std::string& folder, Api& api) {
    const std::string operations = join(folder, "operations");
    for (const auto& name : tree_.folders(operations)) {
      const std::string path = join(join(operations, name), "policy.xml");
      tree_.list(join(operations, name));
      Operation* operation = findOperation(api, name);
      if (operation == nullptr) {
        std::vector<std::string_view> ids;
        for (const auto& known : api.operations) ids.push_back(known.id);
        tree_.error(path, fmt::format("the specification has no operation `{}`", name), text::suggestion(name, ids));
        continue;
      }
      operation->policy = policy(path);
    }
  }

  SourceTree& tree_;
  Configuration& into_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::vector<NamedValue> readNamedValues(SourceTree& tree) {
  std::vector<NamedValue> values;
  eachResource(tree, kNamedValues, "namedValueInformation.json", [&](const std::string& name, const auto& document) {
    NamedValue value = readNamedValue(name, document, tree.diagnostics());
    // The pipeline puts a value in place of `{#token#}`; until it has, there is none.
    const auto text = value.value.reveal();
    if (text.starts_with("{#") && text.ends_with("#}")) {
      value.value = Secret();
      value.resolved = false;
    }
    if (std::ranges::find(values, value.display_name, &NamedValue::display_name) != values.end())
      tree.diagnostics().error(value.location, fmt::format("the named value `{}` stands twice", value.display_name),
                               "Display names are unique.");
    values.push_back(std::move(value));
  });
  return values;
}

void readResources(SourceTree& tree, Configuration& configuration) {
  ResourceTree(tree, configuration).read();
}

}  // namespace sluice::config
