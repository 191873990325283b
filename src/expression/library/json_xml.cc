// JsonConvert.SerializeXNode and DeserializeXNode: Newtonsoft's mapping between XML and JSON. Attributes are "@name",
// text "#text", elements of one name an array.
#include <vector>

#include "expression/library/json_support.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

using xml::Attribute;
using xml::Element;
using xml::Node;
using xml::NodeType;

constexpr std::string_view kJsonSpace = "http://james.newtonking.com/projects/json";

bool isText(Eval& eval, const Value& text, std::string_view other) {
  return toUtf8(eval.arena, text) == other;
}

// ---- XML to JSON -------------------------------------------------------------------------------------------------

class ToJson {
 public:
  explicit ToJson(Eval& eval) : eval_(eval) {}

  // The property that a node becomes, in an object of its own; only its value without the root. Null: an exception.
  JToken* convert(Node* node, bool omit_root) {
    if (node->nodeType() == NodeType::Document) {
      JContainer* object = newJObject(eval_.arena);
      std::vector<Node*> nodes;
      if (!addDeclaration(object, static_cast<xml::Document*>(node)) || !children(node, nodes)) return nullptr;
      if (omit_root && !nodes.empty()) return value(nodes.back());
      return addGroups(object, nodes) ? object : nullptr;
    }
    if (omit_root) return value(node);
    JContainer* object = newJObject(eval_.arena);
    return add(object, name(node), value(node)) ? object : nullptr;
  }

 private:
  bool add(JContainer* object, const std::string& key, JToken* content) {
    return content != nullptr && setProperty(eval_, object, fromStd(eval_.arena, key), content);
  }
  JToken* text(const Value& held) { return newJValue(eval_.arena, held, JType::String); }

  bool addDeclaration(JContainer* object, const xml::Document* document) {
    if (document->declaration == nullptr) return true;
    JContainer* parts = newJObject(eval_.arena);
    const auto part = [&](const char* key, const Value& held) {
      return held.isNull() || xml::isEmptyText(held) || add(parts, key, text(held));
    };
    return part("@version", document->declaration->version) && part("@encoding", document->declaration->encoding) &&
           part("@standalone", document->declaration->standalone) && add(object, "?xml", parts);
  }

  // What is written of a container: everything but comments.
  bool children(const Node* node, std::vector<Node*>& out) {
    for (Node* child = static_cast<const xml::Container*>(node)->first; child != nullptr; child = child->next) {
      if (!eval_.step()) return false;
      if (child->nodeType() != NodeType::Comment) out.push_back(child);
    }
    return true;
  }

  // The prefix that a namespace has at an element, and the name behind it.
  std::string qualified(const Element* at, const xml::Name& name) {
    const std::string local(toUtf8(eval_.arena, name.local));
    if (xml::isEmptyText(name.space)) return local;
    if (isText(eval_, name.space, xml::kXmlSpace)) return "xml:" + local;
    if (isText(eval_, name.space, xml::kXmlnsSpace)) return "xmlns:" + local;
    for (const Element* element = at; element != nullptr && eval_.step(); element = xml::asElement(element->parent))
      for (const Attribute* a = element->first_attribute; a != nullptr; a = a->next)
        if (isText(eval_, a->name.space, xml::kXmlnsSpace) && sameText(eval_, a->value, name.space))
          return std::string(toUtf8(eval_.arena, a->name.local)) + ":" + local;
    return local;
  }

  std::string name(Node* node) {
    switch (node->nodeType()) {
      case NodeType::Element: {
        const auto* element = static_cast<const Element*>(node);
        if (isText(eval_, element->name.space, kJsonSpace))
          return "$" + std::string(toUtf8(eval_.arena, element->name.local));
        return qualified(element, element->name);
      }
      case NodeType::CData:
        return "#cdata-section";
      case NodeType::Instruction:
        return "?" + std::string(toUtf8(eval_.arena, static_cast<const xml::Instruction*>(node)->target));
      case NodeType::DocumentType:
        return "!DOCTYPE";
      default:
        return "#text";
    }
  }

