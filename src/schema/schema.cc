#include "schema/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/encoding.h"

namespace sluice::schema {
namespace {

using text::Node;

constexpr int kMaxReferences = 32;  // one after another
constexpr size_t kMaxParts = 1'000;

constexpr std::array<std::pair<Type, std::string_view>, 7> kTypeNames{{{kString, "String"},
                                                                       {kNumber, "Number"},
                                                                       {kInteger, "Integer"},
                                                                       {kBoolean, "Boolean"},
                                                                       {kObject, "Object"},
                                                                       {kArray, "Array"},
                                                                       {kNull, "Null"}}};

void replaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

// Of a schema that has values instead of a type.
Types typesOfValues(const Schema& schema) {
  Types types = 0;
  const auto add = [&types](const Node& value) {
    constexpr Types kOf[] = {kNull, kBoolean, kNumber, kString, kArray, kObject};  // by Node::Kind
    types |= kOf[static_cast<size_t>(value.kind)];
  };
  if (schema.constant != nullptr) add(*schema.constant);
  if (schema.choices != nullptr)
    for (const auto& choice : schema.choices->items) add(choice);
  return types;
}

}  // namespace

std::string typeNames(Types types) {
  std::string names;
  for (const auto& [type, name] : kTypeNames)
    if ((types & type) != 0) names.append(names.empty() ? "" : ", ").append(name);
  return names;
}

const Node* Schemas::followPointer(std::string_view pointer) const {
  const Node* current = &document_->root();
  while (!pointer.empty() && current != nullptr) {
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    std::string segment = percentDecode(pointer.substr(0, end));
    replaceAll(segment, "~1", "/");
    replaceAll(segment, "~0", "~");
    pointer.remove_prefix(end);
    if (current->isSequence()) {
      const bool is_index =
          !segment.empty() && segment.size() < 7 && segment.find_first_not_of("0123456789") == std::string::npos;
      const size_t index = is_index ? std::stoul(segment) : current->items.size();
      current = index < current->items.size() ? &current->items[index] : nullptr;
    } else {
      current = current->find(segment);
    }
  }
  return current;
}

const Node* Schemas::resolve(const Node& node) const {
  const Node* current = &node;
  for (int i = 0; i < kMaxReferences; ++i) {
    const Node* reference = current->find("$ref");
    if (reference == nullptr || !reference->isScalar()) return current;
    const std::string_view target = reference->scalar;
    if (target != "#" && !target.starts_with("#/")) return nullptr;
    current = followPointer(target.substr(1));
    if (current == nullptr) return nullptr;
  }
  return nullptr;
}

void Schemas::warn(const Node& node, std::string message, std::string remedy) {
  if (diagnostics_ != nullptr)
    diagnostics_->add(document_->diagnostic(Severity::Warning, node.position, std::move(message), std::move(remedy)));
}

template <class Visit>
void Schemas::eachPart(SchemaIndex index, const Visit& visit) const {
  std::vector<SchemaIndex> parts{index};
  for (size_t at = 0; at < parts.size(); ++at) {
    const Schema& schema = schemas_[parts[at]];
    if (!visit(schema)) return;
    const auto add = [&parts](SchemaIndex part) {
      if (part != kNoSchema && parts.size() < kMaxParts && std::ranges::find(parts, part) == parts.end())
        parts.push_back(part);
    };
    for (const auto* list : {&schema.all, &schema.any, &schema.one})
      for (const SchemaIndex part : *list) add(part);
    add(schema.then);
    add(schema.otherwise);
  }
}

bool Schemas::describesObjects(SchemaIndex index) const {
  bool found = false;
  eachPart(index, [&found](const Schema& part) {
    found = (part.types & kObject) != 0 || !part.properties.empty();
    return !found;
  });
  return found;
}

bool Schemas::knowsProperty(SchemaIndex index, std::string_view name, bool ignore_case) const {
  bool found = false;
  eachPart(index, [&](const Schema& part) {
    found = std::ranges::any_of(part.properties, [&](const Property& property) {
      return ignore_case ? equalsIgnoreCase(property.name, name) : property.name == name;
    });
    return !found;
  });
  return found;
}

Types Schemas::effectiveTypes(SchemaIndex index) const {
  Types types = 0;
  if (index != kNoSchema && index != kNever)
    eachPart(index, [&](const Schema& part) {
      types |= part.types != 0 ? part.types : typesOfValues(part);
      return &part != &schemas_[index] || part.types == 0;  // what the schema itself says is all
    });
  return types == 0 ? kAnyType : types;
}

SchemaIndex Schemas::itemsOf(SchemaIndex index) const {
  SchemaIndex items = kNoSchema;
  if (index != kNoSchema)
    eachPart(index, [&items](const Schema& part) {
      items = part.items;
      return items == kNoSchema;
    });
  return items;
}

std::vector<Property> Schemas::propertiesOf(SchemaIndex index) const {
  std::vector<Property> properties;
  if (index != kNoSchema)
    eachPart(index, [&properties](const Schema& part) {
      properties.insert(properties.end(), part.properties.begin(), part.properties.end());
      return true;
    });
  return properties;
}

}  // namespace sluice::schema
