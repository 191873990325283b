// Lazy sequences over XML trees, and System.Xml.Linq.Extensions.
#include "expression/collection.h"
#include "expression/library/declarations.h"
#include "expression/library/xml.h"

namespace sluice::expression {
namespace {

using xml::Attribute;
using xml::Container;
using xml::Element;
using xml::Item;
using xml::Name;
using xml::Node;

struct Walk {
  XmlAxis axis;
  bool named = false;
  Name name;
};

class AxisEnumerator final : public Enumerator {
 public:
  AxisEnumerator(const Walk& walk, Item* origin) : walk_(walk), origin_(origin) {}

  bool next(Eval& eval, Value& out) override {
    for (;;) {
      if (done_ || !eval.step()) return false;
      at_ = started_ ? advance() : first();
      started_ = true;
      if (at_ == nullptr) return done_ = true, false;
      if (!fits(eval)) continue;
      out = Value::object(at_);
      return !eval.failed();
    }
  }

 private:
  Item* first() {
    switch (walk_.axis) {
      case XmlAxis::Nodes:
      case XmlAxis::Elements:
        return static_cast<Container*>(origin_)->first;
      case XmlAxis::DescendantNodes:
      case XmlAxis::Descendants:
        return static_cast<Container*>(origin_)->first;
      case XmlAxis::DescendantNodesAndSelf:
      case XmlAxis::DescendantsAndSelf:
      case XmlAxis::AncestorsAndSelf:
        return origin_;
      case XmlAxis::Ancestors:
        return origin_->parent;
      case XmlAxis::Attributes:
        return static_cast<Element*>(origin_)->first_attribute;
      case XmlAxis::NodesAfter:
      case XmlAxis::ElementsAfter:
        return static_cast<Node*>(origin_)->next;
      default:
        return stopAtOrigin(origin_->parent == nullptr ? nullptr : origin_->parent->first);
    }
  }

  Item* advance() {
    switch (walk_.axis) {
      case XmlAxis::DescendantNodes:
      case XmlAxis::Descendants:
      case XmlAxis::DescendantNodesAndSelf:
      case XmlAxis::DescendantsAndSelf:
        return xml::following(static_cast<Node*>(at_), static_cast<Node*>(origin_));
      case XmlAxis::Ancestors:
      case XmlAxis::AncestorsAndSelf:
        return at_->parent;
      case XmlAxis::Attributes:
        return static_cast<Attribute*>(at_)->next;
      case XmlAxis::NodesBefore:
      case XmlAxis::ElementsBefore:
        return stopAtOrigin(static_cast<Node*>(at_)->next);
      default:
        return static_cast<Node*>(at_)->next;
    }
  }

  Item* stopAtOrigin(Item* item) const { return item == origin_ ? nullptr : item; }

  bool fits(Eval& eval) const {
    switch (walk_.axis) {
      case XmlAxis::Nodes:
      case XmlAxis::DescendantNodes:
      case XmlAxis::DescendantNodesAndSelf:
      case XmlAxis::NodesAfter:
      case XmlAxis::NodesBefore:
        return true;
      case XmlAxis::Attributes:
        return !walk_.named || xml::sameName(eval, static_cast<Attribute*>(at_)->name, walk_.name);
      default: {
        const Element* element = xml::asElement(at_);
        return element != nullptr && (!walk_.named || xml::sameName(eval, element->name, walk_.name));
      }
    }
  }

  Walk walk_;
  Item* origin_;
  Item* at_ = nullptr;
  bool started_ = false;
  bool done_ = false;
};

class NoneEnumerator final : public Enumerator {
 public:
  bool next(Eval&, Value&) override { return false; }
};

struct AxisSequence final : SequenceObject {
  Walk walk;
  Item* origin = nullptr;  // null: nothing
  Enumerator* begin(Eval& eval) override {
    if (origin == nullptr) return eval.arena.create<NoneEnumerator>();
    return eval.arena.create<AxisEnumerator>(walk, origin);
  }
};

// The axis of each item of a sequence, one after another.
class ManyEnumerator final : public Enumerator {
 public:
  ManyEnumerator(const Walk& walk, Enumerator* source) : walk_(walk), source_(source) {}
  bool next(Eval& eval, Value& out) override {
    for (;;) {
      if (inner_ != nullptr && inner_->next(eval, out)) return true;
      Value item;
      if (eval.failed() || !eval.step() || !source_->next(eval, item)) return false;
      inner_ = item.isNull() ? nullptr : eval.arena.create<AxisEnumerator>(walk_, as<Item>(item));
    }
  }

