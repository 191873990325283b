// The template of rewrite-uri: text with {name} placeholders, a path and perhaps a query. Parsed once when it is a
// literal. Immutable.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/exchange.h"

namespace sluice::policies {

class UrlTemplate {
 public:
  explicit UrlTemplate(std::string_view text);

  // Puts the template into the request's URL, its placeholders filled from the matched parameters. A placeholder that
  // nothing was matched for stays as it is written. Bytes that no URL may hold are percent-encoded, so that a matched
  // value cannot end the request line.
  void apply(policy::Exchange& exchange, bool copy_unmatched) const;

 private:
  struct Piece {
    std::string literal;  // or the placeholder's name
    bool placeholder = false;
    bool in_query = false;
  };
  void addPieces(std::string_view text, bool in_query);
  std::string_view fill(policy::Exchange& exchange, bool in_query) const;
  bool names(std::string_view part) const;

  std::vector<Piece> pieces_;
  std::vector<std::string> query_names_;  // of the template's own query
  bool has_query_ = false;
};

}  // namespace sluice::policies
