// ElementReader: a policy element, checked against its descriptor, as a factory reads it. Expressions are compiled and
// their effects noted before the factory runs, so that what an element touches is known even for parts that a factory
// ignores. Exists at load only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "config/model.h"
#include "policy/descriptor.h"
#include "policy/document.h"
#include "policy/operand.h"
#include "policy/step.h"
#include "schema/definitions.h"

namespace sluice::policy {

// What message a policy works on: by section, or its parent's (Staged: return-response's; Outgoing: send-request's).
enum class Target : uint8_t { Request, Response, Staged, Outgoing };

// Where an element stands, and what checking it needs.
struct Placement {
  const Document& document;
  const config::Configuration& configuration;
  Scope scope;
  Section section;
  Target target;
  Diagnostics& diagnostics;
  schema::DefinitionSource* definitions = nullptr;  // set by the compiler for what it checks
};

class ElementReader {
 public:
  // Checks the element; mistakes go to the placement's diagnostics and make ok() false.
  ElementReader(const Element& element, const ElementSpec& spec, const Placement& placement);

  bool ok() const { return ok_; }
  const Element& element() const { return *element_; }
  const ElementSpec& spec() const { return *spec_; }
  const Placement& placement() const { return *placement_; }
  Section section() const { return placement_->section; }
  Target target() const { return placement_->target; }
  const config::Configuration& configuration() const { return placement_->configuration; }
  // What the specifications say, compiled at the first call and shared by all that ask.
  std::shared_ptr<const schema::Definitions> definitions() const { return placement_->definitions->get(); }

  // The descriptor's table has the attribute.
  bool knows(std::string_view name) const;

  // --- attributes: REQUIRES a name in the descriptor's table ---
  bool has(std::string_view name) const { return element_->attribute(name) != nullptr; }
  // Of a Form::Literal attribute, or its fallback.
  std::string literal(std::string_view name) const;
  TextOperand text(std::string_view name) const;
  ValueOperand value(std::string_view name) const;
  BoolOperand boolean(std::string_view name) const;
  IntegerOperand integer(std::string_view name) const;
  DurationOperand seconds(std::string_view name) const;
  ChoiceOperand choice(std::string_view name) const;

  // --- the element's text ---
  bool hasContent() const;
  TextOperand content() const;
  ValueOperand contentValue() const;

  // Children of the descriptor's table (not policies), in document order.
  const std::vector<ElementReader>& children() const { return children_; }
  std::vector<const ElementReader*> children(std::string_view name) const;
  const ElementReader* child(std::string_view name) const;

  // What the step does besides what its expressions touch.
  void touches(Effects effects) { effects_ |= effects; }
  // Its own, its expressions' and its children's.
  Effects effects() const { return effects_; }

  void error(std::string message, std::string remedy = {});
  void errorIn(const Element& part, std::string message, std::string remedy = {});
  void errorAt(std::string_view attribute, std::string message, std::string remedy = {});

 private:
  struct Prepared {
    const AttributeSpec* spec;
    const Attribute* given;
    SharedExpression expression;         // null: a literal
    std::optional<std::string> literal;  // what it is, given or fallback
  };

  void checkAttributes();
  void prepare(const AttributeSpec& spec);
  void checkLiteral(const AttributeSpec& spec, const Attribute& given, std::string_view literal);
  void checkContent();
  void checkChildren();
  bool isPolicyHere(const Element& child) const;
  SharedExpression compile(const Text& text);
  // A constant expression's value as the literal that it stands for.
  std::optional<std::string> folded(const expression::Expression& expression) const;
  const Prepared& prepared(std::string_view name) const;

  const Element* element_;
  const ElementSpec* spec_;
  const Placement* placement_;
  std::vector<Prepared> prepared_;
  SharedExpression content_;
  std::string content_literal_;
  std::vector<ElementReader> children_;
  Effects effects_ = 0;
  bool ok_ = true;
};

}  // namespace sluice::policy
