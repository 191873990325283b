#include "config/named_attributes.h"

namespace sluice::config {
namespace {

bool isExpression(std::string_view text) {
  return text.find("@(") != std::string_view::npos || text.find("@{") != std::string_view::npos ||
         text.find("{{") != std::string_view::npos;
}

}  // namespace

std::vector<std::string_view> attributeValues(std::string_view document, std::string_view attribute) {
  std::vector<std::string_view> values;
  for (size_t at = document.find(attribute); at != std::string_view::npos; at = document.find(attribute, at)) {
    const auto before = document.substr(0, at);
    at += attribute.size();
    const size_t comment = before.rfind("<!--");
    if (comment != std::string_view::npos && before.find("-->", comment) == std::string_view::npos) continue;
    const bool begins = !before.empty() && std::string_view(" \t\r\n").find(before.back()) != std::string_view::npos;
    const size_t quote = document.find_first_not_of(" \t\r\n=", at);
    if (!begins || quote == std::string_view::npos || (document[quote] != '"' && document[quote] != '\'')) continue;
    const size_t end = document.find(document[quote], quote + 1);
    if (end == std::string_view::npos) break;
    const auto value = document.substr(quote + 1, end - quote - 1);
    if (!value.empty() && !isExpression(value)) values.push_back(value);
    at = end;
  }
  return values;
}

}  // namespace sluice::config
