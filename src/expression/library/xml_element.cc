// XElement.
#include "expression/library/declarations.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

using xml::Attribute;
using xml::Element;
using xml::Name;

Value wrap(const Object* object) {
  return Value::object(object);
}

Value create(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("name");
  Element* element = xml::newElement(c.eval, xmlName(c, 0));
  if (c.count > 1 && !xml::addContent(c.eval, element, c[1])) return {};
  return wrap(element);
}

Value copyOf(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("other");
  return wrap(xml::copyNode(c.eval, c.object<Element>(0)));
}

Value parse(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("text");
  const bool keep = c.count > 1 && (c.int32(1) & 1) != 0;
  return wrap(xml::parseElement(c.eval, c.utf8(0), keep ? xml::Space::Preserve : xml::Space::Drop));
}

Value setName(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  xmlElement(c)->name = xmlName(c, 1);
  return {};
}

Value setText(Call& c, Element* element, const Value& text) {
  xml::removeNodes(element);
  xml::addText(c.eval, element, text);
  return {};
}

Value setValue(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const Value text = xml::contentText(c.eval, c[1]);
  return c.eval.failed() ? Value() : setText(c, xmlElement(c), text);
}

Value attribute(Call& c) {
  if (c.isNull(1)) return {};
  return wrap(xml::findAttribute(c.eval, xmlElement(c), xmlName(c, 1)));
}

Value setAttributeValue(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("name");
  Attribute* found = xml::findAttribute(c.eval, xmlElement(c), xmlName(c, 1));
  if (c.isNull(2)) {
    if (found != nullptr) xml::unlink(found);
    return {};
  }
  const Value text = xml::contentText(c.eval, c[2]);
  if (c.eval.failed()) return {};
  if (found != nullptr) {
    found->value = text;
  } else {
    xml::appendAttribute(xmlElement(c), xml::newAttribute(c.eval, xmlName(c, 1), text));
  }
  return {};
}

Value setElementValue(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("name");
  Element* found = nullptr;
  for (xml::Node* node = xmlElement(c)->first; node != nullptr && found == nullptr && c.eval.step(); node = node->next)
    if (Element* one = xml::asElement(node); one != nullptr && xml::sameName(c.eval, one->name, xmlName(c, 1)))
      found = one;
  if (c.isNull(2)) {
    if (found != nullptr) xml::unlink(found);
    return {};
  }
  const Value text = xml::contentText(c.eval, c[2]);
  if (c.eval.failed()) return {};
  if (found == nullptr) {
    found = xml::newElement(c.eval, xmlName(c, 1));
    xml::appendNode(xmlElement(c), found);
  }
  return setText(c, found, text);
}

void removeAttributes(Element* element) {
  while (element->first_attribute != nullptr) xml::unlink(element->first_attribute);
}

Value removeAll(Call& c) {
  removeAttributes(xmlElement(c));
  xml::removeNodes(xmlElement(c));
  return {};
}

Value replaceAll(Call& c) {
  Value content;
  if (!xmlSnapshot(c.eval, c[1], content)) return {};
  removeAll(c);
  xml::addContent(c.eval, xmlElement(c), content);
  return {};
}

Value replaceAttributes(Call& c) {
  Value content;
  if (!xmlSnapshot(c.eval, c[1], content)) return {};
  removeAttributes(xmlElement(c));
  xml::addContent(c.eval, xmlElement(c), content);
  return {};
}

bool hasElements(Call& c) {
  for (xml::Node* node = xmlElement(c)->first; node != nullptr && c.eval.step(); node = node->next)
    if (xml::asElement(node) != nullptr) return true;
  return false;
}

bool isUri(Call& c, const Value& text, std::string_view uri) {
  return sameText(c.eval, text, Value::ascii(uri));
}

// The declaration of a prefix in scope; null: none. The empty one is the default namespace.
const Attribute* declarationOf(Call& c, const Value& prefix) {
  const bool plain = xml::isEmptyText(prefix);
  const Name wanted =
      plain ? Name{Value::ascii({}), Value::ascii("xmlns")} : Name{Value::ascii(xml::kXmlnsSpace), prefix};
  for (xml::Container* at = xmlElement(c); at != nullptr && c.eval.step(); at = at->parent)
    if (Element* element = xml::asElement(at))
      if (const Attribute* found = xml::findAttribute(c.eval, element, wanted)) return found;
  return nullptr;
}

Value namespaceOfPrefix(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("prefix");
  if (xml::isEmptyText(c[1])) return c.raise("System.ArgumentException", "'' is an invalid prefix.");
  if (isUri(c, c[1], "xml")) return xml::newNamespace(c.eval, Value::ascii(xml::kXmlSpace));
  if (isUri(c, c[1], "xmlns")) return xml::newNamespace(c.eval, Value::ascii(xml::kXmlnsSpace));
  const Attribute* found = declarationOf(c, c[1]);
  return found != nullptr ? xml::newNamespace(c.eval, found->value) : Value();
}

