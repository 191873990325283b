#include "policies/json_to_xml/xml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "expression/json/token.h"

namespace sluice::policies {
namespace {

using expression::JProperty;
using expression::JToken;
using expression::JType;

// Of UTF-8 that is known to be valid; `at` moves behind it.
char32_t nextCharacter(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at);
  const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  char32_t c = length == 1 ? first : first & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length && at + i < text.size(); ++i) c = c << 6 | (byte(at + i) & 0x3Fu);
  at = std::min(at + length, text.size());
  return c;
}

// XML 1.0, productions 4 and 4a, without the colon, and as .NET has it without what lies beyond the basic plane.
bool startsName(char32_t c) {
  return (c >= 'A' && c <= 'Z') || c == '_' || (c >= 'a' && c <= 'z') || (c >= 0xC0 && c <= 0xD6) ||
         (c >= 0xD8 && c <= 0xF6) || (c >= 0xF8 && c <= 0x2FF) || (c >= 0x370 && c <= 0x37D) ||
         (c >= 0x37F && c <= 0x1FFF) || c == 0x200C || c == 0x200D || (c >= 0x2070 && c <= 0x218F) ||
         (c >= 0x2C00 && c <= 0x2FEF) || (c >= 0x3001 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFDCF) ||
         (c >= 0xFDF0 && c <= 0xFFFD);
}
bool continuesName(char32_t c) {
  return startsName(c) || c == '-' || c == '.' || (c >= '0' && c <= '9') || c == 0xB7 || (c >= 0x300 && c <= 0x36F) ||
         c == 0x203F || c == 0x2040;
}

// "_x0041_": would be read back as something else.
bool looksEncoded(std::string_view text) {
  const auto hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  return text.size() >= 7 && text.starts_with("_x") && text[6] == '_' &&
         std::all_of(text.begin() + 2, text.begin() + 6, hex);
}

constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kRoot = "Document";
constexpr std::string_view kItem = "Item";

class Writer {
 public:
  Writer(expression::Eval& eval, const XmlOptions& options, size_t limit)
      : eval_(eval), options_(options), limit_(limit) {}

  XmlText run(const JToken* root) {
    const JProperty* only = onlyMember(root);
    // A scalar at the top, or an array, has no name of its own.
    if (only != nullptr && only->content->jtype() != JType::Array) {
      element(nameOf(only), only->content);
    } else if (root->jtype() == JType::Array) {
      open(kRoot);
      for (uint32_t i = 0; i < root->count; ++i) element(kItem, childAt(root, i));
      close(kRoot);
    } else {
      element(kRoot, root);
    }
    XmlText result;
    result.error = std::move(error_);
    if (result.error.empty()) result.text = std::move(out_);
    return result;
  }

 private:
  static const JProperty* asProperty(const JToken* token) { return static_cast<const JProperty*>(token); }

  const JProperty* onlyMember(const JToken* root) const {
    if (root->jtype() != JType::Object || root->count != 1) return nullptr;
    const JProperty* property = asProperty(childAt(root, 0));
    return isAttributeBlock(property) || declares(nameOf(property)) ? nullptr : property;
  }

  std::string_view nameOf(const JProperty* property) const { return expression::toUtf8(eval_.arena, property->name); }
  bool isAttributeBlock(const JProperty* property) const {
    return !options_.attribute_block_name.empty() && nameOf(property) == options_.attribute_block_name &&
           property->content->jtype() == JType::Object;
  }
  // "xmlns", "xmlns:p": the declared prefix, empty for the default namespace; nullopt: it declares nothing.
  std::optional<std::string_view> declares(std::string_view name) const {
    const std::string_view marker = options_.namespace_prefix.empty() ? "xmlns" : options_.namespace_prefix;
    if (!name.starts_with(marker)) return std::nullopt;
    name.remove_prefix(marker.size());
    if (name.empty()) return name;
    for (const std::string_view separator : {options_.namespace_separator, std::string_view(":")})
      if (!separator.empty() && name.starts_with(separator) && name.size() > separator.size())
        return name.substr(separator.size());
    return std::nullopt;
  }

