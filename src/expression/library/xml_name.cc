// XName and XNamespace.
#include "expression/library/declarations.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

const xml::Name& nameOf(const Value& value) {
  return as<xml::NameObject>(value)->name;
}
const Value& uriOf(const Value& value) {
  return as<xml::NamespaceObject>(value)->uri;
}

Value fromExpanded(Call& c) {
  if (c.isNull(0)) return {};
  xml::Name name;
  return xml::parseExpandedName(c.eval, c[0], name) ? xml::newName(c.eval, name) : Value();
}

Value get(Call& c) {
  return c.isNull(0) ? c.eval.raiseArgumentNull("expandedName") : fromExpanded(c);
}

Value make(Call& c, const Value& local, const Value& uri) {
  if (!xml::checkLocalName(c.eval, local)) return {};
  return xml::newName(c.eval, {uri, local});
}

bool sameNames(Eval& eval, const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return a.isNull() && b.isNull();
  return xml::sameName(eval, nameOf(a), nameOf(b));
}

bool sameNamespaces(Eval& eval, const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return a.isNull() && b.isNull();
  return sameText(eval, uriOf(a), uriOf(b));
}

constexpr MemberRow kName[] = {
    {"string LocalName { get; }", [](Call& c) { return nameOf(c[0]).local; }},
    {"XNamespace Namespace { get; }", [](Call& c) { return xml::newNamespace(c.eval, nameOf(c[0]).space); }},
    {"string NamespaceName { get; }", [](Call& c) { return nameOf(c[0]).space; }},
    {"static XName Get(string expandedName)", get},
    {"static XName Get(string localName, string namespaceName)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("localName");
       if (c.isNull(1)) return c.eval.raiseArgumentNull("namespaceName");
       return make(c, c[0], c[1]);
     }},
    {"static implicit operator XName(string expandedName)", fromExpanded},
    {"static bool operator ==(XName left, XName right)",
     [](Call& c) { return Value::boolean(sameNames(c.eval, c[0], c[1])); }},
    {"static bool operator !=(XName left, XName right)",
     [](Call& c) { return Value::boolean(!sameNames(c.eval, c[0], c[1])); }},
    {"string ToString()", [](Call& c) { return xml::nameText(c.eval, nameOf(c[0])); }},
};

constexpr MemberRow kNamespace[] = {
    {"static XNamespace None { get; }", [](Call& c) { return xml::newNamespace(c.eval, Value::ascii({})); }},
    {"static XNamespace Xml { get; }", [](Call& c) { return xml::newNamespace(c.eval, Value::ascii(xml::kXmlSpace)); }},
    {"static XNamespace Xmlns { get; }",
     [](Call& c) { return xml::newNamespace(c.eval, Value::ascii(xml::kXmlnsSpace)); }},
    {"string NamespaceName { get; }", [](Call& c) { return uriOf(c[0]); }},
    {"static XNamespace Get(string namespaceName)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("namespaceName") : xml::newNamespace(c.eval, c[0]); }},
    {"XName GetName(string localName)",
     [](Call& c) { return c.isNull(1) ? c.eval.raiseArgumentNull("localName") : make(c, c[1], uriOf(c[0])); }},
    {"static implicit operator XNamespace(string namespaceName)",
     [](Call& c) { return c.isNull(0) ? Value() : xml::newNamespace(c.eval, c[0]); }},
    {"static XName operator +(XNamespace ns, string localName)",
     [](Call& c) {
       if (c.isNull(0)) return c.eval.raiseArgumentNull("ns");
       return c.isNull(1) ? c.eval.raiseArgumentNull("localName") : make(c, c[1], uriOf(c[0]));
     }},
    {"static bool operator ==(XNamespace left, XNamespace right)",
     [](Call& c) { return Value::boolean(sameNamespaces(c.eval, c[0], c[1])); }},
    {"static bool operator !=(XNamespace left, XNamespace right)",
     [](Call& c) { return Value::boolean(!sameNamespaces(c.eval, c[0], c[1])); }},
    {"string ToString()", [](Call& c) { return uriOf(c[0]); }},
};

}  // namespace

void declareXmlNames(Library& library) {
  Hooks name;
  name.to_string = [](Eval& eval, const Value& value) { return xml::nameText(eval, nameOf(value)); };
  name.equals = [](Eval& eval, const Value& a, const Value& b) {
    return b.isObject() && b.asObject()->type == a.asObject()->type && sameNames(eval, a, b);
  };
  name.hash = [](Eval& eval, const Value& value) {
    return valueHash(eval, nameOf(value).local) * 31 + valueHash(eval, nameOf(value).space);
  };
  library.add("sealed class System.Xml.Linq.XName", kName, name);
  Hooks space;
  space.to_string = [](Eval&, const Value& value) { return uriOf(value); };
  space.equals = [](Eval& eval, const Value& a, const Value& b) {
    return b.isObject() && b.asObject()->type == a.asObject()->type && sameNamespaces(eval, a, b);
  };
  space.hash = [](Eval& eval, const Value& value) { return valueHash(eval, uriOf(value)); };
  library.add("sealed class System.Xml.Linq.XNamespace", kNamespace, space);
}

}  // namespace sluice::expression
