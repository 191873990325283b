#include "policies/validate_content/xml_schema.h"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>

#include <algorithm>
#include <map>
#include <mutex>

namespace sluice::policies {
namespace {

constexpr std::string_view kSchemaNamespace = "http://www.w3.org/2001/XMLSchema";
constexpr std::string_view kInstanceNamespace = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kSoap[] = {"http://schemas.xmlsoap.org/soap/envelope/",
                                      "http://www.w3.org/2003/05/soap-envelope"};
// Names of our documents where libxml2 asks for them; nothing outside begins like this.
constexpr std::string_view kLocation = "sluice-schema:";

struct Free {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
  void operator()(xmlSchema* schema) const { xmlSchemaFree(schema); }
  void operator()(xmlSchemaParserCtxt* parser) const { xmlSchemaFreeParserCtxt(parser); }
  void operator()(xmlSchemaValidCtxt* validator) const { xmlSchemaFreeValidCtxt(validator); }
  void operator()(xmlChar* text) const { xmlFree(text); }
};
template <class T>
using Ptr = std::unique_ptr<T, Free>;

using Documents = std::map<std::string, std::string, std::less<>>;  // by location

const xmlChar* bytes(const char* text) {
  return reinterpret_cast<const xmlChar*>(text);
}
std::string_view viewOf(const xmlChar* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

// What the schema that this thread compiles may ask for; null: nothing.
const Documents*& offered() {
  static thread_local const Documents* documents = nullptr;
  return documents;
}

// For the whole process: only our own documents are ever loaded by name, neither files nor URLs.
xmlParserInputPtr load(const char* url, const char*, xmlParserCtxtPtr parser) {
  if (offered() == nullptr || url == nullptr) return nullptr;
  const auto found = offered()->find(std::string_view(url));
  if (found == offered()->end()) return nullptr;
  return xmlNewStringInputStream(parser, bytes(found->second.c_str()));
}

void prepareLibrary() {
  static std::once_flag once;
  std::call_once(once, [] {
    xmlInitParser();
    xmlSchemaInitTypes();
    xmlSetExternalEntityLoader(&load);
  });
}

std::string oneLine(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, 400)) line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

// libxml2's structured errors, as lines.
struct Lines {
  std::vector<std::string> texts;
};

void collect(void* to, xmlErrorPtr error) {
  auto& lines = static_cast<Lines*>(to)->texts;
  if (error->message == nullptr || error->level == XML_ERR_WARNING || lines.size() == XmlSchemas::kMaxMistakes) return;
  lines.push_back(fmt::format("{} Line: {}", oneLine(error->message), error->line));
}

Result<Ptr<xmlDoc>> parse(std::string_view text) {
  if (text.size() > XmlSchemas::kMaxSize) return fail("it is too large");
  const Ptr<xmlParserCtxt> parser(xmlNewParserCtxt());
  if (parser == nullptr) return fail("there is no memory");
  // No entities put in, nothing fetched; libxml2's own bounds on depth and size stay.
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  Ptr<xmlDoc> document(
      xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr, kOptions));
  if (document == nullptr || xmlDocGetRootElement(document.get()) == nullptr) {
    const xmlError* error = xmlCtxtGetLastError(parser.get());
    if (error == nullptr || error->message == nullptr) return fail("it is not XML");
    return fail(fmt::format("it is not XML: {} Line: {}", oneLine(error->message), error->line));
  }
  if (document->intSubset != nullptr) return fail("it has a document type, which is not allowed");
  return document;
}

bool isElement(const xmlNode* node, std::string_view space, std::string_view name) {
  return node->type == XML_ELEMENT_NODE && node->ns != nullptr && viewOf(node->ns->href) == space &&
         viewOf(node->name) == name;
}

std::string attributeOf(xmlNode* node, const char* name) {
  const Ptr<xmlChar> value(xmlGetNoNsProp(node, bytes(name)));
  return std::string(viewOf(value.get()));
}

// One document of the set, taken apart.
struct Part {
  std::string name;
  Ptr<xmlDoc> document;
  std::string target;  // its namespace
};

std::string locationOf(size_t index) {
  return fmt::format("{}document-{}", kLocation, index);
}
std::string locationOfNamespace(size_t index) {
  return fmt::format("{}namespace-{}", kLocation, index);
}

class SetBuilder {
 public:
  Status add(const XmlSchemaSource& source) {
    auto document = parse(source.text);
    if (!document) return fail(fmt::format("`{}`: {}", source.name, document.error().message));
    xmlNode* root = xmlDocGetRootElement(document->get());
    if (!isElement(root, kSchemaNamespace, "schema"))
      return fail(fmt::format("`{}`: its root is <{}>, not <schema> of XML Schema", source.name, viewOf(root->name)));
    std::string target = attributeOf(root, "targetNamespace");
    if (std::find(namespaces_.begin(), namespaces_.end(), target) == namespaces_.end()) namespaces_.push_back(target);
    parts_.push_back({source.name, std::move(*document), std::move(target)});
    return {};
  }

