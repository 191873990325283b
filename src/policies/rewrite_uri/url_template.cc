#include "policies/rewrite_uri/url_template.h"

#include <algorithm>
#include <memory_resource>

#include "base/encoding.h"
#include "policy/query.h"

namespace sluice::policies {
namespace {

using namespace policy;

std::optional<std::string_view> matched(const Exchange& exchange, std::string_view name) {
  for (const auto& parameter : exchange.request.matched)
    if (equalsIgnoreCase(parameter.name, name)) return parameter.value;
  return std::nullopt;
}

// Query parameters of the operation's URL template are used up by the rewriting (reference 2.7, copy-unmatched-params).
bool isOfOperation(const Exchange& exchange, std::string_view part) {
  if (exchange.operation == nullptr) return false;
  const auto& query = exchange.operation->query;
  return std::any_of(query.begin(), query.end(), [&](const auto& known) { return queryPartIs(part, known.name); });
}

}  // namespace

UrlTemplate::UrlTemplate(std::string_view text) {
  const size_t question = text.find('?');
  addPieces(text.substr(0, question), false);
  if (question == std::string_view::npos) return;
  has_query_ = true;
  const std::string_view query = text.substr(question + 1);
  addPieces(query, true);
  for (const std::string_view part : QueryParts(query))
    query_names_.push_back(percentDecode(part.substr(0, part.find('=')), true));
}

void UrlTemplate::addPieces(std::string_view text, bool in_query) {
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      pieces_.push_back({std::string(text), false, in_query});
      return;
    }
    if (open > 0) pieces_.push_back({std::string(text.substr(0, open)), false, in_query});
    pieces_.push_back({std::string(text.substr(open + 1, close - open - 1)), true, in_query});
    text = text.substr(close + 1);
  }
}

std::string_view UrlTemplate::fill(Exchange& exchange, bool in_query) const {
  std::pmr::string out(&exchange.arena());
  for (const Piece& piece : pieces_) {
    if (piece.in_query != in_query) continue;
    if (!piece.placeholder) {
      out += escape(piece.literal, Escape::Repair, exchange.arena());
      continue;
    }
    // {*rest} in an operation's template is matched under the name without its star.
    const auto value = matched(exchange, piece.literal);
    if (value) {
      out += escape(*value, in_query ? Escape::Component : Escape::Path, exchange.arena());
    } else {
      out.append("{").append(piece.literal).append("}");
    }
  }
  return exchange.arena().copy(out);
}

bool UrlTemplate::names(std::string_view part) const {
  return std::any_of(query_names_.begin(), query_names_.end(),
                     [&](const std::string& name) { return queryPartIs(part, name); });
}

void UrlTemplate::apply(Exchange& exchange, bool copy_unmatched) const {
  Arena& arena = exchange.arena();
  Url& url = exchange.request.url;
  std::pmr::string query(has_query_ ? fill(exchange, true) : std::string_view(), &arena);
  if (copy_unmatched) {
    for (const std::string_view part : QueryParts(url.query)) {
      if (isOfOperation(exchange, part) || names(part)) continue;
      if (!query.empty()) query += '&';
      query += part;
    }
  }
  url.query = arena.copy(query);
  const std::string_view path = fill(exchange, false);
  if (path.starts_with('/')) {
    url.path = path;
    return;
  }
  std::pmr::string rooted("/", &arena);
  rooted += path;
  url.path = arena.copy(rooted);
}

}  // namespace sluice::policies
