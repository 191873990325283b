#include "config/openapi.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/encoding.h"
#include "config/openapi_responses.h"

namespace sluice::config {
namespace {

using text::Node;
using text::Position;

constexpr std::array<std::string_view, 8> kMethods{"get", "put", "post", "delete", "options", "head", "patch", "trace"};
constexpr size_t kMaxTemplate = 1000;     // reference 4.2
constexpr int kMaxReferences = 32;        // one after another
constexpr size_t kMaxParameters = 1'000;  // of one operation

class Reader {
 public:
  Reader(const text::Document& document, Diagnostics& diagnostics) : document_(document), diagnostics_(diagnostics) {}

  Specification read() {
    const Node& root = document_.root();
    if (!checkVersion(root)) return {};
    if (const Node* info = mapping(root, "info")) result_.title = scalar(*info, "title");
    result_.service_url = swagger_ ? swaggerUrl(root) : serverUrl(root);
    if (const Node* paths = mapping(root, "paths")) {
      for (const auto& member : paths->members) readPath(member);
    } else {
      error(root.position, "the specification has no `paths`");
    }
    return std::move(result_);
  }

 private:
  void error(Position position, std::string message, std::string remedy = {}) {
    diagnostics_.add(document_.diagnostic(Severity::Error, position, std::move(message), std::move(remedy)));
  }

  static std::string scalar(const Node& node, std::string_view key) {
    const Node* found = node.find(key);
    return found != nullptr && found->isScalar() ? found->scalar : std::string();
  }

  static bool flag(const Node& node, std::string_view key) { return scalar(node, key) == "true"; }

  // A nested mapping; another kind is an error.
  const Node* mapping(const Node& node, std::string_view key) {
    const Node* found = node.find(key);
    if (found == nullptr || found->isNull()) return nullptr;
    if (found->isMapping()) return found;
    error(found->position, fmt::format("`{}` has to be a mapping, this is {}", key, kindName(found->kind)));
    return nullptr;
  }

  bool checkVersion(const Node& root) {
    if (!root.isMapping()) {
      error(root.position, "not an OpenAPI document");
      return false;
    }
    const std::string openapi = scalar(root, "openapi");
    swagger_ = scalar(root, "swagger").starts_with("2.");
    if (swagger_ || openapi.starts_with("3.0") || openapi.starts_with("3.1")) return true;
    error(root.position, "not an OpenAPI 3.0, 3.1 or Swagger 2.0 document",
          "It begins with `openapi: 3.0.1` or `swagger: \"2.0\"`.");
    return false;
  }

  std::string swaggerUrl(const Node& root) {
    const std::string host = scalar(root, "host");
    if (host.empty()) return {};
    std::string scheme = "https";
    if (const Node* schemes = root.find("schemes"); schemes != nullptr && !schemes->items.empty()) {
      const bool has_https = std::ranges::any_of(schemes->items, [](const Node& n) { return n.scalar == "https"; });
      if (!has_https) scheme = schemes->items.front().scalar;
    }
    return fmt::format("{}://{}{}", scheme, host, scalar(root, "basePath"));
  }

  std::string serverUrl(const Node& root) {
    const Node* servers = root.find("servers");
    if (servers == nullptr || servers->items.empty()) return {};
    const Node& server = servers->items.front();
    std::string url = scalar(server, "url");
    if (const Node* variables = mapping(server, "variables")) {
      for (const auto& variable : variables->members) {
        const std::string name = fmt::format("{{{}}}", variable.key);
        const std::string value = scalar(variable.value, "default");
        for (size_t at = url.find(name); at != std::string::npos; at = url.find(name, at + value.size()))
          url.replace(at, name.size(), value);
        if (url.size() > 4096) break;
      }
    }
    return url.find("://") == std::string::npos || url.size() > 2000 ? std::string() : url;
  }

  // Follows $ref inside the document (RFC 6901). Null after an error.
  const Node* resolve(const Node& node) {
    const Node* stopped = nullptr;
    const Node* found = follow(node, stopped);
    if (found != nullptr) return found;
    if (stopped == nullptr) {
      error(node.position, "this reference leads in a circle");
    } else if (!stopped->scalar.starts_with("#/")) {
      error(stopped->position, fmt::format("the reference `{}` leads out of this file", stopped->scalar),
            "Bundle the specification into one file; nothing is fetched while loading.");
    } else {
      error(stopped->position, fmt::format("there is nothing at `{}`", stopped->scalar));
    }
    return nullptr;
  }

  // Null: it ends at the reference `stopped`, or (null too) goes in a circle.
  const Node* follow(const Node& node, const Node*& stopped) const {
    const Node* current = &node;
    for (int i = 0; i < kMaxReferences; ++i) {
      stopped = current->find("$ref");
      if (stopped == nullptr) return current;
      current = stopped->scalar.starts_with("#/") ? followPointer(stopped->scalar.substr(1)) : nullptr;
      if (current == nullptr) return nullptr;
    }
    stopped = nullptr;
    return nullptr;
  }

