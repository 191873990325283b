// XObject, XNode and XContainer.
#include "expression/library/declarations.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

using xml::Container;
using xml::Node;

Value noParent(Call& c) {
  return c.raise("System.InvalidOperationException", "The parent is missing.");
}

Value wrap(const Object* object) {
  return Value::object(object);
}

Value parentOf(Call& c) {
  const Container* parent = c.object<xml::Item>(0)->parent;
  return parent != nullptr && parent->nodeType() == xml::NodeType::Element ? wrap(parent) : Value();
}

Value documentOf(Call& c) {
  const xml::Item* at = c.object<xml::Item>(0);
  while (at->parent != nullptr && c.eval.step()) at = at->parent;
  return at->nodeType() == xml::NodeType::Document ? wrap(at) : Value();
}

Value toString(Call& c) {
  const bool plain = c.count > 1 && (c.int32(1) & 1) != 0;
  return xml::write(c.eval, xmlNode(c), plain ? xml::Layout::Plain : xml::Layout::Indented);
}

Value removeNode(Call& c) {
  if (xmlNode(c)->parent == nullptr) return noParent(c);
  xml::unlink(xmlNode(c));
  return {};
}

Value replaceWith(Call& c) {
  Node* node = xmlNode(c);
  Container* parent = node->parent;
  if (parent == nullptr) return noParent(c);
  Value content;
  if (!xmlSnapshot(c.eval, c[1], content)) return {};
  Node* before = node->next;
  xml::unlink(node);
  xml::addContent(c.eval, parent, content, before);
  return {};
}

Value addBeside(Call& c, bool after) {
  Node* node = xmlNode(c);
  if (node->parent == nullptr) return noParent(c);
  xml::addContent(c.eval, node->parent, c[1], after ? node->next : node);
  return {};
}
Value addAfter(Call& c) {
  return addBeside(c, true);
}
Value addBefore(Call& c) {
  return addBeside(c, false);
}

Value add(Call& c) {
  return xml::addContent(c.eval, xmlContainer(c), c[1]), Value();
}
Value addFirst(Call& c) {
  return xml::addContent(c.eval, xmlContainer(c), c[1], xmlContainer(c)->first), Value();
}

Value replaceNodes(Call& c) {
  Value content;
  if (!xmlSnapshot(c.eval, c[1], content)) return {};
  xml::removeNodes(xmlContainer(c));
  xml::addContent(c.eval, xmlContainer(c), content);
  return {};
}

Value element(Call& c) {
  if (c.isNull(1)) return {};
  for (Node* node = xmlContainer(c)->first; node != nullptr && c.eval.step(); node = node->next)
    if (const xml::Element* found = xml::asElement(node);
        found != nullptr && xml::sameName(c.eval, found->name, xmlName(c, 1)))
      return wrap(found);
  return {};
}

constexpr MemberRow kObject[] = {
    {"XElement Parent { get; }", parentOf},
    {"XDocument Document { get; }", documentOf},
    {"XmlNodeType NodeType { get; }", [](Call& c) { return newEnum(c.type, c.object<xml::Item>(0)->detail); }},
    {"string BaseUri { get; }", [](Call&) { return Value::ascii({}); }},
};

