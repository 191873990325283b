// What begins with a parenthesis.
#include "expression/regex/category.h"
#include "expression/regex/parse.h"

namespace sluice::expression::regex {

// Behind '('.
TreePtr Parser::group() {
  const bool condition = std::exchange(condition_next_, false);
  const uint32_t outer = options_;
  TreePtr result;
  if (!take('?')) {
    if (condition || has(kExplicitCapture)) {
      result = inside(Kind::Group);
    } else {
      const int32_t number = next_group_++;
      noteGroup(number, at_);
      result = capture(number, -1);
    }
  } else if (take(':')) {
    result = inside(Kind::Group);
  } else if (take('=')) {
    options_ &= ~kRightToLeft;
    result = inside(Kind::Ahead);
  } else if (take('!')) {
    options_ &= ~kRightToLeft;
    result = inside(Kind::NotAhead);
  } else if (take('>')) {
    result = inside(Kind::Atomic);
  } else if (take('\'')) {
    result = angled('\'');
  } else if (take('<')) {
    result = angled('>');
  } else if (peek() == '(' && more()) {
    result = conditional();
  } else {
    if (inlineOptions()) return nullptr;  // they hold until the group around ends
    if (!failed()) result = inside(Kind::Group);
  }
  options_ = outer;
  return result != nullptr ? std::move(result) : std::make_unique<Tree>();
}

// The rest of a group up to its ')'. The node itself has the options that held before it.
TreePtr Parser::inside(Kind kind) {
  TreePtr node = make(kind);
  node->kids.push_back(alternation());
  if (!failed() && !take(')')) return fail("Not enough )'s.");
  return node;
}

TreePtr Parser::capture(int32_t number, int32_t uncapture) {
  TreePtr node = inside(Kind::Capture);
  node->group = number;
  node->uncapture = uncapture;
  return node;
}

// Behind (?< or (?'.
TreePtr Parser::angled(char16_t close) {
  if (close == '>' && (peek() == '=' || peek() == '!')) {
    const Kind kind = take('=') ? Kind::Ahead : Kind::NotAhead;
    if (kind == Kind::NotAhead) take('!');
    options_ |= kRightToLeft;
    return inside(kind);
  }
  return captureName(close);
}

TreePtr Parser::captureName(char16_t close) {
  static constexpr std::string_view kBad = "Invalid group name: Group names must begin with a word character.";
  int32_t number = -1;
  int32_t uncapture = -1;
  const size_t from = at_;
  if (peek() >= '0' && peek() <= '9' && more()) {
    number = decimal();
    if (number == 0) return fail("Capture number cannot be zero.");
    if (pass_ == Pass::Counting) noteGroup(number, from);
  } else if (more() && isBoundaryWordChar(peek())) {
    const std::string called = name();
    if (pass_ == Pass::Counting) names_.push_back(called);
    number = groupNamed(called);
  } else if (peek() != '-') {
    return fail(kBad);
  }
  if (take('-')) {
    if (peek() >= '0' && peek() <= '9' && more()) {
      uncapture = decimal();
      if (!isGroup(uncapture)) return fail("Reference to undefined group number " + std::to_string(uncapture) + ".");
    } else {
      const std::string called = name();
      uncapture = groupNamed(called);
      if (called.empty() || (uncapture < 0 && pass_ == Pass::Building))
        return fail(called.empty() ? kBad : "Reference to undefined group name " + called + ".");
    }
  }
  if (!take(close)) return fail(kBad);
  if (number < 0 && uncapture < 0 && pass_ == Pass::Building) return fail(kBad);
  return capture(number, uncapture);
}

// Behind (? of (?(.
TreePtr Parser::conditional() {
  const size_t open = at_;
  take('(');
  if (peek() >= '0' && peek() <= '9' && more()) {
    const int32_t number = decimal();
    if (!take(')')) return fail("Alternation conditions cannot be comments or malformed.");
    if (!isGroup(number)) return fail("(?(" + std::to_string(number) + ") ) reference to undefined group.");
    TreePtr node = make(Kind::IfGroup);
    node->group = number;
    return branchesOf(std::move(node));
  }
  if (more() && isBoundaryWordChar(peek())) {
    const std::string called = name();
    const int32_t number = groupNamed(called);
    if ((number >= 0 || pass_ == Pass::Counting) && take(')')) {
      TreePtr node = make(Kind::IfGroup);
      node->group = number;
      return branchesOf(std::move(node));
    }
  }
  at_ = open;
  if (peek(1) == '?') {
    if (peek(2) == '#') return fail("Alternation conditions cannot be comments.");
    if (peek(2) == '\'' || (peek(2) == '<' && peek(3) != '!' && peek(3) != '='))
      return fail("Alternation conditions do not capture and cannot be named.");
  }
  ++at_;
  condition_next_ = true;
  TreePtr node = make(Kind::IfAhead);
  TreePtr condition = group();
  if (condition == nullptr) return fail("Unrecognized grouping construct.");
  node->kids.push_back(std::move(condition));
  return branchesOf(std::move(node));
}

// yes|no) of a conditional.
TreePtr Parser::branchesOf(TreePtr node) {
  TreePtr rest = alternation();
  if (failed()) return rest;
  if (!take(')')) return fail("Not enough )'s.");
  if (rest->kind == Kind::Alternate) {
    if (rest->kids.size() > 2) return fail("Too many | in (?()|).");
    for (TreePtr& kid : rest->kids) node->kids.push_back(std::move(kid));
  } else {
    node->kids.push_back(std::move(rest));
    node->kids.push_back(make(Kind::Empty));
  }
  return node;
}

// i, m, n, s, x behind (?; true: they stood alone, (?i).
bool Parser::inlineOptions() {
  bool off = false;
  for (; more(); ++at_) {
    const char16_t c = peek();
    if (c == '-' || c == '+') {
      off = c == '-';
      continue;
    }
    const char16_t lower = c >= 'A' && c <= 'Z' ? static_cast<char16_t>(c + 32) : c;
    const uint32_t option = lower == 'i'   ? kIgnoreCase
                            : lower == 'm' ? kMultiline
                            : lower == 'n' ? kExplicitCapture
                            : lower == 's' ? kSingleline
                            : lower == 'x' ? kIgnorePatternWhitespace
                                           : 0u;
    if (option == 0) break;
    options_ = off ? options_ & ~option : options_ | option;
  }
  if (take(')')) return true;
  if (!take(':')) fail("Unrecognized grouping construct.");
  return false;
}

}  // namespace sluice::expression::regex
