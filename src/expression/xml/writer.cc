// Nodes as text, as .NET's XmlWriter writes them: indentation that leaves mixed content alone, prefixes looked up or
// made up, characters escaped.
#include <vector>

#include "expression/xml/tree.h"

namespace sluice::expression::xml {
namespace {

enum class Where : uint8_t { Text, Attribute };

// Null or the replacement for a character.
const char* escapeOf(char16_t c, Where where) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return where == Where::Attribute ? "&quot;" : nullptr;
    case '\t':
      return where == Where::Attribute ? "&#x9;" : nullptr;
    case '\n':
      return where == Where::Attribute ? "&#xA;" : nullptr;
    case '\r':
      return where == Where::Attribute ? "&#xD;" : "\n";
    default:
      return nullptr;
  }
}

bool isSurrogate(char16_t c, char16_t first) {
  return (c & 0xFC00) == first;
}

// False with ArgumentException pending: the character at `i` cannot be in XML.
bool checkUnit(Eval& eval, const Chars& text, uint32_t& i) {
  const char16_t c = text[i];
  if (isSurrogate(c, 0xD800) && i + 1 < text.size && isSurrogate(text[i + 1], 0xDC00)) {
    ++i;
    return true;
  }
  const bool bad = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (c >= 0xD800 && c < 0xE000) || c >= 0xFFFE;
  if (!bad) return true;
  char message[80];
  std::snprintf(message, sizeof message, "hexadecimal value 0x%02X, is an invalid character.", c);
  eval.raise("System.ArgumentException", message);
  return false;
}

bool addEscaped(Eval& eval, TextBuilder& out, const Value& value, Where where) {
  const Chars text = chars(eval, value);
  if (!eval.step(text.size / 16)) return false;
  uint32_t from = 0;
  for (uint32_t i = 0; i < text.size; ++i) {
    const char16_t c = text[i];
    const char* escape = escapeOf(c, where);
    if (escape != nullptr) {
      out.add(text.sub(from, i - from));
      from = i + 1;
      // \r\n is one line end in text.
      if (c == '\r' && where == Where::Text && from < text.size && text[from] == '\n') continue;
      out.ascii(escape);
    } else if ((c < 0x20 || c >= 0xD800) && !checkUnit(eval, text, i)) {
      return false;
    }
  }
  out.add(text.sub(from, text.size - from));
  return true;
}

struct Binding {
  Value prefix;
  Value uri;
  bool to_write = false;
};

class Writer {
 public:
  Writer(Eval& eval, Layout layout) : eval_(eval), indented_(layout == Layout::Indented), out_(eval, 256) {
    written_.push_back({Value::ascii("xmlns"), Value::ascii(kXmlnsSpace)});
    written_.push_back({Value::ascii("xml"), Value::ascii(kXmlSpace)});
    written_.push_back({Value::ascii({}), Value::ascii({})});
  }

  Value run(const Node* root) {
    declareAncestors(root);
    const Node* at = root;
    for (;;) {
      if (!eval_.step() || !begin(at)) return {};
      if (isContainer(at) && static_cast<const Container*>(at)->first != nullptr) {
        at = static_cast<const Container*>(at)->first;
        continue;
      }
      if (asOpened(at)) end(at);
      while (at != root && at->next == nullptr) {
        at = at->parent;
        end(at);
      }
      if (at == root) break;
      at = at->next;
    }
    return eval_.failed() ? Value() : out_.take();
  }

 private:
  struct Open {
    size_t bindings;  // of written_ before the element
    size_t declared;  // of declared_ before it
    Value prefix;
    bool mixed;  // of the content around
    bool has_content = false;
  };

  // A container without children still ends; leaves do not.
  static bool asOpened(const Node* at) { return isContainer(at); }

  // Where text was written last there is no room for an indent.
  void indent() {
    if (!indented_ || mixed_ || (depth_ == 0 && !any_)) return;
    out_.unit('\n');
    out_.fill(' ', static_cast<uint32_t>(depth_ * 2));
  }

