#include "policy/splice.h"

#include <algorithm>

#include "base/assert.h"

namespace sluice::policy {

ScopeChain::Part ScopeChain::part(Section section, size_t below) const {
  // <base/> in the global document is a no-op: the factory document is reached only by leaving the section out.
  const bool from_global = below < documents_.size() && documents_[below].scope == Scope::Global;
  if (from_global) return {};
  for (size_t i = std::min(below, documents_.size()); i-- > 0;) {
    const Element* element = documents_[i].document->section(section);
    if (element != nullptr) return {element, documents_[i], i};
  }
  return {};
}

const Document& factoryDocument() {
  static const config::PolicyDocument source = [] {
    config::PolicyDocument document;
    document.file = "(the default global policy)";
    document.source = "<policies><inbound/><backend><forward-request/></backend><outbound/><on-error/></policies>";
    document.expanded.text = document.source;
    return document;
  }();
  static const std::unique_ptr<const Document> document = [] {
    Diagnostics mistakes;
    auto parsed = Document::parse(source, DocumentKind::Policies, mistakes);
    CHECK(parsed != nullptr);
    return parsed;
  }();
  return *document;
}

}  // namespace sluice::policy
