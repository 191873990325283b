// Named values: `{{name}}` in policy documents and in resource JSON is replaced as text before anything is parsed
// (reference 3.1), by the value whose displayName is `name`. Values are not searched again (no nesting). ExpandedText
// keeps the way back, so that a diagnostic points at the author's file and shows the author's line, never a secret's
// value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "base/secret.h"

namespace sluice::config {

struct NamedValue {
  std::string name;          // the resource's name (its folder)
  std::string display_name;  // what {{...}} says
  bool secret = false;
  bool resolved = false;  // false: a secret that nothing supplied; an error only where it is used
  Secret value;
  std::string vault_secret;    // the identifier in a Key Vault; empty: it has none
  std::string vault_identity;  // client id of the identity that may read it; empty: the gateway's own
  Location location;
};

// A text after replacement, with the map back to the text before.
struct ExpandedText {
  struct Replacement {
    size_t begin = 0, end = 0;                    // in `text`
    size_t original_begin = 0, original_end = 0;  // of `{{name}}`, in the original
    bool secret = false;
  };

  std::string text;
  std::vector<Replacement> replacements;  // ascending

  // The offset in the original of an offset in `text`; inside a replacement: the start of its `{{name}}`.
  size_t originalOffset(size_t offset) const;
  // True when [begin, end) of `text` touches a secret: not to be shown, traced or recorded.
  bool touchesSecret(size_t begin, size_t end) const;
};

// By display name, else by the resource's name: loggers of extracts say either.
const NamedValue* findNamedValue(const std::vector<NamedValue>& values, std::string_view name);

// What is expanded, which decides what an unknown name is.
enum class ExpandMode {
  Policy,    // unknown names are errors, but left alone inside comments and liquid templates (reference 2.7)
  Resource,  // unknown names are errors
};

// `original` with every {{name}} replaced. `source` maps offsets of `original` for diagnostics: every unknown name
// (with the nearest known one) and every secret without a value, each once.
ExpandedText expandNamedValues(std::string_view original, const std::vector<NamedValue>& values, ExpandMode mode,
                               const SourceText& source, Diagnostics& diagnostics);

// The names in `text` that expandNamedValues would complain about, each once.
std::vector<std::string> missingNames(std::string_view text, const std::vector<NamedValue>& values, ExpandMode mode);

// What an expanded text may be at most; past it an error.
inline constexpr size_t kMaxExpanded = 8u * 1024 * 1024;

}  // namespace sluice::config
