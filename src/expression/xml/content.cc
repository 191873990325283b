// What goes into elements: the conversions of XContainer.Add.
#include <cmath>

#include "expression/date.h"
#include "expression/format.h"
#include "expression/xml/tree.h"

namespace sluice::expression::xml {
namespace {

// XmlConvert.ToString(TimeSpan): P1DT2H3M4.5S
std::string durationText(int64_t ticks) {
  const uint64_t magnitude = ticks < 0 ? 0 - static_cast<uint64_t>(ticks) : static_cast<uint64_t>(ticks);
  const uint64_t seconds = magnitude / static_cast<uint64_t>(kTicksPerSecond);
  std::string text = ticks < 0 ? "-P" : "P";
  if (seconds / 86'400 > 0) text += std::to_string(seconds / 86'400) + "D";
  std::string time;
  if (seconds / 3600 % 24 > 0) time += std::to_string(seconds / 3600 % 24) + "H";
  if (seconds / 60 % 60 > 0) time += std::to_string(seconds / 60 % 60) + "M";
  uint64_t fraction = magnitude % static_cast<uint64_t>(kTicksPerSecond);
  if (seconds % 60 > 0 || fraction > 0 || (time.empty() && text.back() == 'P')) {
    time += std::to_string(seconds % 60);
    if (fraction > 0) {
      std::string digits = std::to_string(fraction + static_cast<uint64_t>(kTicksPerSecond)).substr(1);
      while (digits.back() == '0') digits.pop_back();
      time += "." + digits;
    }
    time += "S";
  }
  return time.empty() ? text : text + "T" + time;
}

std::string realText(double value, bool single) {
  if (std::isinf(value)) return value > 0 ? "INF" : "-INF";
  if (std::isnan(value)) return "NaN";
  if (value == 0 && std::signbit(value)) return "-0";
  return single ? shortestSingle(static_cast<float>(value)) : shortestDouble(value);
}

bool addAttribute(Eval& eval, Container* to, Attribute* attribute) {
  Element* element = asElement(to);
  if (element == nullptr) {
    eval.raise("System.ArgumentException", "An attribute cannot be added to content.");
    return false;
  }
  if (findAttribute(eval, element, attribute->name) != nullptr) {
    eval.raise("System.InvalidOperationException", "Duplicate attribute.");
    return false;
  }
  if (attribute->parent != nullptr) attribute = copyAttribute(eval, attribute);
  appendAttribute(element, attribute);
  return !eval.failed();
}

// What may stand in a document: one element, no text but white space.
bool fitsDocument(Eval& eval, const Document* document, const Node* node) {
  const auto refuse = [&](const char* why) {
    eval.raise("System.InvalidOperationException", why);
    return false;
  };
  switch (node->nodeType()) {
    case NodeType::Document:
    case NodeType::CData:
      eval.raise("System.ArgumentException", "A node of this type cannot be added to content.");
      return false;
    case NodeType::Element:
      for (const Node* n = document->first; n != nullptr; n = n->next)
        if (n->nodeType() == NodeType::Element)
          return refuse("This operation would create an incorrectly structured document.");
      return true;
    case NodeType::Text: {
      const Chars text = chars(eval, static_cast<const Text*>(node)->value);
      for (uint32_t i = 0; i < text.size; ++i)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r' && text[i] != '\n') {
          eval.raise("System.ArgumentException", "Non-whitespace characters cannot be added to content.");
          return false;
        }
      return true;
    }
    default:
      return true;
  }
}

bool addNode(Eval& eval, Container* to, Node* node, Node* before) {
  if (to->nodeType() == NodeType::Document) {
    if (!fitsDocument(eval, static_cast<Document*>(to), node)) return false;
  } else if (node->nodeType() == NodeType::Document || node->nodeType() == NodeType::DocumentType) {
    eval.raise("System.ArgumentException", "A node of this type cannot be added to content.");
    return false;
  }
  bool copy = node->parent != nullptr;
  if (!copy && isContainer(node)) {
    const Node* root = to;
    while (root->parent != nullptr && eval.step()) root = root->parent;
    copy = root == node;
  }
  if (copy) node = copyNode(eval, node);
  if (node == nullptr) return false;
  insertBefore(to, node, before);
  return !eval.failed();
}

}  // namespace

Value contentText(Eval& eval, const Value& value) {
  switch (value.tag()) {
    case Tag::Ascii:
    case Tag::Utf8:
    case Tag::Wide:
      return value;
    case Tag::Bool:
      return Value::ascii(value.asBool() ? "true" : "false");
    case Tag::Single:
    case Tag::Double:
      return fromStd(eval.arena, realText(value.asDouble(), value.tag() == Tag::Single));
    case Tag::DateTime:
      return fromStd(eval.arena, formatIso(value));
    case Tag::DateTimeOffset: {
      std::string text = formatIsoOffset(value);
      if (offsetMinutesOf(value) == 0) text.replace(text.size() - 6, 6, "Z");
      return fromStd(eval.arena, text);
    }
    case Tag::TimeSpan:
      return fromStd(eval.arena, durationText(value.asInt64()));
    default:
      if (isItem(value)) return eval.raise("System.ArgumentException", "An XObject cannot be used as a value.");
      return valueToString(eval, value);
  }
}

bool addText(Eval& eval, Container* to, const Value& text, Node* before) {
  if (to->nodeType() == NodeType::Document) {
    if (isEmptyText(text)) return true;
    return addNode(eval, to, newText(eval, NodeType::Text, text), before);
  }
  if (isEmptyText(text)) {
    if (to->first == nullptr) to->has_end_tag = true;
    return true;
  }
  Node* beside = before != nullptr ? before->previous : to->last;
  if (beside != nullptr && beside->nodeType() == NodeType::Text) {
    TextBuilder joined(eval);
    joined.add(static_cast<Text*>(beside)->value);
    joined.add(text);
    static_cast<Text*>(beside)->value = joined.take();
    return !eval.failed();
  }
  insertBefore(to, newText(eval, NodeType::Text, text), before);
  return true;
}

bool addContent(Eval& eval, Container* to, const Value& content, Node* before) {
  if (content.isNull()) return true;
  if (!eval.step()) return false;
  if (isItem(content)) {
    if (as<Item>(content)->nodeType() == NodeType::Attribute) return addAttribute(eval, to, as<Attribute>(content));
    return addNode(eval, to, as<Node>(content), before);
  }
  const bool sequence =
      content.isObject() && !content.isString() && elementOfSequence(content.asObject()->type) != nullptr;
  if (!sequence) {
    const Value text = contentText(eval, content);
    return !eval.failed() && addText(eval, to, text, before);
  }
  // Taken in whole first: adding may change what is walked.
  ListObject* items = nullptr;
  if (!collect(eval, content, items) || !eval.enter()) return false;
  bool good = true;
  for (uint32_t i = 0; i < items->count && good; ++i) good = addContent(eval, to, items->items[i], before);
  eval.leave();
  return good;
}

}  // namespace sluice::expression::xml
