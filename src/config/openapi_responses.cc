#include "config/openapi_responses.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.h"
#include "config/units.h"

namespace sluice::config {
namespace {

using text::Node;

constexpr size_t kMaxDepth = 24;
constexpr size_t kMaxNodes = 5'000;          // of one sample
constexpr size_t kMaxSample = 256u * 1024;   // bytes
constexpr size_t kMaxRepresentations = 100;  // of one answer

std::string_view scalar(const Node& node, std::string_view key) {
  const Node* found = node.find(key);
  return found != nullptr && found->isScalar() ? std::string_view(found->scalar) : std::string_view();
}

bool isJsonNumber(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const size_t from = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - from;
  };
  const bool zero = at < text.size() && text[at] == '0';
  const size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

void writeString(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  out += '"';
}

void writeJson(std::string& out, const Node& node, size_t depth) {
  if (depth > 100) {
    out += "null";
    return;
  }
  switch (node.kind) {
    case Node::Kind::Null:
      out += "null";
      break;
    case Node::Kind::Bool:
      out += node.scalar.starts_with('t') || node.scalar.starts_with('T') ? "true" : "false";
      break;
    case Node::Kind::Number:
      if (isJsonNumber(node.scalar))
        out += node.scalar;
      else
        writeString(out, node.scalar);
      break;
    case Node::Kind::String:
      writeString(out, node.scalar);
      break;
    case Node::Kind::Sequence:
      out += '[';
      for (size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        writeJson(out, node.items[i], depth + 1);
      }
      out += ']';
      break;
    case Node::Kind::Mapping:
      out += '{';
      for (size_t i = 0; i < node.members.size(); ++i) {
        if (i > 0) out += ',';
        writeString(out, node.members[i].key);
        out += ':';
        writeJson(out, node.members[i].value, depth + 1);
      }
      out += '}';
      break;
  }
}

void writeXmlText(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += c;
    }
  }
}

// Names that XML would not take stand in for themselves with '_'.
std::string xmlName(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    const bool later = (c >= '0' && c <= '9') || c == '-' || c == '.';
    name += letter || (later && !name.empty()) ? c : '_';
  }
  return name.empty() ? "item" : name;
}

void writeXml(std::string& out, const Node& node, const std::string& name, size_t depth) {
  if (depth > kMaxDepth) return;
  if (node.isSequence()) {
    for (const auto& item : node.items) writeXml(out, item, name, depth + 1);
    return;
  }
  out += "<" + name + ">";
  if (node.isMapping()) {
    for (const auto& member : node.members) writeXml(out, member.value, xmlName(member.key), depth + 1);
  } else {
    writeXmlText(out, node.scalar);
  }
  out += "</" + name + ">";
}

// "application/json; charset=utf-8", "application/problem+json", "text/xml": which notation.
bool isOf(std::string_view content_type, std::string_view notation) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  const size_t slash = type.find('/');
  if (slash == std::string_view::npos || type.size() < notation.size()) return false;
  const std::string_view tail = type.substr(type.size() - notation.size());
  if (!equalsIgnoreCase(tail, notation)) return false;
  const char before = type[type.size() - notation.size() - 1];
  return before == '/' || before == '+';
}

// An example as it is sent. A text that is JSON already, as APIM's own exports write it, is not quoted again.
std::string exampleText(const Node& value, std::string_view content_type) {
  if (!value.isScalar()) return jsonText(value);
  if (!isOf(content_type, "json")) return value.scalar;
  const size_t first = value.scalar.find_first_not_of(" \t\r\n");
  const bool is_json = value.kind == Node::Kind::String && first != std::string::npos &&
                       (value.scalar[first] == '{' || value.scalar[first] == '[');
  return is_json ? value.scalar : jsonText(value);
}

class SampleMaker {
 public:
  explicit SampleMaker(const Referenced& referenced) : referenced_(referenced) {}

  // Null: nothing can be made from it.
  bool make(const Node& reference, Node& out) {
    if (open_.size() >= kMaxDepth || ++nodes_ > kMaxNodes) return false;
    const Node* schema = referenced_(reference);
    if (schema == nullptr || !schema->isMapping()) return false;
    // A schema inside itself: what repeats it is left out.
    if (std::ranges::find(open_, schema) != open_.end()) return false;
    open_.push_back(schema);
    const bool made = fill(*schema, out);
    open_.pop_back();
    return made;
  }

 private:
  static Node text(Node::Kind kind, std::string_view value) {
    Node node;
    node.kind = kind;
    node.scalar = value;
    return node;
  }

