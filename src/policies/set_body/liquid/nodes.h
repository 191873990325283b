// What a template is made of. Internal to this folder.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policies/set_body/liquid/filters.h"
#include "policies/set_body/liquid/template.h"

namespace sluice::policies::liquid {

class Renderer;

// A literal, a path such as `body.items[0].name`, or a range (1..n).
struct Operand {
  enum class Kind : uint8_t { Text, Whole, Real, True, False, Null, Empty, Path, Range };
  struct Step {
    std::string name;                // .name; or
    std::unique_ptr<Operand> index;  // [index]
  };
  Kind kind = Kind::Null;
  std::string text;  // of a text, a real number, or the first name of a path
  int64_t whole = 0;
  std::vector<Step> steps;
  std::unique_ptr<Operand> from, to;  // of a range
};

struct FilterCall {
  const Filter* filter = nullptr;
  std::vector<Operand> arguments;
};

// An operand and the filters behind it.
struct Output {
  Operand operand;
  std::vector<FilterCall> filters;
};

enum class Compare : uint8_t {
  Truth,
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  Contains,
  StartsWith,
  EndsWith,
  HasKey,
  HasValue
};
struct Comparison {
  Operand left;
  Compare how = Compare::Truth;
  Operand right;
};
// Comparisons joined from the right, as DotLiquid does: a and b or c is a and (b or c).
struct Condition {
  std::vector<Comparison> parts;
  std::vector<bool> ands;  // between them: and, or or
};

enum class Flow : uint8_t { Go, Break, Continue, Stop };  // Stop: the rendering has failed

struct Node {
  virtual ~Node() = default;
  virtual Flow render(Renderer& renderer) const = 0;
};

struct Block {
  std::vector<std::unique_ptr<const Node>> nodes;
  std::vector<std::string> names;  // of the outermost: first names of all paths

  Flow render(Renderer& renderer) const;
};

struct TextNode final : Node {
  explicit TextNode(std::string part) : text(std::move(part)) {}
  Flow render(Renderer& renderer) const override;
  std::string text;
};
struct OutputNode final : Node {
  Flow render(Renderer& renderer) const override;
  Output output;
};
struct AssignNode final : Node {
  Flow render(Renderer& renderer) const override;
  std::string name;
  Output output;
};
struct CaptureNode final : Node {
  Flow render(Renderer& renderer) const override;
  std::string name;
  Block block;
};
struct IfNode final : Node {
  struct Branch {
    std::optional<Condition> condition;  // none: else
    bool negated = false;                // unless
    Block block;
  };
  Flow render(Renderer& renderer) const override;
  std::vector<Branch> branches;
};
struct CaseNode final : Node {
  struct When {
    std::vector<Operand> values;  // none: else
    Block block;
  };
  Flow render(Renderer& renderer) const override;
  Operand subject;
  std::vector<When> whens;
};
struct ForNode final : Node {
  Flow render(Renderer& renderer) const override;
  std::string variable, name;
  Operand collection;
  std::optional<Operand> limit, offset;
  bool reversed = false;
  bool joins = false;  // JSONArrayFor: commas between what the turns write
  Block block;
  std::optional<Block> otherwise;
};
struct CycleNode final : Node {
  Flow render(Renderer& renderer) const override;
  std::string group;
  std::vector<Operand> values;
};
struct CounterNode final : Node {
  Flow render(Renderer& renderer) const override;
  std::string name;
  bool up = true;
};
struct JumpNode final : Node {
  explicit JumpNode(Flow to) : flow(to) {}
  Flow render(Renderer&) const override { return flow; }
  Flow flow;
};

// The state of one rendering.
class Renderer {
 public:
  Renderer(expression::Eval& eval, Globals& globals, size_t limit)
      : values_(eval), globals_(globals), limit_(limit), scopes_(1) {}

  Values& values() { return values_; }
  Value evaluate(const Operand& operand);
  Value evaluate(const Output& output);
  bool holds(const Condition& condition);
  bool holds(const Comparison& comparison);

  // False: the rendering has failed.
  bool write(std::string_view text);
  bool step() { return error_.empty() && values_.eval().step(); }
  bool failed() { return !error_.empty() || values_.eval().failed(); }
  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }
  std::string& out() { return out_; }
  const std::string& error() const { return error_; }

  void assign(std::string_view name, const Value& value);  // for the rest of the template
  // The innermost scope: a loop's.
  void setLocal(std::string_view name, const Value& value);
  int64_t& counter(std::string_view name);

  struct Loop {
    size_t index = 0, length = 0;
    std::string name;
  };
  class Inside {
   public:
    explicit Inside(Renderer& renderer) : renderer_(renderer) {
      renderer_.scopes_.emplace_back();
      renderer_.loops_.emplace_back();
    }
    ~Inside() {
      renderer_.scopes_.pop_back();
      renderer_.loops_.pop_back();
    }
    Inside(const Inside&) = delete;
    Loop& loop() { return renderer_.loops_.back(); }

   private:
    Renderer& renderer_;
  };

 private:
  using Scope = std::vector<std::pair<std::string, Value>>;
  Value evaluatePath(const Operand& path);
  Value root(const std::string& name);
  Value loopFact(std::string_view fact);
  Value range(const Operand& operand);
  static void set(Scope& scope, std::string_view name, const Value& value);

  Values values_;
  Globals& globals_;
  const size_t limit_;
  std::deque<Scope> scopes_;
  std::deque<Loop> loops_;
  std::vector<std::pair<std::string, int64_t>> counters_;
  std::string out_;
  std::string error_;
};

}  // namespace sluice::policies::liquid