 private:
  Walk walk_;
  Enumerator* source_;
  AxisEnumerator* inner_ = nullptr;
};

struct ManySequence final : SequenceObject {
  Walk walk;
  Value source;
  bool nothing = false;
  Enumerator* begin(Eval& eval) override {
    if (nothing) return eval.arena.create<NoneEnumerator>();
    Enumerator* items = enumerate(eval, source);
    return items == nullptr ? nullptr : eval.arena.create<ManyEnumerator>(walk, items);
  }
};

Walk walkOf(Call& c, XmlAxis axis) {
  Walk walk{axis, c.count > 1, {}};
  if (walk.named && !c.isNull(1)) walk.name = xmlName(c, 1);
  return walk;
}

template <XmlAxis axis>
Value many(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("source");
  auto* sequence = c.arena().create<ManySequence>();
  sequence->type = c.type;
  sequence->kind = ObjectKind::Sequence;
  sequence->walk = walkOf(c, axis);
  sequence->source = c[0];
  sequence->nothing = c.count > 1 && c.isNull(1);
  return Value::object(sequence);
}

Value removeAll(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("source");
  ListObject* items = nullptr;
  if (!collect(c.eval, c[0], items)) return {};
  for (uint32_t i = 0; i < items->count; ++i) {
    if (items->items[i].isNull()) continue;
    Item* item = as<Item>(items->items[i]);
    if (item->parent == nullptr) return c.raise("System.InvalidOperationException", "The parent is missing.");
    if (item->nodeType() == xml::NodeType::Attribute) {
      xml::unlink(static_cast<Attribute*>(item));
    } else {
      xml::unlink(static_cast<Node*>(item));
    }
  }
  return {};
}

size_t depthOf(const Node* node) {
  size_t depth = 0;
  for (; node->parent != nullptr; node = node->parent) ++depth;
  return depth;
}

// Which comes first in the document; raises InvalidOperationException when they have no common ancestor.
int documentOrder(Eval& eval, Node* a, Node* b) {
  if (a == b) return 0;
  size_t da = depthOf(a), db = depthOf(b);
  if (!eval.step(da + db)) return 0;
  const bool a_deeper = da > db, b_deeper = db > da;
  for (; da > db; --da) a = a->parent;
  for (; db > da; --db) b = b->parent;
  if (a == b) return a_deeper ? 1 : b_deeper ? -1 : 0;
  while (a->parent != b->parent) a = a->parent, b = b->parent;
  if (a->parent == nullptr) {
    eval.raise("System.InvalidOperationException", "The two nodes have no common ancestor.");
    return 0;
  }
  for (const Node* at = a->next; at != nullptr && eval.step(); at = at->next)
    if (at == b) return -1;
  return 1;
}

int compareInDocument(Eval& eval, void*, const Value& a, const Value& b) {
  return documentOrder(eval, as<Node>(a), as<Node>(b));
}

Value inDocumentOrder(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("source");
  ListObject* items = nullptr;
  if (!collect(c.eval, c[0], items)) return {};
  const Type* one[] = {xml::types().node};
  items->type = libraryType("System.Collections.Generic.List", one);
  if (!sortValues(c.eval, items->items + items->head, items->count, compareInDocument, nullptr)) return {};
  return Value::object(items);
}

constexpr MemberRow kExtensions[] = {
    {"static IEnumerable<XElement> Elements(this IEnumerable<XContainer> source)", many<XmlAxis::Elements>},
    {"static IEnumerable<XElement> Elements(this IEnumerable<XContainer> source, XName name)", many<XmlAxis::Elements>},
    {"static IEnumerable<XNode> Nodes(this IEnumerable<XContainer> source)", many<XmlAxis::Nodes>},
    {"static IEnumerable<XElement> Descendants(this IEnumerable<XContainer> source)", many<XmlAxis::Descendants>},
    {"static IEnumerable<XElement> Descendants(this IEnumerable<XContainer> source, XName name)",
     many<XmlAxis::Descendants>},
    {"static IEnumerable<XNode> DescendantNodes(this IEnumerable<XContainer> source)", many<XmlAxis::DescendantNodes>},
    {"static IEnumerable<XElement> DescendantsAndSelf(this IEnumerable<XElement> source)",
     many<XmlAxis::DescendantsAndSelf>},
    {"static IEnumerable<XElement> DescendantsAndSelf(this IEnumerable<XElement> source, XName name)",
     many<XmlAxis::DescendantsAndSelf>},
    {"static IEnumerable<XNode> DescendantNodesAndSelf(this IEnumerable<XElement> source)",
     many<XmlAxis::DescendantNodesAndSelf>},
    {"static IEnumerable<XElement> Ancestors(this IEnumerable<XNode> source)", many<XmlAxis::Ancestors>},
    {"static IEnumerable<XElement> Ancestors(this IEnumerable<XNode> source, XName name)", many<XmlAxis::Ancestors>},
    {"static IEnumerable<XElement> AncestorsAndSelf(this IEnumerable<XElement> source)",
     many<XmlAxis::AncestorsAndSelf>},
    {"static IEnumerable<XElement> AncestorsAndSelf(this IEnumerable<XElement> source, XName name)",
     many<XmlAxis::AncestorsAndSelf>},
    {"static IEnumerable<XAttribute> Attributes(this IEnumerable<XElement> source)", many<XmlAxis::Attributes>},
    {"static IEnumerable<XAttribute> Attributes(this IEnumerable<XElement> source, XName name)",
     many<XmlAxis::Attributes>},
    {"static IEnumerable<XNode> InDocumentOrder(this IEnumerable<XNode> source)", inDocumentOrder},
    {"static void Remove(this IEnumerable<XNode> source)", removeAll, nullptr, kMutates},
    {"static void Remove(this IEnumerable<XAttribute> source)", removeAll, nullptr, kMutates},
};

constexpr MemberRow kOrder[] = {
    {"static int CompareDocumentOrder(XNode n1, XNode n2)",
     [](Call& c) {
       if (c.isNull(0) || c.isNull(1)) return Value::int32((c.isNull(0) ? 0 : 1) - (c.isNull(1) ? 0 : 1));
       return Value::int32(documentOrder(c.eval, c.object<Node>(0), c.object<Node>(1)));
     }},
    {"bool IsAfter(XNode node)",
     [](Call& c) {
       if (c.isNull(1)) return Value::boolean(true);
       return Value::boolean(documentOrder(c.eval, xmlNode(c), c.object<Node>(1)) > 0);
     }},
    {"bool IsBefore(XNode node)",
     [](Call& c) {
       if (c.isNull(1)) return Value::boolean(false);
       return Value::boolean(documentOrder(c.eval, xmlNode(c), c.object<Node>(1)) < 0);
     }},
};

constexpr MemberRow kOrderComparer[] = {
    {"XNodeDocumentOrderComparer()", [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
    {"int Compare(XNode x, XNode y)",
     [](Call& c) {
       if (c.isNull(1) || c.isNull(2)) return Value::int32((c.isNull(1) ? 0 : 1) - (c.isNull(2) ? 0 : 1));
       return Value::int32(documentOrder(c.eval, c.object<Node>(1), c.object<Node>(2)));
     }},
};

constexpr MemberRow kEqualityComparer[] = {
    {"XNodeEqualityComparer()", [](Call& c) { return Value::object(newObject<Object>(c.eval, c.type)); }},
    {"bool Equals(XNode x, XNode y)",
     [](Call& c) {
       if (c.isNull(1) || c.isNull(2)) return Value::boolean(c.isNull(1) && c.isNull(2));
       return Value::boolean(xml::deepEquals(c.eval, c.object<Node>(1), c.object<Node>(2)));
     }},
    {"int GetHashCode(XNode obj)",
     [](Call& c) {
       if (c.isNull(1)) return Value::int32(0);
       const Value text = xml::write(c.eval, c.object<Node>(1), xml::Layout::Plain);
       return Value::int32(static_cast<int32_t>(valueHash(c.eval, text)));
     }},
};

}  // namespace

Value xmlAxis(Call& c, XmlAxis axis) {
  auto* sequence = c.arena().create<AxisSequence>();
  sequence->type = c.type;
  sequence->kind = ObjectKind::Sequence;
  sequence->walk = walkOf(c, axis);
  sequence->origin = c.count > 1 && c.isNull(1) ? nullptr : c.object<Item>(0);
  return Value::object(sequence);
}

std::span<const MemberRow> xmlOrderRows() {
  return kOrder;
}

void declareXmlExtensions(Library& library) {
  library.add("static class System.Xml.Linq.Extensions", kExtensions);
  library.add("sealed class System.Xml.Linq.XNodeDocumentOrderComparer", kOrderComparer);
  library.add("sealed class System.Xml.Linq.XNodeEqualityComparer", kEqualityComparer);
}

}  // namespace sluice::expression
