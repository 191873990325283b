#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "expression/number.h"
#include "policies/set_body/liquid/nodes.h"

namespace sluice::policies::liquid {
namespace {

constexpr int64_t kMaxRange = 1'000'000;

bool isEmpty(Values& values, const Value& value) {
  return value.isNull() || ((value.isText() || value.isArray() || value.isObject()) && values.size(value) == 0);
}

bool contains(Values& values, const Value& where, const Value& what) {
  if (where.isText()) return !what.isNull() && values.print(where).find(values.print(what)) != std::string_view::npos;
  if (where.isObject()) return !values.member(where, values.print(what)).isNull();
  if (!where.isArray()) return false;
  const auto items = values.items(where);
  return std::any_of(items.begin(), items.end(), [&](const Value& item) { return values.equal(item, what); });
}

bool hasValue(Values& values, const Value& object, const Value& wanted) {
  if (!object.isObject()) return false;
  const auto* container = expression::as<expression::JContainer>(object.net);
  for (uint32_t i = 0; i < container->count; ++i)
    if (values.equal(values.token(static_cast<expression::JProperty*>(childAt(container, i))->content), wanted))
      return true;
  return false;
}

}  // namespace

// --- Renderer ---

bool Renderer::write(std::string_view text) {
  if (out_.size() + text.size() > limit_) fail("the text is larger than this gateway buffers");
  if (failed()) return false;
  out_.append(text);
  return true;
}

void Renderer::set(Scope& scope, std::string_view name, const Value& value) {
  for (auto& [known, old] : scope) {
    if (known != name) continue;
    old = value;
    return;
  }
  scope.emplace_back(name, value);
}
void Renderer::assign(std::string_view name, const Value& value) {
  set(scopes_.front(), name, value);
}
void Renderer::setLocal(std::string_view name, const Value& value) {
  set(scopes_.back(), name, value);
}

int64_t& Renderer::counter(std::string_view name) {
  for (auto& [known, count] : counters_)
    if (known == name) return count;
  return counters_.emplace_back(name, 0).second;
}

Value Renderer::root(const std::string& name) {
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend(); ++scope)
    for (const auto& [known, value] : *scope)
      if (known == name) return value;
  for (const auto& [known, count] : counters_)
    if (known == name) return values_.number(count);
  return globals_.find(values_, name);
}

Value Renderer::loopFact(std::string_view fact) {
  const Loop& loop = loops_.back();
  // The C# convention has Last, the Ruby one last.
  const auto is = [&](std::string_view name) { return equalsIgnoreCase(fact, name); };
  const auto index = static_cast<int64_t>(loop.index), length = static_cast<int64_t>(loop.length);
  if (is("index")) return values_.number(index + 1);
  if (is("index0")) return values_.number(index);
  if (is("rindex")) return values_.number(length - index);
  if (is("rindex0")) return values_.number(length - index - 1);
  if (is("length")) return values_.number(length);
  if (is("first")) return values_.boolean(index == 0);
  if (is("last")) return values_.boolean(index + 1 == length);
  if (is("name")) return values_.text(loop.name);
  return {};
}

Value Renderer::evaluatePath(const Operand& path) {
  if (path.text == "forloop" && !loops_.empty() && path.steps.size() == 1) return loopFact(path.steps[0].name);
  Value value = root(path.text);
  for (const auto& each : path.steps) {
    if (!step()) return {};
    if (each.index != nullptr) {
      value = values_.item(value, evaluate(*each.index));
      continue;
    }
    const Value member = values_.member(value, each.name);
    // What every array and text has besides (DotLiquid).
    const std::string_view name = each.name;
    if (!member.isNull()) {
      value = member;
    } else if (name == "size" || name == "Size" || name == "count" || name == "Count") {
      value = value.isNull() ? Value() : values_.number(static_cast<int64_t>(values_.size(value)));
    } else if (value.isArray() && (name == "first" || name == "First")) {
      value = values_.item(value, values_.number(0));
    } else if (value.isArray() && (name == "last" || name == "Last")) {
      value = values_.item(value, values_.number(-1));
    } else {
      value = {};
    }
  }
  return value;
}

Value Renderer::range(const Operand& operand) {
  const auto from = values_.integer(evaluate(*operand.from)), to = values_.integer(evaluate(*operand.to));
  if (!from || !to || *to < *from) return Value::list({});
  if (*to - *from >= kMaxRange) fail("a range is too long");
  if (failed() || !values_.eval().step(static_cast<uint64_t>(*to - *from) + 1)) return {};
  std::vector<Value> items;
  for (int64_t i = *from; i <= *to; ++i) items.push_back(values_.number(i));
  return values_.list(items);
}

Value Renderer::evaluate(const Operand& operand) {
  switch (operand.kind) {
    case Operand::Kind::Text:
      return values_.view(operand.text);
    case Operand::Kind::Whole:
      return values_.number(operand.whole);
    case Operand::Kind::Real: {
      const auto number = expression::parseDecimal(operand.text);
      return number ? Value(expression::newDecimal(values_.arena(), *number)) : Value();
    }
    case Operand::Kind::True:
    case Operand::Kind::False:
      return values_.boolean(operand.kind == Operand::Kind::True);
    case Operand::Kind::Path:
      return evaluatePath(operand);
    case Operand::Kind::Range:
      return range(operand);
    case Operand::Kind::Null:
    case Operand::Kind::Empty:
      break;
  }
  return {};
}

Value Renderer::evaluate(const Output& output) {
  Value value = evaluate(output.operand);
  for (const FilterCall& call : output.filters) {
    if (!step()) return {};
    std::vector<Value> arguments{value};
    for (const Operand& argument : call.arguments) arguments.push_back(evaluate(argument));
    if (failed()) return {};
    value = call.filter->apply(values_, arguments);
  }
  return value;
}

