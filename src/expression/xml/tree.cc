#include "expression/xml/tree.h"

#include "expression/library.h"

namespace sluice::expression::xml {

const Types& types() {
  static const Types kTypes = [] {
    const auto named = [](const char* name) { return libraryType(std::string("System.Xml.Linq.") + name); };
    Types t{};
    t.element = named("XElement");
    t.attribute = named("XAttribute");
    t.text = named("XText");
    t.cdata = named("XCData");
    t.comment = named("XComment");
    t.instruction = named("XProcessingInstruction");
    t.document = named("XDocument");
    t.document_type = named("XDocumentType");
    t.declaration = named("XDeclaration");
    t.name = named("XName");
    t.name_space = named("XNamespace");
    t.node = named("XNode");
    return t;
  }();
  return kTypes;
}

bool sameName(Eval& eval, const Name& a, const Name& b) {
  return sameText(eval, a.local, b.local) && sameText(eval, a.space, b.space);
}

namespace {

template <class T>
T* make(Eval& eval, const Type* type, NodeType node_type) {
  T* item = newObject<T>(eval, type, ObjectKind::XObject);
  item->detail = static_cast<uint8_t>(node_type);
  return item;
}

}  // namespace

Element* newElement(Eval& eval, const Name& name) {
  auto* element = make<Element>(eval, types().element, NodeType::Element);
  element->name = name;
  return element;
}

Text* newText(Eval& eval, NodeType type, const Value& value) {
  const Type* which = type == NodeType::CData     ? types().cdata
                      : type == NodeType::Comment ? types().comment
                                                  : types().text;
  auto* text = make<Text>(eval, which, type);
  text->value = value;
  return text;
}

Attribute* newAttribute(Eval& eval, const Name& name, const Value& value) {
  auto* attribute = make<Attribute>(eval, types().attribute, NodeType::Attribute);
  attribute->name = name;
  attribute->value = value;
  return attribute;
}

Document* newDocument(Eval& eval) {
  return make<Document>(eval, types().document, NodeType::Document);
}

Value newName(Eval& eval, const Name& name) {
  auto* object = newObject<NameObject>(eval, types().name);
  object->name = name;
  return Value::object(object);
}

Value newNamespace(Eval& eval, const Value& uri) {
  auto* object = newObject<NamespaceObject>(eval, types().name_space);
  object->uri = uri;
  return Value::object(object);
}

void insertBefore(Container* in, Node* node, Node* before) {
  node->parent = in;
  node->next = before;
  node->previous = before != nullptr ? before->previous : in->last;
  (node->previous != nullptr ? node->previous->next : in->first) = node;
  (before != nullptr ? before->previous : in->last) = node;
}

void appendNode(Container* to, Node* node) {
  insertBefore(to, node, nullptr);
}

void unlink(Node* node) {
  Container* parent = node->parent;
  (node->previous != nullptr ? node->previous->next : parent->first) = node->next;
  (node->next != nullptr ? node->next->previous : parent->last) = node->previous;
  if (parent->first == nullptr) parent->has_end_tag = false;
  node->parent = nullptr;
  node->previous = node->next = nullptr;
}

void appendAttribute(Element* to, Attribute* attribute) {
  attribute->parent = to;
  attribute->previous = to->last_attribute;
  attribute->next = nullptr;
  (to->last_attribute != nullptr ? to->last_attribute->next : to->first_attribute) = attribute;
  to->last_attribute = attribute;
}

void unlink(Attribute* attribute) {
  auto* element = static_cast<Element*>(attribute->parent);
  (attribute->previous != nullptr ? attribute->previous->next : element->first_attribute) = attribute->next;
  (attribute->next != nullptr ? attribute->next->previous : element->last_attribute) = attribute->previous;
  attribute->parent = nullptr;
  attribute->previous = attribute->next = nullptr;
}

void removeNodes(Container* from) {
  while (from->first != nullptr) unlink(from->first);
  from->has_end_tag = false;
}

Attribute* findAttribute(Eval& eval, Element* element, const Name& name) {
  for (Attribute* a = element->first_attribute; a != nullptr && eval.step(); a = a->next)
    if (sameName(eval, a->name, name)) return a;
  return nullptr;
}

Attribute* copyAttribute(Eval& eval, const Attribute* attribute) {
  return newAttribute(eval, attribute->name, attribute->value);
}

namespace {

// Without children.
Node* copyOne(Eval& eval, const Node* node) {
  switch (node->nodeType()) {
    case NodeType::Element: {
      const auto* from = static_cast<const Element*>(node);
      Element* element = newElement(eval, from->name);
      element->has_end_tag = from->has_end_tag;
      for (const Attribute* a = from->first_attribute; a != nullptr && eval.step(); a = a->next)
        appendAttribute(element, copyAttribute(eval, a));
      return element;
    }
    case NodeType::Document: {
      const auto* from = static_cast<const Document*>(node);
      Document* document = newDocument(eval);
      if (from->declaration != nullptr) {
        document->declaration = newObject<Declaration>(eval, types().declaration);
        *document->declaration = *from->declaration;
      }
      return document;
    }
    case NodeType::Instruction: {
      auto* copy = make<Instruction>(eval, types().instruction, NodeType::Instruction);
      copy->target = static_cast<const Instruction*>(node)->target;
      copy->data = static_cast<const Instruction*>(node)->data;
      return copy;
    }
    case NodeType::DocumentType: {
      const auto* from = static_cast<const DocumentType*>(node);
      auto* copy = make<DocumentType>(eval, types().document_type, NodeType::DocumentType);
      copy->name = from->name;
      copy->public_id = from->public_id;
      copy->system_id = from->system_id;
      copy->subset = from->subset;
      return copy;
    }
    default:
      return newText(eval, node->nodeType(), static_cast<const Text*>(node)->value);
  }
}

}  // namespace

Node* copyNode(Eval& eval, const Node* root) {
  Node* copy = copyOne(eval, root);
  const Node* at = root;
  Node* made = copy;  // the copy of `at`
  for (;;) {
    if (!eval.step()) return nullptr;
    if (isContainer(at) && static_cast<const Container*>(at)->first != nullptr) {
      at = static_cast<const Container*>(at)->first;
      Node* child = copyOne(eval, at);
      appendNode(static_cast<Container*>(made), child);
      made = child;
      continue;
    }
    while (at != root && at->next == nullptr) {
      at = at->parent;
      made = made->parent;
    }
    if (at == root) return copy;
    at = at->next;
    Node* sibling = copyOne(eval, at);
    appendNode(made->parent, sibling);
    made = sibling;
  }
}

Node* followingPast(Node* at, const Node* root) {
  while (at != nullptr && at != root && at->next == nullptr) at = at->parent;
  return at == nullptr || at == root ? nullptr : at->next;
}

Node* following(Node* at, const Node* root) {
  if (isContainer(at) && static_cast<Container*>(at)->first != nullptr) return static_cast<Container*>(at)->first;
  return followingPast(at, root);
}

namespace {

bool sameAttributes(Eval& eval, const Element* a, const Element* b) {
  const Attribute* x = a->first_attribute;
  const Attribute* y = b->first_attribute;
  for (; x != nullptr && y != nullptr; x = x->next, y = y->next)
    if (!eval.step() || !sameName(eval, x->name, y->name) || !sameText(eval, x->value, y->value)) return false;
  return x == y;
}

// Neighbouring text nodes count as one; nothing else does.
bool sameNode(Eval& eval, const Node* a, const Node* b) {
  if (a->nodeType() != b->nodeType()) return false;
  switch (a->nodeType()) {
    case NodeType::Element:
      return sameName(eval, static_cast<const Element*>(a)->name, static_cast<const Element*>(b)->name) &&
             sameAttributes(eval, static_cast<const Element*>(a), static_cast<const Element*>(b)) &&
             (static_cast<const Container*>(a)->first == nullptr) ==
                 (static_cast<const Container*>(b)->first == nullptr);
    case NodeType::Document:
      return true;
    case NodeType::Instruction:
      return sameText(eval, static_cast<const Instruction*>(a)->target, static_cast<const Instruction*>(b)->target) &&
             sameText(eval, static_cast<const Instruction*>(a)->data, static_cast<const Instruction*>(b)->data);
    case NodeType::DocumentType:
      return sameText(eval, static_cast<const DocumentType*>(a)->name, static_cast<const DocumentType*>(b)->name) &&
             sameText(eval, static_cast<const DocumentType*>(a)->subset, static_cast<const DocumentType*>(b)->subset);
    default:
      return sameText(eval, static_cast<const Text*>(a)->value, static_cast<const Text*>(b)->value);
  }
}

// Empty text nodes do not count.
Node* skipEmpty(Node* node) {
  while (node != nullptr && node->nodeType() == NodeType::Text && isEmptyText(static_cast<Text*>(node)->value))
    node = node->next;
  return node;
}

}  // namespace

bool deepEquals(Eval& eval, Node* a, Node* b) {
  if (a == nullptr || b == nullptr) return a == b;
  const Node* root_a = a;
  if (!sameNode(eval, a, b)) return false;
  for (;;) {
    if (!eval.step()) return false;
    Node* x = isContainer(a) ? skipEmpty(static_cast<Container*>(a)->first) : nullptr;
    Node* y = isContainer(b) ? skipEmpty(static_cast<Container*>(b)->first) : nullptr;
    if ((x == nullptr) != (y == nullptr)) return false;
    while (x == nullptr) {
      if (a == root_a) return true;
      x = skipEmpty(a->next);
      y = skipEmpty(b->next);
      if ((x == nullptr) != (y == nullptr)) return false;
      if (x == nullptr) {
        a = a->parent;
        b = b->parent;
      }
    }
    a = x;
    b = y;
    if (!sameNode(eval, a, b)) return false;
  }
}

Value textOf(Eval& eval, Container* container) {
  const auto isText = [](const Node* node) {
    return node->nodeType() == NodeType::Text || node->nodeType() == NodeType::CData;
  };
  if (container->first == nullptr) return Value::ascii({});
  if (container->first == container->last && isText(container->first))
    return static_cast<Text*>(container->first)->value;
  TextBuilder out(eval);
  for (Node* at = container->first; at != nullptr; at = following(at, container)) {
    if (!eval.step()) return {};
    if (isText(at)) out.add(static_cast<Text*>(at)->value);
  }
  return out.take();
}

}  // namespace sluice::expression::xml
