#include "config/overlay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace sluice::config {
namespace {

// A list of the publisher's file, and where the extract has what its entries change.
struct Kind {
  std::string_view key;
  std::string_view owner;   // the kind that it is nested in; empty: at the top
  std::string_view folder;  // below the owner's
  std::string_view file;    // empty: nothing that a gateway reads
};

constexpr std::array<Kind, 26> kKinds{{
    {"namedValues", "", "named values", "namedValueInformation.json"},
    {"backends", "", "backends", "backendInformation.json"},
    {"loggers", "", "loggers", "loggerInformation.json"},
    {"diagnostics", "", "diagnostics", "diagnosticInformation.json"},
    {"versionSets", "", "version sets", "versionSetInformation.json"},
    {"groups", "", "groups", "groupInformation.json"},
    {"subscriptions", "", "subscriptions", "subscriptionInformation.json"},
    {"policyFragments", "", "policy fragments", "policyFragmentInformation.json"},
    {"products", "", "products", "productInformation.json"},
    {"gateways", "", "gateways", "gatewayInformation.json"},
    {"tags", "", "tags", "tagInformation.json"},
    {"apis", "", "apis", "apiInformation.json"},
    {"policies", "", "", ""},
    {"servicePolicies", "", "", ""},
    {"diagnostics", "apis", "diagnostics", "diagnosticInformation.json"},
    {"operations", "apis", "", ""},
    {"policies", "apis", "", ""},
    {"releases", "apis", "", ""},
    {"schemas", "apis", "", ""},
    {"tags", "apis", "", ""},
    {"policies", "operations", "", ""},
    {"policies", "products", "", ""},
    {"apis", "products", "", ""},
    {"groups", "products", "", ""},
    {"apis", "gateways", "", ""},
    {"apis", "tags", "", ""},
}};

// What the publisher knows besides lists; `workspaces` are not served.
constexpr std::array<std::string_view, 4> kOthers{"apimServiceName", "apimServiceUrl", "resourceGroupName",
                                                  "workspaces"};

void placeAt(text::Node& node, text::Position position) {
  node.position = position;
  for (auto& item : node.items) placeAt(item, position);
  for (auto& member : node.members) {
    member.position = position;
    placeAt(member.value, position);
  }
}

void merge(text::Node& into, const text::Node& changes) {
  if (!into.isMapping() || !changes.isMapping()) {
    const auto position = into.position;
    into = changes;
    return placeAt(into, position);
  }
  for (const auto& change : changes.members) {
    const auto found = std::ranges::find(into.members, change.key, &text::Member::key);
    if (found != into.members.end()) {
      merge(found->value, change.value);
      continue;
    }
    text::Member added = change;
    added.position = into.position;
    placeAt(added.value, into.position);
    into.members.push_back(std::move(added));
  }
}

std::string baseName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

Overlay::Overlay(text::Document document, Diagnostics& diagnostics) : document_(std::move(document)) {
  const text::Node& root = document_.root();
  if (root.isMapping() || root.isNull())
    read(root, "", "", diagnostics);
  else
    diagnostics.add(document_.diagnostic(Severity::Error, root.position, "this has to be a mapping of kinds to lists"));
}

void Overlay::read(const text::Node& owner, const std::string& folder, std::string_view nested_in,
                   Diagnostics& diagnostics) {
  std::vector<std::string_view> known;
  for (const auto& kind : kKinds)
    if (kind.owner == nested_in) known.push_back(kind.key);
  if (nested_in.empty()) known.insert(known.end(), kOthers.begin(), kOthers.end());
  for (const auto& member : owner.members) {
    if (!nested_in.empty() && (member.key == "name" || member.key == "properties")) continue;
    const auto kind = std::ranges::find_if(
        kKinds, [&](const Kind& candidate) { return candidate.owner == nested_in && candidate.key == member.key; });
    if (kind == kKinds.end()) {
      if (!nested_in.empty() || std::ranges::find(kOthers, member.key) == kOthers.end())
        diagnostics.add(document_.diagnostic(Severity::Error, member.position,
                                             fmt::format("`{}` is no kind of resource here", member.key),
                                             text::suggestion(member.key, known)));
      continue;
    }
    for (const auto& item : member.value.items) {
      const text::Node* name = item.find("name");
      if (name == nullptr || !name->isScalar()) {
        diagnostics.add(document_.diagnostic(Severity::Error, item.position,
                                             fmt::format("an entry of `{}` needs the resource's `name`", kind->key)));
        continue;
      }
      const text::Node* properties = item.find("properties");
      if (kind->key == "policies" && properties != nullptr && properties->find("value") != nullptr)
        diagnostics.add(document_.diagnostic(Severity::Error, properties->position,
                                             "policies are not replaced by this file",
                                             "Change policy.xml, with a named value where environments differ."));
      const std::string own = fmt::format("{}{}/{}", folder, kind->folder, name->scalar);
      if (properties != nullptr && !kind->file.empty())
        entries_.push_back(
            {fmt::format("{}/{}", own, kind->file), std::string(kind->key), name->scalar, item.position, properties});
      // What is nested in a kind that has no file of its own has none either.
      read(item, own + "/", kind->key, diagnostics);
    }
  }
}

text::Document Overlay::apply(std::string_view relative, text::Document document) {
  for (auto& entry : entries_) {
    if (!equalsIgnoreCase(entry.file, relative)) continue;
    entry.used = true;
    text::Node changes = *entry.properties;
    // As the publisher does: which revision is current is the extract's to say.
    if (entry.kind == "apis")
      std::erase_if(changes.members, [](const text::Member& member) {
        return member.key == "apiRevision" || member.key == "isCurrent";
      });
    text::Node root = document.root();
    const auto properties = std::ranges::find(root.members, "properties", &text::Member::key);
    if (properties == root.members.end()) continue;
    merge(properties->value, changes);
    document = text::Document(fmt::format("{} with {}", document.file(), baseName(document_.file())),
                              std::string(document.text()), std::move(root));
  }
  return document;
}

void Overlay::warnUnused(Diagnostics& diagnostics) const {
  for (const auto& entry : entries_)
    if (!entry.used)
      diagnostics.add(document_.diagnostic(
          Severity::Warning, entry.position,
          fmt::format("`{}` of `{}` changes nothing: no such resource is read", entry.name, entry.kind)));
}

}  // namespace sluice::config