  bool fill(const Node& schema, Node& out) {
    for (const std::string_view key : {"example", "default", "const"})
      if (const Node* given = schema.find(key)) return take(*given, out);
    for (const std::string_view key : {"examples", "enum"})
      if (const Node* given = schema.find(key); given != nullptr && !given->items.empty())
        return take(given->items.front(), out);
    if (const Node* all = schema.find("allOf"); all != nullptr && all->isSequence()) return join(schema, *all, out);
    for (const std::string_view key : {"oneOf", "anyOf"})
      if (const Node* some = schema.find(key); some != nullptr && some->isSequence())
        for (const auto& each : some->items)
          if (make(each, out)) return true;
    return byType(schema, out);
  }

  static bool take(const Node& given, Node& out) {
    out = given;
    return true;
  }

  bool join(const Node& schema, const Node& all, Node& out) {
    Node joined;
    joined.kind = Node::Kind::Mapping;
    bool any = false;
    for (const auto& each : all.items) {
      Node part;
      if (!make(each, part)) continue;
      any = true;
      if (!part.isMapping()) return take(part, out);
      merge(joined, std::move(part));
    }
    if (Node own; schema.find("properties") != nullptr && properties(schema, own)) {
      any = true;
      merge(joined, std::move(own));
    }
    return any && take(joined, out);
  }

  static void merge(Node& into, Node part) {
    for (auto& member : part.members) {
      const auto same = std::ranges::find(into.members, member.key, &text::Member::key);
      if (same == into.members.end())
        into.members.push_back(std::move(member));
      else
        same->value = std::move(member.value);
    }
  }

  // OpenAPI 3.1 allows a list of types: the first that is not null.
  static std::string_view typeOf(const Node& schema) {
    const Node* type = schema.find("type");
    if (type != nullptr && type->isSequence())
      for (const auto& each : type->items)
        if (!each.isNull() && each.scalar != "null") return each.scalar;
    if (type != nullptr && type->isScalar()) return type->scalar;
    if (schema.find("properties") != nullptr || schema.find("additionalProperties") != nullptr) return "object";
    return schema.find("items") != nullptr ? "array" : std::string_view();
  }

  bool byType(const Node& schema, Node& out) {
    const std::string_view type = typeOf(schema);
    if (type == "object") return properties(schema, out);
    if (type == "array") return items(schema, out);
    if (type == "string") return take(text(Node::Kind::String, stringFor(scalar(schema, "format"))), out);
    if (type == "boolean") return take(text(Node::Kind::Bool, "true"), out);
    if (type == "integer" || type == "number") {
      const std::string_view least = scalar(schema, "minimum");
      return take(text(Node::Kind::Number, isJsonNumber(least) ? least : "0"), out);
    }
    if (type == "null") return take(Node(), out);
    return false;
  }

  bool properties(const Node& schema, Node& out) {
    Node made;
    made.kind = Node::Kind::Mapping;
    if (const Node* all = schema.find("properties"); all != nullptr && all->isMapping()) {
      for (const auto& property : all->members) {
        const Node* own = referenced_(property.value);
        if (own != nullptr && scalar(*own, "writeOnly") == "true") continue;
        if (Node value; make(property.value, value)) made.members.push_back({property.key, {}, std::move(value)});
      }
    }
    return take(made, out);
  }

  bool items(const Node& schema, Node& out) {
    Node made;
    made.kind = Node::Kind::Sequence;
    if (const Node* each = schema.find("items"))
      if (Node value; make(*each, value)) made.items.push_back(std::move(value));
    return take(made, out);
  }

  static std::string_view stringFor(std::string_view format) {
    if (format == "date-time") return "2000-01-23T04:56:07Z";
    if (format == "date") return "2000-01-23";
    if (format == "time") return "04:56:07Z";
    if (format == "uuid") return "00000000-0000-0000-0000-000000000000";
    if (format == "email") return "user@example.com";
    if (format == "uri" || format == "url") return "https://example.com/";
    if (format == "hostname") return "example.com";
    if (format == "ipv4") return "192.0.2.1";
    if (format == "ipv6") return "2001:db8::1";
    if (format == "byte") return "c3RyaW5n";
    return "string";
  }

  const Referenced& referenced_;
  std::vector<const Node*> open_;
  size_t nodes_ = 0;
};

