// Expressions by precedence climbing, from assignment down to primaries.
#include <array>

#include "expression/parser.h"

namespace sluice::expression {

struct DepthGuard {
  explicit DepthGuard(int& depth) : depth_(depth) { ++depth_; }
  ~DepthGuard() { --depth_; }
  DepthGuard(const DepthGuard&) = delete;
  DepthGuard& operator=(const DepthGuard&) = delete;
  int& depth_;
};

Syntax* Parser::expression() {
  if (failed_ || !deeper()) return node(Syn::Error, token().offset);
  const DepthGuard guard(depth_);
  return assignment();
}

Syntax* Parser::expressionOrThrow() {
  const size_t offset = token().offset;
  return take("throw") ? node(Syn::Throw, offset, {expression()}) : expression();
}

Syntax* Parser::assignment() {
  if (queryFollows()) return query();
  if (lambdaFollows()) return lambda();
  Syntax* left = conditional();
  static constexpr std::array<std::string_view, 10> kAssign = {
      "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<="};
  for (const std::string_view op : kAssign) {
    if (!is(op)) continue;
    ++at_;
    Syntax* made = node(Syn::Assign, left->offset, {left, expression()});
    made->text = op;
    return made;
  }
  // ">>=" arrives as two tokens.
  if (is(">") && is(">=", 1) && token().end == token(1).offset) {
    at_ += 2;
    Syntax* made = node(Syn::Assign, left->offset, {left, expression()});
    made->text = ">>=";
    return made;
  }
  return left;
}

Syntax* Parser::conditional() {
  Syntax* condition = coalesce();
  if (failed_ || !take("?")) return condition;
  Syntax* then = expressionOrThrow();
  if (!need(":")) return condition;
  return node(Syn::Conditional, condition->offset, {condition, then, expressionOrThrow()});
}

Syntax* Parser::coalesce() {
  Syntax* left = binary(0);
  if (failed_ || !is("??")) return left;
  ++at_;
  const DepthGuard guard(depth_);
  if (!deeper()) return left;
  Syntax* right = is("throw") || lambdaFollows() ? expressionOrThrow() : coalesce();
  Syntax* made = node(Syn::Binary, left->offset, {left, right});
  made->text = "??";
  return made;
}

// The binary operator of that level at this place, or empty; `width` is its number of tokens.
std::string_view Parser::binaryOperator(int level, size_t& width) const {
  static constexpr std::string_view kLevels[10][5] = {
      {"||"}, {"&&"}, {"|"}, {"^"}, {"&"}, {"==", "!="}, {"<", ">", "<=", ">="}, {"<<"}, {"+", "-"}, {"*", "/", "%"},
  };
  if (token().kind != TokenKind::Punctuation) return {};
  width = 1;
  const bool shift = is(">") && is(">", 1) && token().end == token(1).offset;
  const bool shift_assign = is(">") && is(">=", 1) && token().end == token(1).offset;
  if (shift || shift_assign) {
    width = 2;
    return level == 7 && shift ? ">>" : std::string_view{};
  }
  for (const std::string_view op : kLevels[level])
    if (!op.empty() && token().text == op) return op;
  return {};
}

Syntax* Parser::binary(int level) {
  if (level > 9) return unary();
  Syntax* left = binary(level + 1);
  int turns = 0;
  while (!failed_) {
    if (level == 6 && (is("is") || is("as"))) {
      left = isOrAs(left);
      continue;
    }
    size_t width = 0;
    const std::string_view op = binaryOperator(level, width);
    if (op.empty()) break;
    // A left-leaning chain is as deep a tree as it is long.
    if (++turns > 1000) return fail(token().offset, "this is too long");
    const size_t offset = token().offset;
    at_ += width;
    Syntax* made = node(Syn::Binary, left->offset, {left, binary(level + 1)});
    made->text = op;
    made->number = static_cast<uint32_t>(offset);
    left = made;
  }
  return left;
}

Syntax* Parser::isOrAs(Syntax* left) {
  if (take("as")) {
    Syntax* made = node(Syn::As, left->offset, {left});
    made->type = type();
    return finish(made);
  }
  need("is");
  return node(Syn::Is, left->offset, {left, pattern()});
}

Syntax* Parser::pattern() {
  const size_t offset = token().offset;
  if (isWord("var") && isName(1)) {
    Syntax* made = node(Syn::PatternVar, offset);
    made->text = token(1).text;
    at_ += 2;
    return finish(made);
  }
  const size_t before = at_;
  // `x is int ? a : b` is a test and a conditional: a '?' belongs to the type only when no operand can follow it.
  Syntax* tested = tryType();
  if (tested != nullptr && tested->kind == Syn::TypeNullable && !is(")") && !is("]") && !is(";") && !is(",") &&
      !is("&&") && !is("||") && !is("}") && !is(":") && !is("?") && token().kind != TokenKind::End) {
    tested = tested->type;
    while (!is("?") || token().offset < tested->end) --at_;
  }
  const bool named = tested != nullptr && isName() && !isWord("when");
  // A bare name may be a constant or a type: the binder looks.
  if (tested != nullptr && (named || tested->kind != Syn::TypeName || isTypeKeyword() || !tested->types.empty() ||
                            (!is(".") && !is("(") && !is("+") && !is("-")))) {
    Syntax* made = node(Syn::PatternType, offset);
    made->type = tested;
    if (named) made->text = tokens_[at_++].text;
    return finish(made);
  }
  at_ = before;
  return node(Syn::PatternConstant, offset, {binary(7)});
}

Syntax* Parser::unary() {
  const DepthGuard guard(depth_);
  if (failed_ || !deeper()) return node(Syn::Error, token().offset);
  static constexpr std::array<std::string_view, 6> kUnary = {"-", "+", "!", "~", "++", "--"};
  const size_t offset = token().offset;
  for (const std::string_view op : kUnary) {
    if (!is(op)) continue;
    ++at_;
    Syntax* made = node(Syn::Unary, offset, {unary()});
    made->text = op;
    return made;
  }
  if (isWord("await") && (isName(1) || token(1).kind == TokenKind::Keyword))
    return fail(offset, "an expression cannot wait: `await` is not available");
  if (Syntax* cast = tryCast()) return cast;
  return postfix(primary());
}

Syntax* Parser::tryCast() {
  if (!is("(")) return nullptr;
  const size_t before = at_;
  const size_t offset = token().offset;
  ++at_;
  Syntax* target = tryType();
  if (target != nullptr && take(")") && castFollows(target) && !is("=>")) {
    Syntax* made = node(Syn::Cast, offset, {unary()});
    made->type = target;
    return made;
  }
  at_ = before;
  return nullptr;
}

Syntax* Parser::memberAccess(Syntax* target) {
  const size_t offset = token().offset;
  Syntax* made = node(Syn::Member, offset, {target});
  made->text = needName("a member's name");
  if (is("<") && genericFollows()) {
    ++at_;
    std::vector<Syntax*> args;
    typeArguments(args);
    made->types = list(args);
  }
  return finish(made);
}

Syntax* Parser::postfix(Syntax* operand) {
  int turns = 0;
  while (!failed_) {
    const size_t offset = token().offset;
    if (++turns > 500) return fail(offset, "this is too long");
    if (take(".")) {
      operand = memberAccess(operand);
    } else if (is("?.") || conditionalIndexFollows()) {
      return conditionalAccess(operand);
    } else if (is("(") || is("[")) {
      const bool call = is("(");
      ++at_;
      std::vector<Syntax*> kids = {operand};
      arguments(call ? ")" : "]", kids);
      operand = node(call ? Syn::Call : Syn::Index, offset);
      operand->kids = list(kids);
      finish(operand);
    } else if (is("++") || is("--")) {
      Syntax* made = node(Syn::Postfix, operand->offset, {operand});
      made->text = tokens_[at_++].text;
      operand = made;
    } else {
      break;
    }
  }
  return operand;
}

bool Parser::conditionalIndexFollows() const {
  return is("?") && is("[", 1) && token().end == token(1).offset;
}

// a?.b.c: when a is null, nothing of .b.c happens.
Syntax* Parser::conditionalAccess(Syntax* receiver) {
  const DepthGuard guard(depth_);
  if (!deeper()) return receiver;
  const size_t offset = token().offset;
  Syntax* rest = node(Syn::ConditionalReceiver, offset);
  if (take("?.")) {
    rest = memberAccess(rest);
  } else {
    need("?");
    need("[");
    std::vector<Syntax*> kids = {rest};
    arguments("]", kids);
    rest = node(Syn::Index, offset);
    rest->kids = list(kids);
    finish(rest);
  }
  rest = postfix(rest);
  return node(Syn::ConditionalAccess, receiver->offset, {receiver, rest});
}

void Parser::arguments(std::string_view close, std::vector<Syntax*>& out) {
  if (take(close)) return;
  do {
    out.push_back(argument());
  } while (!failed_ && take(","));
  need(close);
}

Syntax* Parser::argument() {
  Syntax* made = node(Syn::Argument, token().offset);
  if (isName() && is(":", 1)) {
    made->text = token().text;
    at_ += 2;
  }
  if (take("ref")) {
    made->flags = kRef;
  } else if (take("out")) {
    made->flags = kOut;
  }
  Syntax* value = nullptr;
  if (made->flags == kOut) {
    const size_t before = at_;
    Syntax* declared = tryType();
    if (declared != nullptr && isName() && (is(",", 1) || is(")", 1) || is("]", 1))) {
      value = node(Syn::Declaration, declared->offset);
      value->type = declared;
      value->text = tokens_[at_++].text;
    } else {
      at_ = before;
    }
  }
  if (value == nullptr) value = expression();
  made->kids = list({value});
  return finish(made);
}

Syntax* Parser::name() {
  Syntax* made = node(Syn::Name, token().offset);
  made->text = tokens_[at_++].text;
  if (is("<") && genericFollows()) {
    ++at_;
    std::vector<Syntax*> args;
    typeArguments(args);
    made->types = list(args);
  }
  if (is("::") && isName(1)) {  // global::System
    ++at_;
    return name();
  }
  return finish(made);
}

Syntax* Parser::primary() {
  const Token& t = token();
  switch (t.kind) {
    case TokenKind::Literal: {
      Syntax* made = node(Syn::Literal, t.offset);
      made->value = t.value;
      ++at_;
      return finish(made);
    }
    case TokenKind::Interpolated:
      return interpolated();
    case TokenKind::Name:
      return name();
    case TokenKind::Keyword:
      return keywordPrimary();
    default:
      break;
  }
  if (is("(")) return parenthesised();
  return failHere("an expression");
}

Syntax* Parser::keywordPrimary() {
  const size_t offset = token().offset;
  if (is("true") || is("false") || is("null")) {
    Syntax* made = node(Syn::Literal, offset);
    made->value = is("null") ? Value::null() : Value::boolean(is("true"));
    ++at_;
    return finish(made);
  }
  if (is("new")) return newExpression();
  if (is("delegate")) return delegateExpression();
  if (isTypeKeyword()) return nameNode(tokens_[at_++].text, offset);
  if (is("default") || is("typeof")) {
    Syntax* made = node(is("default") ? Syn::Default : Syn::TypeOf, offset);
    ++at_;
    need("(");
    if (!failed_) made->type = type();
    need(")");
    return finish(made);
  }
  if (is("checked") || is("unchecked")) {
    const uint8_t flags = is("unchecked") ? kUnchecked : 0;
    ++at_;
    need("(");
    Syntax* made = node(Syn::Checked, offset, {expression()});
    made->flags = flags;
    need(")");
    return finish(made);
  }
  if (is("throw")) return fail(offset, "a throw expression may stand only behind ??, in ?: or as a lambda's body");
  return failHere("an expression");
}

Syntax* Parser::tupleElement() {
  Syntax* made = node(Syn::Argument, token().offset);
  if (isName() && is(":", 1)) {
    made->text = token().text;
    at_ += 2;
  }
  const size_t before = at_;
  Syntax* declared = tryType();
  if (declared != nullptr && isName() && (is(",", 1) || is(")", 1))) {
    Syntax* declaration = node(Syn::Declaration, declared->offset);
    declaration->type = declared;
    declaration->text = tokens_[at_++].text;
    made->kids = list({finish(declaration)});
  } else {
    at_ = before;
    made->kids = list({expression()});
  }
  return finish(made);
}

Syntax* Parser::parenthesised() {
  const size_t offset = token().offset;
  need("(");
  Syntax* first = tupleElement();
  if (!is(",")) {
    if (!first->text.empty() || (!failed_ && first->kids[0]->kind == Syn::Declaration)) return failHere("','");
    need(")");
    return failed_ ? node(Syn::Error, offset) : first->kids[0];
  }
  return tupleRest(first, offset);
}

Syntax* Parser::tupleRest(Syntax* first_argument, size_t offset) {
  std::vector<Syntax*> elements = {first_argument};
  while (!failed_ && take(",")) elements.push_back(tupleElement());
  need(")");
  Syntax* made = node(Syn::Tuple, offset);
  made->kids = list(elements);
  return finish(made);
}

}  // namespace sluice::expression
