// System.Xml.Linq's object model in the arena: elements, attributes and other nodes, each with one parent; adding what
// has a parent adds a copy. Nodes own nothing and are never freed. Every walk is a loop, so depth costs no stack.
#pragma once

#include <cstdint>
#include <string_view>

#include "expression/chars.h"
#include "expression/eval.h"
#include "expression/object.h"

namespace sluice::expression::xml {

// System.Xml.XmlNodeType, in Object::detail
enum class NodeType : uint8_t {
  None = 0,
  Element = 1,
  Attribute = 2,
  Text = 3,
  CData = 4,
  Instruction = 7,
  Comment = 8,
  Document = 9,
  DocumentType = 10,
};

// An expanded name. Both are strings; no namespace is the empty one.
struct Name {
  Value space = Value::ascii({});
  Value local = Value::ascii({});
};

struct Container;
struct Element;

struct Item : Object {
  Container* parent = nullptr;
  NodeType nodeType() const { return static_cast<NodeType>(detail); }
};

struct Node : Item {
  Node* previous = nullptr;
  Node* next = nullptr;
};

struct Text : Node {  // XText, XCData, XComment
  Value value;
};

struct Instruction : Node {
  Value target;
  Value data;
};

struct DocumentType : Node {
  Value name, public_id, system_id, subset;
};

struct Container : Node {
  Node* first = nullptr;
  Node* last = nullptr;
  bool has_end_tag = false;  // with no nodes: <a></a>, not <a />
};

struct Attribute : Item {
  Name name;
  Value value;
  Attribute* previous = nullptr;
  Attribute* next = nullptr;
};

struct Element : Container {
  Name name;
  Attribute* first_attribute = nullptr;
  Attribute* last_attribute = nullptr;
};

struct Declaration : Object {
  Value version, encoding, standalone;
};

struct Document : Container {
  Declaration* declaration = nullptr;
};

struct NameObject : Object {
  Name name;
};

struct NamespaceObject : Object {
  Value uri;
};

constexpr std::string_view kXmlSpace = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kXmlnsSpace = "http://www.w3.org/2000/xmlns/";

// The types of the library, looked up once.
struct Types {
  const Type *element, *attribute, *text, *cdata, *comment, *instruction, *document, *document_type, *declaration,
      *name, *name_space, *node;
};
const Types& types();

inline bool isItem(const Value& value) {
  return isKind(value, ObjectKind::XObject);
}
inline bool isNode(const Value& value) {
  return isItem(value) && as<Item>(value)->nodeType() != NodeType::Attribute;
}
inline bool isContainer(const Node* node) {
  return node->nodeType() == NodeType::Element || node->nodeType() == NodeType::Document;
}
inline Element* asElement(Item* item) {
  return item != nullptr && item->nodeType() == NodeType::Element ? static_cast<Element*>(item) : nullptr;
}
inline bool isEmptyText(const Value& text) {
  return text.extra() == 0;
}

bool sameName(Eval& eval, const Name& a, const Name& b);

// New items.
Element* newElement(Eval& eval, const Name& name);
Text* newText(Eval& eval, NodeType type, const Value& value);
Attribute* newAttribute(Eval& eval, const Name& name, const Value& value);
Document* newDocument(Eval& eval);
Value newName(Eval& eval, const Name& name);
Value newNamespace(Eval& eval, const Value& uri);

// Shape. What is linked must have no parent.
void appendNode(Container* to, Node* node);
void insertBefore(Container* in, Node* node, Node* before);  // null: at the end
void unlink(Node* node);
void appendAttribute(Element* to, Attribute* attribute);
void unlink(Attribute* attribute);
void removeNodes(Container* from);
Attribute* findAttribute(Eval& eval, Element* element, const Name& name);
// Deep copy without a parent; null with an exception pending.
Node* copyNode(Eval& eval, const Node* node);
Attribute* copyAttribute(Eval& eval, const Attribute* attribute);
bool deepEquals(Eval& eval, Node* a, Node* b);
// The node behind `at` in document order within `root`, or null.
Node* following(Node* at, const Node* root);
// Behind `at` and all that it contains.
Node* followingPast(Node* at, const Node* root);
// The texts of an element or document, one after another.
Value textOf(Eval& eval, Container* container);

// Content, as XContainer.Add takes it: strings, values, nodes, attributes, arrays and sequences of them. Nodes go
// before `before` (null: to the end). False with an exception pending (content.cc).
bool addContent(Eval& eval, Container* to, const Value& content, Node* before = nullptr);
// XmlConvert's text of a simple value; raises ArgumentException for an XObject.
Value contentText(Eval& eval, const Value& value);
bool addText(Eval& eval, Container* to, const Value& text, Node* before = nullptr);

// Names: null with an exception pending when they are none (name.cc).
bool isNameText(std::string_view utf8);  // an NCName
bool parseExpandedName(Eval& eval, const Value& text, Name& out);
bool checkLocalName(Eval& eval, const Value& local);
Value nameText(Eval& eval, const Name& name);  // {ns}local

enum class Space : uint8_t { Drop, Preserve };
// Parses a document (reader.cc). Null with XmlException pending. `text` must live as long as the tree.
Document* parseDocument(Eval& eval, std::string_view text, Space space);
// A document with one element, which is given without a parent.
Element* parseElement(Eval& eval, std::string_view text, Space space);

enum class Layout : uint8_t { Indented, Plain };
// writer.cc
Value write(Eval& eval, const Node* node, Layout layout);
Value writeAttribute(Eval& eval, const Attribute* attribute);
Value writeDeclaration(Eval& eval, const Declaration* declaration);

}  // namespace sluice::expression::xml
