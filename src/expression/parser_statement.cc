// Statements.
#include "expression/parser.h"

namespace sluice::expression {

Syntax* Parser::block() {
  const size_t offset = token().offset;
  need("{");
  std::vector<Syntax*> statements;
  while (!failed_ && !is("}") && token().kind != TokenKind::End) statements.push_back(statement());
  need("}");
  Syntax* made = node(Syn::Block, offset);
  made->kids = list(statements);
  return finish(made);
}

// The body of an if, a loop or a using: no declaration, which nothing could use.
Syntax* Parser::embedded() {
  Syntax* made = statement();
  if (made->kind == Syn::Local || made->kind == Syn::Function || made->kind == Syn::Label)
    return fail(made->offset, "a declaration cannot be the whole body", "Put it in braces.");
  return made;
}

Syntax* Parser::statement() {
  if (failed_ || !deeper()) return node(Syn::Error, token().offset);
  ++depth_;
  Syntax* made = nullptr;
  const size_t offset = token().offset;
  if (is("{")) {
    made = block();
  } else if (take(";")) {
    made = node(Syn::Empty, offset);
  } else if (isName() && is(":", 1) && !isWord("default")) {
    made = node(Syn::Label, offset);
    made->text = token().text;
    at_ += 2;
    if (!is("}")) made->kids = list({statement()});
  } else if (token().kind == TokenKind::Keyword) {
    made = keywordStatement();
  } else if (isWord("yield") && (is("return", 1) || is("break", 1))) {
    made = yieldStatement();
  } else {
    made = localOrExpression();
  }
  --depth_;
  return finish(made);
}

Syntax* Parser::keywordStatement() {
  const std::string_view word = token().text;
  if (word == "if") return ifStatement();
  if (word == "for") return forStatement();
  if (word == "foreach") return foreachStatement();
  if (word == "while") return whileStatement();
  if (word == "do") return doStatement();
  if (word == "switch") return switchStatement();
  if (word == "break") return jump(Syn::Break);
  if (word == "continue") return jump(Syn::Continue);
  if (word == "goto") return gotoStatement();
  if (word == "return") return returnStatement();
  if (word == "throw") return throwStatement();
  if (word == "try") return tryStatement();
  if (word == "using") return usingStatement();
  if ((word == "checked" || word == "unchecked") && is("{", 1)) return checkedStatement();
  if (word == "lock") {
    at_ += 1;
    need("(");
    Syntax* made = node(Syn::Evaluate, token().offset, {expression()});
    made->flags = kConst;  // any value will do
    need(")");
    return node(Syn::Block, made->offset, {made, statement()});
  }
  if (word == "const") {
    const size_t offset = token().offset;
    ++at_;
    Syntax* made = declarators(type(), kConst, offset);
    need(";");
    return made;
  }
  return localOrExpression();
}

Syntax* Parser::jump(Syn kind) {
  Syntax* made = node(kind, token().offset);
  ++at_;
  need(";");
  return finish(made);
}

Syntax* Parser::localOrExpression() {
  if (Syntax* local = tryLocal(false)) return local;
  Syntax* value = expression();
  Syntax* made = node(Syn::Evaluate, value->offset, {value});
  need(";");
  return made;
}

// A declaration or local function, if that is what stands here. `in_for`: without its semicolon.
Syntax* Parser::tryLocal(bool in_for) {
  const size_t before = at_;
  const size_t offset = token().offset;
  Syntax* declared = tryType();
  if (declared == nullptr || !isName()) {
    at_ = before;
    return nullptr;
  }
  if (!in_for && (is("(", 1) || is("<", 1))) return localFunction(declared, offset);
  if (!is("=", 1) && !is(";", 1) && !is(",", 1) && !in_for) {
    // "Foo bar" can be nothing else: say what is missing.
    if (token(1).offset == token().end) {
      at_ = before;
      return nullptr;
    }
    ++at_;
    return failHere("'=' or ';'");
  }
  Syntax* made = declarators(declared, 0, offset);
  if (!in_for) need(";");
  return made;
}

Syntax* Parser::declarators(Syntax* declared, uint8_t flags, size_t offset) {
  std::vector<Syntax*> all;
  do {
    Syntax* one = node(Syn::Declarator, token().offset);
    one->text = needName("a variable's name");
    if (take("=")) {
      Syntax* value = is("{") ? initializer() : expression();
      one->kids = list({value});
    }
    all.push_back(finish(one));
  } while (!failed_ && take(","));
  Syntax* made = node(Syn::Local, offset);
  made->type = declared;
  made->flags = flags;
  made->kids = list(all);
  return finish(made);
}

Syntax* Parser::parameter(bool types_needed) {
  Syntax* made = node(Syn::Parameter, token().offset);
  if (take("ref")) made->flags |= kRef;
  if (take("out")) made->flags |= kOut;
  if (take("params")) made->flags |= kParams;
  if (!types_needed && isName() && (is(",", 1) || is(")", 1))) {
    made->text = tokens_[at_++].text;
    return finish(made);
  }
  made->type = type();
  made->text = needName("a parameter's name");
  if (take("=")) made->kids = list({expression()});
  return finish(made);
}

Syntax* Parser::localFunction(Syntax* result, size_t offset) {
  Syntax* made = node(Syn::Function, offset);
  made->type = result;
  made->text = needName("the function's name");
  if (take("<")) {
    std::vector<std::string_view> names;
    do {
      names.push_back(needName("a type parameter"));
    } while (!failed_ && take(","));
    need(">");
    made->names = arena_.array<std::string_view>(names.size());
    std::copy(names.begin(), names.end(), made->names.begin());
  }
  need("(");
  std::vector<Syntax*> kids;
  if (!is(")")) {
    do {
      kids.push_back(parameter(true));
    } while (!failed_ && take(","));
  }
  need(")");
  if (take("=>")) {
    kids.push_back(expressionOrThrow());
    need(";");
  } else {
    kids.push_back(block());
  }
  made->kids = list(kids);
  return finish(made);
}

Syntax* Parser::ifStatement() {
  const size_t offset = token().offset;
  ++at_;
  need("(");
  std::vector<Syntax*> kids = {expression()};
  need(")");
  kids.push_back(embedded());
  if (take("else")) kids.push_back(embedded());
  Syntax* made = node(Syn::If, offset);
  made->kids = list(kids);
  return made;
}

Syntax* Parser::forStatement() {
  const size_t offset = token().offset;
  ++at_;
  need("(");
  std::vector<Syntax*> first, last;
  if (!is(";")) {
    if (Syntax* local = tryLocal(true)) {
      first.push_back(local);
    } else {
      do {
        Syntax* value = expression();
        first.push_back(node(Syn::Evaluate, value->offset, {value}));
      } while (!failed_ && take(","));
    }
  }
  need(";");
  Syntax* condition = failed_ || is(";") ? nullptr : expression();
  need(";");
  if (!is(")")) {
    do {
      Syntax* value = expression();
      last.push_back(node(Syn::Evaluate, value->offset, {value}));
    } while (!failed_ && take(","));
  }
  need(")");
  Syntax* before = node(Syn::Block, offset);
  before->kids = list(first);
  Syntax* after = node(Syn::Block, offset);
  after->kids = list(last);
  return node(Syn::For, offset, {before, condition, after, embedded()});
}

Syntax* Parser::foreachStatement() {
  const size_t offset = token().offset;
  ++at_;
  need("(");
  Syntax* made = node(Syn::Foreach, offset);
  made->type = type();
  Syntax* pieces = nullptr;
  if (!failed_ && is("(")) {  // foreach (var (a, b) in ...)
    pieces = parenthesised();
  } else if (!failed_ && made->type->kind == Syn::TypeTuple && is("in")) {  // foreach ((int a, int b) in ...)
    pieces = made->type;
  } else {
    made->text = needName("a variable's name");
  }
  need("in");
  Syntax* sequence = expression();
  need(")");
  std::vector<Syntax*> kids = {sequence, embedded()};
  if (pieces != nullptr) kids.push_back(pieces);
  made->kids = list(kids);
  return finish(made);
}

Syntax* Parser::whileStatement() {
  const size_t offset = token().offset;
  ++at_;
  need("(");
  Syntax* condition = expression();
  need(")");
  return node(Syn::While, offset, {condition, embedded()});
}

Syntax* Parser::doStatement() {
  const size_t offset = token().offset;
  ++at_;
  Syntax* body = embedded();
  need("while");
  need("(");
  Syntax* condition = expression();
  need(")");
  need(";");
  return node(Syn::Do, offset, {body, condition});
}

Syntax* Parser::switchStatement() {
  const size_t offset = token().offset;
  ++at_;
  need("(");
  std::vector<Syntax*> kids = {expression()};
  need(")");
  need("{");
  while (!failed_ && !is("}")) kids.push_back(section());
  need("}");
  Syntax* made = node(Syn::Switch, offset);
  made->kids = list(kids);
  return made;
}

Syntax* Parser::section() {
  Syntax* made = node(Syn::Section, token().offset);
  std::vector<Syntax*> kids;
  while (!failed_ && (is("case") || is("default"))) {
    const size_t offset = token().offset;
    if (take("default")) {
      kids.push_back(node(Syn::DefaultLabel, offset));
    } else {
      ++at_;
      std::vector<Syntax*> label = {pattern()};
      if (isWord("when")) {
        ++at_;
        label.push_back(expression());
      }
      Syntax* one = node(Syn::Case, offset);
      one->kids = list(label);
      kids.push_back(one);
    }
    need(":");
  }
  if (kids.empty()) return failHere("'case' or 'default'");
  made->number = static_cast<uint32_t>(kids.size());
  while (!failed_ && !is("case") && !is("default") && !is("}")) kids.push_back(statement());
  made->kids = list(kids);
  return finish(made);
}

Syntax* Parser::gotoStatement() {
  const size_t offset = token().offset;
  ++at_;
  Syntax* made = nullptr;
  if (take("case")) {
    made = node(Syn::GotoCase, offset, {expression()});
  } else if (take("default")) {
    made = node(Syn::GotoDefault, offset);
  } else {
    made = node(Syn::Goto, offset);
    made->text = needName("a label");
  }
  need(";");
  return finish(made);
}

Syntax* Parser::returnStatement() {
  Syntax* made = node(Syn::Return, token().offset);
  ++at_;
  if (!is(";")) made->kids = list({expression()});
  need(";");
  return finish(made);
}

Syntax* Parser::throwStatement() {
  Syntax* made = node(Syn::Throw, token().offset);
  ++at_;
  if (!is(";")) made->kids = list({expression()});
  need(";");
  return finish(made);
}

Syntax* Parser::tryStatement() {
  const size_t offset = token().offset;
  ++at_;
  std::vector<Syntax*> kids = {block()};
  while (!failed_ && is("catch")) kids.push_back(catchClause());
  if (!failed_ && is("finally")) {
    const size_t at = token().offset;
    ++at_;
    kids.push_back(node(Syn::Finally, at, {block()}));
  }
  if (!failed_ && kids.size() == 1) return failHere("'catch' or 'finally'");
  Syntax* made = node(Syn::Try, offset);
  made->kids = list(kids);
  return made;
}

Syntax* Parser::catchClause() {
  Syntax* made = node(Syn::Catch, token().offset);
  ++at_;
  if (take("(")) {
    made->type = type();
    if (isName()) made->text = tokens_[at_++].text;
    need(")");
  }
  Syntax* guard = nullptr;
  if (isWord("when")) {
    ++at_;
    need("(");
    guard = expression();
    need(")");
  }
  std::vector<Syntax*> kids = {block()};
  if (guard != nullptr) kids.push_back(guard);
  made->kids = list(kids);
  return finish(made);
}

Syntax* Parser::usingStatement() {
  const size_t offset = token().offset;
  ++at_;
  need("(");
  Syntax* resource = tryLocal(true);
  if (resource == nullptr) resource = expression();
  need(")");
  return node(Syn::Using, offset, {resource, embedded()});
}

Syntax* Parser::yieldStatement() {
  const size_t offset = token().offset;
  ++at_;
  if (take("break")) {
    need(";");
    return node(Syn::YieldBreak, offset);
  }
  ++at_;
  Syntax* made = node(Syn::YieldReturn, offset, {expression()});
  need(";");
  return made;
}

Syntax* Parser::checkedStatement() {
  Syntax* made = node(Syn::Checked, token().offset);
  made->flags = is("unchecked") ? kUnchecked : 0;
  ++at_;
  made->kids = list({block()});
  return made;
}

}  // namespace sluice::expression
