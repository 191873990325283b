// Escapes and character classes.
#include "expression/regex/category.h"
#include "expression/regex/parse.h"

namespace sluice::expression::regex {

// Behind '\'.
TreePtr Parser::escape() {
  if (!more()) return fail("Illegal \\ at end of pattern.");
  const char16_t c = peek();
  switch (c) {
    case 'b':
      return ++at_, anchor(Op::Boundary);
    case 'B':
      return ++at_, anchor(Op::NonBoundary);
    case 'A':
      return ++at_, anchor(Op::Beginning);
    case 'G':
      return ++at_, anchor(Op::Start);
    case 'Z':
      return ++at_, anchor(Op::EndZ);
    case 'z':
      return ++at_, anchor(Op::End);
    case 'w':
    case 'W':
    case 'd':
    case 'D':
    case 's':
    case 'S':
      return ++at_, shorthand(c);
    case 'p':
    case 'P':
      return ++at_, property(c == 'P');
    default:
      return reference();
  }
}

void Parser::addShorthand(TreeSet& set, char16_t c) const {
  const bool ecma = has(kEcmaScript);
  switch (c) {
    case 'd':
      if (ecma) set.add('0', '9');
      if (!ecma) set.categories |= kDigitCategories;
      break;
    case 'D':
      if (ecma) set.add(0, '0' - 1), set.add('9' + 1, 0xFFFF);
      if (!ecma) set.categories |= kAllCategories & ~kDigitCategories;
      break;
    case 'w':
      if (ecma) set.add('0', '9'), set.add('A', 'Z'), set.add('_', '_'), set.add('a', 'z'), set.add(0x130, 0x130);
      if (!ecma) set.categories |= kWordCategories;
      break;
    case 'W':
      if (ecma)
        set.add(0, '0' - 1), set.add('9' + 1, 'A' - 1), set.add('Z' + 1, '_' - 1), set.add('_' + 1, 'a' - 1),
            set.add('z' + 1, 0x12F), set.add(0x131, 0xFFFF);
      if (!ecma) set.categories |= kAllCategories & ~kWordCategories;
      break;
    case 's':
      if (ecma) set.add('\t', '\r'), set.add(' ', ' ');
      set.space = set.space || !ecma;
      break;
    default:
      if (ecma) set.add(0, '\t' - 1), set.add('\r' + 1, ' ' - 1), set.add(' ' + 1, 0xFFFF);
      set.not_space = set.not_space || !ecma;
  }
}

TreePtr Parser::shorthand(char16_t c) {
  TreePtr tree = make(Kind::Set);
  tree->set = std::make_unique<TreeSet>();
  addShorthand(*tree->set, c);
  return tree;
}

// {name} behind \p.
std::string Parser::propertyName() {
  if (left() < 3 || !take('{')) {
    fail("Incomplete \\p{X} character escape.");
    return {};
  }
  std::string called;
  while (more() && (isBoundaryWordChar(peek()) || peek() == '-')) called += static_cast<char>(pattern_[at_++] & 0x7F);
  if (!take('}')) fail("Malformed \\p{X} character escape.");
  return called;
}

namespace {

void addComplement(TreeSet& set, const Property& property) {
  if (property.first > property.last) {
    set.categories |= kAllCategories & ~property.categories;
    return;
  }
  if (property.first > 0) set.add(0, static_cast<char16_t>(property.first - 1));
  if (property.last < 0xFFFF) set.add(static_cast<char16_t>(property.last + 1), 0xFFFF);
}

void addProperty(TreeSet& set, Property property, bool negated, bool ignore_case) {
  // Without case the three cased kinds of letters are one.
  const uint32_t bits = property.categories;
  if (ignore_case && (bits == 1 || bits == 2 || bits == 4)) property.categories = kCaseCategories;
  if (negated) return addComplement(set, property);
  set.categories |= property.categories;
  if (property.first <= property.last) set.add(property.first, property.last);
}

}  // namespace

TreePtr Parser::property(bool negated) {
  const std::string called = propertyName();
  if (failed()) return std::make_unique<Tree>();
  const std::optional<Property> found = findProperty(called);
  if (!found) return fail("Unknown property '" + called + "'.");
  TreePtr tree = make(Kind::Set);
  tree->set = std::make_unique<TreeSet>();
  addProperty(*tree->set, *found, negated, has(kIgnoreCase));
  return tree;
}

// \1, \<name>, \'name', \k<name>, or else a character.
TreePtr Parser::reference() {
  const size_t start = at_;
  bool named = false;
  char16_t close = 0;
  char16_t c = peek();
  if (c == 'k') {
    ++at_;
    if (left() >= 2 && (peek() == '<' || peek() == '\'')) {
      close = peek() == '<' ? u'>' : u'\'';
      ++at_;
      named = true;
    }
    if (!named) return fail("Malformed \\k<...> named back reference.");
    c = peek();
  } else if ((c == '<' || c == '\'') && left() > 1) {
    close = c == '<' ? u'>' : u'\'';
    named = true;
    c = peek(1);
    ++at_;
  }
  if (named && c >= '0' && c <= '9') {
    const int32_t number = decimal();
    if (take(close)) {
      if (!isGroup(number)) return fail("Reference to undefined group number " + std::to_string(number) + ".");
      TreePtr tree = make(Kind::Backref);
      tree->group = number;
      return tree;
    }
  } else if (!named && c >= '1' && c <= '9') {
    TreePtr tree = has(kEcmaScript) ? ecmaReference() : numberedReference();
    if (tree != nullptr) return tree;
  } else if (named && isBoundaryWordChar(c)) {
    const std::string called = name();
    if (take(close)) {
      const int32_t number = groupNamed(called);
      if (number < 0 && pass_ == Pass::Building) return fail("Reference to undefined group name " + called + ".");
      TreePtr tree = make(Kind::Backref);
      tree->group = number;
      return tree;
    }
  }
  at_ = start;
  const char16_t unit = charEscape();
  return literal(unit);
}

TreePtr Parser::numberedReference() {
  const size_t start = at_;
  const int32_t number = decimal();
  if (failed()) return std::make_unique<Tree>();
  if (isGroup(number)) {
    TreePtr tree = make(Kind::Backref);
    tree->group = number;
    return tree;
  }
  if (number <= 9) return fail("Reference to undefined group number " + std::to_string(number) + ".");
  at_ = start;
  return nullptr;
}

// The longest number that is a group closed before.
TreePtr Parser::ecmaReference() {
  const size_t start = at_;
  int32_t number = 0;
  int32_t found = -1;
  size_t after = at_;
  while (more() && peek() >= '0' && peek() <= '9' && number < 100'000) {
    number = number * 10 + (pattern_[at_++] - '0');
    const auto group = group_at_.find(number);
    if (pass_ == Pass::Building && group != group_at_.end() && group->second < start) found = number, after = at_;
  }
  if (pass_ == Pass::Counting) return make(Kind::Empty);
  if (found < 0) {
    at_ = start;
    return nullptr;
  }
  at_ = after;
  TreePtr tree = make(Kind::Backref);
  tree->group = found;
  return tree;
}

char16_t Parser::hex(int count) {
  int value = 0;
  for (int i = 0; i < count; ++i, ++at_) {
    const char16_t c = peek();
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (!more() || digit < 0) {
      fail("Insufficient or invalid hexadecimal digits.");
      return 0;
    }
    value = value * 16 + digit;
  }
  return static_cast<char16_t>(value);
}

char16_t Parser::octal() {
  int value = 0;
  for (int i = 0; i < 3 && more() && peek() >= '0' && peek() <= '7'; ++i) {
    value = value * 8 + (pattern_[at_++] - '0');
    if (has(kEcmaScript) && value >= 0x20) break;
  }
  return static_cast<char16_t>(value & 0xFF);
}

char16_t Parser::control() {
  if (!more()) {
    fail("Missing control character.");
    return 0;
  }
  char16_t c = pattern_[at_++];
  if (c >= 'a' && c <= 'z') c = static_cast<char16_t>(c - 32);
  if (c < '@' || c >= '@' + 32) fail("Unrecognized control character.");
  return static_cast<char16_t>(c - '@');
}

char16_t Parser::charEscape() {
  if (!more()) {
    fail("Illegal \\ at end of pattern.");
    return 0;
  }
  const char16_t c = pattern_[at_++];
  if (c >= '0' && c <= '7') {
    --at_;
    return octal();
  }
  switch (c) {
    case 'x':
      return hex(2);
    case 'u':
      return hex(4);
    case 'a':
      return 7;
    case 'b':
      return 8;
    case 'e':
      return 27;
    case 'f':
      return 12;
    case 'n':
      return 10;
    case 'r':
      return 13;
    case 't':
      return 9;
    case 'v':
      return 11;
    case 'c':
      return control();
    default:
      if (!has(kEcmaScript) && isBoundaryWordChar(c)) fail("Unrecognized escape sequence.");
      return c;
  }
}

TreePtr Parser::set() {
  TreePtr tree = make(Kind::Set);
  tree->set = setBody(has(kIgnoreCase));
  return tree;
}

// \d and the like in a class; false: it is a character.
bool Parser::setShorthand(TreeSet& set, char16_t c, bool in_range) {
  const std::u16string_view known = u"dDsSwWpP";
  if (known.find(c) == std::u16string_view::npos) return false;
  ++at_;
  if (in_range) return fail("Cannot include class in character range."), true;
  if (c != 'p' && c != 'P') return addShorthand(set, c), true;
  const std::string called = propertyName();
  if (failed()) return true;
  const std::optional<Property> found = findProperty(called);
  if (!found) return fail("Unknown property '" + called + "'."), true;
  addProperty(set, *found, c == 'P', has(kIgnoreCase));
  return true;
}

// Behind '[', up to its ']'.
std::unique_ptr<TreeSet> Parser::setBody(bool ignore_case) {
  auto set = std::make_unique<TreeSet>();
  set->ignore_case = ignore_case;
  if (++depth_ > 100) return fail("Nested too deeply."), std::move(set);
  set->negated = take('^');
  char16_t previous = 0;
  bool in_range = false;
  const auto subtract = [&] {
    set->subtraction = setBody(ignore_case);
    if (!failed() && more() && peek() != ']') fail("A subtraction must be the last element in a character class.");
  };
  for (bool first = true;; first = false) {
    if (!more()) return fail("Unterminated [] set."), std::move(set);
    char16_t c = pattern_[at_++];
    bool escaped = false;
    if (c == ']' && !first) break;
    if (c == '\\' && more()) {
      if (setShorthand(*set, peek(), in_range)) continue;
      if (take('-')) {
        c = '-';
        if (!in_range) {
          set->add('-', '-');
          continue;
        }
      } else {
        c = charEscape();
      }
      escaped = true;
    }
    if (in_range) {
      in_range = false;
      if (c == '[' && !escaped && !first) {
        set->add(previous, previous);
        subtract();
      } else if (previous > c) {
        return fail("[x-y] range in reverse order."), std::move(set);
      } else {
        set->add(previous, c);
      }
    } else if (left() >= 2 && peek() == '-' && peek(1) != ']') {
      previous = c;
      in_range = true;
      ++at_;
    } else if (more() && c == '-' && !escaped && peek() == '[' && !first) {
      ++at_;
      subtract();
    } else {
      set->add(c, c);
    }
  }
  --depth_;
  return set;
}

}  // namespace sluice::expression::regex