  // The name as XML has it: a prefix only where it is declared.
  std::string qualified(std::string_view name) const {
    for (const std::string_view separator : {options_.namespace_separator, std::string_view(":")}) {
      const size_t at = separator.empty() ? std::string_view::npos : name.find(separator);
      if (at == std::string_view::npos || at == 0 || at + separator.size() >= name.size()) continue;
      const std::string prefix = encodedName(name.substr(0, at));
      if (prefix == "xml" || std::find(prefixes_.begin(), prefixes_.end(), prefix) != prefixes_.end())
        return prefix + ":" + encodedName(name.substr(at + separator.size()));
    }
    return encodedName(name);
  }

  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }
  bool failed() {
    if (out_.size() > limit_) fail("the XML is larger than this gateway buffers");
    return !error_.empty();
  }

  void open(std::string_view name) { out_.append("<").append(name).append(">"); }
  void close(std::string_view name) { out_.append("</").append(name).append(">"); }

  enum class Place : uint8_t { Text, Attribute };
  void text(std::string_view value, Place place) {
    for (size_t at = 0; at < value.size();) {
      const size_t from = at;
      const char32_t c = nextCharacter(value, at);
      if (c == '&') {
        out_ += "&amp;";
      } else if (c == '<') {
        out_ += "&lt;";
      } else if (c == '>') {
        out_ += "&gt;";
      } else if (c == '"' && place == Place::Attribute) {
        out_ += "&quot;";
      } else if (c == '\r' || ((c == '\n' || c == '\t') && place == Place::Attribute)) {
        out_ += fmt::format("&#x{:X};", static_cast<uint32_t>(c));
      } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0xFFFE || c == 0xFFFF) {
        return fail(fmt::format("the character U+{:04X} cannot stand in XML", static_cast<uint32_t>(c)));
      } else {
        out_.append(value.substr(from, at - from));
      }
    }
  }
  std::string_view valueText(const JToken* token) const {
    return expression::toText(static_cast<const expression::JValue*>(token)->value, eval_.arena);
  }

  void attribute(const std::string& name, const JToken* value) {
    if (isContainer(value)) return fail(fmt::format("the attribute {} is not a plain value", name));
    out_.append(" ").append(name).append("=\"");
    text(valueText(value), Place::Attribute);
    out_ += '"';
  }

  void element(std::string_view json_name, const JToken* value) {
    if (failed() || !eval_.step()) return;
    if (value->jtype() == JType::Array) return array(json_name, value);
    const size_t prefixes = prefixes_.size();
    if (value->jtype() == JType::Object) declareAll(value);
    const std::string name = qualified(json_name);
    out_.append("<").append(name);
    if (value->jtype() == JType::Object) {
      object(name, value);
    } else if (value->jtype() == JType::Null) {
      out_.append(" xsi:nil=\"true\" xmlns:xsi=\"").append(kXsi).append("\" />");
    } else {
      const std::string_view content = valueText(value);
      if (content.empty()) {
        out_ += " />";
      } else {
        out_ += '>';
        text(content, Place::Text);
        close(name);
      }
    }
    prefixes_.resize(prefixes);
  }

  // The element itself may use the prefixes that it declares.
  void declareAll(const JToken* object) {
    for (uint32_t i = 0; i < object->count; ++i)
      if (const auto prefix = declares(nameOf(asProperty(childAt(object, i)))); prefix && !prefix->empty())
        prefixes_.push_back(encodedName(*prefix));
  }

  void object(const std::string& name, const JToken* value) {
    bool content = false;
    for (uint32_t i = 0; i < value->count; ++i) {
      const JProperty* member = asProperty(childAt(value, i));
      const std::string_view member_name = nameOf(member);
      if (const auto prefix = declares(member_name)) {
        attribute(prefix->empty() ? "xmlns" : "xmlns:" + encodedName(*prefix), member->content);
      } else if (isAttributeBlock(member)) {
        for (uint32_t k = 0; k < member->content->count; ++k) {
          const JProperty* each = asProperty(childAt(member->content, k));
          attribute(qualified(nameOf(each)), each->content);
        }
      } else {
        content = true;
      }
    }
    if (!content) {
      out_ += " />";
      return;
    }
    out_ += '>';
    for (uint32_t i = 0; i < value->count; ++i) {
      const JProperty* member = asProperty(childAt(value, i));
      if (!declares(nameOf(member)) && !isAttributeBlock(member)) element(nameOf(member), member->content);
    }
    close(name);
  }

  void array(std::string_view json_name, const JToken* value) {
    const std::string name = qualified(json_name);
    if (value->count == 0) out_.append("<").append(name).append(" />");
    for (uint32_t i = 0; i < value->count; ++i) {
      const JToken* item = childAt(value, i);
      if (item->jtype() != JType::Array) {
        element(json_name, item);
        continue;
      }
      open(name);
      for (uint32_t k = 0; k < item->count; ++k) element(kItem, childAt(item, k));
      close(name);
    }
  }

  expression::Eval& eval_;
  const XmlOptions& options_;
  const size_t limit_;
  std::string out_;
  std::string error_;
  std::vector<std::string> prefixes_;  // declared around here
};

}  // namespace

std::string encodedName(std::string_view text) {
  std::string name;
  for (size_t at = 0; at < text.size();) {
    const size_t from = at;
    const char32_t c = nextCharacter(text, at);
    const bool allowed = from == 0 ? startsName(c) : continuesName(c);
    if (!allowed || (c == '_' && looksEncoded(text.substr(from)))) {
      name += c > 0xFFFF ? fmt::format("_x{:08X}_", static_cast<uint32_t>(c))
                         : fmt::format("_x{:04X}_", static_cast<uint32_t>(c));
    } else {
      name.append(text.substr(from, at - from));
    }
  }
  // .NET has no name for this one; an empty element name would not be XML.
  return name.empty() ? "_" : name;
}

XmlText toXml(expression::Eval& eval, const expression::Value& json, const XmlOptions& options, size_t limit) {
  XmlText result = Writer(eval, options, limit).run(expression::token(json));
  if (eval.failed()) result.error = "it has more parts than this gateway converts";
  return result;
}

}  // namespace sluice::policies