bool Renderer::holds(const Comparison& comparison) {
  const Value left = evaluate(comparison.left);
  if (comparison.how == Compare::Truth) return isTrue(left);
  const Value right = evaluate(comparison.right);
  const auto equal = [&] {
    if (comparison.right.kind == Operand::Kind::Empty) return isEmpty(values_, left);
    if (comparison.left.kind == Operand::Kind::Empty) return isEmpty(values_, right);
    return values_.equal(left, right);
  };
  switch (comparison.how) {
    case Compare::Equal:
      return equal();
    case Compare::NotEqual:
      return !equal();
    case Compare::Contains:
      return contains(values_, left, right);
    case Compare::StartsWith:
      return left.isText() && values_.print(left).starts_with(values_.print(right));
    case Compare::EndsWith:
      return left.isText() && values_.print(left).ends_with(values_.print(right));
    case Compare::HasKey:
      return !values_.member(left, values_.print(right)).isNull();
    case Compare::HasValue:
      return hasValue(values_, left, right);
    default:
      break;
  }
  const auto order = values_.compare(left, right);
  if (!order) return false;
  switch (comparison.how) {
    case Compare::Less:
      return *order < 0;
    case Compare::LessOrEqual:
      return *order <= 0;
    case Compare::Greater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

bool Renderer::holds(const Condition& condition) {
  bool result = holds(condition.parts.back());
  for (size_t i = condition.parts.size() - 1; i-- > 0;) {
    if (!step()) return false;
    const bool here = holds(condition.parts[i]);
    result = condition.ands[i] ? here && result : here || result;
  }
  return result;
}

// --- nodes ---

Flow Block::render(Renderer& renderer) const {
  for (const auto& node : nodes) {
    if (!renderer.step()) return Flow::Stop;
    const Flow flow = node->render(renderer);
    if (renderer.failed()) return Flow::Stop;
    if (flow != Flow::Go) return flow;
  }
  return Flow::Go;
}

Flow TextNode::render(Renderer& renderer) const {
  return renderer.write(text) ? Flow::Go : Flow::Stop;
}

Flow OutputNode::render(Renderer& renderer) const {
  const Value value = renderer.evaluate(output);
  return renderer.write(renderer.values().print(value)) ? Flow::Go : Flow::Stop;
}

Flow AssignNode::render(Renderer& renderer) const {
  renderer.assign(name, renderer.evaluate(output));
  return Flow::Go;
}

Flow CaptureNode::render(Renderer& renderer) const {
  std::string outer = std::exchange(renderer.out(), {});
  const Flow flow = block.render(renderer);
  const std::string captured = std::exchange(renderer.out(), std::move(outer));
  renderer.assign(name, renderer.values().text(captured));
  return flow;
}

Flow IfNode::render(Renderer& renderer) const {
  for (const Branch& branch : branches)
    if (!branch.condition || renderer.holds(*branch.condition) != branch.negated) return branch.block.render(renderer);
  return Flow::Go;
}

Flow CaseNode::render(Renderer& renderer) const {
  const Value value = renderer.evaluate(subject);
  for (const When& when : whens) {
    const bool matches =
        when.values.empty() || std::any_of(when.values.begin(), when.values.end(), [&](const Operand& each) {
          return renderer.values().equal(value, renderer.evaluate(each));
        });
    if (matches) return when.block.render(renderer);
  }
  return Flow::Go;
}

Flow ForNode::render(Renderer& renderer) const {
  Values& values = renderer.values();
  const Value collected = renderer.evaluate(collection);
  std::vector<Value> items;
  if (collected.isArray()) {
    const auto all = values.items(collected);
    items.assign(all.begin(), all.end());
  } else if (collected.isObject()) {
    items.push_back(collected);  // an XML element that stands alone is no array
  }
  const auto from = offset ? values.integer(renderer.evaluate(*offset)).value_or(0) : 0;
  items.erase(items.begin(), items.begin() + std::clamp<int64_t>(from, 0, static_cast<int64_t>(items.size())));
  if (limit) {
    const auto most = values.integer(renderer.evaluate(*limit)).value_or(0);
    if (most < static_cast<int64_t>(items.size())) items.resize(static_cast<size_t>(std::max<int64_t>(most, 0)));
  }
  if (reversed) std::reverse(items.begin(), items.end());
  if (items.empty()) return otherwise ? otherwise->render(renderer) : Flow::Go;
  Renderer::Inside inside(renderer);
  inside.loop().length = items.size();
  inside.loop().name = name;
  for (size_t i = 0; i < items.size(); ++i) {
    inside.loop().index = i;
    renderer.setLocal(variable, items[i]);
    if (joins && i > 0 && !renderer.write(",")) return Flow::Stop;
    const Flow flow = block.render(renderer);
    if (flow == Flow::Stop) return flow;
    if (flow == Flow::Break) break;
  }
  return Flow::Go;
}

Flow CycleNode::render(Renderer& renderer) const {
  // A name that no template can spell, so that cycles and counters keep apart.
  int64_t& turn = renderer.counter("cycle " + group);
  const Operand& current = values[static_cast<size_t>(turn) % values.size()];
  ++turn;
  return renderer.write(renderer.values().print(renderer.evaluate(current))) ? Flow::Go : Flow::Stop;
}

Flow CounterNode::render(Renderer& renderer) const {
  int64_t& count = renderer.counter(name);
  const int64_t shown = up ? count++ : --count;
  return renderer.write(std::to_string(shown)) ? Flow::Go : Flow::Stop;
}

}  // namespace sluice::policies::liquid
