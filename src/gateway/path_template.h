// PathTemplate matching for operations (reference 4.2): a tree over path segments. A literal beats a parameter beats a
// wildcard; literals compare without case; an empty segment matches a parameter. Built at load, immutable, shared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/arena.h"
#include "config/resources.h"
#include "policy/exchange.h"

namespace sluice::gateway {

// One operation that a template's end leads to.
struct TemplateLeaf {
  const config::Operation* operation = nullptr;
  std::vector<std::string> parameters;  // in path order; "*" for a bare wildcard
  size_t index = 0;                     // the owner's
};

class PathTemplateTree {
 public:
  PathTemplateTree();
  ~PathTemplateTree();
  PathTemplateTree(PathTemplateTree&&) noexcept;
  PathTemplateTree& operator=(PathTemplateTree&&) noexcept;

  void add(const config::Operation& operation, size_t index);

  // The best operation for method, path (with its leading slash, no query) and query; parameters are decoded into
  // `matched`. Null when none matches.
  const TemplateLeaf* match(std::string_view method, std::string_view path, std::string_view query, Arena& arena,
                            std::pmr::vector<policy::NameValue>& matched) const;

 private:
  struct Node;
  struct Search;
  std::unique_ptr<Node> root_;
};

// Calls visit(name, value) for each pair of a query string, both still encoded; stops when it returns false.
template <class Visit>
void eachQueryParameter(std::string_view query, Visit visit) {
  while (!query.empty()) {
    const size_t end = query.find('&');
    const auto pair = query.substr(0, end);
    const size_t equals = pair.find('=');
    const auto value = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    if (!pair.empty() && !visit(pair.substr(0, equals), value)) return;
    if (end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

// A percent-encoded text decoded into the arena; the text itself when nothing is encoded.
std::string_view decodeInto(std::string_view text, Arena& arena);

}  // namespace sluice::gateway