constexpr MemberRow kNode[] = {
    {"static XNodeDocumentOrderComparer DocumentOrderComparer { get; }",
     [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
    {"static XNodeEqualityComparer EqualityComparer { get; }",
     [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
    {"XNode NextNode { get; }", [](Call& c) { return wrap(xmlNode(c)->next); }},
    {"XNode PreviousNode { get; }", [](Call& c) { return wrap(xmlNode(c)->previous); }},
    {"void AddAfterSelf(object content)", addAfter, nullptr, kMutates},
    {"void AddAfterSelf(params object[] content)", addAfter, nullptr, kMutates},
    {"void AddBeforeSelf(object content)", addBefore, nullptr, kMutates},
    {"void AddBeforeSelf(params object[] content)", addBefore, nullptr, kMutates},
    {"void Remove()", removeNode, nullptr, kMutates},
    {"void ReplaceWith(object content)", replaceWith, nullptr, kMutates},
    {"void ReplaceWith(params object[] content)", replaceWith, nullptr, kMutates},
    {"IEnumerable<XElement> Ancestors()", xmlAxisOf<XmlAxis::Ancestors>},
    {"IEnumerable<XElement> Ancestors(XName name)", xmlAxisOf<XmlAxis::Ancestors>},
    {"IEnumerable<XNode> NodesAfterSelf()", xmlAxisOf<XmlAxis::NodesAfter>},
    {"IEnumerable<XNode> NodesBeforeSelf()", xmlAxisOf<XmlAxis::NodesBefore>},
    {"IEnumerable<XElement> ElementsAfterSelf()", xmlAxisOf<XmlAxis::ElementsAfter>},
    {"IEnumerable<XElement> ElementsAfterSelf(XName name)", xmlAxisOf<XmlAxis::ElementsAfter>},
    {"IEnumerable<XElement> ElementsBeforeSelf()", xmlAxisOf<XmlAxis::ElementsBefore>},
    {"IEnumerable<XElement> ElementsBeforeSelf(XName name)", xmlAxisOf<XmlAxis::ElementsBefore>},
    {"static bool DeepEquals(XNode n1, XNode n2)",
     [](Call& c) {
       if (c.isNull(0) || c.isNull(1)) return Value::boolean(c.isNull(0) && c.isNull(1));
       return Value::boolean(xml::deepEquals(c.eval, c.object<Node>(0), c.object<Node>(1)));
     }},
    {"static XNode ReadFrom(XmlReader reader)", xmlReadFrom},
    {"string ToString()", toString},
    {"string ToString(SaveOptions options)", toString},
};

constexpr MemberRow kContainer[] = {
    {"XNode FirstNode { get; }", [](Call& c) { return wrap(xmlContainer(c)->first); }},
    {"XNode LastNode { get; }", [](Call& c) { return wrap(xmlContainer(c)->last); }},
    {"void Add(object content)", add, nullptr, kMutates},
    {"void Add(params object[] content)", add, nullptr, kMutates},
    {"void AddFirst(object content)", addFirst, nullptr, kMutates},
    {"void AddFirst(params object[] content)", addFirst, nullptr, kMutates},
    {"XElement Element(XName name)", element},
    {"IEnumerable<XElement> Elements()", xmlAxisOf<XmlAxis::Elements>},
    {"IEnumerable<XElement> Elements(XName name)", xmlAxisOf<XmlAxis::Elements>},
    {"IEnumerable<XNode> Nodes()", xmlAxisOf<XmlAxis::Nodes>},
    {"IEnumerable<XElement> Descendants()", xmlAxisOf<XmlAxis::Descendants>},
    {"IEnumerable<XElement> Descendants(XName name)", xmlAxisOf<XmlAxis::Descendants>},
    {"IEnumerable<XNode> DescendantNodes()", xmlAxisOf<XmlAxis::DescendantNodes>},
    {"void RemoveNodes()", [](Call& c) { return xml::removeNodes(xmlContainer(c)), Value(); }, nullptr, kMutates},
    {"void ReplaceNodes(object content)", replaceNodes, nullptr, kMutates},
    {"void ReplaceNodes(params object[] content)", replaceNodes, nullptr, kMutates},
};

constexpr EnumRow kNodeTypes[] = {
    {"None", 0},
    {"Element", 1},
    {"Attribute", 2},
    {"Text", 3},
    {"CDATA", 4},
    {"EntityReference", 5},
    {"Entity", 6},
    {"ProcessingInstruction", 7},
    {"Comment", 8},
    {"Document", 9},
    {"DocumentType", 10},
    {"DocumentFragment", 11},
    {"Notation", 12},
    {"Whitespace", 13},
    {"SignificantWhitespace", 14},
    {"EndElement", 15},
    {"EndEntity", 16},
    {"XmlDeclaration", 17},
};
constexpr EnumRow kSaveOptions[] = {{"None", 0}, {"DisableFormatting", 1}, {"OmitDuplicateNamespaces", 2}};
constexpr EnumRow kLoadOptions[] = {{"None", 0}, {"PreserveWhitespace", 1}, {"SetBaseUri", 2}, {"SetLineInfo", 4}};

bool flatten(Eval& eval, const Value& content, ListObject* out) {
  const bool sequence =
      content.isObject() && !xml::isItem(content) && elementOfSequence(content.asObject()->type) != nullptr;
  if (!sequence) return append(eval, out, content);
  Enumerator* items = enumerate(eval, content);
  if (items == nullptr || !eval.enter()) return false;
  Value item;
  bool good = true;
  while (good && items->next(eval, item)) good = flatten(eval, item, out);
  eval.leave();
  return good && !eval.failed();
}

// A body read as XML.
Value readNode(Eval& eval, std::string_view bytes) {
  xml::Document* document = xml::parseDocument(eval, bytes, xml::Space::Drop);
  if (document == nullptr) return {};
  for (Node* node = document->first; node != nullptr; node = node->next) {
    if (xml::asElement(node) == nullptr) continue;
    xml::unlink(node);
    return Value::object(node);
  }
  return {};
}

}  // namespace

bool xmlSnapshot(Eval& eval, const Value& content, Value& out) {
  const Type* one[] = {core().object};
  ListObject* list = newList(eval, libraryType("System.Collections.Generic.List", one));
  out = Value::object(list);
  return flatten(eval, content, list);
}

void declareXmlNodes(Library& library) {
  library.addEnum("System.Xml.XmlNodeType", kNodeTypes);
  library.addEnum("System.Xml.Linq.SaveOptions", kSaveOptions, true);
  library.addEnum("System.Xml.Linq.LoadOptions", kLoadOptions, true);
  library.add("abstract class System.Xml.Linq.XObject", kObject);
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& value) {
    return xml::write(eval, as<Node>(value), xml::Layout::Indented);
  };
  hooks.read = readNode;
  library.add("abstract class System.Xml.Linq.XNode : XObject", kNode, hooks).rows.push_back(xmlOrderRows());
  library.add("abstract class System.Xml.Linq.XContainer : XNode", kContainer);
}

}  // namespace sluice::expression