  // Points every import and include at a document of the set, and writes them all, under a document that has each
  // namespace in it.
  Result<Documents> build(std::string& driver) {
    Documents documents;
    for (size_t i = 0; i < parts_.size(); ++i) {
      if (auto linked = link(parts_[i]); !linked) return tl::make_unexpected(linked.error());
      xmlChar* raw = nullptr;
      int size = 0;
      xmlDocDumpMemoryEnc(parts_[i].document.get(), &raw, &size, "UTF-8");
      const Ptr<xmlChar> text(raw);
      documents.emplace(locationOf(i), std::string(viewOf(raw)));
    }
    driver = fmt::format("<s:schema xmlns:s=\"{}\" targetNamespace=\"{}\">", kSchemaNamespace, kLocation);
    for (size_t i = 0; i < namespaces_.size(); ++i) {
      documents.emplace(locationOfNamespace(i), includesOf(namespaces_[i]));
      driver += fmt::format("<s:import{} schemaLocation=\"{}\"/>", attribute("namespace", namespaces_[i]),
                            locationOfNamespace(i));
    }
    driver += "</s:schema>";
    return documents;
  }

 private:
  static std::string attribute(std::string_view name, const std::string& value) {
    if (value.empty()) return {};
    const Ptr<xmlChar> escaped(xmlEncodeSpecialChars(nullptr, bytes(value.c_str())));
    return fmt::format(" {}=\"{}\"", name, viewOf(escaped.get()));
  }

  std::string includesOf(const std::string& target) const {
    std::string text =
        fmt::format("<s:schema xmlns:s=\"{}\"{}>", kSchemaNamespace, attribute("targetNamespace", target));
    for (size_t i = 0; i < parts_.size(); ++i)
      if (parts_[i].target == target) text += fmt::format("<s:include schemaLocation=\"{}\"/>", locationOf(i));
    return text + "</s:schema>";
  }

  Status link(Part& part) {
    for (xmlNode* child = xmlDocGetRootElement(part.document.get())->children; child != nullptr; child = child->next) {
      if (isElement(child, kSchemaNamespace, "import")) {
        linkImport(child);
      } else if (isElement(child, kSchemaNamespace, "include") || isElement(child, kSchemaNamespace, "redefine")) {
        const std::string wanted = attributeOf(child, "schemaLocation");
        const auto found = named(wanted);
        if (found == parts_.size())
          return fail(fmt::format("`{}`: it includes `{}`, which is not among the schemas", part.name, wanted));
        xmlSetProp(child, bytes("schemaLocation"), bytes(locationOf(found).c_str()));
      }
    }
    return {};
  }

  // Of a namespace that no document has, nothing is read; a name that is missing then is libxml2's to report.
  void linkImport(xmlNode* import) {
    const auto found = std::find(namespaces_.begin(), namespaces_.end(), attributeOf(import, "namespace"));
    if (found == namespaces_.end()) {
      xmlUnsetProp(import, bytes("schemaLocation"));
    } else {
      const auto location = locationOfNamespace(static_cast<size_t>(found - namespaces_.begin()));
      xmlSetProp(import, bytes("schemaLocation"), bytes(location.c_str()));
    }
  }

  // "types.xsd" and "../types.xsd" are the resource `types` or `types.xsd`.
  size_t named(std::string_view location) const {
    location.remove_prefix(location.rfind('/') + 1);
    const auto bare = location.substr(0, location.rfind('.'));
    size_t i = 0;
    while (i < parts_.size() && parts_[i].name != location && parts_[i].name != bare) ++i;
    return i;
  }

