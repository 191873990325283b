// System.Xml.XmlReader over a text: forward only, in the order in which .NET reports the pieces. The text is read into
// a tree at the first step, so a mistake far inside shows at once.
#include "expression/library/text_reader.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

using xml::NodeType;

constexpr int kEndElement = 15;
constexpr int kWhitespace = 13;
constexpr int kDeclaration = 17;

struct XmlReaderObject : Object {
  enum class State : uint8_t { Initial, Declaration, Reading, Over, Closed };
  Value text;
  State state = State::Initial;
  xml::Document* document = nullptr;
  xml::Node* at = nullptr;
  bool at_end_tag = false;
  int32_t depth = 0;
};

XmlReaderObject* reader(Call& c, size_t index = 0) {
  return c.object<XmlReaderObject>(index);
}

Value create(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("input");
  const Value text = readToEnd(c);
  if (c.eval.failed()) return {};
  auto* made = newObject<XmlReaderObject>(c.eval, c.type);
  made->text = text;
  return Value::object(made);
}

bool isReading(const XmlReaderObject* r) {
  return r->state == XmlReaderObject::State::Reading;
}

xml::Element* elementAt(const XmlReaderObject* r) {
  return isReading(r) ? xml::asElement(r->at) : nullptr;
}

// The next sibling, or the end tag around, or the end of all.
void leave(XmlReaderObject* r) {
  xml::Node* const from = r->at;
  r->at_end_tag = false;
  if (from->next != nullptr) {
    r->at = from->next;
  } else if (from->parent != nullptr && xml::asElement(from->parent) != nullptr) {
    r->at = from->parent;
    r->at_end_tag = true;
    --r->depth;
  } else {
    r->at = nullptr;
    r->state = XmlReaderObject::State::Over;
  }
}

bool isEmptyElement(const xml::Element* element) {
  return element->first == nullptr && !element->has_end_tag;
}

bool start(Eval& eval, XmlReaderObject* r) {
  r->document = xml::parseDocument(eval, toUtf8(eval.arena, r->text), xml::Space::Preserve);
  if (r->document == nullptr) return false;
  for (const xml::Node* node = r->document->first; node != nullptr; node = node->next)
    if (node->nodeType() == NodeType::DocumentType) {
      eval.raise("System.Xml.XmlException", "For security reasons DTD is prohibited in this XML document.");
      return false;
    }
  r->at = r->document->first;
  r->state = r->at == nullptr                      ? XmlReaderObject::State::Over
             : r->document->declaration != nullptr ? XmlReaderObject::State::Declaration
                                                   : XmlReaderObject::State::Reading;
  return r->at != nullptr;
}

bool step(Eval& eval, XmlReaderObject* r) {
  if (!eval.step()) return false;
  if (r->state == XmlReaderObject::State::Initial) return start(eval, r);
  if (r->state == XmlReaderObject::State::Declaration) {
    r->state = XmlReaderObject::State::Reading;
    return true;
  }
  if (!isReading(r)) return false;
  xml::Element* element = xml::asElement(r->at);
  if (element == nullptr || r->at_end_tag || isEmptyElement(element)) {
    leave(r);
  } else if (element->first != nullptr) {
    r->at = element->first;
    ++r->depth;
  } else {
    r->at_end_tag = true;
  }
  return isReading(r);
}

bool isBlank(Eval& eval, const Value& text) {
  const Chars units = chars(eval, text);
  for (uint32_t i = 0; i < units.size; ++i)
    if (units[i] != ' ' && units[i] != '\t' && units[i] != '\n' && units[i] != '\r') return false;
  return true;
}

int typeAt(Eval& eval, const XmlReaderObject* r) {
  if (r->state == XmlReaderObject::State::Declaration) return kDeclaration;
  if (!isReading(r)) return static_cast<int>(NodeType::None);
  if (r->at_end_tag) return kEndElement;
  const NodeType type = r->at->nodeType();
  const bool blank = type == NodeType::Text && isBlank(eval, static_cast<xml::Text*>(r->at)->value);
  return blank ? kWhitespace : static_cast<int>(type);
}

Value moveToContent(Call& c) {
  XmlReaderObject* r = reader(c);
  if (r->state == XmlReaderObject::State::Initial && !step(c.eval, r)) return newEnum(c.type, 0);
  for (;;) {
    const int type = typeAt(c.eval, r);
    const bool passed = type == kWhitespace || type == kDeclaration || type == static_cast<int>(NodeType::Comment) ||
                        type == static_cast<int>(NodeType::Instruction);
    if (!passed) return newEnum(c.type, type);
    if (!step(c.eval, r)) return newEnum(c.type, 0);
  }
}

// The prefix that the document itself gives the element: the nearest declaration of its namespace.
Value qualifiedName(Eval& eval, xml::Element* element) {
  if (xml::isEmptyText(element->name.space)) return element->name.local;
  for (xml::Element* at = element; at != nullptr; at = xml::asElement(at->parent))
    for (const xml::Attribute* one = at->first_attribute; one != nullptr && eval.step(); one = one->next) {
      if (!sameText(eval, one->value, element->name.space)) continue;
      if (xml::isEmptyText(one->name.space) && toUtf8(eval.arena, one->name.local) == "xmlns")
        return element->name.local;
      if (toUtf8(eval.arena, one->name.space) != xml::kXmlnsSpace) continue;
      TextBuilder out(eval);
      out.add(one->name.local);
      out.unit(':');
      out.add(element->name.local);
      return out.take();
    }
  return element->name.local;
}