  JToken* value(Node* node) {
    switch (node->nodeType()) {
      case NodeType::Element: {
        if (!eval_.enter()) return nullptr;
        JToken* content = elementValue(static_cast<Element*>(node));
        eval_.leave();
        return content;
      }
      case NodeType::Instruction:
        return text(static_cast<const xml::Instruction*>(node)->data);
      case NodeType::DocumentType:
        return documentType(static_cast<const xml::DocumentType*>(node));
      default:
        return text(static_cast<const xml::Text*>(node)->value);
    }
  }

  JToken* documentType(const xml::DocumentType* type) {
    JContainer* object = newJObject(eval_.arena);
    const auto part = [&](const char* key, const Value& held) {
      return held.isNull() || xml::isEmptyText(held) || add(object, key, text(held));
    };
    return part("@name", type->name) && part("@public", type->public_id) && part("@system", type->system_id) &&
                   part("@internalSubset", type->subset)
               ? object
               : nullptr;
  }

  bool isJsonMark(const Attribute* a) {
    return isText(eval_, a->name.space, kJsonSpace) ||
           (isText(eval_, a->name.space, xml::kXmlnsSpace) && isText(eval_, a->value, kJsonSpace));
  }

  JToken* elementValue(Element* element) {
    std::vector<Node*> nodes;
    if (!children(element, nodes)) return nullptr;
    bool has_attributes = false;
    for (const Attribute* a = element->first_attribute; a != nullptr; a = a->next)
      has_attributes = has_attributes || !isJsonMark(a);
    if (!has_attributes && nodes.size() == 1 && nodes[0]->nodeType() == NodeType::Text) return value(nodes[0]);
    if (!has_attributes && nodes.empty())
      return element->has_end_tag ? text(Value::ascii({})) : newJValue(eval_.arena, {}, JType::Null);
    JContainer* object = newJObject(eval_.arena);
    for (const Attribute* a = element->first_attribute; a != nullptr && eval_.step(); a = a->next)
      if (!isJsonMark(a) && !add(object, "@" + qualified(element, a->name), text(a->value))) return nullptr;
    return addGroups(object, nodes) ? object : nullptr;
  }

  // <a json:Array="true"> is an array of one.
  bool isArray(Node* node) {
    const Element* element = xml::asElement(node);
    if (element == nullptr) return false;
    for (const Attribute* a = element->first_attribute; a != nullptr; a = a->next)
      if (isText(eval_, a->name.space, kJsonSpace) && isText(eval_, a->name.local, "Array"))
        return isText(eval_, a->value, "true") || isText(eval_, a->value, "1");
    return false;
  }

  bool addGroups(JContainer* object, const std::vector<Node*>& nodes) {
    std::vector<std::pair<std::string, std::vector<Node*>>> groups;
    std::unordered_map<std::string, size_t> known;
    for (Node* node : nodes) {
      const auto [found, fresh] = known.try_emplace(name(node), groups.size());
      if (fresh) groups.emplace_back(found->first, std::vector<Node*>());
      groups[found->second].second.push_back(node);
      if (!eval_.step()) return false;
    }
    for (const auto& [key, members] : groups) {
      if (members.size() == 1 && !isArray(members[0])) {
        if (!add(object, key, value(members[0]))) return false;
        continue;
      }
      JContainer* array = newJArray(eval_.arena);
      for (Node* node : members) {
        JToken* item = value(node);
        if (item == nullptr) return false;
        appendRaw(eval_.arena, array, item);
      }
      if (!add(object, key, array)) return false;
    }
    return true;
  }

  Eval& eval_;
};

Value serialize(Call& c) {
  if (c.isNull(0)) return Value::ascii("null");
  const bool indented = c.count > 1 && c.int32(1) == 1;
  if (!xml::isNode(c[0])) return c.raise("System.ArgumentException", "Value must be an XML node.");
  const JToken* tree = ToJson(c.eval).convert(as<Node>(c[0]), c.count > 2 && c.boolean(2));
  if (tree == nullptr || c.eval.failed()) return {};
  return writeToken(c.eval, tree, indented ? Indent::Indented : Indent::None);
}

