#include "policies/validate_content/content_schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "text/json_document.h"

namespace sluice::policies {
namespace {

using config::SchemaResource;
using policy::ElementReader;

const text::Node* childOf(const text::Node& node, std::string_view key) {
  if (node.isMapping()) return node.find(key);
  if (!node.isSequence() || key.empty() || key.size() > 6) return nullptr;
  if (key.find_first_not_of("0123456789") != std::string_view::npos) return nullptr;
  size_t index = 0;
  for (const char c : key) index = index * 10 + static_cast<size_t>(c - '0');
  return index < node.items.size() ? &node.items[index] : nullptr;
}

// A JSON pointer after `#`, RFC 6901; null: it leads nowhere.
const text::Node* follow(const text::Node& root, std::string_view pointer) {
  if (!pointer.starts_with('#')) return nullptr;
  pointer.remove_prefix(1);
  const text::Node* node = &root;
  while (node != nullptr && !pointer.empty()) {
    if (pointer.front() != '/') return nullptr;
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    std::string key;
    for (size_t i = 0; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end) {
        key += pointer[++i] == '1' ? '/' : '~';
      } else {
        key += pointer[i];
      }
    }
    node = childOf(*node, key);
    pointer.remove_prefix(end);
  }
  return node;
}

}  // namespace

ContentSchema ContentSchemas::compile(const ElementReader& content) {
  ContentSchema schema;
  const std::string engine = content.literal("validate-as");
  schema.is_xml_ = engine != "json";
  schema.envelope_ = engine == "soap" ? XmlEnvelope::Soap : XmlEnvelope::None;
  if (content.has("schema-ref") && (schema.is_xml_ || !content.has("schema-id")))
    reader_.errorIn(content.element(), "`schema-ref` goes with the `schema-id` of a JSON schema",
                    "Leave it out: XML schemas are taken whole.");
  if (content.has("schema-id")) {
    const auto* resource = find(content, content.literal("schema-id"));
    if (resource == nullptr) return schema;
    if (schema.is_xml_)
      compileXml(content, *resource, schema);
    else
      compileJson(content, *resource, schema);
  } else if (schema.is_xml_) {
    schema.by_api_ = ofApis(content);
  }
  return schema;
}

// Of the service; else of an API, which is where an extract has them.
const SchemaResource* ContentSchemas::find(const ElementReader& content, std::string_view id) {
  const auto& configuration = reader_.configuration();
  std::vector<std::string_view> names;
  const auto look = [&](const std::vector<SchemaResource>& schemas) -> const SchemaResource* {
    for (const auto& schema : schemas) {
      if (equalsIgnoreCase(schema.name, id)) return &schema;
      names.push_back(schema.name);
    }
    return nullptr;
  };
  if (const auto* found = look(configuration.schemas)) return found;
  for (const auto& api : configuration.apis)
    if (const auto* found = look(api.schemas)) return found;
  const auto near = nearest(id, names);
  reader_.errorIn(content.element(), fmt::format("there is no schema `{}`", id),
                  near.empty() ? "An extract has schemas of APIs only: add it as `schemas/NAME/schemaInformation.json`."
                               : fmt::format("Did you mean `{}`?", near));
  return nullptr;
}

void ContentSchemas::compileJson(const ElementReader& content, const SchemaResource& resource, ContentSchema& into) {
  const auto refuse = [&](const std::string& why) {
    reader_.errorIn(content.element(), fmt::format("the schema `{}` cannot be used: {}", resource.name, why));
  };
  if (resource.kind != SchemaResource::Kind::Json) return refuse("it is not JSON");
  Diagnostics problems;
  auto document = text::parseJson(resource.location.file, resource.text, problems);
  if (!document) return refuse("it is not JSON that can be read");
  auto shared = std::make_shared<const text::Document>(std::move(*document));
  auto json = std::make_shared<ContentSchema::Json>();
  const std::string reference = content.has("schema-ref") ? content.literal("schema-ref") : "#";
  const text::Node* node = follow(shared->root(), reference);
  if (node == nullptr) return refuse(fmt::format("`{}` leads nowhere in it", reference));
  json->schemas = std::make_unique<schema::Schemas>(shared, schema::Dialect::OpenApi31, problems);
  json->definition.name = resource.name;
  json->definition.schema = json->schemas->add(*node);
  json->schemas->compileAll();
  if (json->definition.schema != schema::kNoSchema)
    if (const auto& broken = json->schemas->at(json->definition.schema).broken; !broken.empty())
      return refuse(std::string(broken));
  for (const auto& problem : problems.all())
    reader_.placement().document.warning(reader_.placement().diagnostics, content.element().offset,
                                         fmt::format("the schema `{}`: {}", resource.name, problem.message), {});
  into.json_ = std::move(json);
}

void ContentSchemas::compileXml(const ElementReader& content, const SchemaResource& resource, ContentSchema& into) {
  const XmlSchemaSource source{resource.name, resource.text};
  auto compiled = resource.kind == SchemaResource::Kind::Xml
                      ? XmlSchemas::compile({&source, 1})
                      : Result<std::shared_ptr<const XmlSchemas>>(tl::make_unexpected(Error{"it is not XML", 0}));
  if (compiled) {
    into.xml_ = {resource.name, std::move(*compiled)};
    return;
  }
  reader_.errorIn(content.element(),
                  fmt::format("the schema `{}` cannot be used: {}", resource.name, compiled.error().message));
}

// Every API's own, since one document may be for many of them.
std::shared_ptr<const ContentSchema::XmlByApi> ContentSchemas::ofApis(const ElementReader& content) {
  if (of_apis_ != nullptr) return of_apis_;
  auto made = std::make_shared<ContentSchema::XmlByApi>();
  for (const auto& api : reader_.configuration().apis) {
    std::vector<XmlSchemaSource> sources;
    for (const auto& schema : api.schemas)
      if (schema.kind == SchemaResource::Kind::Xml) sources.push_back({schema.name, schema.text});
    if (sources.empty()) continue;
    auto compiled = XmlSchemas::compile(sources);
    if (compiled)
      made->emplace(&api, ContentSchema::Xml{sources.front().name, std::move(*compiled)});
    else
      reader_.errorIn(content.element(), fmt::format("the XML schemas of the API `{}` cannot be used: {}", api.name,
                                                     compiled.error().message));
  }
  if (made->empty() && reader_.ok())
    reader_.errorIn(content.element(), fmt::format("`{}` needs an XML schema, and no API has one", "validate-as"),
                    "Name one with `schema-id`, or add it to the API's `schemas` folder.");
  return of_apis_ = std::move(made);
}

}  // namespace sluice::policies
