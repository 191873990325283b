#include "expression/parser.h"

#include <algorithm>

namespace sluice::expression {

Parser::Parser(std::string_view source, std::vector<Token> tokens, Arena& arena, Mistakes& mistakes)
    : source_(source), tokens_(std::move(tokens)), arena_(arena), mistakes_(mistakes) {}

bool Parser::is(std::string_view text, size_t ahead) const {
  const Token& t = token(ahead);
  return (t.kind == TokenKind::Punctuation || t.kind == TokenKind::Keyword) && t.text == text;
}

bool Parser::isWord(std::string_view text, size_t ahead) const {
  return isName(ahead) && token(ahead).text == text;
}

bool Parser::take(std::string_view text) {
  if (!is(text)) return false;
  ++at_;
  return true;
}

bool Parser::need(std::string_view text) {
  if (failed_) return false;
  if (take(text)) return true;
  failHere("'" + std::string(text) + "'");
  return false;
}

std::string_view Parser::needName(std::string_view what) {
  if (isName()) return tokens_[at_++].text;
  failHere(what);
  return {};
}

Syntax* Parser::fail(size_t offset, std::string message, std::string remedy) {
  if (!failed_) mistakes_.push_back({offset, std::move(message), std::move(remedy)});
  failed_ = true;
  return node(Syn::Error, offset);
}

Syntax* Parser::failHere(std::string_view expected) {
  const Token& t = token();
  const std::string found = t.kind == TokenKind::End ? "the end of the expression" : "'" + std::string(t.text) + "'";
  static constexpr std::string_view kStatements[] = {"if",     "return", "for", "foreach", "while", "do",
                                                     "switch", "throw",  "try", "using",   ";"};
  const bool statement = t.kind != TokenKind::End &&
                         std::find(std::begin(kStatements), std::end(kStatements), t.text) != std::end(kStatements);
  return fail(t.offset, "expected " + std::string(expected) + ", but found " + found,
              statement && source_.starts_with("@(") ? "@( ) holds one expression; statements go into @{ }." : "");
}

bool Parser::deeper() {
  if (depth_ < kMaxDepth) return true;
  fail(token().offset, "this is nested too deeply");
  return false;
}

Syntax* Parser::node(Syn kind, size_t offset) {
  auto* made = arena_.create<Syntax>();
  made->kind = kind;
  made->offset = static_cast<uint32_t>(offset);
  made->end = made->offset;
  return made;
}

Syntax* Parser::node(Syn kind, size_t offset, std::initializer_list<Syntax*> kids) {
  Syntax* made = node(kind, offset);
  made->kids = arena_.array<Syntax*>(kids.size());
  std::copy(kids.begin(), kids.end(), made->kids.begin());
  return finish(made);
}

std::span<Syntax*> Parser::list(const std::vector<Syntax*>& nodes) {
  const std::span<Syntax*> kept = arena_.array<Syntax*>(nodes.size());
  std::copy(nodes.begin(), nodes.end(), kept.begin());
  return kept;
}

Syntax* Parser::finish(Syntax* made) const {
  made->end = at_ > 0 ? tokens_[at_ - 1].end : made->offset;
  return made;
}

Syntax* Parser::nameNode(std::string_view text, size_t offset) {
  Syntax* made = node(Syn::Name, offset);
  made->text = text;
  return finish(made);
}

Syntax* Parser::memberNode(Syntax* target, std::string_view text, size_t offset) {
  Syntax* made = node(Syn::Member, offset, {target});
  made->text = text;
  return made;
}

Syntax* Parser::callNode(Syntax* target, std::string_view method, std::initializer_list<Syntax*> args, size_t offset) {
  std::vector<Syntax*> kids = {memberNode(target, method, offset)};
  for (Syntax* arg : args) kids.push_back(node(Syn::Argument, arg->offset, {arg}));
  Syntax* made = node(Syn::Call, offset);
  made->kids = list(kids);
  return finish(made);
}

Syntax* Parser::wholeExpression(std::string_view close) {
  Syntax* tree = expression();
  if (!close.empty()) need(close);
  if (!failed_ && token().kind != TokenKind::End) failHere("the end of the expression");
  return tree;
}

Syntax* Parser::wholeBlock() {
  const size_t offset = token().offset;
  std::vector<Syntax*> statements;
  while (!failed_ && !is("}") && token().kind != TokenKind::End) statements.push_back(statement());
  need("}");
  if (!failed_ && token().kind != TokenKind::End) failHere("the end of the expression");
  Syntax* tree = node(Syn::Block, offset);
  tree->kids = list(statements);
  return finish(tree);
}

Syntax* parse(std::string_view source, Arena& arena, Mistakes& mistakes) {
  if (!source.starts_with("@(") && !source.starts_with("@{")) {
    mistakes.push_back({0, "an expression begins with @( or @{", ""});
    return nullptr;
  }
  std::vector<Token> tokens = lex(source, 2, source.size(), arena, mistakes);
  if (!mistakes.empty()) return nullptr;
  Parser parser(source, std::move(tokens), arena, mistakes);
  Syntax* tree = source[1] == '(' ? parser.wholeExpression(")") : parser.wholeBlock();
  return mistakes.empty() ? tree : nullptr;
}

}  // namespace sluice::expression
