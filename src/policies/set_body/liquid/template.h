// Template: a liquid template as API Management's DotLiquid has it (reference 2.7): outputs {{ a.b | Filter: x }}, tags
// {% if %} {% unless %} {% case %} {% for %} {% JSONArrayFor %} {% assign %} {% capture %} {% cycle %} {% increment %}
// {% decrement %} {% comment %} {% raw %} {% break %} {% continue %}, and dashes that trim white space. Parsed once, at
// load; immutable and shared by threads. Rendering is bounded in steps, in memory and in the size of the text.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "policies/set_body/liquid/value.h"

namespace sluice::policies::liquid {

struct Block;

// Where names that the template has not assigned come from.
class Globals {
 public:
  virtual ~Globals() = default;
  // `body` and `context`; null: there is nothing of that name.
  virtual Value find(Values& values, std::string_view name) = 0;
};

struct TemplateError {
  std::string message;
  size_t offset = 0;  // into the template's text
};

class Template {
 public:
  // Null after an error, which says what and where.
  static std::unique_ptr<const Template> parse(std::string_view text, TemplateError& error);
  ~Template();
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  // Whether the name is used outside of what the template assigns: whether a body has to be read.
  bool uses(std::string_view name) const;
  // An error is the author's: division by zero, too much work.
  Result<std::string> render(expression::Eval& eval, Globals& globals, size_t limit) const;

 private:
  explicit Template(std::unique_ptr<const Block> block);
  std::unique_ptr<const Block> block_;
};

}  // namespace sluice::policies::liquid