  bool begin(const Node* node) {
    switch (node->nodeType()) {
      case NodeType::Document:
        return true;
      case NodeType::Element:
        return beginElement(static_cast<const Element*>(node));
      case NodeType::Text:
        mixed_ = true;
        any_ = true;
        return addEscaped(eval_, out_, static_cast<const Text*>(node)->value, Where::Text);
      case NodeType::CData:
        mixed_ = true;
        return cdata(static_cast<const Text*>(node)->value);
      case NodeType::Comment:
        indent();
        any_ = true;
        return comment("<!--", static_cast<const Text*>(node)->value, "-->");
      case NodeType::Instruction:
        indent();
        any_ = true;
        return instruction(static_cast<const Instruction*>(node));
      default:
        indent();
        any_ = true;
        return documentType(static_cast<const DocumentType*>(node));
    }
  }

  bool beginElement(const Element* element) {
    indent();
    any_ = true;
    Open open{written_.size(), declared_.size(), {}, mixed_};
    for (const Attribute* a = element->first_attribute; a != nullptr; a = a->next)
      if (isDeclaration(a)) declared_.push_back({declaredPrefix(a), a->value});
    open.prefix = elementPrefix(element->name.space);
    out_.unit('<');
    addQualified(open.prefix, element->name.local);
    pushImplicit(open.prefix, element->name.space, open.bindings);
    for (const Attribute* a = element->first_attribute; a != nullptr; a = a->next)
      if (!eval_.step() || !attribute(a, open.bindings)) return false;
    for (size_t i = written_.size(); i > open.bindings; --i)
      if (written_[i - 1].to_write && !writeBinding(written_[i - 1])) return false;
    if (element->first != nullptr || element->has_end_tag) out_.unit('>');
    open_.push_back(open);
    ++depth_;
    return true;
  }

  void end(const Node* node) {
    if (node->nodeType() != NodeType::Element) return;
    const auto* element = static_cast<const Element*>(node);
    const Open open = open_.back();
    open_.pop_back();
    --depth_;
    if (element->first == nullptr && !element->has_end_tag) {
      out_.ascii(" />");
    } else {
      if (element->first != nullptr) indent();
      out_.ascii("</");
      addQualified(open.prefix, element->name.local);
      out_.unit('>');
    }
    mixed_ = open.mixed;
    written_.resize(open.bindings);
    declared_.resize(open.declared);
  }

  void addQualified(const Value& prefix, const Value& local) {
    if (!isEmptyText(prefix)) {
      out_.add(prefix);
      out_.unit(':');
    }
    out_.add(local);
  }

  // ---- Namespaces ----

  bool is(const Value& text, std::string_view wanted) const { return sameText(eval_, text, Value::ascii(wanted)); }
  bool isDeclaration(const Attribute* a) const {
    return is(a->name.space, kXmlnsSpace) || (isEmptyText(a->name.space) && is(a->name.local, "xmlns"));
  }
  Value declaredPrefix(const Attribute* a) const {
    return isEmptyText(a->name.space) ? Value::ascii({}) : a->name.local;
  }

  // What the elements around declare: known, though not written.
  void declareAncestors(const Node* root) {
    std::vector<Binding> around;
    for (const Node* at = root->parent; at != nullptr && eval_.step(); at = at->parent) {
      if (at->nodeType() != NodeType::Element) continue;
      for (const Attribute* a = static_cast<const Element*>(at)->last_attribute; a != nullptr; a = a->previous)
        if (isDeclaration(a)) around.push_back({declaredPrefix(a), a->value});
    }
    declared_.assign(around.rbegin(), around.rend());
  }

  // The prefix that the document declares for a namespace; null: none.
  Value declaredFor(const Value& uri, bool default_too) const {
    for (size_t i = declared_.size(); i-- > 0;) {
      if (!sameText(eval_, declared_[i].uri, uri) || (!default_too && isEmptyText(declared_[i].prefix))) continue;
      bool hidden = false;
      for (size_t k = i + 1; k < declared_.size() && !hidden; ++k)
        hidden = sameText(eval_, declared_[k].prefix, declared_[i].prefix);
      if (!hidden) return declared_[i].prefix;
    }
    if (is(uri, kXmlSpace)) return Value::ascii("xml");
    if (is(uri, kXmlnsSpace)) return Value::ascii("xmlns");
    return {};
  }