Value name(Call& c) {
  if (reader(c)->state == XmlReaderObject::State::Declaration) return Value::ascii("xml");
  if (xml::Element* element = elementAt(reader(c))) return qualifiedName(c.eval, element);
  if (isReading(reader(c)) && reader(c)->at->nodeType() == NodeType::Instruction)
    return static_cast<xml::Instruction*>(reader(c)->at)->target;
  return Value::ascii({});
}

Value localName(Call& c) {
  const xml::Element* element = elementAt(reader(c));
  return element != nullptr ? element->name.local : name(c);
}

Value namespaceUri(Call& c) {
  const xml::Element* element = elementAt(reader(c));
  return element != nullptr ? element->name.space : Value::ascii({});
}

Value value(Call& c) {
  const XmlReaderObject* r = reader(c);
  if (!isReading(r) || xml::asElement(r->at) != nullptr) return Value::ascii({});
  if (r->at->nodeType() == NodeType::Instruction) return static_cast<xml::Instruction*>(r->at)->data;
  return static_cast<xml::Text*>(r->at)->value;
}

Value attribute(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("name");
  const xml::Element* element = reader(c)->at_end_tag ? nullptr : elementAt(reader(c));
  if (element == nullptr) return {};
  for (const xml::Attribute* one = element->first_attribute; one != nullptr && c.eval.step(); one = one->next)
    if (sameText(c.eval, one->name.local, c[1])) return one->value;
  return {};
}

bool isStart(Call& c, XmlReaderObject* r) {
  moveToContent(c);
  return elementAt(r) != nullptr && !r->at_end_tag;
}

Value isStartElement(Call& c) {
  XmlReaderObject* r = reader(c);
  if (!isStart(c, r)) return Value::boolean(false);
  return Value::boolean(c.count < 2 || sameText(c.eval, name(c), c[1]));
}

Value readToFollowing(Call& c) {
  XmlReaderObject* r = reader(c);
  while (step(c.eval, r))
    if (elementAt(r) != nullptr && !r->at_end_tag && sameText(c.eval, name(c), c[1])) return Value::boolean(true);
  return Value::boolean(false);
}

// Behind the node, whatever it holds.
void pass(XmlReaderObject* r) {
  if (isReading(r)) leave(r);
}

Value elementText(Call& c) {
  XmlReaderObject* r = reader(c);
  if (!isStart(c, r)) return c.raise("System.InvalidOperationException", "The reader is not on an element.");
  const Value text = xml::textOf(c.eval, static_cast<xml::Container*>(r->at));
  pass(r);
  return text;
}

Value outerXml(Call& c) {
  XmlReaderObject* r = reader(c);
  if (elementAt(r) == nullptr || r->at_end_tag) return Value::ascii({});
  const Value text = xml::write(c.eval, r->at, xml::Layout::Plain);
  pass(r);
  return text;
}

Value close(Call& c) {
  reader(c)->state = XmlReaderObject::State::Closed;
  return {};
}

constexpr MemberRow kReader[] = {
    {"static XmlReader Create(TextReader input)", create},
    {"bool Read()", [](Call& c) { return Value::boolean(step(c.eval, reader(c))); }},
    {"XmlNodeType MoveToContent()", moveToContent},
    {"bool EOF { get; }", [](Call& c) { return Value::boolean(reader(c)->state == XmlReaderObject::State::Over); }},
    {"XmlNodeType NodeType { get; }", [](Call& c) { return newEnum(c.type, typeAt(c.eval, reader(c))); }},
    {"string Name { get; }", name},
    {"string LocalName { get; }", localName},
    {"string NamespaceURI { get; }", namespaceUri},
    {"string Value { get; }", value},
    {"int Depth { get; }", [](Call& c) { return Value::int32(reader(c)->depth); }},
    {"bool IsEmptyElement { get; }",
     [](Call& c) {
       const xml::Element* element = reader(c)->at_end_tag ? nullptr : elementAt(reader(c));
       return Value::boolean(element != nullptr && isEmptyElement(element));
     }},
    {"string GetAttribute(string name)", attribute},
    {"bool IsStartElement()", isStartElement},
    {"bool IsStartElement(string name)", isStartElement},
    {"bool ReadToFollowing(string name)", readToFollowing},
    {"string ReadElementContentAsString()", elementText},
    {"string ReadOuterXml()", outerXml},
    {"void Skip()", [](Call& c) { return pass(reader(c)), Value(); }},
    {"void Close()", close},
    {"void Dispose()", close},
};

}  // namespace

Value xmlReadFrom(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("reader");
  XmlReaderObject* r = reader(c);
  if (!isReading(r)) return c.raise("System.InvalidOperationException", "The XmlReader state should be Interactive.");
  if (r->at_end_tag)
    return c.raise("System.InvalidOperationException", "The XmlReader should not be on a node of type EndElement.");
  xml::Node* copy = xml::copyNode(c.eval, r->at);
  pass(r);
  return copy != nullptr ? Value::object(copy) : Value();
}

void declareXmlReader(Library& library) {
  library.add("abstract class System.Xml.XmlReader : IDisposable", kReader);
}

}  // namespace sluice::expression