// ---- JSON to XML -------------------------------------------------------------------------------------------------

class FromJson {
 public:
  FromJson(Eval& eval, bool mark_arrays, bool encode) : eval_(eval), mark_arrays_(mark_arrays), encode_(encode) {}

  xml::Document* convert(const JToken* token, std::string_view root) {
    document_ = xml::newDocument(eval_);
    if (root.empty()) {
      addMembers(document_, nullptr, static_cast<const JContainer*>(token));
    } else {
      addElement(document_, nullptr, root, token);
    }
    return eval_.failed() ? nullptr : document_;
  }

 private:
  bool fail(std::string_view message) {
    eval_.raise("Newtonsoft.Json.JsonSerializationException", message);
    return false;
  }

  // Namespaces in scope, the innermost first.
  struct Scope {
    const Scope* outer;
    std::vector<std::pair<std::string, Value>> declared;
  };

  Value lookUp(const Scope* scope, std::string_view prefix) const {
    for (; scope != nullptr; scope = scope->outer)
      for (const auto& [known, uri] : scope->declared)
        if (known == prefix) return uri;
    return {};
  }

  // XmlConvert.EncodeName: what a name may not hold is written as _x0020_.
  std::string encoded(std::string_view name) const {
    std::string out;
    for (size_t i = 0; i < name.size(); ++i) {
      const char c = name[i];
      const std::string so_far = (out.empty() ? "" : "a") + std::string(1, static_cast<uint8_t>(c) < 0x80 ? c : 'a');
      const bool escape = c == '_' && i + 6 < name.size() && name[i + 1] == 'x' && name[i + 6] == '_';
      if (!escape && (static_cast<uint8_t>(c) >= 0x80 || (c == ':' && !encode_) || xml::isNameText(so_far))) {
        out += c;
        continue;
      }
      char text[8];
      std::snprintf(text, sizeof text, "_x%04X_", static_cast<unsigned>(static_cast<uint8_t>(c)));
      out += text;
    }
    return out;
  }

  xml::Name nameOf(const Scope* scope, std::string_view key) {
    const std::string name = encoded(key);
    const size_t colon = encode_ ? std::string::npos : name.find(':');
    xml::Name made;
    const bool prefixed = colon != std::string::npos && colon > 0;
    const Value uri = prefixed ? lookUp(scope, std::string_view(name).substr(0, colon)) : lookUp(scope, "");
    if (!uri.isNull()) made.space = uri;
    made.local = fromStd(eval_.arena, prefixed && !uri.isNull() ? name.substr(colon + 1) : name);
    if (!xml::checkLocalName(eval_, made.local)) return {};
    return made;
  }

  Value textOf(const JToken* token) {
    if (token->kind != ObjectKind::JValue) {
      fail("Cannot get an XML string value from token type '" +
           std::string(token->kind == ObjectKind::JArray ? "StartArray" : "StartObject") + "'.");
      return {};
    }
    const Value& held = static_cast<const JValue*>(token)->value;
    return held.isNull() ? Value() : xml::contentText(eval_, held);
  }

  bool addAttribute(Element* to, const Scope* scope, std::string_view key, const JToken* token) {
    if (to == nullptr)
      return fail("JSON root object has property '@" + std::string(key) +
                  "' that will be converted to an attribute. A root object cannot have any attribute properties. "
                  "Consider specifying a DeserializeRootElementName.");
    const Value text = textOf(token);
    if (eval_.failed()) return false;
    const Value value = text.isNull() ? Value::ascii({}) : text;
    xml::Name name;
    if (key == "xmlns") {
      name.local = Value::ascii("xmlns");
    } else if (key.starts_with("xmlns:")) {
      name = {Value::ascii(xml::kXmlnsSpace), fromStd(eval_.arena, key.substr(6))};
    } else if (key.find(':') != std::string_view::npos) {
      name = nameOf(scope, key);
    } else {
      name.local = fromStd(eval_.arena, encoded(key));
    }
    if (eval_.failed()) return false;
    xml::appendAttribute(to, xml::newAttribute(eval_, name, value));
    return true;
  }

