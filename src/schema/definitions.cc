#include "schema/definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/encoding.h"

namespace sluice::schema {
namespace {

using text::Node;

constexpr std::string_view kMethods[] = {"get", "put", "post", "delete", "options", "head", "patch", "trace"};
constexpr size_t kMaxParameters = 1'000;  // of one operation
constexpr size_t kMaxContents = 100;      // of one body
constexpr size_t kMaxResponses = 200;     // of one operation

std::string scalar(const Node& node, std::string_view key) {
  const Node* found = node.find(key);
  return found != nullptr && found->isScalar() ? found->scalar : std::string();
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

// "PetsPetIdGet" of "/pets/{petId}" and "get": what API Management calls definitions that have no name.
std::string joinedName(std::string_view text) {
  std::string name;
  bool start = true;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter) name += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    start = !letter;
  }
  return name;
}

// 0: `default`; -1: not a status.
int statusOf(std::string_view key) {
  if (key == "default") return 0;
  if (key.size() != 3 || key[0] < '1' || key[0] > '5') return -1;
  if ((key[1] == 'X' || key[1] == 'x') && (key[2] == 'X' || key[2] == 'x')) return key[0] - '0';
  if (key[1] < '0' || key[1] > '9' || key[2] < '0' || key[2] > '9') return -1;
  return (key[0] - '0') * 100 + (key[1] - '0') * 10 + (key[2] - '0');
}

class Reader {
 public:
  using Found = std::map<std::pair<uint32_t, uint32_t>, OperationDefinition>;  // by line and column of the method

  explicit Reader(Schemas& schemas) : schemas_(schemas), swagger_(schemas.dialect() == Dialect::Swagger2) {}

  Found read() {
    Found found;
    const Node* paths = schemas_.document().root().find("paths");
    if (paths == nullptr || !paths->isMapping()) return found;
    for (const auto& path : paths->members) {
      const Node* item = schemas_.resolve(path.value);
      if (item == nullptr || !item->isMapping()) continue;
      for (const auto& method : item->members) {
        if (std::ranges::find(kMethods, method.key) == std::end(kMethods) || !method.value.isMapping()) continue;
        name_ = joinedName(fmt::format("{} {}", path.key, method.key));
        found.try_emplace({method.position.line, method.position.column}, operation(method.value, *item));
      }
    }
    return found;
  }

 private:
  OperationDefinition operation(const Node& node, const Node& item) {
    OperationDefinition result;
    result.schemas = &schemas_;
    std::set<std::pair<std::string, std::string>> seen;
    for (const Node* list : {node.find("parameters"), item.find("parameters")}) {
      if (list == nullptr) continue;
      for (const auto& entry : list->items) {
        const Node* parameter = schemas_.resolve(entry);
        if (parameter == nullptr || result.parameters.size() == kMaxParameters) continue;
        if (seen.emplace(scalar(*parameter, "in"), scalar(*parameter, "name")).second)
          addParameter(*parameter, node, result);
      }
    }
    if (const Node* body = node.find("requestBody"); body != nullptr && !swagger_) {
      const Node* resolved = schemas_.resolve(*body);
      if (resolved != nullptr) {
        result.request_required = scalar(*resolved, "required") == "true";
        result.request = contents(*resolved, "Request");
      }
    }
    if (const Node* responses = node.find("responses"))
      for (const auto& member : responses->members)
        if (result.responses.size() < kMaxResponses) addResponse(member, node, result);
    return result;
  }

  // Swagger's `consumes` and `produces`, of the operation or of all.
  std::vector<std::string> mediaTypes(const Node& operation, std::string_view key) const {
    const Node* list = operation.find(key);
    if (list == nullptr) list = schemas_.document().root().find(key);
    std::vector<std::string> types;
    if (list != nullptr)
      for (const auto& item : list->items) types.push_back(bareMediaType(item.scalar));
    if (types.empty()) types.emplace_back("application/json");
    if (types.size() > kMaxContents) types.resize(kMaxContents);
    return types;
  }

  MediaDefinition media(std::string type, const Node* schema, std::string_view what) {
    MediaDefinition result;
    result.type = std::move(type);
    if (schema == nullptr) return result;
    const std::string reference = scalar(*schema, "$ref");
    result.name = reference.empty() ? name_ + std::string(what) : reference.substr(reference.rfind('/') + 1);
    result.schema = schemas_.add(*schema);
    return result;
  }

  std::vector<MediaDefinition> contents(const Node& node, std::string_view what) {
    std::vector<MediaDefinition> result;
    const Node* content = node.find("content");
    if (content == nullptr) return result;
    for (const auto& member : content->members)
      if (result.size() < kMaxContents)
        result.push_back(media(bareMediaType(member.key), member.value.find("schema"), what));
    return result;
  }

  void addParameter(const Node& node, const Node& operation, OperationDefinition& to) {
    const std::string in = scalar(node, "in");
    if (in == "body") {
      to.request_required = scalar(node, "required") == "true";
      for (auto& type : mediaTypes(operation, "consumes"))
        to.request.push_back(media(std::move(type), node.find("schema"), "Request"));
      return;
    }
    if (in == "formData" && to.request.empty())
      for (auto& type : mediaTypes(operation, "consumes")) to.request.push_back(media(std::move(type), nullptr, {}));
    if (in != "path" && in != "query" && in != "header") return;
    const Place place = in == "path" ? Place::Path : in == "query" ? Place::Query : Place::Header;
    to.parameters.push_back(parameter(node, scalar(node, "name"), place));
  }