Value prefixOfNamespace(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("ns");
  const Value uri = c.object<xml::NamespaceObject>(1)->uri;
  for (xml::Container* at = xmlElement(c); at != nullptr && c.eval.step(); at = at->parent) {
    const Element* element = xml::asElement(at);
    if (element == nullptr) continue;
    for (const Attribute* a = element->first_attribute; a != nullptr && c.eval.step(); a = a->next)
      if (isUri(c, a->name.space, xml::kXmlnsSpace) && sameText(c.eval, a->value, uri) &&
          declarationOf(c, a->name.local) == a)
        return a->name.local;
  }
  return isUri(c, uri, xml::kXmlSpace)     ? Value::ascii("xml")
         : isUri(c, uri, xml::kXmlnsSpace) ? Value::ascii("xmlns")
                                           : Value();
}

Value defaultNamespace(Call& c) {
  const Attribute* found = declarationOf(c, Value::ascii({}));
  return xml::newNamespace(c.eval, found != nullptr ? found->value : Value::ascii({}));
}

constexpr MemberRow kElement[] = {
    {"XElement(XName name)", create},
    {"XElement(XName name, object content)", create},
    {"XElement(XName name, params object[] content)", create},
    {"XElement(XElement other)", copyOf},
    {"static XElement Parse(string text)", parse},
    {"static XElement Parse(string text, LoadOptions options)", parse},
    {"XName Name { get; set; }", [](Call& c) { return xml::newName(c.eval, xmlElement(c)->name); }, setName, kMutates},
    {"string Value { get; set; }", [](Call& c) { return xml::textOf(c.eval, xmlElement(c)); }, setValue, kMutates},
    {"void SetValue(object value)", setValue, nullptr, kMutates},
    {"bool IsEmpty { get; }",
     [](Call& c) { return Value::boolean(xmlElement(c)->first == nullptr && !xmlElement(c)->has_end_tag); }},
    {"bool HasElements { get; }", [](Call& c) { return Value::boolean(hasElements(c)); }},
    {"bool HasAttributes { get; }", [](Call& c) { return Value::boolean(xmlElement(c)->first_attribute != nullptr); }},
    {"XAttribute FirstAttribute { get; }", [](Call& c) { return wrap(xmlElement(c)->first_attribute); }},
    {"XAttribute LastAttribute { get; }", [](Call& c) { return wrap(xmlElement(c)->last_attribute); }},
    {"XAttribute Attribute(XName name)", attribute},
    {"IEnumerable<XAttribute> Attributes()", xmlAxisOf<XmlAxis::Attributes>},
    {"IEnumerable<XAttribute> Attributes(XName name)", xmlAxisOf<XmlAxis::Attributes>},
    {"IEnumerable<XElement> AncestorsAndSelf()", xmlAxisOf<XmlAxis::AncestorsAndSelf>},
    {"IEnumerable<XElement> AncestorsAndSelf(XName name)", xmlAxisOf<XmlAxis::AncestorsAndSelf>},
    {"IEnumerable<XElement> DescendantsAndSelf()", xmlAxisOf<XmlAxis::DescendantsAndSelf>},
    {"IEnumerable<XElement> DescendantsAndSelf(XName name)", xmlAxisOf<XmlAxis::DescendantsAndSelf>},
    {"IEnumerable<XNode> DescendantNodesAndSelf()", xmlAxisOf<XmlAxis::DescendantNodesAndSelf>},
    {"static IEnumerable<XElement> EmptySequence { get; }",
     [](Call& c) {
       const Type* one[] = {xml::types().element};
       return Value::object(newList(c.eval, libraryType("System.Collections.Generic.List", one)));
     }},
    {"void SetAttributeValue(XName name, object value)", setAttributeValue, nullptr, kMutates},
    {"void SetElementValue(XName name, object value)", setElementValue, nullptr, kMutates},
    {"void RemoveAttributes()", [](Call& c) { return removeAttributes(xmlElement(c)), Value(); }, nullptr, kMutates},
    {"void RemoveAll()", removeAll, nullptr, kMutates},
    {"void ReplaceAll(object content)", replaceAll, nullptr, kMutates},
    {"void ReplaceAll(params object[] content)", replaceAll, nullptr, kMutates},
    {"void ReplaceAttributes(object content)", replaceAttributes, nullptr, kMutates},
    {"void ReplaceAttributes(params object[] content)", replaceAttributes, nullptr, kMutates},
    {"XNamespace GetDefaultNamespace()", defaultNamespace},
    {"XNamespace GetNamespaceOfPrefix(string prefix)", namespaceOfPrefix},
    {"string GetPrefixOfNamespace(XNamespace ns)", prefixOfNamespace},
};

}  // namespace

void declareXmlElement(Library& library) {
  Hooks hooks;
  hooks.read = [](Eval& eval, std::string_view bytes) {
    return Value::object(xml::parseElement(eval, bytes, xml::Space::Drop));
  };
  library.add("class System.Xml.Linq.XElement : XContainer", kElement, hooks).rows.push_back(xmlElementCasts());
}

}  // namespace sluice::expression
