#include "policies/set_body/liquid/xml_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <unordered_map>
#include <vector>

namespace sluice::policies::liquid {
namespace {

using expression::JContainer;
using expression::JToken;
using expression::JType;

constexpr size_t kMaxDepth = 200;

std::string_view localName(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Builder {
 public:
  Builder(expression::Eval& eval, Nil nil) : eval_(eval), nil_(nil) {}

  JToken* document(const pugi::xml_node& root) {
    JContainer* object = expression::newJObject(eval_.arena);
    JToken* value = element(root, 0);
    if (value == nullptr) return nullptr;
    add(object, localName(root.name()), value);
    return object;
  }

 private:
  JToken* text(std::string_view utf8) {
    return expression::newJValue(eval_.arena, expression::fromStd(eval_.arena, utf8), JType::String);
  }
  void add(JContainer* object, std::string_view name, JToken* value) {
    const expression::Value key = expression::normalName(eval_.arena, expression::fromStd(eval_.arena, name));
    expression::appendRaw(eval_.arena, object, expression::newJProperty(eval_.arena, key, value));
    expression::noteAppended(object);
  }

  static bool isNil(const pugi::xml_node& node) {
    for (const pugi::xml_attribute& attribute : node.attributes())
      if (std::string_view(attribute.name()).ends_with(":nil") && attribute.as_bool()) return true;
    return false;
  }
  static bool isPlain(const pugi::xml_attribute& attribute) {
    const std::string_view name = attribute.name();
    return name != "xmlns" && !name.starts_with("xmlns:") && !name.starts_with("xsi:");
  }

  // Null: too deep, or too much of it.
  JToken* element(const pugi::xml_node& node, size_t depth) {
    if (depth > kMaxDepth || !eval_.step()) return nullptr;
    if (isNil(node))
      return nil_ == Nil::Null ? expression::newJValue(eval_.arena, expression::Value::null(), JType::Null) : text("");
    std::string own;
    bool elements = false;
    for (const pugi::xml_node& child : node.children()) {
      elements = elements || child.type() == pugi::node_element;
      if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) own += child.value();
    }
    bool attributes = false;
    for (const pugi::xml_attribute& each : node.attributes()) attributes = attributes || isPlain(each);
    if (!elements && !attributes) return text(own);
    return object(node, own, depth);
  }

  JToken* object(const pugi::xml_node& node, const std::string& own, size_t depth) {
    std::vector<std::string_view> order;
    std::unordered_map<std::string_view, std::vector<pugi::xml_node>> by_name;
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() != pugi::node_element) continue;
      auto& same = by_name[localName(child.name())];
      if (same.empty()) order.push_back(localName(child.name()));
      same.push_back(child);
    }
    JContainer* made = expression::newJObject(eval_.arena);
    std::vector<std::string_view> given;
    for (const pugi::xml_attribute& each : node.attributes()) {
      const std::string_view name = localName(each.name());
      if (!isPlain(each) || by_name.count(name) > 0 || std::find(given.begin(), given.end(), name) != given.end())
        continue;
      given.push_back(name);
      add(made, name, text(each.value()));
    }
    for (const std::string_view name : order) {
      JToken* value = values(by_name[name], depth);
      if (value == nullptr) return nullptr;
      add(made, name, value);
    }
    if (!own.empty()) add(made, "#text", text(own));
    return made;
  }

  JToken* values(const std::vector<pugi::xml_node>& nodes, size_t depth) {
    if (nodes.size() == 1) return element(nodes.front(), depth + 1);
    JContainer* array = expression::newJArray(eval_.arena);
    for (const auto& node : nodes) {
      JToken* value = element(node, depth + 1);
      if (value == nullptr) return nullptr;
      expression::appendRaw(eval_.arena, array, value);
    }
    return array;
  }

  expression::Eval& eval_;
  const Nil nil_;
};

}  // namespace

JToken* parseXmlBody(expression::Eval& eval, std::string_view xml, Nil nil, std::string& error) {
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_auto);
  const pugi::xml_node root = document.document_element();
  if (!parsed || !root) {
    error = parsed ? "it has no root element" : fmt::format("{} at byte {}", parsed.description(), parsed.offset);
    return nullptr;
  }
  JToken* made = Builder(eval, nil).document(root);
  if (made == nullptr) error = "it is too large or too deep";
  return made;
}

}  // namespace sluice::policies::liquid