  // json:Array="true", and the prefix where no element around has it.
  void mark(Element* element) {
    const xml::Name array{Value::ascii(kJsonSpace), Value::ascii("Array")};
    xml::appendAttribute(element, xml::newAttribute(eval_, array, Value::ascii("true")));
    for (xml::Container* at = element; at != nullptr && eval_.step(); at = at->parent) {
      const Element* around = xml::asElement(at);
      for (const Attribute* a = around == nullptr ? nullptr : around->first_attribute; a != nullptr; a = a->next)
        if (isText(eval_, a->name.space, xml::kXmlnsSpace) && isText(eval_, a->value, kJsonSpace)) return;
    }
    const xml::Name prefix{Value::ascii(xml::kXmlnsSpace), Value::ascii("json")};
    xml::appendAttribute(element, xml::newAttribute(eval_, prefix, Value::ascii(kJsonSpace)));
  }

  bool addElement(xml::Container* to, const Scope* outer, std::string_view key, const JToken* token) {
    if (key.empty()) return fail("XmlNodeConverter cannot convert JSON with an empty property name to XML.");
    if (to == document_ && has_root_) {
      eval_.raise("System.InvalidOperationException",
                  "This operation would create an incorrectly structured document.");
      return false;
    }
    has_root_ = has_root_ || to == document_;
    Scope scope{outer, {}};
    const bool is_object = token->kind == ObjectKind::JObject;
    const auto* object = static_cast<const JContainer*>(token);
    for (uint32_t i = 0; is_object && !encode_ && i < object->count; ++i) {
      const auto* property = static_cast<const JProperty*>(object->items[i]);
      const std::string_view name = toUtf8(eval_.arena, property->name);
      if (name != "@xmlns" && !name.starts_with("@xmlns:")) continue;
      const Value uri = textOf(property->content);
      if (eval_.failed()) return false;
      scope.declared.emplace_back(name.size() > 6 ? name.substr(7) : std::string_view(),
                                  uri.isNull() ? Value::ascii({}) : uri);
    }
    Element* element = xml::newElement(eval_, nameOf(&scope, key));
    if (eval_.failed()) return false;
    xml::appendNode(to, element);
    if (is_object) return addMembers(element, &scope, object);
    if (token->kind == ObjectKind::JArray) {
      if (mark_arrays_) mark(element);
      return addItems(element, &scope, key, object);
    }
    const Value text = textOf(token);
    return !eval_.failed() && (text.isNull() || xml::addText(eval_, element, text));
  }

  bool addMembers(xml::Container* to, const Scope* scope, const JContainer* object) {
    if (!eval_.enter()) return false;
    for (uint32_t i = 0; i < object->count && eval_.step(); ++i) {
      const auto* property = static_cast<const JProperty*>(object->items[i]);
      if (!addProperty(to, scope, toUtf8(eval_.arena, property->name), property->content)) break;
    }
    eval_.leave();
    return !eval_.failed();
  }

  bool addProperty(xml::Container* to, const Scope* scope, std::string_view key, const JToken* token) {
    if (to == document_ && has_root_)
      return fail(
          "JSON root object has multiple properties. The root object must have a single property in order to "
          "create a valid XML document. Consider specifying a DeserializeRootElementName.");
    if (token->kind != ObjectKind::JArray) return addValue(to, scope, key, token);
    return addItems(to, scope, key, static_cast<const JContainer*>(token));
  }

  bool addItems(xml::Container* to, const Scope* scope, std::string_view key, const JContainer* array) {
    if (!eval_.enter()) return false;
    for (uint32_t i = 0; i < array->count && eval_.step(); ++i)
      if (!addValue(to, scope, key, array->items[i])) break;
    eval_.leave();
    if (mark_arrays_ && array->count == 1 && !eval_.failed())
      if (Element* element = xml::asElement(to->last)) mark(element);
    return !eval_.failed();
  }

