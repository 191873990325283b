// A JSON tree as XML text. Where the form is known from API Management's documentation and from what was seen of it:
// one member at the top is the root element, anything else is put into <Document>; an array repeats its element, an
// empty one is an empty element; null is xsi:nil; values have .NET's texts (True, 01/31/2026 12:00:00).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "expression/eval.h"

namespace sluice::policies {

struct XmlOptions {
  std::string_view namespace_separator = "_";  // in names of members, between prefix and name
  std::string_view namespace_prefix;           // members that begin so declare namespaces; empty: xmlns
  std::string_view attribute_block_name;       // the member whose members are attributes; empty: none
};

struct XmlText {
  std::string text;
  std::string error;  // not empty: why there is no text
};

// `json` is a JToken. The text is bounded by `limit` bytes.
XmlText toXml(expression::Eval& eval, const expression::Value& json, const XmlOptions& options, size_t limit);

// XmlConvert.EncodeLocalName: what a name may not hold is written as _x0020_.
std::string encodedName(std::string_view text);

}  // namespace sluice::policies
