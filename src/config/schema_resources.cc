#include "config/schema_resources.h"

#include <fmt/format.h>

#include "config/property_reader.h"

namespace sluice::config {
namespace {

void writeString(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20)
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<int>(c));
    else
      out += c;
  }
  out += '"';
}

// As JSON; a document's depth is bounded by its reader.
void write(const text::Node& node, std::string& out) {
  switch (node.kind) {
    case text::Node::Kind::Null:
      out += "null";
      return;
    case text::Node::Kind::Bool:
    case text::Node::Kind::Number:
      out += node.scalar;
      return;
    case text::Node::Kind::String:
      return writeString(node.scalar, out);
    case text::Node::Kind::Sequence:
      out += '[';
      for (const auto& item : node.items) {
        if (out.back() != '[') out += ',';
        write(item, out);
      }
      out += ']';
      return;
    case text::Node::Kind::Mapping:
      out += '{';
      for (const auto& member : node.members) {
        if (out.back() != '{') out += ',';
        writeString(member.key, out);
        out += ':';
        write(member.value, out);
      }
      out += '}';
      return;
  }
}

SchemaResource::Kind kindOf(std::string_view type) {
  if (type.find("graphql") != std::string_view::npos) return SchemaResource::Kind::Other;
  if (type.find("xml") != std::string_view::npos) return SchemaResource::Kind::Xml;
  return type.find("json") != std::string_view::npos ? SchemaResource::Kind::Json : SchemaResource::Kind::Other;
}

}  // namespace

SchemaResource readSchemaResource(std::string name, const text::Document& document, Diagnostics& diagnostics) {
  static const text::Node kNone;
  SchemaResource schema;
  schema.name = std::move(name);
  schema.location = document.at(document.root().position);
  const text::Node* node = document.root().find("properties");
  PropertyReader properties(document, node == nullptr ? kNone : *node, "this schema", diagnostics);
  // An API's schema has a content type, one of the service a type: `xml` or `json`.
  schema.kind = kindOf(properties.text("contentType", properties.text("schemaType")));
  const text::Node* value = node == nullptr ? nullptr : node->find("value");
  if (const text::Node* inner = node == nullptr ? nullptr : node->find("document"); value == nullptr) {
    const text::Node* own = inner == nullptr ? nullptr : inner->find("value");
    value = own != nullptr ? own : inner;
  }
  if (value == nullptr || value->isNull())
    properties.error("document", "a schema has its text in `document` or `value`, which are missing");
  else if (value->kind == text::Node::Kind::String)
    schema.text = value->scalar;
  else
    write(*value, schema.text);
  properties.inert({"value", "document", "description", "provisioningState", "components", "definitions"});
  properties.finish();
  return schema;
}

}  // namespace sluice::config
