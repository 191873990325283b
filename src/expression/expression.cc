#include "expression/expression.h"

#include "base/encoding.h"
#include "expression/binder.h"
#include "expression/machine.h"
#include "expression/parser.h"

namespace sluice::expression {
namespace {

// Trees of one expression: far more than any real one needs.
constexpr size_t kCompileMemory = 64u * 1024 * 1024;
constexpr size_t kMaxSource = 256u * 1024;

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

}  // namespace

struct Expression::Compiled {
  std::string source;
  Arena arena{kCompileMemory};
  std::unique_ptr<Binder> binder;  // owns the functions
  Mistakes mistakes;
  Bound bound;
};

Expression::Expression(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Expression::~Expression() = default;

bool Expression::looksLike(std::string_view text) {
  text = trimmed(text);
  return text.starts_with("@(") || text.starts_with("@{");
}

std::unique_ptr<const Expression> Expression::compile(std::string_view source, const SourceText& where,
                                                      Diagnostics& diagnostics, size_t where_offset) {
  auto compiled = std::make_unique<Compiled>();
  const std::string_view text = trimmed(source);
  const size_t shift = where_offset + (text.empty() ? 0 : static_cast<size_t>(text.data() - source.data()));
  compiled->source = text;
  Mistakes& mistakes = compiled->mistakes;
  if (text.size() > kMaxSource) {
    mistakes.push_back({0, "this expression is too long", ""});
  } else if (!isValidUtf8(text)) {
    mistakes.push_back({0, "this expression is not valid UTF-8", ""});
  } else if (Syntax* tree = parse(compiled->source, compiled->arena, mistakes)) {
    compiled->binder = std::make_unique<Binder>(compiled->source, compiled->arena, mistakes);
    if (const std::optional<Bound> bound = compiled->binder->bind(tree)) compiled->bound = *bound;
  }
  for (const Mistake& mistake : mistakes)
    diagnostics.add(where.diagnostic(Severity::Error, shift + mistake.offset, mistake.message, mistake.remedy));
  if (compiled->binder != nullptr)
    for (const Mistake& doubt : compiled->binder->warnings())
      diagnostics.add(where.diagnostic(Severity::Warning, shift + doubt.offset, doubt.message, doubt.remedy));
  if (!mistakes.empty()) return nullptr;
  Function& main = *compiled->bound.main;
  main.enters_scope = needsEntering(main.scope);
  return std::unique_ptr<const Expression>(new Expression(std::move(compiled)));
}

const Effects& Expression::effects() const {
  return compiled_->bound.usage.effects;
}

std::string_view Expression::source() const {
  return compiled_->source;
}

std::optional<Value> Expression::constant() const {
  const Node* body = compiled_->bound.main->body;
  if (body == nullptr || body->kind != NodeKind::Constant) return std::nullopt;
  return static_cast<const ConstantNode*>(body)->value;
}

Outcome Expression::evaluate(Context& context, Arena& arena, const Limits& limits) const {
  Eval eval(&context, arena, limits);
  eval.shares_trees = !compiled_->bound.usage.mutates_trees;
  static const Object kContext{core().object};  // has no state of its own
  Outcome outcome;
  outcome.value = callMain(eval, *compiled_->bound.main, Value::object(&kContext));
  if (!eval.failed()) return outcome;
  outcome.value = Value();
  outcome.exception = describeException(eval, *eval.pending());
  return outcome;
}

}  // namespace sluice::expression
