#include "policies/xml_to_json/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sluice::policies {
namespace {

constexpr size_t kMaxDepth = 200;

class Writer {
 public:
  Writer(JsonKind kind, ChildArrays arrays, size_t limit) : kind_(kind), arrays_(arrays), limit_(limit) {}

  JsonText run(const pugi::xml_document& document) {
    out_ += '{';
    bool first = true;
    for (const pugi::xml_node& node : document.children()) {
      if (node.type() == pugi::node_declaration) {
        for (const pugi::xml_attribute& each : node.attributes()) {
          member(each.name(), first);
          string(each.value());
        }
      } else if (node.type() == pugi::node_element) {
        member(jsonName(node.name()), first);
        value(node, 0);
      }
    }
    out_ += '}';
    JsonText result;
    result.error = std::move(error_);
    if (result.error.empty()) result.text = std::move(out_);
    return result;
  }

 private:
  struct Member {
    std::string name;
    pugi::xml_attribute attribute;         // or
    std::vector<pugi::xml_node> elements;  // in their order
    std::vector<std::string> texts;        // or the texts beside them
  };

  bool friendly() const { return kind_ == JsonKind::JavascriptFriendly; }

  bool failed() {
    if (out_.size() > limit_ && error_.empty()) error_ = "the JSON is larger than this gateway buffers";
    return !error_.empty();
  }

  static std::string jsonName(std::string_view xml_name) {
    std::string name(xml_name);
    std::replace(name.begin(), name.end(), ':', '$');
    return name;
  }

  void string(std::string_view text) {
    out_ += '"';
    for (const char c : text) {
      switch (c) {
        case '"':
          out_ += "\\\"";
          break;
        case '\\':
          out_ += "\\\\";
          break;
        case '\n':
          out_ += "\\n";
          break;
        case '\r':
          out_ += "\\r";
          break;
        case '\t':
          out_ += "\\t";
          break;
        default:
          if (static_cast<unsigned char>(c) < 0x20)
            out_ += fmt::format("\\u{:04x}", static_cast<int>(c));
          else
            out_ += c;
      }
    }
    out_ += '"';
  }

  void member(std::string_view name, bool& first) {
    if (!std::exchange(first, false)) out_ += ',';
    string(name);
    out_ += ':';
  }

  static bool isText(const pugi::xml_node& node) {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
  }

  void value(const pugi::xml_node& element, size_t depth) {
    if (failed()) return;
    if (depth > kMaxDepth) {
      error_ = "its elements are too deep inside each other";
      return;
    }
    std::string text;
    bool has_text = false, has_elements = false;
    for (const pugi::xml_node& child : element.children()) {
      has_elements = has_elements || child.type() == pugi::node_element;
      if (!isText(child)) continue;
      has_text = true;
      text += child.value();
    }
    if (has_elements || element.first_attribute()) return object(element, depth);
    if (has_text)
      string(text);
    else
      out_ += "null";
  }

  void object(const pugi::xml_node& element, size_t depth) {
    const std::vector<Member> members = membersOf(element);
    out_ += '{';
    bool first = true;
    for (const Member& each : members) {
      member(each.name, first);
      const size_t values = each.elements.size() + each.texts.size() + (each.attribute ? 1 : 0);
      const bool always = arrays_ == ChildArrays::Always && !each.elements.empty();
      const bool array = values > 1 || always;
      if (array) out_ += '[';
      size_t written = 0;
      const auto separate = [&] {
        if (written++ > 0) out_ += ',';
      };
      if (each.attribute) {
        separate();
        string(each.attribute.value());
      }
      for (const auto& node : each.elements) {
        separate();
        value(node, depth + 1);
      }
      for (const auto& text : each.texts) {
        separate();
        string(text);
      }
      if (array) out_ += ']';
    }
    out_ += '}';
  }

  // In the order in which each name comes first.
  std::vector<Member> membersOf(const pugi::xml_node& element) const {
    std::vector<Member> members;
    std::unordered_map<std::string, size_t> places;
    const auto place = [&](std::string name) -> Member& {
      const auto [at, added] = places.emplace(name, members.size());
      if (added) {
        members.emplace_back();
        members.back().name = std::move(name);
      }
      return members[at->second];
    };
    for (const pugi::xml_attribute& attribute : element.attributes())
      place((friendly() ? "" : "@") + jsonName(attribute.name())).attribute = attribute;
    for (const pugi::xml_node& child : element.children()) {
      if (child.type() == pugi::node_element) {
        place(jsonName(child.name())).elements.push_back(child);
      } else if (isText(child)) {
        auto& texts = place(friendly() ? "$t" : "#text").texts;
        // Friendly: one text, however it is broken up by elements.
        if (friendly() && !texts.empty())
          texts.front() += child.value();
        else
          texts.emplace_back(child.value());
      }
    }
    return members;
  }

  const JsonKind kind_;
  const ChildArrays arrays_;
  const size_t limit_;
  std::string out_;
  std::string error_;
};

}  // namespace

JsonText toJson(std::string_view xml, JsonKind kind, ChildArrays arrays, size_t limit) {
  pugi::xml_document document;
  const auto parsed =
      document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_declaration, pugi::encoding_auto);
  if (!parsed) return {{}, fmt::format("{} at byte {}", parsed.description(), parsed.offset)};
  size_t roots = 0;
  for (const pugi::xml_node& node : document.children()) roots += node.type() == pugi::node_element ? 1 : 0;
  if (roots != 1) return {{}, "a document has one root element"};
  return Writer(kind, arrays, limit).run(document);
}

}  // namespace sluice::policies
