#include "policies/set_body/liquid/template.h"

#include <fmt/format.h>

#include <algorithm>

#include "expression/machine.h"
#include "policies/set_body/liquid/markup.h"

namespace sluice::policies::liquid {
namespace {

constexpr size_t kMaxDepth = 50;  // of tags in each other
constexpr size_t kMaxNodes = 100'000;

bool isBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// {% if a &lt; 2 %} in a template that is XML: references in markup stand for their characters.
std::string withoutReferences(std::string_view markup) {
  static constexpr std::pair<std::string_view, char> kReferences[] = {
      {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
  std::string out;
  while (!markup.empty()) {
    const auto found = std::find_if(std::begin(kReferences), std::end(kReferences),
                                    [&](const auto& each) { return markup.starts_with(each.first); });
    const bool is_reference = found != std::end(kReferences);
    out += is_reference ? found->second : markup.front();
    markup.remove_prefix(is_reference ? found->first.size() : 1);
  }
  return out;
}

class Parser {
 public:
  Parser(std::string_view text, TemplateError& error) : text_(text), error_(error) {}

  std::unique_ptr<Block> parse() {
    auto block = std::make_unique<Block>();
    if (!blockUntil(*block, {}, 0)) return nullptr;
    block->names = std::move(names_);
    return block;
  }

 private:
  struct Tag {
    std::string name;
    std::string markup;
    size_t offset = 0;  // of its "{%"
    size_t markup_offset = 0;
  };

  bool fail(size_t offset, std::string message) {
    if (error_.message.empty()) error_ = {std::move(message), offset};
    return false;
  }
  bool fail(const Markup& markup) { return fail(markup.offset(), markup.error()); }

  // Text up to the next markup into `block`; false: the template ends.
  bool textInto(Block& block) {
    size_t next = at_;
    for (;; ++next) {
      next = text_.find('{', next);
      if (next == std::string_view::npos || next + 1 >= text_.size()) next = text_.size();
      if (next == text_.size() || text_[next + 1] == '{' || text_[next + 1] == '%') break;
    }
    std::string_view part = text_.substr(at_, next - at_);
    if (trim_next_)
      while (!part.empty() && isBlank(part.front())) part.remove_prefix(1);
    trim_next_ = false;
    if (next + 2 < text_.size() && text_[next + 2] == '-')
      while (!part.empty() && isBlank(part.back())) part.remove_suffix(1);
    if (!part.empty()) block.nodes.push_back(std::make_unique<TextNode>(std::string(part)));
    at_ = next;
    return at_ < text_.size();
  }

  // What stands between `open` (at at_) and `close`, dashes gone; at_ is then behind it.
  bool inside(std::string_view close, std::string& markup, size_t& offset) {
    const size_t open_at = at_;
    size_t from = at_ + 2;
    if (from < text_.size() && text_[from] == '-') ++from;
    // Quotes may hold the closing braces.
    size_t end = from;
    for (char quote = 0; end < text_.size(); ++end) {
      if (quote != 0) {
        if (text_[end] == quote) quote = 0;
      } else if (text_.substr(end).starts_with(close)) {
        break;
      } else if (text_[end] == '"' || text_[end] == '\'') {
        quote = text_.find(text_[end], end + 1) == std::string_view::npos ? '\0' : text_[end];
      }
    }
    if (end >= text_.size()) return fail(open_at, fmt::format("`{}` is missing", close));
    size_t to = end;
    if (to > from && text_[to - 1] == '-') {
      --to;
      trim_next_ = true;
    }
    markup = withoutReferences(text_.substr(from, to - from));
    offset = from;
    at_ = end + close.size();
    return true;
  }

  bool tag(Tag& out) {
    out.offset = at_;
    if (!inside("%}", out.markup, out.markup_offset)) return false;
    std::vector<std::string> none;
    Markup markup(out.markup, out.markup_offset, none);
    out.name = markup.name();
    const size_t used = markup.offset() - out.markup_offset;
    out.markup.erase(0, used);
    out.markup_offset += used;
    return !out.name.empty() || fail(out.offset, "a tag's name is missing");
  }

  // Nodes until one of the tags `ends` (which is left in end_), or the template's end when there are none.
  bool blockUntil(Block& block, std::initializer_list<std::string_view> ends, size_t depth) {
    if (depth > kMaxDepth) return fail(at_, "tags are nested too deep");
    while (textInto(block)) {
      if (++nodes_ > kMaxNodes) return fail(at_, "the template has too many parts");
      if (text_[at_ + 1] == '{') {
        if (!outputInto(block)) return false;
        continue;
      }
      Tag next;
      if (!tag(next)) return false;
      if (std::find(ends.begin(), ends.end(), next.name) != ends.end()) {
        end_ = std::move(next);
        return true;
      }
      if (!nodeInto(block, next, depth)) return false;
    }
    if (ends.size() == 0) return true;
    return fail(text_.size(), fmt::format("{{% {} %}} is missing", *(ends.end() - 1)));
  }

  bool outputInto(Block& block) {
    std::string text;
    size_t offset = 0;
    if (!inside("}}", text, offset)) return false;
    Markup markup(text, offset, names_);
    if (markup.atEnd()) return true;
    auto node = std::make_unique<OutputNode>();
    if (!markup.output(node->output)) return fail(markup);
    block.nodes.push_back(std::move(node));
    return true;
  }

  bool nodeInto(Block& block, Tag& next, size_t depth) {
    if (next.name == "if" || next.name == "unless") return conditional(block, next, depth);
    if (next.name == "for" || next.name == "JSONArrayFor" || next.name == "jsonArrayFor")
      return loop(block, next, depth);
    if (next.name == "case") return caseOf(block, next, depth);
    if (next.name == "assign") return assign(block, next);
    if (next.name == "capture") return capture(block, next, depth);
    if (next.name == "cycle") return cycle(block, next);
    if (next.name == "increment" || next.name == "decrement") return counter(block, next);
    if (next.name == "comment") return skipTo("endcomment", nullptr);
    if (next.name == "raw") return skipTo("endraw", &block);
    if (next.name == "break" || next.name == "continue") {
      block.nodes.push_back(std::make_unique<JumpNode>(next.name == "break" ? Flow::Break : Flow::Continue));
      return true;
    }
    return fail(next.offset, fmt::format("there is no tag `{}`, or it does not stand here", next.name));
  }

  bool conditional(Block& block, Tag& next, size_t depth) {
    auto node = std::make_unique<IfNode>();
    const bool unless = next.name == "unless";
    const std::string_view end = unless ? "endunless" : "endif";
    std::optional<Tag> opened(std::move(next));
    while (opened) {
      IfNode::Branch& branch = node->branches.emplace_back();
      branch.negated = unless && node->branches.size() == 1;
      if (opened->name != "else") {
        Markup markup(opened->markup, opened->markup_offset, names_);
        branch.condition.emplace();
        if (!markup.condition(*branch.condition)) return fail(markup);
      }
      const bool is_else = opened->name == "else";
      const bool read = is_else ? blockUntil(branch.block, {end}, depth + 1)
                                : blockUntil(branch.block, {"elsif", "elseif", "else", end}, depth + 1);
      if (!read) return false;
      opened.reset();
      if (end_.name != end) opened = std::move(end_);
    }
    block.nodes.push_back(std::move(node));
    return true;
  }

  bool caseOf(Block& block, Tag& next, size_t depth) {
    auto node = std::make_unique<CaseNode>();
    Markup subject(next.markup, next.markup_offset, names_);
    if (!subject.operand(node->subject) || !subject.expectEnd()) return fail(subject);
    Block ignored;  // what stands before the first `when`
    if (!blockUntil(ignored, {"when", "else", "endcase"}, depth + 1)) return false;
    while (end_.name != "endcase") {
      CaseNode::When& when = node->whens.emplace_back();
      if (end_.name == "when") {
        Markup markup(end_.markup, end_.markup_offset, names_);
        do {
          if (!markup.operand(when.values.emplace_back())) return fail(markup);
        } while (markup.take(',') || markup.takeWord("or"));
        if (!markup.expectEnd()) return fail(markup);
      }
      if (!blockUntil(when.block, {"when", "else", "endcase"}, depth + 1)) return false;
    }
    block.nodes.push_back(std::move(node));
    return true;
  }

  bool loop(Block& block, Tag& next, size_t depth) {
    auto node = std::make_unique<ForNode>();
    node->joins = next.name != "for";
    const std::string end = "end" + next.name;
    Markup markup(next.markup, next.markup_offset, names_);
    node->variable = markup.name();
    if (node->variable.empty()) return fail(next.offset, "a loop is written as {% for x in list %}");
    if (!markup.takeWord("in")) return fail(markup.offset(), "`in` is missing");
    if (!markup.operand(node->collection)) return fail(markup);
    node->name = node->variable + "-" + node->collection.text;
    while (!markup.atEnd()) {
      markup.take(',');
      if (markup.takeWord("reversed")) {
        node->reversed = true;
        continue;
      }
      const bool is_limit = markup.takeWord("limit");
      if (!is_limit && !markup.takeWord("offset")) {
        markup.expectEnd();
        return fail(markup);
      }
      auto& bound = is_limit ? node->limit : node->offset;
      bound.emplace();
      if (!markup.take(':')) return fail(markup.offset(), "`:` is missing");
      if (!markup.operand(*bound)) return fail(markup);
    }
    if (!blockUntil(node->block, {"else", end}, depth + 1)) return false;
    if (end_.name == "else") {
      node->otherwise.emplace();
      if (!blockUntil(*node->otherwise, {end}, depth + 1)) return false;
    }
    block.nodes.push_back(std::move(node));
    return true;
  }

  bool assign(Block& block, const Tag& next) {
    auto node = std::make_unique<AssignNode>();
    Markup markup(next.markup, next.markup_offset, names_);
    node->name = markup.name();
    if (node->name.empty() || !markup.take('=')) return fail(next.offset, "write {% assign name = value %}");
    if (!markup.output(node->output)) return fail(markup);
    block.nodes.push_back(std::move(node));
    return true;
  }

  bool capture(Block& block, const Tag& next, size_t depth) {
    auto node = std::make_unique<CaptureNode>();
    Markup markup(next.markup, next.markup_offset, names_);
    node->name = markup.name();
    if (node->name.empty() || !markup.expectEnd()) return fail(next.offset, "write {% capture name %}");
    if (!blockUntil(node->block, {"endcapture"}, depth + 1)) return false;
    block.nodes.push_back(std::move(node));
    return true;
  }

  bool cycle(Block& block, const Tag& next) {
    auto node = std::make_unique<CycleNode>();
    Markup markup(next.markup, next.markup_offset, names_);
    Operand first;
    if (!markup.operand(first)) return fail(markup);
    node->group = next.markup;
    if (markup.take(':')) {
      node->group = first.text;
    } else {
      node->values.push_back(std::move(first));
      if (!markup.atEnd() && !markup.take(',')) return fail(markup.offset(), "`,` is missing");
    }
    while (!markup.atEnd()) {
      if (!markup.operand(node->values.emplace_back())) return fail(markup);
      if (!markup.atEnd() && !markup.take(',')) return fail(markup.offset(), "`,` is missing");
    }
    if (node->values.empty()) return fail(next.offset, "a cycle needs values");
    block.nodes.push_back(std::move(node));
    return true;
  }

  bool counter(Block& block, const Tag& next) {
    auto node = std::make_unique<CounterNode>();
    Markup markup(next.markup, next.markup_offset, names_);
    node->name = markup.name();
    node->up = next.name == "increment";
    if (node->name.empty() || !markup.expectEnd()) return fail(next.offset, "a counter's name is missing");
    block.nodes.push_back(std::move(node));
    return true;
  }

  // Up to {% end %}; what lies before it is text for `into` as it is, or nothing.
  bool skipTo(std::string_view end, Block* into) {
    const size_t from = at_;
    trim_next_ = false;
    for (size_t open = text_.find("{%", from); open != std::string_view::npos; open = text_.find("{%", open + 2)) {
      at_ = open;
      Tag found;
      TemplateError ignored;
      std::swap(ignored, error_);
      const bool read = tag(found);
      std::swap(ignored, error_);
      if (!read || found.name != end) {
        trim_next_ = false;
        continue;
      }
      if (into != nullptr && open > from)
        into->nodes.push_back(std::make_unique<TextNode>(std::string(text_.substr(from, open - from))));
      return true;
    }
    return fail(from, fmt::format("{{% {} %}} is missing", end));
  }

  std::string_view text_;
  size_t at_ = 0;
  size_t nodes_ = 0;
  bool trim_next_ = false;
  Tag end_;
  std::vector<std::string> names_;
  TemplateError& error_;
};

}  // namespace

Template::Template(std::unique_ptr<const Block> block) : block_(std::move(block)) {}
Template::~Template() = default;

std::unique_ptr<const Template> Template::parse(std::string_view text, TemplateError& error) {
  error = {};
  std::unique_ptr<Block> block = Parser(text, error).parse();
  if (block == nullptr) return nullptr;
  return std::unique_ptr<const Template>(new Template(std::move(block)));
}

bool Template::uses(std::string_view name) const {
  return std::find(block_->names.begin(), block_->names.end(), name) != block_->names.end();
}

Result<std::string> Template::render(expression::Eval& eval, Globals& globals, size_t limit) const {
  Renderer renderer(eval, globals, limit);
  block_->render(renderer);
  if (!renderer.error().empty()) return sluice::fail(renderer.error());
  if (!eval.failed()) return std::move(renderer.out());
  if (eval.pendingIsBudget()) return sluice::fail("the template takes more work than it may");
  const auto* exception = expression::describeException(eval, *eval.pending());
  return sluice::fail(std::string(exception->message));
}

}  // namespace sluice::policies::liquid
