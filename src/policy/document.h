// Document: a policy document as a tree with source positions, checked in its outer shape only (root, sections); what
// the elements mean is the compiler's business. Immutable; its views live in the config::PolicyDocument it was made
// from, which must outlive it, and in itself.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "config/resources.h"
#include "policy/scanner.h"
#include "policy/step.h"

namespace sluice::policy {

// A value: a literal with its references decoded, or an expression's C# with its @( ) or @{ }.
struct Text {
  TextKind kind = TextKind::Literal;
  bool present = false;
  std::string_view text;
  std::string_view raw;  // as in the document; may differ from `text` where references were decoded
  size_t offset = 0;     // of `raw` in the document

  bool isExpression() const { return kind == TextKind::Expression; }
};

struct Attribute {
  std::string_view name;
  size_t offset = 0;
  Text value;
};

struct Element {
  std::string_view name;
  size_t offset = 0;  // of its `<`
  std::vector<Attribute> attributes;
  std::vector<Element> children;
  // All character data directly inside, joined. White space is kept.
  Text text;
  // Everything between the tags, as in the document.
  std::string_view inner;
  size_t inner_offset = 0;

  const Attribute* attribute(std::string_view wanted) const;
  const Element* child(std::string_view wanted) const;
};

enum class DocumentKind : uint8_t { Policies, Fragment };

class Document {
 public:
  // Null after an error, which is then in `diagnostics`.
  static std::unique_ptr<const Document> parse(const config::PolicyDocument& source, DocumentKind kind,
                                               Diagnostics& diagnostics);

  DocumentKind kind() const { return kind_; }
  const Element& root() const { return root_; }
  // Null: the document has no such section, which means <base/> (reference 1.2).
  const Element* section(Section section) const { return sections_[static_cast<size_t>(section)]; }
  const config::PolicyDocument& source() const { return source_; }

  // The text that offsets count in, for the expression compiler; its diagnostics go through source().relocate().
  const SourceText& expanded() const { return expanded_; }
  Location locationOf(size_t offset) const;
  void error(Diagnostics& to, size_t offset, std::string message, std::string remedy = {}) const;
  void warning(Diagnostics& to, size_t offset, std::string message, std::string remedy = {}) const;
  // [offset, offset + length) shows no secret.
  bool isPublic(const Text& text) const;

 private:
  Document(const config::PolicyDocument& source, DocumentKind kind)
      : source_(source),
        original_(source.file, source.source),
        expanded_(source.file, source.expanded.text),
        kind_(kind) {}
  bool build(Diagnostics& diagnostics);
  void checkPolicies(Diagnostics& diagnostics);
  Text resolve(const ScannedText& scanned);
  void addText(Element& element, const ScannedText& scanned);

  const config::PolicyDocument& source_;
  SourceText original_;  // the author's text, for locations
  SourceText expanded_;
  DocumentKind kind_;
  Element root_;
  const Element* sections_[4] = {};
  std::deque<std::string> owned_;  // decoded and joined texts
};

}  // namespace sluice::policy