  const Node* followPointer(std::string_view pointer) const {
    const Node* current = &document_.root();
    while (!pointer.empty() && current != nullptr) {
      pointer.remove_prefix(1);
      const size_t end = std::min(pointer.find('/'), pointer.size());
      std::string segment = percentDecode(pointer.substr(0, end));
      replaceAll(segment, "~1", "/");
      replaceAll(segment, "~0", "~");
      pointer.remove_prefix(end);
      if (current->isSequence()) {
        const bool is_index =
            !segment.empty() && segment.size() < 7 && segment.find_first_not_of("0123456789") == std::string::npos;
        const size_t index = is_index ? std::stoul(segment) : current->items.size();
        current = index < current->items.size() ? &current->items[index] : nullptr;
      } else {
        current = current->find(segment);
      }
    }
    return current;
  }

  static void replaceAll(std::string& text, std::string_view from, std::string_view to) {
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }

  void readPath(const text::Member& path) {
    if (path.key.starts_with("x-")) return;
    const Node* item = resolve(path.value);
    if (item == nullptr) return;
    if (!item->isMapping()) return error(item->position, fmt::format("the path `{}` has no operations", path.key));
    for (const auto& member : item->members) {
      if (std::ranges::find(kMethods, member.key) == kMethods.end()) continue;
      if (result_.operations.size() == kMaxOperations)
        return error(member.position, fmt::format("more than {} operations in one API", kMaxOperations));
      readOperation(path, member, *item);
    }
  }

  void readOperation(const text::Member& path, const text::Member& method, const Node& item) {
    const Node& node = method.value;
    if (!node.isMapping()) return error(node.position, fmt::format("`{}` has to be a mapping", method.key));
    Operation operation;
    operation.location = document_.at(method.position);
    operation.method = method.key;
    std::ranges::transform(operation.method, operation.method.begin(), [](char c) { return c >= 'a' ? c - 32 : c; });
    operation.id = scalar(node, "operationId");
    if (operation.id.empty()) operation.id = normalizedOperationName(fmt::format("{} {}", method.key, path.key));
    operation.display_name = scalar(node, "summary");
    if (operation.display_name.empty()) operation.display_name = operation.id;
    operation.description = scalar(node, "description");
    if (const Node* tags = node.find("tags"))
      for (const auto& tag : tags->items) operation.tags.push_back(tag.scalar);
    operation.url_template = path.key;
    readParameters(node, item, operation);
    splitUrlTemplate(document_, path.position, operation, diagnostics_);
    checkUnique(operation, method.position);
    const Referenced referenced = [this](const Node& reference) {
      const Node* stopped = nullptr;
      return follow(reference, stopped);
    };
    operation.responses = readResponses(
        node, document_.root(), swagger_ ? SpecificationKind::Swagger2 : SpecificationKind::OpenApi3, referenced);
    result_.operations.push_back(std::move(operation));
  }

  // The operation's own parameters go before those of its path, which they replace by name and place.
  void readParameters(const Node& node, const Node& item, Operation& operation) {
    std::set<std::pair<std::string, std::string>> seen;
    for (const Node* list : {node.find("parameters"), item.find("parameters")}) {
      if (list == nullptr || list->isNull()) continue;
      if (!list->isSequence()) return error(list->position, "`parameters` has to be a list");
      for (const auto& entry : list->items) {
        const Node* parameter = resolve(entry);
        if (parameter == nullptr) continue;
        const std::string name = scalar(*parameter, "name");
        const std::string place = scalar(*parameter, "in");
        if (name.empty() || place.empty()) {
          error(entry.position, "a parameter needs `name` and `in`");
          continue;
        }
        if (!seen.insert({place, name}).second) continue;
        if (seen.size() > kMaxParameters) return error(entry.position, "too many parameters");
        addParameter(*parameter, name, place, operation);
      }
    }
  }

  void addParameter(const Node& parameter, const std::string& name, const std::string& place, Operation& operation) {
    if (place != "path" && place != "query") return;
    const Node* schema = parameter.find("schema");
    if (schema != nullptr) schema = resolve(*schema);
    const Node& typed = schema != nullptr ? *schema : parameter;
    std::string type = scalar(typed, "type");
    if (type.empty()) type = "string";
    const bool required = place == "path" || flag(parameter, "required");
    if (place == "query" && !required) {
      operation.query_parameters.push_back({name, type, false});
      return;
    }
    TemplateParameter added{name, type, true, scalar(typed, "default"), {}};
    if (const Node* values = typed.find("enum"))
      for (const auto& value : values->items) added.values.push_back(value.scalar);
    operation.template_parameters.push_back(std::move(added));
    if (place == "query") {
      const char separator = operation.url_template.find('?') == std::string::npos ? '?' : '&';
      operation.url_template += fmt::format("{}{}={{{}}}", separator, name, name);
    }
  }

