// Types, and the look-ahead that tells casts and generic names from comparisons.
#include <array>

#include "expression/parser.h"

namespace sluice::expression {

bool Parser::isTypeKeyword(size_t ahead) const {
  static constexpr std::array<std::string_view, 16> kTypes = {"bool", "byte",  "char",   "decimal", "double", "float",
                                                              "int",  "long",  "object", "sbyte",   "short",  "string",
                                                              "uint", "ulong", "ushort", "void"};
  if (token(ahead).kind != TokenKind::Keyword) return false;
  for (const std::string_view keyword : kTypes)
    if (token(ahead).text == keyword) return true;
  return false;
}

Syntax* Parser::type() {
  if (Syntax* found = tryType()) return found;
  return failHere("a type");
}

// Behind '<': arguments up to and with '>'. Position undefined when false.
bool Parser::typeArguments(std::vector<Syntax*>& out) {
  do {
    Syntax* argument = tryType();
    if (argument == nullptr) return false;
    out.push_back(argument);
  } while (take(","));
  return take(">");
}

Syntax* Parser::typeNameOrKeyword() {
  const size_t offset = token().offset;
  Syntax* made = node(Syn::TypeName, offset);
  if (isTypeKeyword()) {
    made->text = tokens_[at_++].text;
    return finish(made);
  }
  if (!isName()) return nullptr;
  std::string text(tokens_[at_++].text);
  std::vector<Syntax*> args;
  for (;;) {
    if (is("<")) {
      const size_t before = at_;
      ++at_;
      if (!typeArguments(args)) {
        at_ = before;
        return nullptr;
      }
      break;
    }
    if ((!is(".") && !is("::")) || !isName(1)) break;
    text = is("::") ? std::string(token(1).text) : text + "." + std::string(token(1).text);
    at_ += 2;
  }
  made->text = keep(text);
  made->types = list(args);
  return finish(made);
}

Syntax* Parser::tupleType() {
  const size_t offset = token().offset;
  ++at_;
  std::vector<Syntax*> elements;
  do {
    Syntax* element = node(Syn::Declaration, token().offset);
    element->type = tryType();
    if (element->type == nullptr) return nullptr;
    if (isName()) element->text = tokens_[at_++].text;
    elements.push_back(finish(element));
  } while (take(","));
  if (!take(")") || elements.size() < 2) return nullptr;
  Syntax* made = node(Syn::TypeTuple, offset);
  made->kids = list(elements);
  return finish(made);
}

// How many dimensions the brackets here have; 0: not the brackets of a type.
size_t Parser::arrayRank() {
  if (!is("[")) return 0;
  size_t ahead = 1;
  while (is(",", ahead)) ++ahead;
  return is("]", ahead) ? ahead : 0;
}

Syntax* Parser::tryType(bool allow_array) {
  if (!deeper()) return nullptr;
  const size_t before = at_;
  ++depth_;
  Syntax* made = is("(") ? tupleType() : typeNameOrKeyword();
  --depth_;
  if (made == nullptr) {
    at_ = before;
    return nullptr;
  }
  for (;;) {
    if (is("?")) {
      ++at_;
      Syntax* nullable = node(Syn::TypeNullable, made->offset);
      nullable->type = made;
      made = finish(nullable);
    } else if (const size_t rank = allow_array ? arrayRank() : 0; rank > 0) {
      // int[][,] is an array of two-dimensional arrays: the first brackets are the outermost.
      std::vector<size_t> ranks;
      while (const size_t next = arrayRank()) {
        ranks.push_back(next);
        at_ += next + 1;
      }
      for (size_t i = ranks.size(); i-- > 0;) {
        Syntax* array = node(Syn::TypeArray, made->offset);
        array->type = made;
        array->number = static_cast<uint32_t>(ranks[i]);
        made = finish(array);
      }
    } else {
      return made;
    }
  }
}

// At '<' behind a name: is this a list of type arguments? (C# specification, 6.2.5: by what follows the '>'.)
bool Parser::genericFollows() {
  const size_t before = at_;
  ++at_;
  std::vector<Syntax*> args;
  bool generic = typeArguments(args);
  static constexpr std::array<std::string_view, 17> kAfter = {"(",  ")",  "]", "}", ":",  ";",  ",", ".", "?",
                                                              "==", "!=", "|", "^", "&&", "||", "&", "["};
  if (generic) {
    generic = token().kind == TokenKind::End;
    for (const std::string_view follow : kAfter) generic = generic || is(follow);
  }
  at_ = before;
  return generic;
}

// Behind "(type)": does an operand of a cast follow?
bool Parser::castFollows(const Syntax* type) const {
  const Syntax* inner = type;
  while (inner->type != nullptr) inner = inner->type;
  const bool keyword = type->kind != Syn::TypeTuple &&
                       (type->kind != Syn::TypeName ||
                        (type->types.empty() && !type->text.empty() && tokens_[at_ - 2].kind == TokenKind::Keyword));
  const Token& next = token();
  if (next.kind == TokenKind::Name || next.kind == TokenKind::Literal || next.kind == TokenKind::Interpolated)
    return true;
  if (next.kind == TokenKind::Keyword) return next.text != "is" && next.text != "as";
  if (is("(") || is("!") || is("~")) return true;
  return keyword && (is("-") || is("+") || is("++") || is("--"));
}

}  // namespace sluice::expression
