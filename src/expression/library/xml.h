// Shared by the files of System.Xml.Linq.
#pragma once

#include "expression/library.h"
#include "expression/xml/tree.h"

namespace sluice::expression {

// Which relatives of a node or element a sequence walks. Sequences are lazy and see changes made while they are walked.
enum class XmlAxis : uint8_t {
  Nodes,
  Elements,
  DescendantNodes,
  Descendants,
  DescendantNodesAndSelf,
  DescendantsAndSelf,
  Ancestors,
  AncestorsAndSelf,
  Attributes,
  NodesAfter,
  ElementsAfter,
  NodesBefore,
  ElementsBefore,
};
// A sequence of c.type over the receiver; with a second argument, of that name only (xml_axes.cc).
Value xmlAxis(Call& c, XmlAxis axis);
template <XmlAxis axis>
Value xmlAxisOf(Call& c) {
  return xmlAxis(c, axis);
}

inline xml::Node* xmlNode(Call& c) {
  return c.object<xml::Node>(0);
}
inline xml::Container* xmlContainer(Call& c) {
  return c.object<xml::Container>(0);
}
inline xml::Element* xmlElement(Call& c) {
  return c.object<xml::Element>(0);
}
// The name in an XName argument. REQUIRES: not null.
inline const xml::Name& xmlName(Call& c, size_t index) {
  return c.object<xml::NameObject>(index)->name;
}

// XNode.ReadFrom (xml_reader.cc)
Value xmlReadFrom(Call& c);
// XNode.CompareDocumentOrder and the like.
std::span<const MemberRow> xmlOrderRows();
// (T)element and (T)attribute: the text as XmlConvert reads it (xml_casts.cc).
std::span<const MemberRow> xmlElementCasts();
std::span<const MemberRow> xmlAttributeCasts();
// Content taken out of lazy sequences, so that changing a tree cannot change it.
bool xmlSnapshot(Eval& eval, const Value& content, Value& out);

}  // namespace sluice::expression
