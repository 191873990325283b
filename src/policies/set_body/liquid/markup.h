// The inside of {{ }} and {% %}: operands, filters, conditions. Internal to this folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policies/set_body/liquid/nodes.h"

namespace sluice::policies::liquid {

// Reads one piece of markup. Mistakes end the reading: error() then says what, at offset().
class Markup {
 public:
  // `offset`: of `text` in the template. First names of paths are added to `names`.
  Markup(std::string_view text, size_t offset, std::vector<std::string>& names)
      : text_(text), offset_(offset), names_(names) {}

  bool operand(Operand& out) { return operand(out, 0); }
  bool output(Output& out);
  bool condition(Condition& out);

  void skipSpace();
  bool atEnd();
  bool take(char c);
  // A whole word, as `in` or `reversed`.
  bool takeWord(std::string_view word);
  // [A-Za-z_][\w-]*; empty: there is none.
  std::string_view name();
  bool expectEnd();

  bool fail(std::string message);
  const std::string& error() const { return error_; }
  size_t offset() const { return offset_ + at_; }

 private:
  bool operand(Operand& out, size_t depth);
  bool path(Operand& out, size_t depth);
  bool number(Operand& out);
  bool quoted(std::string& out);
  bool filter(FilterCall& out);
  bool comparison(Comparison& out);
  bool comparator(Compare& out);

  std::string_view text_;
  size_t offset_;
  size_t at_ = 0;
  std::string error_;
  std::vector<std::string>& names_;
};

}  // namespace sluice::policies::liquid
