// System.Uri's object, shared by its files.
#pragma once

#include <optional>
#include <span>

#include "expression/library.h"
#include "expression/library/uri_parse.h"

namespace sluice::expression {

// System.UriKind
enum class UriKind : uint8_t { RelativeOrAbsolute, Absolute, Relative };

struct UriObject : Object {
  Value original;  // the text it was made from
  bool is_absolute;
};

// nullopt: an absolute or relative URI of that kind; otherwise what .NET says is wrong.
std::optional<std::string_view> newUri(Eval& eval, const Value& text, UriKind kind, Value& out);
// The components of an absolute URI; false with the budget exception pending.
bool partsOf(Eval& eval, const UriObject& uri, UriParts& out);
std::string absoluteUri(const UriParts& parts);
// As ToString() shows it.
std::string displayUri(const UriParts& parts);
bool isWellFormed(Eval& eval, const UriObject& uri);
// Static members but those that make URIs (uri_static.cc).
std::span<const MemberRow> uriStaticRows();

}  // namespace sluice::expression
