// Overlay: `configuration.NAME.yaml` of APIOps' publisher (reference section 5): per kind a list of
// `{name, properties, nested lists}`, laid over the JSON files of the extract: mappings key by key, everything else
// replaced. One load, one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "text/node.h"

namespace sluice::config {

class Overlay {
 public:
  // What the file says; unknown kinds and keys are errors in `diagnostics`.
  Overlay(text::Document document, Diagnostics& diagnostics);

  // The document of a resource's file, `relative` to the folder, with the entry for that resource laid over it; as it
  // was when there is none. Mistakes in what was laid over are reported at the extract's file, named together with
  // this one.
  text::Document apply(std::string_view relative, text::Document document);

  // A warning for each entry whose resource was not read; `selects`: whether an API of that name is read at all.
  void warnUnused(Diagnostics& diagnostics) const;

 private:
  struct Entry {
    std::string file;  // `backends/b/backendInformation.json`
    std::string kind, name;
    text::Position position;
    const text::Node* properties = nullptr;
    bool used = false;
  };
  void read(const text::Node& owner, const std::string& folder, std::string_view nested_in, Diagnostics& diagnostics);

  text::Document document_;
  std::vector<Entry> entries_;
};

}  // namespace sluice::config