  std::vector<Part> parts_;
  std::vector<std::string> namespaces_;
};

// Hints in a body would make libxml2 look for schemas, and change the one that all threads share.
void removeHints(xmlNode* root) {
  for (xmlNode* node = root; node != nullptr;) {
    for (xmlAttr* attribute = node->type == XML_ELEMENT_NODE ? node->properties : nullptr; attribute != nullptr;) {
      xmlAttr* const next = attribute->next;
      const bool is_hint =
          attribute->ns != nullptr && viewOf(attribute->ns->href) == kInstanceNamespace &&
          (viewOf(attribute->name) == "schemaLocation" || viewOf(attribute->name) == "noNamespaceSchemaLocation");
      if (is_hint) xmlRemoveProp(attribute);
      attribute = next;
    }
    if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
      node = node->children;
      continue;
    }
    while (node != root && node->next == nullptr) node = node->parent;
    node = node == root ? nullptr : node->next;
  }
}

}  // namespace

struct XmlSchemas::Impl {
  Ptr<xmlSchema> schema;

  void check(xmlNode* element, XmlValidation& result) const {
    const Ptr<xmlSchemaValidCtxt> validator(xmlSchemaNewValidCtxt(schema.get()));
    if (validator == nullptr) {
      result.exception = "there is no memory";
      return;
    }
    Lines lines;
    xmlSchemaSetValidStructuredErrors(validator.get(), &collect, &lines);
    const int state = xmlSchemaValidateOneElement(validator.get(), element);
    if (state == 0) return;
    if (lines.texts.empty()) lines.texts.emplace_back("It does not conform.");
    for (auto& text : lines.texts) result.mistakes.push_back(std::move(text));
  }

  void checkEnvelope(xmlNode* root, XmlValidation& result) const;
};

// A Fault is the protocol's own: no schema of the API has it.
void XmlSchemas::Impl::checkEnvelope(xmlNode* root, XmlValidation& result) const {
  for (const std::string_view space : kSoap) {
    if (!isElement(root, space, "Envelope")) continue;
    for (xmlNode* part = root->children; part != nullptr; part = part->next) {
      if (!isElement(part, space, "Body")) continue;
      for (xmlNode* child = part->children; child != nullptr; child = child->next)
        if (child->type == XML_ELEMENT_NODE && !isElement(child, space, "Fault")) check(child, result);
      return;
    }
    result.mistakes.emplace_back("The SOAP envelope has no Body.");
    return;
  }
  result.mistakes.emplace_back("It is not a SOAP envelope.");
}

XmlSchemas::XmlSchemas(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
XmlSchemas::~XmlSchemas() = default;

Result<std::shared_ptr<const XmlSchemas>> XmlSchemas::compile(std::span<const XmlSchemaSource> sources) {
  prepareLibrary();
  SetBuilder set;
  for (const auto& source : sources)
    if (auto added = set.add(source); !added) return tl::make_unexpected(added.error());
  std::string driver;
  const auto documents = set.build(driver);
  if (!documents) return tl::make_unexpected(documents.error());
  const Ptr<xmlSchemaParserCtxt> parser(xmlSchemaNewMemParserCtxt(driver.data(), static_cast<int>(driver.size())));
  if (parser == nullptr) return fail("there is no memory");
  Lines lines;
  xmlSchemaSetParserStructuredErrors(parser.get(), &collect, &lines);
  offered() = &*documents;
  Ptr<xmlSchema> schema(xmlSchemaParse(parser.get()));
  offered() = nullptr;
  if (schema == nullptr || !lines.texts.empty())
    return fail(lines.texts.empty() ? "libxml2 does not take it" : lines.texts.front());
  auto impl = std::make_unique<Impl>();
  impl->schema = std::move(schema);
  return std::shared_ptr<const XmlSchemas>(new XmlSchemas(std::move(impl)));
}

XmlValidation XmlSchemas::validate(std::string_view body, XmlEnvelope envelope) const {
  XmlValidation result;
  const auto document = parse(body);
  if (!document) {
    result.exception = document.error().message;
    return result;
  }
  xmlNode* root = xmlDocGetRootElement(document->get());
  removeHints(root);
  if (envelope == XmlEnvelope::Soap)
    impl_->checkEnvelope(root, result);
  else
    impl_->check(root, result);
  if (result.mistakes.size() > kMaxMistakes) result.mistakes.resize(kMaxMistakes);
  return result;
}

}  // namespace sluice::policies
