// What one <content> of validate-content validates against, when that is not the operation's own JSON schema: a schema
// resource by its id, or the XML schema resources of the API that is called. Made at load; immutable afterwards.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/model.h"
#include "policies/validate_content/xml_schema.h"
#include "policy/element_reader.h"
#include "schema/definitions.h"

namespace sluice::policies {

class ContentSchema {
 public:
  struct Json {
    std::unique_ptr<schema::Schemas> schemas;
    schema::MediaDefinition definition;
  };
  struct Xml {
    std::string name;  // for messages
    std::shared_ptr<const XmlSchemas> schemas;
  };
  using XmlByApi = std::unordered_map<const config::Api*, Xml>;

  bool isXml() const { return is_xml_; }
  XmlEnvelope envelope() const { return envelope_; }
  // Whether it says itself what a type has to be, whatever the specification has.
  bool ofItsOwn() const { return is_xml_ || json_ != nullptr; }
  const Json* json() const { return json_.get(); }
  // Null: the API has no XML schemas.
  const Xml* xml(const config::Api* api) const {
    if (by_api_ == nullptr) return &xml_;
    const auto found = by_api_->find(api);
    return found == by_api_->end() ? nullptr : &found->second;
  }

 private:
  friend class ContentSchemas;
  std::shared_ptr<const Json> json_;
  Xml xml_;
  std::shared_ptr<const XmlByApi> by_api_;
  XmlEnvelope envelope_ = XmlEnvelope::None;
  bool is_xml_ = false;
};

// Compiles for the children of one policy; what is wrong becomes errors of the reader.
class ContentSchemas {
 public:
  explicit ContentSchemas(policy::ElementReader& reader) : reader_(reader) {}
  ContentSchema compile(const policy::ElementReader& content);

 private:
  const config::SchemaResource* find(const policy::ElementReader& content, std::string_view id);
  void compileJson(const policy::ElementReader& content, const config::SchemaResource& resource, ContentSchema& into);
  void compileXml(const policy::ElementReader& content, const config::SchemaResource& resource, ContentSchema& into);
  std::shared_ptr<const ContentSchema::XmlByApi> ofApis(const policy::ElementReader& content);

  policy::ElementReader& reader_;
  std::shared_ptr<const ContentSchema::XmlByApi> of_apis_;
};

}  // namespace sluice::policies
