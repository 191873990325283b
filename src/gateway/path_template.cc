#include "gateway/path_template.h"

#include <algorithm>

#include "base/encoding.h"
#include "policy/query.h"

namespace sluice::gateway {
namespace {

// A tree with many parameter and literal siblings could make a search branch at every level; this bounds it.
constexpr uint32_t kMaxVisits = 10'000;
constexpr size_t kMaxSegments = 256;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return out;
}

bool endsWithIgnoreCase(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && equalsIgnoreCase(text.substr(text.size() - suffix.size()), suffix);
}

// The segments after the leading slash: "/a//b" is a, "", b; "/" is one empty segment.
std::string_view nextSegment(std::string_view& rest, bool& last) {
  const size_t slash = rest.find('/');
  const auto segment = rest.substr(0, slash);
  last = slash == std::string_view::npos;
  rest = last ? std::string_view() : rest.substr(slash + 1);
  return segment;
}

}  // namespace

std::string_view decodeInto(std::string_view text, Arena& arena) {
  if (text.find('%') == std::string_view::npos) return text;
  return arena.copy(percentDecode(text));
}

// A segment with a parameter: `{id}` or, as OData writes, `users('{id}')`.
struct PathTemplateTree::Node {
  struct Parameter {
    std::string prefix, suffix;
    std::unique_ptr<Node> node;
  };

  std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;  // lower case
  std::vector<Parameter> parameters;                                    // the longest fixed text first
  std::vector<TemplateLeaf> leaves;                                     // path ends here
  std::vector<TemplateLeaf> wildcards;                                  // any remainder

  Node& literal(std::string_view segment) {
    auto key = lower(segment);
    const auto at =
        std::ranges::lower_bound(literals, key, {}, [](const auto& pair) -> const std::string& { return pair.first; });
    if (at != literals.end() && at->first == key) return *at->second;
    return *literals.emplace(at, std::move(key), std::make_unique<Node>())->second;
  }

  Node& parameter(std::string_view prefix, std::string_view suffix) {
    for (auto& parameter : parameters)
      if (parameter.prefix == prefix && parameter.suffix == suffix) return *parameter.node;
    parameters.push_back({std::string(prefix), std::string(suffix), std::make_unique<Node>()});
    Node& node = *parameters.back().node;
    std::ranges::stable_sort(parameters, std::greater<>(),
                             [](const Parameter& p) { return p.prefix.size() + p.suffix.size(); });
    return node;
  }

  const Node* findLiteral(std::string_view segment) const {
    const auto before = [](std::string_view a, std::string_view b) {
      return std::ranges::lexicographical_compare(
          a, b, {}, {}, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    };
    const auto at = std::ranges::lower_bound(literals, segment, before,
                                             [](const auto& pair) -> std::string_view { return pair.first; });
    return at != literals.end() && equalsIgnoreCase(at->first, segment) ? at->second.get() : nullptr;
  }
};

PathTemplateTree::PathTemplateTree() : root_(std::make_unique<Node>()) {}
PathTemplateTree::~PathTemplateTree() = default;
PathTemplateTree::PathTemplateTree(PathTemplateTree&&) noexcept = default;
PathTemplateTree& PathTemplateTree::operator=(PathTemplateTree&&) noexcept = default;

void PathTemplateTree::add(const config::Operation& operation, size_t index) {
  TemplateLeaf leaf{&operation, {}, index};
  std::string_view rest = operation.path;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  Node* node = root_.get();
  for (bool last = false; !last;) {
    const auto segment = nextSegment(rest, last);
    if (segment == "*" || segment.starts_with("{*")) {
      leaf.parameters.emplace_back(segment == "*" ? "*" : segment.substr(2, segment.size() - 3));
      node->wildcards.push_back(std::move(leaf));
      return;
    }
    const size_t open = segment.find('{');
    const size_t close = segment.rfind('}');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
      node = &node->literal(segment);
      continue;
    }
    leaf.parameters.emplace_back(segment.substr(open + 1, close - open - 1));
    node = &node->parameter(segment.substr(0, open), segment.substr(close + 1));
  }
  node->leaves.push_back(std::move(leaf));
}

