// The longer primaries: object creation, initialisers, lambdas, interpolated strings.
#include "expression/parser.h"

namespace sluice::expression {

Syntax* Parser::newExpression() {
  const size_t offset = token().offset;
  need("new");
  if (is("{")) return anonymousObject(offset);
  if (const size_t rank = arrayRank()) {
    at_ += rank + 1;
    Syntax* made = node(Syn::ImplicitArray, offset);
    made->number = static_cast<uint32_t>(rank);
    made->initializer = initializer();
    return finish(made);
  }
  Syntax* made_type = tryType(false);
  if (made_type == nullptr) return failHere("a type");
  if (is("[")) return arrayRest(made_type, offset);
  Syntax* made = node(Syn::New, offset);
  made->type = made_type;
  std::vector<Syntax*> args;
  if (take("(")) {
    arguments(")", args);
  } else if (!is("{")) {
    return failHere("'(', '[' or '{'");
  }
  made->kids = list(args);
  if (!failed_ && is("{")) made->initializer = initializer();
  return finish(made);
}

// new int[3], new int[] { 1 }, new int[2, 3], new int[2][]
Syntax* Parser::arrayRest(Syntax* element, size_t offset) {
  Syntax* made = node(Syn::NewArray, offset);
  made->type = element;
  std::vector<Syntax*> sizes;
  size_t rank = arrayRank();
  if (rank > 0) {
    at_ += rank + 1;
  } else {
    need("[");
    do {
      sizes.push_back(expression());
    } while (!failed_ && take(","));
    need("]");
    rank = sizes.size();
  }
  // What follows makes the element an array itself.
  std::vector<size_t> inner;
  while (const size_t next = failed_ ? 0 : arrayRank()) {
    inner.push_back(next);
    at_ += next + 1;
  }
  for (size_t i = inner.size(); i-- > 0;) {
    Syntax* array = node(Syn::TypeArray, element->offset);
    array->type = made->type;
    array->number = static_cast<uint32_t>(inner[i]);
    made->type = array;
  }
  made->number = static_cast<uint32_t>(rank);
  made->kids = list(sizes);
  if (!failed_ && is("{")) made->initializer = initializer();
  return finish(made);
}

Syntax* Parser::anonymousObject(size_t offset) {
  need("{");
  std::vector<Syntax*> members;
  while (!failed_ && !is("}")) {
    Syntax* member = node(Syn::InitMember, token().offset);
    if (isName() && is("=", 1)) {
      member->text = token().text;
      at_ += 2;
      member->kids = list({expression()});
    } else {
      Syntax* value = expression();
      const Syntax* named = value;
      while (named->kind == Syn::ConditionalAccess) named = named->kids[1];
      if (named->kind != Syn::Name && named->kind != Syn::Member)
        return fail(value->offset, "this member of an anonymous object needs a name", "Write Name = value.");
      member->text = named->text;
      member->kids = list({value});
    }
    members.push_back(finish(member));
    if (!take(",")) break;
  }
  need("}");
  Syntax* made = node(Syn::Anonymous, offset);
  made->kids = list(members);
  return finish(made);
}

Syntax* Parser::initializer() {
  const size_t offset = token().offset;
  if (!deeper()) return node(Syn::Error, offset);
  ++depth_;
  need("{");
  std::vector<Syntax*> elements;
  while (!failed_ && !is("}")) {
    elements.push_back(initializerElement());
    if (!take(",")) break;
  }
  need("}");
  --depth_;
  Syntax* made = node(Syn::Initializer, offset);
  made->kids = list(elements);
  return finish(made);
}

Syntax* Parser::initializerElement() {
  const size_t offset = token().offset;
  if (is("{")) return initializer();
  if (is("[")) {
    ++at_;
    std::vector<Syntax*> args = {nullptr};
    arguments("]", args);
    need("=");
    Syntax* made = node(Syn::InitIndex, offset);
    args[0] = is("{") ? initializer() : expression();
    made->kids = list(args);
    return finish(made);
  }
  if (isName() && is("=", 1)) {
    Syntax* made = node(Syn::InitMember, offset);
    made->text = token().text;
    at_ += 2;
    made->kids = list({is("{") ? initializer() : expression()});
    return finish(made);
  }
  return expression();
}

bool Parser::lambdaFollows() const {
  const size_t start = isWord("async") && (isName(1) || is("(", 1)) ? 1 : 0;
  if (isName(start) && is("=>", start + 1)) return true;
  if (!is("(", start)) return false;
  int depth = 0;
  for (size_t ahead = start; at_ + ahead < tokens_.size(); ++ahead) {
    if (is("(", ahead)) ++depth;
    if (is(")", ahead) && --depth == 0) return is("=>", ahead + 1);
    if (is("{", ahead) || is(";", ahead)) return false;
  }
  return false;
}

Syntax* Parser::lambda() {
  const size_t offset = token().offset;
  if (isWord("async")) return fail(offset, "an expression cannot wait: `async` is not available");
  std::vector<Syntax*> kids;
  if (isName()) {
    Syntax* only = node(Syn::Parameter, offset);
    only->text = tokens_[at_++].text;
    kids.push_back(finish(only));
  } else {
    need("(");
    if (!is(")")) {
      do {
        kids.push_back(parameter(false));
      } while (!failed_ && take(","));
    }
    need(")");
  }
  need("=>");
  kids.push_back(lambdaBody());
  Syntax* made = node(Syn::Lambda, offset);
  made->kids = list(kids);
  return finish(made);
}

Syntax* Parser::lambdaBody() {
  if (failed_) return node(Syn::Error, token().offset);
  return is("{") ? block() : expressionOrThrow();
}

// delegate (int x) { ... }, delegate { ... }
Syntax* Parser::delegateExpression() {
  const size_t offset = token().offset;
  need("delegate");
  std::vector<Syntax*> kids;
  Syntax* made = node(Syn::Lambda, offset);
  if (take("(")) {
    if (!is(")")) {
      do {
        kids.push_back(parameter(true));
      } while (!failed_ && take(","));
    }
    need(")");
  } else {
    made->number = 1;  // takes any parameters and uses none
  }
  kids.push_back(block());
  made->kids = list(kids);
  return finish(made);
}

Syntax* Parser::interpolated() {
  const Token whole = token();
  ++at_;
  std::vector<Syntax*> parts;
  const size_t start = static_cast<size_t>(whole.text.data() - source_.data());
  const size_t end = start + whole.text.size();
  size_t run = start;
  const auto literal = [&](size_t to) {
    if (to == run) return;
    Syntax* part = node(Syn::Literal, run);
    if (!unescape(source_.substr(run, to - run), whole.verbatim, true, arena_, part->value))
      fail(run, "unrecognised escape sequence");
    parts.push_back(part);
  };
  for (size_t i = start; i < end && !failed_;) {
    const char c = source_[i];
    if (c == '\\' && !whole.verbatim) {
      i += 2;
    } else if ((c == '{' || c == '}') && i + 1 < end && source_[i + 1] == c) {
      i += 2;
    } else if (c == '{') {
      literal(i);
      size_t format = 0;
      const size_t close = endOfHole(source_.substr(0, end), i + 1, format);
      if (close == std::string_view::npos) return fail(i, "this { has no }");
      parts.push_back(hole(whole, i + 1, close, format));
      i = run = close + 1;
    } else if (c == '}') {
      return fail(i, "a single } in an interpolated string", "Write }} for the character.");
    } else {
      ++i;
    }
  }
  if (!failed_) literal(end);
  Syntax* made = node(Syn::Interpolated, whole.offset);
  made->kids = list(parts);
  return finish(made);
}

Syntax* Parser::hole(const Token& whole, size_t from, size_t to, size_t format) {
  if (!deeper()) return node(Syn::Error, from);
  std::vector<Token> inner = lex(source_, from, format, arena_, mistakes_);
  if (!mistakes_.empty()) {
    failed_ = true;
    return node(Syn::Error, from);
  }
  Parser parser(source_, std::move(inner), arena_, mistakes_);
  parser.depth_ = depth_ + 10;
  std::vector<Syntax*> kids = {parser.expression()};
  if (parser.take(",")) kids.push_back(parser.expression());
  if (!parser.failed_ && parser.token().kind != TokenKind::End) parser.failHere("'}'");
  failed_ = failed_ || parser.failed_;
  Syntax* made = node(Syn::Hole, from);
  made->kids = list(kids);
  made->end = static_cast<uint32_t>(to);
  if (format < to) {
    Value text;
    if (!unescape(source_.substr(format + 1, to - format - 1), whole.verbatim, true, arena_, text))
      return fail(format, "unrecognised escape sequence");
    made->value = text;
  }
  return made;
}

}  // namespace sluice::expression