std::string xmlRootOf(const Node& reference, const Node& schema) {
  if (const Node* xml = schema.find("xml"))
    if (const auto name = scalar(*xml, "name"); !name.empty()) return xmlName(name);
  const std::string_view path = scalar(reference, "$ref");
  return path.empty() ? "root" : xmlName(path.substr(path.rfind('/') + 1));
}

int statusOf(std::string_view code) {
  if (code.size() == 3 && (code.ends_with("XX") || code.ends_with("xx")) && code[0] >= '1' && code[0] <= '5')
    return code[0] - '0';
  const auto number = parseUnsigned(code);
  return number && *number >= 100 && *number <= 599 ? static_cast<int>(*number) : 0;
}

class ResponsesReader {
 public:
  ResponsesReader(const Node& operation, const Node& root, const Referenced& referenced)
      : operation_(operation), root_(root), referenced_(referenced) {}

  std::vector<ResponseDescription> read(SpecificationKind kind) {
    std::vector<ResponseDescription> all;
    const Node* responses = operation_.find("responses");
    if (responses == nullptr || !responses->isMapping()) return all;
    for (const auto& member : responses->members) {
      const Node* response = referenced_(member.value);
      if (response == nullptr || !response->isMapping() || member.key.starts_with("x-")) continue;
      ResponseDescription description;
      description.status = statusOf(member.key);
      if (kind == SpecificationKind::Swagger2)
        readSwagger(*response, description);
      else
        readContent(*response, description);
      all.push_back(std::move(description));
    }
    return all;
  }

 private:
  void readContent(const Node& response, ResponseDescription& into) {
    const Node* content = response.find("content");
    if (content == nullptr || !content->isMapping()) return;
    for (const auto& media : content->members) {
      if (into.representations.size() >= kMaxRepresentations) return;
      Representation representation;
      representation.content_type = media.key;
      if (const Node* example = media.value.find("example"))
        representation.examples.push_back(exampleText(*example, media.key));
      if (const Node* examples = media.value.find("examples"); examples != nullptr && examples->isMapping()) {
        for (const auto& each : examples->members) {
          const Node* example = referenced_(each.value);
          const Node* value = example == nullptr ? nullptr : example->find("value");
          if (value != nullptr) representation.examples.push_back(exampleText(*value, media.key));
        }
      }
      if (const Node* schema = media.value.find("schema"))
        representation.sample = sampleOf(*schema, media.key, referenced_);
      into.representations.push_back(std::move(representation));
    }
  }

  void readSwagger(const Node& response, ResponseDescription& into) {
    const Node* schema = response.find("schema");
    const Node* examples = response.find("examples");
    for (const auto& type : produced(examples)) {
      if (into.representations.size() >= kMaxRepresentations) return;
      Representation representation;
      representation.content_type = type;
      if (const Node* example = examples == nullptr ? nullptr : examples->find(type))
        representation.examples.push_back(exampleText(*example, type));
      if (schema != nullptr) representation.sample = sampleOf(*schema, type, referenced_);
      into.representations.push_back(std::move(representation));
    }
  }

  std::vector<std::string> produced(const Node* examples) const {
    std::vector<std::string> types;
    const Node* produces = operation_.find("produces");
    if (produces == nullptr) produces = root_.find("produces");
    if (produces != nullptr)
      for (const auto& type : produces->items) types.push_back(type.scalar);
    if (examples != nullptr)
      for (const auto& member : examples->members)
        if (std::ranges::find(types, member.key) == types.end()) types.push_back(member.key);
    if (types.empty()) types.emplace_back("application/json");
    return types;
  }

  const Node& operation_;
  const Node& root_;
  const Referenced& referenced_;
};

}  // namespace

std::string jsonText(const Node& value) {
  std::string out;
  writeJson(out, value, 0);
  return out;
}

std::string sampleOf(const Node& schema, std::string_view content_type, const Referenced& referenced) {
  Node value;
  if (!SampleMaker(referenced).make(schema, value)) return {};
  const Node* followed = referenced(schema);
  std::string text;
  if (isOf(content_type, "xml") && !(value.isScalar() && value.scalar.starts_with('<'))) {
    writeXml(text, value, xmlRootOf(schema, *followed), 0);
  } else {
    text = exampleText(value, content_type);
  }
  return text.size() > kMaxSample ? std::string() : text;
}

std::vector<ResponseDescription> readResponses(const Node& operation, const Node& root, SpecificationKind kind,
                                               const Referenced& referenced) {
  return ResponsesReader(operation, root, referenced).read(kind);
}

}  // namespace sluice::config