struct PathTemplateTree::Search {
  std::string_view method;
  std::string_view query;
  // Places in `path`; not set before use, since a request has few of them.
  struct Range {
    uint32_t from, size;
  };
  std::string_view path;
  Range values[kMaxSegments];
  size_t depth = 0;
  uint32_t visits = 0;

  void push(std::string_view part) {
    values[depth++] = {static_cast<uint32_t>(part.data() - path.data()), static_cast<uint32_t>(part.size())};
  }
  std::string_view value(size_t i) const { return path.substr(values[i].from, values[i].size); }

  bool queryMatches(const config::Operation& operation) const {
    return std::ranges::all_of(operation.query, [&](const config::TemplateQuery& wanted) {
      bool found = false;
      eachQueryParameter(query, [&](std::string_view name, std::string_view value) {
        found = policy::decodesToIgnoringCase(name, wanted.name) &&
                (!wanted.parameter.empty() || policy::decodesTo(value, wanted.value));
        return !found;
      });
      return found;
    });
  }

  const TemplateLeaf* pick(const std::vector<TemplateLeaf>& leaves) const {
    const TemplateLeaf* best = nullptr;
    for (const auto& leaf : leaves) {
      if (!equalsIgnoreCase(leaf.operation->method, method) && leaf.operation->method != "*") continue;
      if (!queryMatches(*leaf.operation)) continue;
      // The template that asks for more of the query is the more specific one.
      if (best == nullptr || leaf.operation->query.size() > best->operation->query.size()) best = &leaf;
    }
    return best;
  }

  const TemplateLeaf* descend(const Node& node, std::string_view rest, bool done) {
    if (++visits > kMaxVisits || depth + 1 >= kMaxSegments) return nullptr;
    if (done) return pick(node.leaves);
    const auto all = rest;
    bool last = false;
    const auto segment = nextSegment(rest, last);
    if (const Node* literal = node.findLiteral(segment))
      if (const auto* leaf = descend(*literal, rest, last)) return leaf;
    for (const auto& parameter : node.parameters) {
      if (segment.size() < parameter.prefix.size() + parameter.suffix.size()) continue;
      if (!equalsIgnoreCase(segment.substr(0, parameter.prefix.size()), parameter.prefix)) continue;
      if (!endsWithIgnoreCase(segment, parameter.suffix)) continue;
      const size_t size = segment.size() - parameter.prefix.size() - parameter.suffix.size();
      push(segment.substr(parameter.prefix.size(), size));
      if (const auto* leaf = descend(*parameter.node, rest, last)) return leaf;
      --depth;
    }
    if (const auto* leaf = pick(node.wildcards)) {
      push(all);
      return leaf;
    }
    return nullptr;
  }
};

const TemplateLeaf* PathTemplateTree::match(std::string_view method, std::string_view path, std::string_view query,
                                            Arena& arena, std::pmr::vector<policy::NameValue>& matched) const {
  if (path.starts_with('/')) path.remove_prefix(1);
  Search search;
  search.method = method;
  search.query = query;
  search.path = path;
  const TemplateLeaf* leaf = search.descend(*root_, path, false);
  // What APIM does with a trailing slash is not documented: an exact template wins, then the slash is forgiven.
  if (leaf == nullptr && path.ends_with('/')) {
    search.depth = 0;
    path.remove_suffix(1);
    leaf = search.descend(*root_, path, false);
  }
  if (leaf == nullptr) return nullptr;
  matched.reserve(leaf->parameters.size() + leaf->operation->query.size());
  for (size_t i = 0; i < leaf->parameters.size(); ++i)
    matched.push_back({leaf->parameters[i], decodeInto(search.value(i), arena)});
  for (const auto& wanted : leaf->operation->query) {
    if (wanted.parameter.empty()) continue;
    eachQueryParameter(query, [&](std::string_view name, std::string_view value) {
      if (!policy::decodesToIgnoringCase(name, wanted.name)) return true;
      matched.push_back({wanted.parameter, policy::isEncoded(value) ? arena.copy(percentDecode(value, true)) : value});
      return false;
    });
  }
  return leaf;
}

}  // namespace sluice::gateway
