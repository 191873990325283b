// Query expressions (C# specification, 12.20): `from x in s where c select e` is s.Where(x => c).Select(x => e). Where
// several range variables are alive, the lambda's parameter is an object that holds them, and each name in the body is
// an alias for an access to it.
#include "expression/parser.h"

namespace sluice::expression {

struct Parser::Query {
  size_t offset = 0;
  Syntax* source = nullptr;
  std::string_view parameter;  // of the next lambda
  struct Variable {
    std::string_view name;
    Syntax* access;  // null: the parameter itself
  };
  std::vector<Variable> variables;
};

bool Parser::queryFollows() const {
  if (!isWord("from")) return false;
  if (isName(1) && is("in", 2)) return true;
  return (isName(1) || isTypeKeyword(1)) && isName(2) && is("in", 3);
}

Syntax* Parser::queryLambda(const Query& q, Syntax* body) {
  Syntax* param = node(Syn::Parameter, body->offset);
  param->text = q.parameter;
  Syntax* made = node(Syn::Lambda, body->offset, {param, body});
  std::vector<Syntax::Alias> aliases;
  for (const Query::Variable& variable : q.variables)
    if (variable.access != nullptr) aliases.push_back({variable.name, variable.access});
  made->aliases = arena_.array<Syntax::Alias>(aliases.size());
  std::copy(aliases.begin(), aliases.end(), made->aliases.begin());
  return made;
}

Syntax* Parser::queryLambda2(const Query& q, std::string_view second, Syntax* body) {
  Syntax* made = queryLambda(q, body);
  Syntax* param = node(Syn::Parameter, body->offset);
  param->text = second;
  made->kids = list({made->kids[0], param, body});
  return made;
}

// new { parameter, name = value }: what the next lambda's parameter will hold.
Syntax* Parser::queryPair(const Query& q, std::string_view name, Syntax* value) {
  Syntax* old_member = node(Syn::InitMember, value->offset, {nameNode(q.parameter, value->offset)});
  old_member->text = q.parameter;
  Syntax* new_member = node(Syn::InitMember, value->offset, {value});
  new_member->text = name;
  return node(Syn::Anonymous, value->offset, {old_member, new_member});
}

// `access`, which starts at the old parameter, now starting at `root`.
Syntax* Parser::queryRebase(Syntax* access, Syntax* root) {
  if (access == nullptr || access->kind == Syn::Name) return root;
  return memberNode(queryRebase(access->kids[0], root), access->text, access->offset);
}

// From here on the parameter is such a pair.
void Parser::queryWiden(Query& q, std::string_view name) {
  const std::string_view both = keep("<>q" + std::to_string(query_names_++));
  for (Query::Variable& variable : q.variables)
    variable.access = queryRebase(variable.access, memberNode(nameNode(both, q.offset), q.parameter, q.offset));
  q.variables.push_back({name, memberNode(nameNode(both, q.offset), name, q.offset)});
  q.parameter = both;
}

Syntax* Parser::query() {
  Query q;
  q.offset = token().offset;
  if (!deeper()) return node(Syn::Error, q.offset);
  ++depth_;
  ++at_;  // from
  Syntax* cast = is("in", 1) ? nullptr : type();
  q.parameter = needName("a range variable");
  need("in");
  q.source = expression();
  if (cast != nullptr && !failed_) {
    q.source = callNode(q.source, "Cast", {}, q.offset);
    q.source->kids[0]->types = list({cast});
  }
  q.variables.push_back({q.parameter, nullptr});
  while (!failed_ && !isWord("select") && !isWord("group")) queryClause(q);
  Syntax* result = failed_ ? node(Syn::Error, q.offset) : querySelect(q);
  --depth_;
  return result;
}

void Parser::queryClause(Query& q) {
  if (isWord("where")) {
    ++at_;
    q.source = callNode(q.source, "Where", {queryLambda(q, expression())}, q.offset);
  } else if (isWord("let")) {
    ++at_;
    const std::string_view name = needName("a name");
    need("=");
    Syntax* value = expression();
    q.source = callNode(q.source, "Select", {queryLambda(q, queryPair(q, name, value))}, q.offset);
    queryWiden(q, name);
  } else if (isWord("from")) {
    queryFrom(q);
  } else if (isWord("join")) {
    queryJoin(q);
  } else if (isWord("orderby")) {
    queryOrder(q);
  } else {
    failHere("a query clause (where, let, from, join, orderby, select or group)");
  }
}

// from y in e: SelectMany. Directly before select its result may be the query's own, but the pair is always right.
void Parser::queryFrom(Query& q) {
  ++at_;
  Syntax* cast = is("in", 1) ? nullptr : type();
  const std::string_view name = needName("a range variable");
  need("in");
  Syntax* sequence = expression();
  if (failed_) return;
  if (cast != nullptr) {
    sequence = callNode(sequence, "Cast", {}, q.offset);
    sequence->kids[0]->types = list({cast});
  }
  Syntax* pair = queryPair(q, name, nameNode(name, q.offset));
  q.source = callNode(q.source, "SelectMany", {queryLambda(q, sequence), queryLambda2(q, name, pair)}, q.offset);
  queryWiden(q, name);
}

void Parser::queryJoin(Query& q) {
  ++at_;
  if (!is("in", 1)) type();
  const std::string_view name = needName("a range variable");
  need("in");
  Syntax* sequence = expression();
  if (!isWord("on")) {
    failHere("'on'");
    return;
  }
  ++at_;
  Syntax* left = expression();
  if (!isWord("equals")) {
    failHere("'equals'");
    return;
  }
  ++at_;
  Syntax* right = expression();
  if (failed_) return;
  Query inner;
  inner.parameter = name;
  inner.variables.push_back({name, nullptr});
  std::string_view result = name;
  const bool group = isWord("into");
  if (group) {
    ++at_;
    result = needName("a range variable");
  }
  Syntax* pair = queryPair(q, result, nameNode(result, q.offset));
  q.source =
      callNode(q.source, group ? "GroupJoin" : "Join",
               {sequence, queryLambda(q, left), queryLambda(inner, right), queryLambda2(q, result, pair)}, q.offset);
  queryWiden(q, result);
}

void Parser::queryOrder(Query& q) {
  ++at_;
  bool first = true;
  do {
    Syntax* key = expression();
    if (failed_) return;
    bool down = false;
    if (isWord("ascending") || isWord("descending")) down = tokens_[at_++].text == "descending";
    const std::string_view method =
        first ? (down ? "OrderByDescending" : "OrderBy") : (down ? "ThenByDescending" : "ThenBy");
    q.source = callNode(q.source, method, {queryLambda(q, key)}, q.offset);
    first = false;
  } while (take(","));
}

Syntax* Parser::querySelect(Query& q) {
  Syntax* result = nullptr;
  if (isWord("select")) {
    ++at_;
    Syntax* value = expression();
    if (failed_) return value;
    const bool identity = value->kind == Syn::Name && value->text == q.parameter && q.variables.size() == 1 &&
                          q.source->kind == Syn::Call;
    result = identity ? q.source : callNode(q.source, "Select", {queryLambda(q, value)}, q.offset);
  } else {
    ++at_;  // group
    Syntax* value = expression();
    if (!isWord("by")) return failHere("'by'");
    ++at_;
    Syntax* key = expression();
    if (failed_) return key;
    result = callNode(q.source, "GroupBy", {queryLambda(q, key), queryLambda(q, value)}, q.offset);
  }
  if (!isWord("into")) return result;
  ++at_;
  Query next;
  next.offset = q.offset;
  next.source = result;
  next.parameter = needName("a range variable");
  next.variables.push_back({next.parameter, nullptr});
  while (!failed_ && !isWord("select") && !isWord("group")) queryClause(next);
  return failed_ ? result : querySelect(next);
}

}  // namespace sluice::expression