  void checkUnique(const Operation& operation, Position position) {
    std::string lowered = normalizedOperationName(operation.id);
    if (const auto [at, added] = ids_.emplace(std::move(lowered), position.line); !added)
      error(position, fmt::format("the operation `{}` stands twice, first in line {}", operation.id, at->second),
            "Give each operation an operationId of its own.");
    std::string shape = operation.method + " ";
    bool in_braces = false;
    for (const char c : operation.url_template) {
      if (!in_braces) shape += c;
      if (c == '{') in_braces = true;
      if (c == '}') in_braces = false;
    }
    if (const auto [at, added] = shapes_.emplace(std::move(shape), position.line); !added)
      error(position, fmt::format("{} {} matches the same requests as the operation in line {}", operation.method,
                                  operation.url_template, at->second));
  }

  const text::Document& document_;
  Diagnostics& diagnostics_;
  bool swagger_ = false;
  Specification result_;
  std::map<std::string, uint32_t, std::less<>> ids_;
  std::map<std::string, uint32_t, std::less<>> shapes_;
};

bool hasParameter(const Operation& operation, std::string_view name) {
  return std::ranges::find(operation.template_parameters, name, &TemplateParameter::name) !=
         operation.template_parameters.end();
}

// The names in braces of a path, in order; nullopt when the braces do not match.
std::optional<std::vector<std::string>> namesIn(std::string_view path) {
  std::vector<std::string> names;
  for (size_t at = path.find_first_of("{}"); at != std::string_view::npos; at = path.find_first_of("{}", at)) {
    const size_t end = path.find_first_of("{}", at + 1);
    if (path[at] != '{' || end == std::string_view::npos || path[end] != '}' || end == at + 1) return std::nullopt;
    names.emplace_back(path.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return names;
}

void splitQuery(std::string_view query, Operation& operation) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const size_t equals = std::min(pair.find('='), pair.size());
    TemplateQuery entry;
    entry.name = pair.substr(0, equals);
    const auto value = equals < pair.size() ? pair.substr(equals + 1) : std::string_view();
    if (value.size() > 2 && value.starts_with('{') && value.ends_with('}')) {
      entry.parameter = value.substr(1, value.size() - 2);
    } else {
      entry.value = value;
    }
    operation.query.push_back(std::move(entry));
  }
}

}  // namespace

std::string normalizedOperationName(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || upper;
    if (plain) {
      name += upper ? static_cast<char>(c + 32) : c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.size() > 76) name.resize(76);
  while (name.ends_with('-')) name.pop_back();
  return name;
}

void splitUrlTemplate(const text::Document& document, Position position, Operation& operation,
                      Diagnostics& diagnostics) {
  const auto error = [&](std::string message, std::string remedy = {}) {
    diagnostics.add(document.diagnostic(Severity::Error, position, std::move(message), std::move(remedy)));
  };
  const std::string& url = operation.url_template;
  if (!url.starts_with('/')) return error(fmt::format("the path `{}` has to begin with `/`", url));
  if (url.size() > kMaxTemplate)
    return error(fmt::format("a URL template has at most {} characters, this has {}", kMaxTemplate, url.size()));
  const size_t question = url.find('?');
  operation.path = url.substr(0, question);
  if (question != std::string::npos) splitQuery(std::string_view(url).substr(question + 1), operation);
  auto names = namesIn(operation.path);
  if (!names) return error(fmt::format("the braces in `{}` do not match", url));
  for (const auto& entry : operation.query)
    if (!entry.parameter.empty()) names->push_back(entry.parameter);
  std::set<std::string_view> seen;
  for (const auto& name : *names) {
    if (!seen.insert(name).second) error(fmt::format("the parameter `{}` stands twice in `{}`", name, url));
    const std::string_view plain = std::string_view(name).starts_with('*') ? std::string_view(name).substr(1) : name;
    if (!hasParameter(operation, plain) && !hasParameter(operation, name))
      operation.template_parameters.push_back({name, "string", true, {}, {}});
  }
  for (const auto& parameter : operation.template_parameters) {
    const bool used = std::ranges::any_of(*names, [&](const std::string& name) {
      return name == parameter.name || (name.starts_with('*') && name.substr(1) == parameter.name);
    });
    if (!used) error(fmt::format("the path parameter `{}` is not in the path `{}`", parameter.name, url));
  }
}

Specification readOpenApi(const text::Document& document, Diagnostics& diagnostics) {
  return Reader(document, diagnostics).read();
}

}  // namespace sluice::config