  // The prefix that the text written so far has for a namespace; null: none.
  Value writtenFor(const Value& uri) const {
    for (size_t i = written_.size(); i-- > 0;) {
      if (!sameText(eval_, written_[i].uri, uri)) continue;
      bool hidden = false;
      for (size_t k = i + 1; k < written_.size() && !hidden; ++k)
        hidden = sameText(eval_, written_[k].prefix, written_[i].prefix);
      if (!hidden) return written_[i].prefix;
    }
    return {};
  }

  Value elementPrefix(const Value& uri) const {
    if (isEmptyText(uri)) return Value::ascii({});
    Value prefix = declaredFor(uri, true);
    if (prefix.isNull()) prefix = writtenFor(uri);
    return prefix.isNull() ? Value::ascii({}) : prefix;
  }

  int64_t bindingOf(const Value& prefix) const {
    for (size_t i = written_.size(); i-- > 0;)
      if (sameText(eval_, written_[i].prefix, prefix)) return static_cast<int64_t>(i);
    return -1;
  }

  void pushImplicit(const Value& prefix, const Value& uri, size_t scope) {
    const int64_t known = bindingOf(prefix);
    if (known >= static_cast<int64_t>(scope)) return;
    const bool same = known >= 0 && sameText(eval_, written_[static_cast<size_t>(known)].uri, uri);
    written_.push_back({prefix, uri, !same});
  }

  // False with an exception pending: the element itself uses the prefix for another namespace.
  bool pushExplicit(const Value& prefix, const Value& uri, size_t scope) {
    const int64_t known = bindingOf(prefix);
    if (known < static_cast<int64_t>(scope)) {
      written_.push_back({prefix, uri, false});
      return true;
    }
    Binding& binding = written_[static_cast<size_t>(known)];
    binding.to_write = false;
    if (sameText(eval_, binding.uri, uri)) return true;
    const auto text = [&](const Value& part) { return std::string(toUtf8(eval_.arena, part)); };
    eval_.raise("System.Xml.XmlException", "The prefix '" + text(prefix) + "' cannot be redefined from '" +
                                               text(binding.uri) + "' to '" + text(uri) +
                                               "' within the same start element tag.");
    return false;
  }

  Value madeUpPrefix() const {
    const std::string first = "p" + std::to_string(written_.size() - 3);
    Value prefix = fromStd(eval_.arena, first);
    for (int i = 0; bindingOf(prefix) >= 0; ++i) prefix = fromStd(eval_.arena, first + std::to_string(i));
    return prefix;
  }

  bool writeBinding(const Binding& binding) {
    out_.ascii(isEmptyText(binding.prefix) ? " xmlns" : " xmlns:");
    out_.add(binding.prefix);
    out_.ascii("=\"");
    if (!addEscaped(eval_, out_, binding.uri, Where::Attribute)) return false;
    out_.unit('"');
    return true;
  }

  bool attribute(const Attribute* a, size_t scope) {
    if (isDeclaration(a)) {
      const Value prefix = declaredPrefix(a);
      return pushExplicit(prefix, a->value, scope) && writeBinding({prefix, a->value});
    }
    Value prefix = Value::ascii({});
    if (!isEmptyText(a->name.space)) {
      prefix = declaredFor(a->name.space, false);
      if (prefix.isNull()) prefix = writtenFor(a->name.space);
      if (prefix.isNull() || isEmptyText(prefix)) prefix = madeUpPrefix();
      pushImplicit(prefix, a->name.space, scope);
    }
    out_.unit(' ');
    addQualified(prefix, a->name.local);
    out_.ascii("=\"");
    if (!addEscaped(eval_, out_, a->value, Where::Attribute)) return false;
    out_.unit('"');
    return true;
  }

  // ---- Other nodes ----

  bool checked(const Chars& text) {
    for (uint32_t i = 0; i < text.size; ++i)
      if (text[i] < 0x20 || text[i] >= 0xD800)
        if (!checkUnit(eval_, text, i)) return false;
    return eval_.step(text.size / 16);
  }

  bool cdata(const Value& value) {
    const Chars text = chars(eval_, value);
    if (!checked(text)) return false;
    out_.ascii("<![CDATA[");
    for (uint32_t i = 0; i < text.size; ++i) {
      if (text[i] == '>' && i >= 2 && text[i - 1] == ']' && text[i - 2] == ']') out_.ascii("]]><![CDATA[");
      out_.unit(text[i]);
    }
    out_.ascii("]]>");
    return true;
  }

