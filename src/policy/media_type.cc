#include "policy/media_type.h"

#include "base/encoding.h"
#include "policy/document.h"

namespace sluice::policy {
namespace {

std::string_view next(std::string_view& list, char separator) {
  const size_t end = list.find(separator);
  const std::string_view part = trimXmlSpace(list.substr(0, end));
  list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
  return part;
}

// q=0, q=0.0 and so on (RFC 9110 section 12.4.2).
bool refuses(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::string_view parameter = next(parameters, ';');
    if (parameter.size() < 3 || (parameter[0] | 0x20) != 'q' || parameter[1] != '=') continue;
    return parameter.substr(2).find_first_not_of("0.") == std::string_view::npos;
  }
  return false;
}

}  // namespace

bool isOf(std::string_view media_type, Notation notation) {
  const std::string_view type = next(media_type, ';');
  const size_t slash = type.find('/');
  if (slash == std::string_view::npos) return false;
  std::string_view subtype = type.substr(slash + 1);
  if (const size_t plus = subtype.rfind('+'); plus != std::string_view::npos) subtype.remove_prefix(plus + 1);
  return equalsIgnoreCase(subtype, notation == Notation::Json ? "json" : "xml");
}

bool hasNotation(const http::Headers& headers, Notation notation) {
  const auto type = headers.find("Content-Type");
  return type && isOf(*type, notation);
}

bool asksFor(const http::Headers& headers, Notation notation) {
  for (const auto& header : headers) {
    if (!equalsIgnoreCase(header.name, "Accept")) continue;
    std::string_view list = header.value;
    while (!list.empty()) {
      std::string_view parameters = next(list, ',');
      const std::string_view type = next(parameters, ';');
      if (isOf(type, notation) && !refuses(parameters)) return true;
    }
  }
  return false;
}

}  // namespace sluice::policy
