// An XML document as JSON text. Names keep their prefix, with `$` for the colon; the declaration's version and encoding
// are members of the top object; elements of one name beside each other are an array; an element with nothing in it is
// null, one with text alone a string. The two forms differ in attributes and in text beside other things:
//   direct               "@name", "#text"
//   javascript-friendly  "name",  "$t"
// Comments and processing instructions have no place in JSON and are left out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::policies {

enum class JsonKind : uint8_t { JavascriptFriendly, Direct };
enum class ChildArrays : uint8_t { WhereSeveral, Always };

struct JsonText {
  std::string text;
  std::string error;  // not empty: why there is no text
};

// The text is bounded by `limit` bytes. External entities are not read, those of the document's own not expanded.
JsonText toJson(std::string_view xml, JsonKind kind, ChildArrays arrays, size_t limit);

}  // namespace sluice::policies
