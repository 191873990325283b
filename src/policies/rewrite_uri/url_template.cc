#include "policies/rewrite_uri/url_template.h"

#include <algorithm>

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
  Arena& arena = exchange.arena();
  const auto parts = arena.array<std::string_view>(pieces_.size());
  size_t count = 0;
  for (const Piece& piece : pieces_) {
    if (piece.in_query != in_query) continue;
    std::string_view& part = parts[count++];
    if (!piece.placeholder) {
      part = escape(piece.literal, Escape::Repair, arena);
      continue;
    }
    // {*rest} in an operation's template is matched under the name without its star.
    const auto value = matched(exchange, piece.literal);
    part = value ? escape(*value, in_query ? Escape::Component : Escape::Path, arena)
                 : arena.join({"{", piece.literal, "}"});
  }
  const std::string_view filled = arena.join(parts.first(count));
  // A single piece was not copied, and may belong to a template that was made for this request alone.
  const bool single = std::any_of(parts.begin(), parts.end(), [&](auto part) { return part.data() == filled.data(); });
  return single ? arena.copy(filled) : filled;
}

bool UrlTemplate::names(std::string_view part) const {
  return std::any_of(query_names_.begin(), query_names_.end(),
                     [&](const std::string& name) { return queryPartIs(part, name); });
}

void UrlTemplate::apply(Exchange& exchange, bool copy_unmatched) const {
  Arena& arena = exchange.arena();
  Url& url = exchange.request.url;
  const auto all = static_cast<size_t>(std::count(url.query.begin(), url.query.end(), '&')) + 1;
  const auto parts = arena.array<std::string_view>(2 * (copy_unmatched ? all : 0) + 1);
  size_t count = 0;
  if (has_query_) parts[count++] = fill(exchange, true);
  if (copy_unmatched) {
    for (const std::string_view part : QueryParts(url.query)) {
      if (isOfOperation(exchange, part) || names(part)) continue;
      if (count > 0 && !parts[0].empty()) parts[count++] = "&";
      parts[count++] = part;
    }
  }
  url.query = arena.join(parts.first(count));
  const std::string_view path = fill(exchange, false);
  if (path.starts_with('/')) {
    url.path = path;
    return;
  }
  url.path = arena.join({"/", path});
}

}  // namespace sluice::policies
