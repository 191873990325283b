// CompilerState: what stays through one load of a configuration (compiler.h): parsed documents, checked elements and
// their steps. Internal to the compiler. An element is checked once for each place it can have (scope, section, what it
// works on), so that a thousand operations below one API document share its steps.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "base/diagnostic.h"
#include "config/model.h"
#include "policy/catalogue.h"
#include "policy/document.h"
#include "policy/element_reader.h"

namespace sluice::policy {

// Where a policy stands. One that its parent lists (set-header in return-response) is allowed by that list, whatever
// its own sections are.
enum class Position : uint8_t { Section, Nested, ListedByParent };

struct CheckedElement {
  const Descriptor* descriptor = nullptr;  // null: no such policy
  std::unique_ptr<Placement> placement;
  std::unique_ptr<ElementReader> reader;
  std::shared_ptr<const Step> step;  // null for flow policies
  bool ok = false;
};

class CompilerState {
 public:
  CompilerState(const config::Configuration& configuration, const Catalogue& catalogue, Diagnostics& diagnostics);

  // Null: no document, or a broken one, and then broken() is true.
  const Document* document(const std::optional<config::PolicyDocument>& source) const;
  bool broken(const std::optional<config::PolicyDocument>& source) const;

  struct Fragment {
    bool exists = false;
    const Document* document = nullptr;  // null: broken
  };
  Fragment fragment(std::string_view name) const;

  CheckedElement& check(const Element& element, const Placement& placement, Position position);

  // Once for each element and message; an element may be spliced into many pipelines.
  void complain(const Document& document, const Element& element, std::string message, std::string remedy);

  const config::Configuration& configuration() const { return configuration_; }
  Diagnostics& diagnostics() { return diagnostics_; }

 private:
  using Place = std::tuple<const Element*, Scope, Section, Target>;

  void parse(const config::PolicyDocument& source, DocumentKind kind);
  const Descriptor* describe(const Element& element, const Placement& placement, Position position);

  const config::Configuration& configuration_;
  const Catalogue& catalogue_;
  Diagnostics& diagnostics_;
  schema::DefinitionSource definitions_;
  std::unordered_map<const config::PolicyDocument*, std::unique_ptr<const Document>> documents_;
  std::map<Place, CheckedElement> checked_;
  std::set<std::pair<const Element*, std::string>> complaints_;
};

}  // namespace sluice::policy
