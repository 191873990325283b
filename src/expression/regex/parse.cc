#include "expression/regex/parse.h"

#include "expression/chars.h"
#include "expression/regex/category.h"

namespace sluice::expression::regex {
namespace {

constexpr int kMaxDepth = 250;

std::string narrow(std::u16string_view text) {
  std::string out;
  for (const char16_t c : text) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xC0 | (c >> 6));
      out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c >= 0xD800 && c < 0xE000) {
      out += "\xEF\xBF\xBD";
    } else {
      out += static_cast<char>(0xE0 | (c >> 12));
      out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
      out += static_cast<char>(0x80 | (c & 0x3F));
    }
  }
  return out;
}

}  // namespace

TreePtr Parser::make(Kind kind) const {
  auto tree = std::make_unique<Tree>();
  tree->kind = kind;
  tree->options = options_;
  return tree;
}

TreePtr Parser::fail(std::string_view what) {
  if (error_.empty())
    error_ = "Invalid pattern '" + narrow(pattern_) + "' at offset " + std::to_string(at_) + ". " + std::string(what);
  at_ = pattern_.size();
  return std::make_unique<Tree>();
}

TreePtr Parser::run(Pass pass, uint32_t options) {
  pass_ = pass;
  options_ = options;
  at_ = 0;
  next_group_ = 1;
  if (pass == Pass::Counting) noteGroup(0, 0);
  TreePtr tree = alternation();
  if (more() && !failed()) return fail("Too many )'s.");
  return tree;
}

TreePtr Parser::alternation() {
  if (depth_ >= kMaxDepth) return fail("Nested too deeply.");
  ++depth_;
  TreePtr first = concatenation();
  if (peek() == '|' && more()) {
    TreePtr all = make(Kind::Alternate);
    all->kids.push_back(std::move(first));
    while (!failed() && take('|')) all->kids.push_back(concatenation());
    first = std::move(all);
  }
  --depth_;
  return first;
}

TreePtr Parser::concatenation() {
  TreePtr all = make(Kind::Concat);
  while (!failed()) {
    skipBlank();
    if (!more() || peek() == '|' || peek() == ')') break;
    if (atQuantifier()) return fail("Quantifier '" + narrow(pattern_.substr(at_, 1)) + "' following nothing.");
    TreePtr unit = atom();
    if (unit == nullptr || failed()) continue;  // (?i)
    skipBlank();
    if (atQuantifier()) unit = quantified(std::move(unit));
    append(*all, std::move(unit));
  }
  return all;
}

// Neighbouring characters become one text.
void Parser::append(Tree& concat, TreePtr unit) {
  Tree* last = concat.kids.empty() ? nullptr : concat.kids.back().get();
  if (unit->kind == Kind::Char && last != nullptr && last->options == unit->options) {
    if (last->kind == Kind::Char) {
      last->kind = Kind::Text;
      last->text = std::u16string(1, last->unit);
    }
    if (last->kind == Kind::Text) {
      last->text += unit->unit;
      return;
    }
  }
  concat.kids.push_back(std::move(unit));
}

TreePtr Parser::atom() {
  const char16_t c = pattern_[at_++];
  switch (c) {
    case '[':
      return set();
    case '(':
      return group();
    case '\\':
      return escape();
    case '^':
      return anchor(has(kMultiline) ? Op::Bol : Op::Beginning);
    case '$':
      return anchor(has(kMultiline) ? Op::Eol : Op::EndZ);
    case '.':
      return dot();
    default:
      return literal(c);
  }
}

TreePtr Parser::literal(char16_t c) {
  TreePtr tree = make(Kind::Char);
  tree->unit = c;
  return tree;
}

TreePtr Parser::anchor(Op op) {
  TreePtr tree = make(Kind::Anchor);
  tree->op = op;
  return tree;
}

TreePtr Parser::dot() {
  TreePtr tree = make(Kind::NotChar);
  tree->unit = '\n';
  if (has(kSingleline)) {
    tree->kind = Kind::Set;
    tree->set = std::make_unique<TreeSet>();
    tree->set->add(0, 0xFFFF);
  }
  return tree;
}

