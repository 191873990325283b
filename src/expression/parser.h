// C# 7 expressions and statements to a syntax tree. Query expressions come out as the method calls that they stand for.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "expression/lexer.h"
#include "expression/syntax.h"

namespace sluice::expression {

// `source` begins with @( or @{ . Null, with mistakes, when it is not C#. Of `@(e)` the expression, of `@{s}` a Block.
Syntax* parse(std::string_view source, Arena& arena, Mistakes& mistakes);

class Parser {
 public:
  Parser(std::string_view source, std::vector<Token> tokens, Arena& arena, Mistakes& mistakes);

  Syntax* wholeExpression(std::string_view close);
  Syntax* wholeBlock();

 private:
  static constexpr int kMaxDepth = 250;

  // Tokens.
  const Token& token(size_t ahead = 0) const {
    return tokens_[at_ + ahead < tokens_.size() ? at_ + ahead : tokens_.size() - 1];
  }
  bool is(std::string_view text, size_t ahead = 0) const;
  bool isName(size_t ahead = 0) const { return token(ahead).kind == TokenKind::Name; }
  bool isWord(std::string_view text, size_t ahead = 0) const;  // contextual keyword
  bool take(std::string_view text);
  bool need(std::string_view text);
  std::string_view needName(std::string_view what);
  bool failed() const { return failed_; }
  Syntax* fail(size_t offset, std::string message, std::string remedy = {});
  Syntax* failHere(std::string_view expected);
  bool deeper();

  // Nodes.
  Syntax* node(Syn kind, size_t offset);
  Syntax* node(Syn kind, size_t offset, std::initializer_list<Syntax*> kids);
  std::span<Syntax*> list(const std::vector<Syntax*>& nodes);
  Syntax* finish(Syntax* made) const;
  Syntax* nameNode(std::string_view text, size_t offset);
  Syntax* memberNode(Syntax* target, std::string_view text, size_t offset);
  Syntax* callNode(Syntax* target, std::string_view method, std::initializer_list<Syntax*> args, size_t offset);
  std::string_view keep(std::string_view text) { return arena_.copy(text); }

  // Types (parser_type.cc). try... leave the position alone when they give null.
  Syntax* type();
  Syntax* tryType(bool allow_array = true);
  Syntax* typeNameOrKeyword();
  Syntax* tupleType();
  bool typeArguments(std::vector<Syntax*>& out);
  bool genericFollows();
  bool castFollows(const Syntax* type) const;
  bool isTypeKeyword(size_t ahead = 0) const;
  size_t arrayRank();

  // Expressions (parser_expression.cc).
  Syntax* expression();
  Syntax* expressionOrThrow();
  Syntax* assignment();
  Syntax* conditional();
  Syntax* coalesce();
  Syntax* binary(int level);
  std::string_view binaryOperator(int level, size_t& width) const;
  Syntax* isOrAs(Syntax* left);
  Syntax* pattern();
  Syntax* unary();
  Syntax* postfix(Syntax* operand);
  bool conditionalIndexFollows() const;
  Syntax* conditionalAccess(Syntax* receiver);
  Syntax* memberAccess(Syntax* target);
  Syntax* primary();
  Syntax* keywordPrimary();
  Syntax* name();
  Syntax* parenthesised();
  Syntax* tryCast();
  Syntax* tupleRest(Syntax* first_argument, size_t offset);
  Syntax* tupleElement();
  Syntax* newExpression();
  Syntax* arrayRest(Syntax* element, size_t offset);
  Syntax* initializer();
  Syntax* initializerElement();
  Syntax* anonymousObject(size_t offset);
  void arguments(std::string_view close, std::vector<Syntax*>& out);
  Syntax* argument();
  Syntax* interpolated();
  Syntax* hole(const Token& whole, size_t from, size_t to, size_t format);
  bool lambdaFollows() const;
  Syntax* lambda();
  Syntax* delegateExpression();
  Syntax* lambdaBody();

  // Query expressions (parser_query.cc).
  bool queryFollows() const;
  Syntax* query();
  struct Query;
  void queryClause(Query& q);
  void queryFrom(Query& q);
  void queryJoin(Query& q);
  void queryOrder(Query& q);
  Syntax* querySelect(Query& q);
  Syntax* queryPair(const Query& q, std::string_view name, Syntax* value);
  Syntax* queryRebase(Syntax* access, Syntax* root);
  void queryWiden(Query& q, std::string_view name);
  Syntax* queryLambda(const Query& q, Syntax* body);
  Syntax* queryLambda2(const Query& q, std::string_view second, Syntax* body);

  // Statements (parser_statement.cc).
  Syntax* statement();
  Syntax* embedded();
  Syntax* block();
  Syntax* keywordStatement();
  Syntax* localOrExpression();
  Syntax* tryLocal(bool in_for);
  Syntax* declarators(Syntax* type, uint8_t flags, size_t offset);
  Syntax* localFunction(Syntax* result, size_t offset);
  Syntax* parameter(bool types_needed);
  Syntax* ifStatement();
  Syntax* forStatement();
  Syntax* foreachStatement();
  Syntax* whileStatement();
  Syntax* doStatement();
  Syntax* switchStatement();
  Syntax* section();
  Syntax* gotoStatement();
  Syntax* tryStatement();
  Syntax* catchClause();
  Syntax* usingStatement();
  Syntax* jump(Syn kind);
  Syntax* returnStatement();
  Syntax* throwStatement();
  Syntax* yieldStatement();
  Syntax* checkedStatement();

  friend struct DepthGuard;

  std::string_view source_;
  std::vector<Token> tokens_;
  Arena& arena_;
  Mistakes& mistakes_;
  size_t at_ = 0;
  int depth_ = 0;
  int query_names_ = 0;
  bool failed_ = false;
};

}  // namespace sluice::expression
