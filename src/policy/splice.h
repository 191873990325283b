// Splice: how the documents of the scopes make one section (reference 1.2). The narrowest document begins; `<base/>` in
// it stands for the same section of the next broader scope, spliced in turn. A scope without a document is transparent;
// a document without the section is as if the section were `<base/>`; an empty section inherits nothing.
#pragma once

#include <memory>
#include <vector>

#include "policy/document.h"

namespace sluice::policy {

struct ScopedDocument {
  Scope scope;
  const Document* document;
};

// The documents of one operation, broadest first. The broadest is APIM's factory document, which forwards: a global
// document without a <backend> inherits that, as authors who leave it out expect.
class ScopeChain {
 public:
  void add(Scope scope, const Document* document) { documents_.push_back({scope, document}); }

  struct Part {
    const Element* section = nullptr;  // null: nothing to run
    ScopedDocument from{};
    size_t depth = 0;  // where <base/> in it looks: below this
  };
  static constexpr size_t kNarrowest = SIZE_MAX;
  // The section that counts among the documents broader than `depth`.
  Part part(Section section, size_t below = kNarrowest) const;

 private:
  std::vector<ScopedDocument> documents_;
};

// What APIM has when no global document was ever written.
const Document& factoryDocument();

}  // namespace sluice::policy
