// XAttribute, the nodes without children, XDocument and XDeclaration.
#include "base/encoding.h"
#include "expression/library/declarations.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

using xml::Attribute;
using xml::Declaration;
using xml::Document;
using xml::NodeType;

Value wrap(const Object* object) {
  return Value::object(object);
}
Attribute* attribute(Call& c) {
  return c.object<Attribute>(0);
}
xml::Text* textNode(Call& c) {
  return c.object<xml::Text>(0);
}
Document* document(Call& c) {
  return c.object<Document>(0);
}
Declaration* declaration(Call& c) {
  return c.object<Declaration>(0);
}

// ---- Attributes ----------------------------------------------------------------------------------------------------

bool isDeclaration(Eval& eval, const Attribute* a) {
  return sameText(eval, a->name.space, Value::ascii(xml::kXmlnsSpace)) ||
         (xml::isEmptyText(a->name.space) && sameText(eval, a->name.local, Value::ascii("xmlns")));
}

Value newAttribute(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("name");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const Value text = xml::contentText(c.eval, c[1]);
  return c.eval.failed() ? Value() : wrap(xml::newAttribute(c.eval, xmlName(c, 0), text));
}

Value setAttribute(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  const Value text = xml::contentText(c.eval, c[1]);
  if (!c.eval.failed()) attribute(c)->value = text;
  return {};
}

Value removeAttribute(Call& c) {
  if (attribute(c)->parent == nullptr) return c.raise("System.InvalidOperationException", "The parent is missing.");
  xml::unlink(attribute(c));
  return {};
}

constexpr MemberRow kAttribute[] = {
    {"XAttribute(XName name, object value)", newAttribute},
    {"XAttribute(XAttribute other)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("other");
       return wrap(xml::copyAttribute(c.eval, attribute(c)));
     }},
    {"XName Name { get; }", [](Call& c) { return xml::newName(c.eval, attribute(c)->name); }},
    {"string Value { get; set; }", [](Call& c) { return attribute(c)->value; }, setAttribute, kMutates},
    {"void SetValue(object value)", setAttribute, nullptr, kMutates},
    {"void Remove()", removeAttribute, nullptr, kMutates},
    {"XAttribute NextAttribute { get; }", [](Call& c) { return wrap(attribute(c)->next); }},
    {"XAttribute PreviousAttribute { get; }", [](Call& c) { return wrap(attribute(c)->previous); }},
    {"bool IsNamespaceDeclaration { get; }",
     [](Call& c) { return Value::boolean(isDeclaration(c.eval, attribute(c))); }},
    {"static IEnumerable<XAttribute> EmptySequence { get; }",
     [](Call& c) {
       const Type* one[] = {xml::types().attribute};
       return Value::object(newList(c.eval, libraryType("System.Collections.Generic.List", one)));
     }},
    {"string ToString()", [](Call& c) { return xml::writeAttribute(c.eval, attribute(c)); }},
};

// ---- Text, CDATA, comments -----------------------------------------------------------------------------------------

template <NodeType type>
Value newText(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull(type == NodeType::Comment ? "value" : "value");
  return wrap(xml::newText(c.eval, type, c[0]));
}

Value copyOf(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("other");
  return wrap(xml::copyNode(c.eval, c.object<xml::Node>(0)));
}

Value textValue(Call& c) {
  return textNode(c)->value;
}
Value setTextValue(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("value");
  textNode(c)->value = c[1];
  return {};
}

constexpr MemberRow kText[] = {
    {"XText(string value)", newText<NodeType::Text>},
    {"XText(XText other)", copyOf},
    {"string Value { get; set; }", textValue, setTextValue, kMutates},
};
constexpr MemberRow kCData[] = {
    {"XCData(string value)", newText<NodeType::CData>},
    {"XCData(XCData other)", copyOf},
};
constexpr MemberRow kComment[] = {
    {"XComment(string value)", newText<NodeType::Comment>},
    {"XComment(XComment other)", copyOf},
    {"string Value { get; set; }", textValue, setTextValue, kMutates},
};

// ---- Instructions and document types -------------------------------------------------------------------------------

xml::Instruction* instruction(Call& c) {
  return c.object<xml::Instruction>(0);
}
xml::DocumentType* documentType(Call& c) {
  return c.object<xml::DocumentType>(0);
}

Value newInstruction(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("target");
  if (c.isNull(1)) return c.eval.raiseArgumentNull("data");
  if (!xml::checkLocalName(c.eval, c[0])) return {};
  if (equalsIgnoreCase(c.utf8(0), "xml"))
    return c.raise("System.ArgumentException",
                   "'" + std::string(c.utf8(0)) + "' is an invalid name for a processing instruction.");
  auto* node = newObject<xml::Instruction>(c.eval, c.type, ObjectKind::XObject);
  node->detail = static_cast<uint8_t>(NodeType::Instruction);
  node->target = c[0];
  node->data = c[1];
  return wrap(node);
}

Value newDocumentType(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("name");
  if (!xml::checkLocalName(c.eval, c[0])) return {};
  auto* node = newObject<xml::DocumentType>(c.eval, c.type, ObjectKind::XObject);
  node->detail = static_cast<uint8_t>(NodeType::DocumentType);
  node->name = c[0];
  node->public_id = c[1];
  node->system_id = c[2];
  node->subset = c[3];
  return wrap(node);
}