  // Hyphens are kept apart in comments.
  bool comment(std::string_view open, const Value& value, std::string_view close) {
    const Chars text = chars(eval_, value);
    if (!checked(text)) return false;
    out_.ascii(open);
    for (uint32_t i = 0; i < text.size; ++i) {
      out_.unit(text[i]);
      if (text[i] == '-' && (i + 1 == text.size || text[i + 1] == '-')) out_.unit(' ');
    }
    out_.ascii(close);
    return true;
  }

  bool instruction(const Instruction* node) {
    const Chars data = chars(eval_, node->data);
    if (!checked(data)) return false;
    out_.ascii("<?");
    out_.add(node->target);
    if (data.size > 0) out_.unit(' ');
    for (uint32_t i = 0; i < data.size; ++i) {
      out_.unit(data[i]);
      if (data[i] == '?' && i + 1 < data.size && data[i + 1] == '>') out_.unit(' ');
    }
    out_.ascii("?>");
    return true;
  }

  bool documentType(const DocumentType* node) {
    out_.ascii("<!DOCTYPE ");
    out_.add(node->name);
    if (!node->public_id.isNull()) {
      out_.ascii(" PUBLIC \"");
      out_.add(node->public_id);
      out_.ascii("\" \"");
      out_.add(node->system_id);
      out_.unit('"');
    } else if (!node->system_id.isNull()) {
      out_.ascii(" SYSTEM \"");
      out_.add(node->system_id);
      out_.unit('"');
    }
    if (!node->subset.isNull()) {
      // .NET writes the space only when there is no identifier before.
      if (node->public_id.isNull() && node->system_id.isNull()) out_.unit(' ');
      out_.unit('[');
      out_.add(node->subset);
      out_.unit(']');
    }
    out_.unit('>');
    return true;
  }

  Eval& eval_;
  bool indented_;
  TextBuilder out_;
  std::vector<Binding> written_;   // as the text has them
  std::vector<Binding> declared_;  // as the tree's xmlns attributes have them
  std::vector<Open> open_;
  int64_t depth_ = 0;
  bool mixed_ = false;
  bool any_ = false;
};

}  // namespace

Value write(Eval& eval, const Node* node, Layout layout) {
  return Writer(eval, layout).run(node);
}

Value writeAttribute(Eval& eval, const Attribute* attribute) {
  TextBuilder out(eval);
  const auto is = [&](const Value& text, std::string_view wanted) {
    return sameText(eval, text, Value::ascii(wanted));
  };
  const Name& name = attribute->name;
  // An attribute alone is written in a fragment, where a namespace needs a declaration of its own.
  if (is(name.space, kXmlnsSpace)) {
    out.ascii("xmlns:");
  } else if (is(name.space, kXmlSpace)) {
    out.ascii("xml:");
  } else if (!isEmptyText(name.space)) {
    Value prefix = Value::ascii("p0");
    for (const Container* at = attribute->parent; at != nullptr && eval.step(); at = at->parent) {
      if (at->nodeType() != NodeType::Element) continue;
      bool found = false;
      for (const Attribute* a = static_cast<const Element*>(at)->first_attribute; a != nullptr && !found; a = a->next)
        if (is(a->name.space, kXmlnsSpace) && sameText(eval, a->value, name.space))
          prefix = a->name.local, found = true;
      if (found) break;
    }
    out.add(prefix);
    out.unit(':');
  }
  out.add(name.local);
  out.ascii("=\"");
  if (!addEscaped(eval, out, attribute->value, Where::Attribute)) return {};
  out.unit('"');
  return out.take();
}

Value writeDeclaration(Eval& eval, const Declaration* declaration) {
  TextBuilder out(eval);
  const auto part = [&](std::string_view name, const Value& value) {
    if (value.isNull()) return;
    out.unit(' ');
    out.ascii(name);
    out.ascii("=\"");
    out.add(value);
    out.unit('"');
  };
  out.ascii("<?xml");
  part("version", declaration->version);
  part("encoding", declaration->encoding);
  part("standalone", declaration->standalone);
  out.ascii("?>");
  return out.take();
}

}  // namespace sluice::expression::xml