  bool addTextNode(xml::Container* to, NodeType type, const JToken* token) {
    const Value text = textOf(token);
    if (eval_.failed() || text.isNull()) return !eval_.failed();
    if (type == NodeType::Text) return xml::addText(eval_, to, text);
    xml::appendNode(to, xml::newText(eval_, type, text));
    return true;
  }

  bool addValue(xml::Container* to, const Scope* scope, std::string_view key, const JToken* token) {
    if (!encode_ && !key.empty()) {
      if (key == "#text" || key == "#whitespace" || key == "#significant-whitespace")
        return addTextNode(to, NodeType::Text, token);
      if (key == "#cdata-section") return addTextNode(to, NodeType::CData, token);
      if (key[0] == '?') return addInstruction(to, key.substr(1), token);
      if (key[0] == '@') return addAttribute(xml::asElement(to), scope, key.substr(1), token);
    }
    return addElement(to, scope, key, token);
  }

  bool addInstruction(xml::Container* to, std::string_view target, const JToken* token) {
    if (target != "xml") {
      static const Type* const kType = libraryType("System.Xml.Linq.XProcessingInstruction");
      auto* made = newObject<xml::Instruction>(eval_, kType, ObjectKind::XObject);
      made->detail = static_cast<uint8_t>(NodeType::Instruction);
      made->target = fromStd(eval_.arena, target);
      const Value data = textOf(token);
      made->data = data.isNull() ? Value::ascii({}) : data;
      if (!eval_.failed()) xml::appendNode(to, made);
      return !eval_.failed();
    }
    static const Type* const kType = libraryType("System.Xml.Linq.XDeclaration");
    auto* made = newObject<xml::Declaration>(eval_, kType);
    const auto* object = static_cast<const JContainer*>(token);
    for (uint32_t i = 0; token->kind == ObjectKind::JObject && i < object->count; ++i) {
      const auto* property = static_cast<const JProperty*>(object->items[i]);
      const std::string_view name = toUtf8(eval_.arena, property->name);
      const Value text = textOf(property->content);
      if (eval_.failed()) return false;
      if (name == "@version") made->version = text;
      if (name == "@encoding") made->encoding = text;
      if (name == "@standalone") made->standalone = text;
    }
    if (to == document_) document_->declaration = made;
    return true;
  }

  Eval& eval_;
  const bool mark_arrays_;
  const bool encode_;
  bool has_root_ = false;
  xml::Document* document_ = nullptr;
};

Value deserialize(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("value");
  const JToken* token = parseJson(c.eval, c[0], Expect::Any);
  if (token == nullptr) return {};
  if (token->kind == ObjectKind::JValue && static_cast<const JValue*>(token)->value.isNull()) return {};
  if (token->kind != ObjectKind::JObject)
    return c.raise("Newtonsoft.Json.JsonSerializationException",
                   "XmlNodeConverter can only convert JSON that begins with an object.");
  const std::string_view root = c.count > 1 && !c.isNull(1) ? c.utf8(1) : std::string_view();
  FromJson reader(c.eval, c.count > 2 && c.boolean(2), c.count > 3 && c.boolean(3));
  return Value::object(reader.convert(token, root));
}

constexpr MemberRow kRows[] = {
    {"static string SerializeXNode(XObject node)", serialize},
    {"static string SerializeXNode(XObject node, Newtonsoft.Json.Formatting formatting)", serialize},
    {"static string SerializeXNode(XObject node, Newtonsoft.Json.Formatting formatting, bool omitRootObject)",
     serialize},
    {"static XDocument DeserializeXNode(string value)", deserialize},
    {"static XDocument DeserializeXNode(string value, string deserializeRootElementName)", deserialize},
    {"static XDocument DeserializeXNode(string value, string deserializeRootElementName, bool writeArrayAttribute)",
     deserialize},
    {"static XDocument DeserializeXNode(string value, string deserializeRootElementName, bool writeArrayAttribute, "
     "bool encodeSpecialCharacters)",
     deserialize},
};

}  // namespace

std::span<const MemberRow> jsonXmlRows() {
  return kRows;
}

}  // namespace sluice::expression