constexpr MemberRow kInstruction[] = {
    {"XProcessingInstruction(string target, string data)", newInstruction},
    {"XProcessingInstruction(XProcessingInstruction other)", copyOf},
    {"string Target { get; set; }", [](Call& c) { return instruction(c)->target; },
     [](Call& c) { return instruction(c)->target = c[1], Value(); }, kMutates},
    {"string Data { get; set; }", [](Call& c) { return instruction(c)->data; },
     [](Call& c) { return instruction(c)->data = c[1], Value(); }, kMutates},
};
constexpr MemberRow kDocumentType[] = {
    {"XDocumentType(string name, string publicId, string systemId, string internalSubset)", newDocumentType},
    {"XDocumentType(XDocumentType other)", copyOf},
    {"string Name { get; }", [](Call& c) { return documentType(c)->name; }},
    {"string PublicId { get; }", [](Call& c) { return documentType(c)->public_id; }},
    {"string SystemId { get; }", [](Call& c) { return documentType(c)->system_id; }},
    {"string InternalSubset { get; }", [](Call& c) { return documentType(c)->subset; }},
};

// ---- Documents -----------------------------------------------------------------------------------------------------

Value newDocument(Call& c) {
  Document* made = xml::newDocument(c.eval);
  size_t content = 0;
  if (c.count > 1) {
    if (!c.isNull(0)) made->declaration = declaration(c);
    content = 1;
  }
  if (c.count > 0 && !xml::addContent(c.eval, made, c[content])) return {};
  return wrap(made);
}

Value parseDocument(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("text");
  const bool keep = c.count > 1 && (c.int32(1) & 1) != 0;
  return wrap(xml::parseDocument(c.eval, c.utf8(0), keep ? xml::Space::Preserve : xml::Space::Drop));
}

template <NodeType type>
Value firstOf(Call& c) {
  for (xml::Node* node = document(c)->first; node != nullptr && c.eval.step(); node = node->next)
    if (node->nodeType() == type) return wrap(node);
  return {};
}

constexpr MemberRow kDocument[] = {
    {"XDocument()", newDocument},
    {"XDocument(params object[] content)", newDocument},
    {"XDocument(XDeclaration declaration, params object[] content)", newDocument},
    {"XDocument(XDocument other)", copyOf},
    {"static XDocument Parse(string text)", parseDocument},
    {"static XDocument Parse(string text, LoadOptions options)", parseDocument},
    {"XElement Root { get; }", firstOf<NodeType::Element>},
    {"XDocumentType DocumentType { get; }", firstOf<NodeType::DocumentType>},
    {"XDeclaration Declaration { get; set; }", [](Call& c) { return wrap(document(c)->declaration); },
     [](Call& c) {
       document(c)->declaration = c.isNull(1) ? nullptr : c.object<Declaration>(1);
       return Value();
     },
     kMutates},
};

Value newDeclaration(Call& c) {
  auto* made = newObject<Declaration>(c.eval, c.type);
  if (c.count == 1) {
    if (c.isNull(0)) return c.eval.raiseArgumentNull("other");
    made->version = declaration(c)->version;
    made->encoding = declaration(c)->encoding;
    made->standalone = declaration(c)->standalone;
  } else {
    made->version = c[0];
    made->encoding = c[1];
    made->standalone = c[2];
  }
  return wrap(made);
}

template <Value Declaration::*member>
Value declared(Call& c) {
  return declaration(c)->*member;
}
template <Value Declaration::*member>
Value declare(Call& c) {
  declaration(c)->*member = c[1];
  return {};
}

constexpr MemberRow kDeclaration[] = {
    {"XDeclaration(string version, string encoding, string standalone)", newDeclaration},
    {"XDeclaration(XDeclaration other)", newDeclaration},
    {"string Version { get; set; }", declared<&Declaration::version>, declare<&Declaration::version>, kMutates},
    {"string Encoding { get; set; }", declared<&Declaration::encoding>, declare<&Declaration::encoding>, kMutates},
    {"string Standalone { get; set; }", declared<&Declaration::standalone>, declare<&Declaration::standalone>,
     kMutates},
    {"string ToString()", [](Call& c) { return xml::writeDeclaration(c.eval, declaration(c)); }},
};

}  // namespace

void declareXmlLeaves(Library& library) {
  Hooks shown;
  shown.to_string = [](Eval& eval, const Value& value) { return xml::writeAttribute(eval, as<Attribute>(value)); };
  library.add("class System.Xml.Linq.XAttribute : XObject", kAttribute, shown).rows.push_back(xmlAttributeCasts());
  library.add("class System.Xml.Linq.XText : XNode", kText);
  library.add("class System.Xml.Linq.XCData : XText", kCData);
  library.add("class System.Xml.Linq.XComment : XNode", kComment);
  library.add("class System.Xml.Linq.XProcessingInstruction : XNode", kInstruction);
  library.add("class System.Xml.Linq.XDocumentType : XNode", kDocumentType);
  Hooks body;
  body.read = [](Eval& eval, std::string_view bytes) {
    return Value::object(xml::parseDocument(eval, bytes, xml::Space::Drop));
  };
  library.add("class System.Xml.Linq.XDocument : XContainer", kDocument, body);
  Hooks declared_text;
  declared_text.to_string = [](Eval& eval, const Value& value) {
    return xml::writeDeclaration(eval, as<Declaration>(value));
  };
  library.add("class System.Xml.Linq.XDeclaration", kDeclaration, declared_text);
}

}  // namespace sluice::expression
