// XmlSchemas: XML Schema documents (XSD 1.0), compiled together by libxml2, and bodies validated against them. Nothing
// else is read: what a schema imports or includes is another of the set, document types are refused, and a body's hints
// about schemas (xsi:schemaLocation) are taken out. Compiled at load; immutable afterwards, shared by all threads.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::policies {

struct XmlSchemaSource {
  std::string name;  // what <xs:include schemaLocation> may call it, with or without an ending
  std::string_view text;
};

enum class XmlEnvelope : uint8_t { None, Soap };  // Soap: what is in the Body of the envelope, versions 1.1 and 1.2

struct XmlValidation {
  std::vector<std::string> mistakes;  // each in one line
  std::string exception;              // not empty: it cannot be validated, because it is no XML
};

class XmlSchemas {
 public:
  static constexpr size_t kMaxSize = 4u * 1024 * 1024;  // bytes of a document; reference section 7
  static constexpr size_t kMaxMistakes = 20;            // kept of one body

  // The error names the document and what is wrong with it.
  static Result<std::shared_ptr<const XmlSchemas>> compile(std::span<const XmlSchemaSource> sources);
  ~XmlSchemas();
  XmlSchemas(const XmlSchemas&) = delete;
  XmlSchemas& operator=(const XmlSchemas&) = delete;

  XmlValidation validate(std::string_view body, XmlEnvelope envelope) const;

 private:
  struct Impl;
  explicit XmlSchemas(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::policies
