// Reads XML 1.0 with namespaces, strictly. Entities of a document's own subset are put in, within bounds; nothing
// external is ever read.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "expression/xml/tree.h"

namespace sluice::expression::xml {

class Reader {
 public:
  Reader(Eval& eval, std::string_view text, Space space) : eval_(eval), text_(text), whole_(text), space_(space) {}
  Document* run();

 private:
  struct Binding {
    std::string_view prefix;
    Value uri;
    size_t depth;
  };
  struct RawAttribute {
    std::string_view prefix, local;
    Value value;
  };
  struct Source {  // an outer text, while an entity's is read
    std::string_view text;
    size_t at;
    size_t depth;
    std::string_view entity;
  };

  // reader.cc
  bool prolog();
  bool xmlDeclaration();
  bool pseudoAttribute(std::string_view name, Value& out);
  bool content();
  bool markup();
  bool startTag();
  bool endTag();
  bool attributes(std::vector<RawAttribute>& out);
  bool declareNamespaces(const std::vector<RawAttribute>& raw);
  bool addAttributes(Element* element, const std::vector<RawAttribute>& raw);
  bool comment();
  bool cdata();
  bool instruction();
  bool characters();
  bool flushText();

  // reader_entity.cc
  bool reference(std::string& out, bool in_attribute);
  bool characterReference(std::string& out);
  bool attributeValue(Value& out);
  bool expandInAttribute(std::string_view name, std::string& out, int depth);
  bool documentType();
  bool subset();
  bool entityDeclaration();
  bool skipDeclaration();
  bool quoted(std::string_view& out);

  bool fail(std::string_view what);
  bool unexpectedEnd() { return fail("Unexpected end of file has occurred."); }
  bool atEnd() const { return at_ >= text_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool looking(std::string_view what) const { return text_.substr(std::min(at_, text_.size())).starts_with(what); }
  bool take(std::string_view what) {
    if (!looking(what)) return false;
    at_ += what.size();
    return true;
  }
  bool skipSpace();
  bool name(std::string_view& out);
  bool qualifiedName(std::string_view& prefix, std::string_view& local);
  bool checkCharacters(std::string_view text);
  const Binding* bindingOf(std::string_view prefix) const;
  Value string(std::string_view text) { return fromUtf8(eval_.arena, text); }
  Value lines(std::string_view text);  // with line ends made \n

  Eval& eval_;
  std::string_view text_;
  std::string_view whole_;
  Space space_;
  size_t at_ = 0;
  Document* document_ = nullptr;
  Container* current_ = nullptr;
  size_t depth_ = 0;
  std::vector<Binding> bindings_;
  std::vector<std::string_view> open_;  // qualified names of open elements
  std::vector<bool> keeps_space_;       // xml:space of open elements
  std::string pending_;                 // text not yet made a node
  bool has_pending_ = false;
  std::map<std::string, std::optional<std::string>, std::less<>> entities_;  // none: external
  std::vector<Source> sources_;
  size_t expanded_ = 0;
};

}  // namespace sluice::expression::xml
