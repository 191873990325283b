// Escapes of System.Uri (RFC 3986 and 3987) on UTF-8 text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::expression {

enum class Keep : uint8_t { Unreserved, UnreservedAndReserved };
enum class Escapes : uint8_t { AreText, Stay };  // whether %41 in the text is to be escaped again
// Percent-encodes all but what is kept; `force` are characters escaped even so.
std::string escapeUri(std::string_view text, Keep keep, Escapes escapes, std::string_view force = {});
// Uri.UnescapeDataString: all escapes, except of bytes that are no UTF-8.
std::string unescapeUri(std::string_view text);

enum class Component : uint8_t { Path, Query };  // a query may have private characters
// Whether normalizeIri would change the text.
bool needsNormalizing(std::string_view text);
// Escapes that need not be are undone; characters that an IRI may not have are escaped.
std::string normalizeIri(std::string_view text, Component component);
// What Uri.ToString() shows: escapes are undone but of reserved characters, '%' and control characters.
std::string displayIri(std::string_view text, Component component);
// Every character may stand in a URI (or an IRI) as it is, and every '%' begins an escape.
bool isWellEscaped(std::string_view text);

}  // namespace sluice::expression