  ParameterDefinition parameter(const Node& node, std::string name, Place place) {
    ParameterDefinition result;
    result.name = std::move(name);
    result.place = place;
    result.required = scalar(node, "required") == "true";
    result.listing = listing(node, place);
    if (swagger_) {
      result.schema = schemas_.add(node);
    } else if (const Node* schema = node.find("schema")) {
      result.schema = schemas_.add(*schema);
    } else if (const Node* content = node.find("content"); content != nullptr && !content->members.empty()) {
      result.listing = Listing::Json;
      if (const Node* inner = content->members.front().value.find("schema")) result.schema = schemas_.add(*inner);
    }
    return result;
  }

  Listing listing(const Node& node, Place place) const {
    const std::string style = scalar(node, swagger_ ? "collectionFormat" : "style");
    if (style == "multi") return Listing::Repeated;
    if (style == "ssv" || style == "spaceDelimited") return Listing::Space;
    if (style == "pipes" || style == "pipeDelimited") return Listing::Pipe;
    if (style == "tsv") return Listing::Tab;
    if (style == "deepObject") return Listing::DeepObject;
    if (swagger_ || place != Place::Query) return Listing::Comma;
    return scalar(node, "explode") == "false" ? Listing::Comma : Listing::Repeated;  // style form
  }

  void addResponse(const text::Member& member, const Node& operation, OperationDefinition& to) {
    const int status = statusOf(member.key);
    const Node* node = schemas_.resolve(member.value);
    if (status < 0 || node == nullptr) return;
    ResponseDefinition response;
    response.status = status;
    const std::string what = joinedName(member.key) + "Response";
    if (!swagger_) {
      response.contents = contents(*node, what);
    } else if (const Node* schema = node->find("schema")) {
      for (auto& type : mediaTypes(operation, "produces"))
        response.contents.push_back(media(std::move(type), schema, what));
    }
    if (const Node* headers = node->find("headers"))
      for (const auto& header : headers->members) {
        const Node* resolved = schemas_.resolve(header.value);
        if (resolved != nullptr && response.headers.size() < kMaxParameters)
          response.headers.push_back(parameter(*resolved, header.key, Place::Header));
      }
    to.responses.push_back(std::move(response));
  }

  Schemas& schemas_;
  const bool swagger_;
  std::string name_;  // of what has none
};

Dialect dialectOf(const Node& root) {
  if (root.find("swagger") != nullptr) return Dialect::Swagger2;
  return scalar(root, "openapi").starts_with("3.1") ? Dialect::OpenApi31 : Dialect::OpenApi30;
}

}  // namespace

std::string bareMediaType(std::string_view value) {
  value = value.substr(0, value.find(';'));
  while (value.starts_with(' ') || value.starts_with('\t')) value.remove_prefix(1);
  while (value.ends_with(' ') || value.ends_with('\t')) value.remove_suffix(1);
  return lower(std::string(value));
}

const MediaDefinition* contentFor(const std::vector<MediaDefinition>& contents, std::string_view type) {
  const MediaDefinition* best = nullptr;
  for (const auto& content : contents) {
    if (content.type == type) return &content;
    if (content.type == "*/*") {
      if (best == nullptr) best = &content;
    } else if (content.type.ends_with("/*") &&
               type.starts_with(std::string_view(content.type).substr(0, content.type.size() - 1))) {
      best = &content;
    }
  }
  return best;
}

const ParameterDefinition* OperationDefinition::parameter(Place place, std::string_view name) const {
  for (const auto& parameter : parameters)
    if (parameter.place == place &&
        (place == Place::Path ? parameter.name == name : equalsIgnoreCase(parameter.name, name)))
      return &parameter;
  return nullptr;
}

const ResponseDefinition* OperationDefinition::response(int status) const {
  for (const int wanted : {status, status / 100, 0})
    for (const auto& response : responses)
      if (response.status == wanted) return &response;
  return nullptr;
}

Definitions::Definitions(const config::Configuration& configuration, Diagnostics& diagnostics) {
  for (const auto& api : configuration.apis) {
    if (api.specification == nullptr) continue;
    const text::Document& document = *api.specification;
    if (document.text().size() > kMaxSpecification) {
      diagnostics.add(document.diagnostic(Severity::Warning, document.root().position,
                                          "the specification is larger than 4 MB",
                                          "The policies that validate against it refuse what they should validate."));
      continue;
    }
    auto schemas = std::make_unique<Schemas>(api.specification, dialectOf(document.root()), diagnostics);
    const Reader::Found found = Reader(*schemas).read();
    schemas->compileAll();
    for (const auto& operation : api.operations) {
      const auto at = found.find(
          {static_cast<uint32_t>(operation.location.line), static_cast<uint32_t>(operation.location.column)});
      if (at != found.end()) operations_.emplace(&operation, at->second);
    }
    schemas_.push_back(std::move(schemas));
  }
}

const OperationDefinition* Definitions::find(const config::Operation* operation) const {
  const auto at = operations_.find(operation);
  return at == operations_.end() ? nullptr : &at->second;
}

}  // namespace sluice::schema