bool Parser::atTrueBrace() const {
  size_t ahead = 1;
  const auto digits = [&] {
    const size_t from = ahead;
    while (peek(ahead) >= '0' && peek(ahead) <= '9') ++ahead;
    return ahead > from;
  };
  if (!digits()) return false;
  if (peek(ahead) == '}') return true;
  if (peek(ahead) != ',') return false;
  ++ahead;
  digits();
  return peek(ahead) == '}';
}

bool Parser::atQuantifier() const {
  if (!more()) return false;
  const char16_t c = peek();
  return c == '*' || c == '+' || c == '?' || (c == '{' && atTrueBrace());
}

TreePtr Parser::quantified(TreePtr unit) {
  TreePtr repeat = make(Kind::Repeat);
  const char16_t c = pattern_[at_++];
  repeat->least = c == '+' ? 1 : 0;
  repeat->most = c == '?' ? 1 : -1;
  if (c == '{') {
    repeat->least = repeat->most = decimal();
    if (take(',')) repeat->most = peek() == '}' ? -1 : decimal();
    if (failed()) return unit;
    take('}');
    if (repeat->most >= 0 && repeat->most < repeat->least) return fail("Illegal {x,y} with x > y.");
  }
  skipBlank();
  repeat->lazy = take('?');
  repeat->kids.push_back(std::move(unit));
  skipBlank();
  if (atQuantifier()) return fail("Nested quantifier '" + narrow(pattern_.substr(at_, 1)) + "'.");
  return repeat;
}

void Parser::skipComment() {
  while (more() && peek() != ')') ++at_;
  if (!take(')')) fail("Unterminated (?#...) comment.");
}

void Parser::skipBlank() {
  while (more()) {
    if (has(kIgnorePatternWhitespace)) {
      while (more() && isWhiteSpace(peek())) ++at_;
      if (more() && peek() == '#') {
        while (more() && peek() != '\n') ++at_;
        continue;
      }
    }
    if (peek() != '(' || peek(1) != '?' || peek(2) != '#') return;
    skipComment();
  }
}

int32_t Parser::decimal() {
  int64_t number = 0;
  while (more() && peek() >= '0' && peek() <= '9') {
    number = number * 10 + (pattern_[at_++] - '0');
    if (number > INT32_MAX) {
      fail("Capture group numbers must be less than or equal to Int32.MaxValue.");
      return 0;
    }
  }
  return static_cast<int32_t>(number);
}

std::string Parser::name() {
  const size_t from = at_;
  while (more() && isBoundaryWordChar(peek())) ++at_;
  return narrow(pattern_.substr(from, at_ - from));
}

void Parser::noteGroup(int32_t number, size_t at) {
  groups_.try_emplace(number, std::to_string(number));
  group_at_.try_emplace(number, at);
}

bool Parser::isGroup(int32_t number) const {
  return pass_ == Pass::Counting || groups_.contains(number);
}

int32_t Parser::groupNamed(const std::string& name) const {
  const auto it = named_.find(name);
  return it == named_.end() ? -1 : it->second;
}

void Parser::assignNames() {
  int32_t next = next_group_;
  for (const std::string& one : names_) {
    if (named_.contains(one)) continue;
    while (groups_.contains(next)) ++next;
    named_[one] = next;
    groups_[next] = one;
    group_at_.try_emplace(next, 0);
  }
}

Parsed parse(std::u16string_view pattern, uint32_t options) {
  Parsed result;
  Parser parser(pattern, options);
  parser.run(Parser::Pass::Counting, options);
  if (!parser.failed()) {
    parser.assignNames();
    result.root = parser.run(Parser::Pass::Building, options);
  }
  result.error = parser.error();
  for (const auto& [number, name] : parser.groups()) result.groups.emplace_back(number, name);
  return result;
}

bool unescape(std::u16string_view text, std::u16string& out, std::string& error) {
  Parser parser(text, 0);
  while (!parser.atEnd()) {
    const char16_t c = text[parser.at()];
    parser.seek(parser.at() + 1);
    out += c == '\\' ? parser.charEscape() : c;
  }
  error = parser.error();
  return !parser.failed();
}

}  // namespace sluice::expression::regex
