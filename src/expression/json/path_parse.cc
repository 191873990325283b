// Newtonsoft's own reading of JSONPath (JPath), with its oddities: && and || bind as they come, only single quotes
// count, `..` before a number or slice is no descent.
#include <charconv>

#include "expression/json/path.h"
#include "expression/library/numeric.h"

namespace sluice::expression {
namespace {

constexpr uint32_t kMaxSteps = 500;

class Parser {
 public:
  Parser(Eval& eval, std::string_view text) : eval_(eval), arena_(eval.arena), text_(text) {}

  bool parse(PathStep*& out) {
    Steps steps;
    size_t part = 0;
    spaces();
    if (at_ == text_.size()) return true;
    if (text_[at_] == '$') {
      if (text_.size() == 1) return true;
      if (at_ + 1 >= text_.size()) return pastTheEnd();
      // Only "$." and "$[": a name may begin with a $.
      if (text_[at_ + 1] == '.' || text_[at_ + 1] == '[') part = ++at_;
    }
    bool ended = false;
    if (!path(steps, part, false, ended)) return false;
    const size_t last = at_;
    spaces();
    if (!ended && at_ < text_.size()) return unexpected("Unexpected character while parsing path: ", last);
    out = steps.first;
    return true;
  }

 private:
  struct Steps {
    PathStep* first = nullptr;
    PathStep* last = nullptr;
  };

  bool fail(std::string_view message) {
    eval_.raise("Newtonsoft.Json.JsonException", message);
    return false;
  }
  bool pastTheEnd() {
    eval_.raise("System.IndexOutOfRangeException", "Index was outside the bounds of the array.");
    return false;
  }
  bool unexpected(std::string_view message, size_t at) {
    size_t end = at + 1;
    while (end < text_.size() && (static_cast<unsigned char>(text_[end]) & 0xC0) == 0x80) ++end;
    return fail(std::string(message) + std::string(text_.substr(at, end - at)));
  }
  bool unexpectedInQuery() {
    return at_ < text_.size() ? unexpected("Unexpected character while parsing path query: ", at_) : pastTheEnd();
  }
  bool unexpectedInIndexer() { return unexpected("Unexpected character while parsing path indexer: ", at_); }
  bool more(std::string_view message) { return at_ < text_.size() || fail(message); }
  bool isHere(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void spaces() {
    while (isHere(' ')) ++at_;
  }
  bool match(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }
  Value nameFrom(std::string_view text) { return fromUtf8(arena_, text); }

  PathStep* add(Steps& steps, PathStep::Kind kind) {
    auto* step = arena_.create<PathStep>();
    step->kind = kind;
    (steps.last != nullptr ? steps.last->next : steps.first) = step;
    steps.last = step;
    ++count_;
    return step;
  }

  void addField(Steps& steps, std::string_view name, bool scan) {
    PathStep* step = add(steps, scan ? PathStep::Kind::Scan : PathStep::Kind::Field);
    step->any = name == "*";
    step->names = arena_.create<Value>(nameFrom(name));
    step->count = 1;
  }

  // `ended`: at the end of the text.
  bool path(Steps& steps, size_t part, bool query, bool& ended) {
    bool scan = false, behind_indexer = false, behind_dot = false, stop = false;
    while (at_ < text_.size() && !stop) {
      if (count_ > kMaxSteps) return fail("The path has too many steps.");
      const char c = text_[at_];
      switch (c) {
        case '[':
        case '(':
          if (at_ > part) {
            addField(steps, text_.substr(part, at_ - part), scan);
            scan = false;
          }
          if (!indexer(steps, c == '[' ? ']' : ')', scan)) return false;
          scan = false;
          part = ++at_;
          behind_indexer = true;
          behind_dot = false;
          break;
        case ']':
        case ')':
        case ' ':
          stop = true;
          break;
        case '.':
          if (at_ > part) {
            addField(steps, text_.substr(part, at_ - part), scan);
            scan = false;
          }
          if (at_ + 1 < text_.size() && text_[at_ + 1] == '.') {
            scan = true;
            ++at_;
          }
          part = ++at_;
          behind_indexer = false;
          behind_dot = true;
          break;
        default:
          if (query && std::string_view("=<!>|&").find(c) != std::string_view::npos) {
            stop = true;
          } else if (behind_indexer) {
            return unexpected("Unexpected character following indexer: ", at_);
          } else {
            ++at_;
          }
          break;
      }
    }
    ended = at_ == text_.size();
    if (at_ > part) {
      std::string_view name = text_.substr(part, at_ - part);
      while (name.ends_with(' ')) name.remove_suffix(1);
      addField(steps, name, scan);
    } else if (behind_dot && (ended || query)) {
      return fail("Unexpected end while parsing path.");
    }
    return true;
  }

  bool indexer(Steps& steps, char close, bool scan) {
    ++at_;
    if (!more("Path ended with open indexer.")) return false;
    spaces();
    if (at_ >= text_.size()) return pastTheEnd();
    if (text_[at_] == '\'') return quotedFields(steps, close, scan);
    if (text_[at_] == '?') return query(steps, close, scan);
    return arrayIndexer(steps, close);
  }

  bool quotedFields(Steps& steps, char close, bool scan) {
    Value* names = nullptr;
    uint32_t count = 0, capacity = 0;
    while (at_ < text_.size()) {
      Value name;
      if (!quoted(name)) return false;
      if (count == capacity) {
        capacity = capacity * 2 + 4;
        Value* grown = arena_.array<Value>(capacity).data();
        for (uint32_t i = 0; i < count; ++i) grown[i] = names[i];
        names = grown;
      }
      names[count++] = name;
      spaces();
      if (!more("Path ended with open indexer.")) return false;
      if (text_[at_] == close) {
        const bool one = count == 1;
        PathStep* step = add(steps, one    ? (scan ? PathStep::Kind::Scan : PathStep::Kind::Field)
                                    : scan ? PathStep::Kind::ScanFields
                                           : PathStep::Kind::Fields);
        step->names = names;
        step->count = count;
        return true;
      }
      if (text_[at_] != ',') return unexpectedInIndexer();
      ++at_;
      spaces();
    }
    return fail("Path ended with open indexer.");
  }

  bool quoted(Value& out) {
    static constexpr std::string_view kFrom = "btnfr\\\"'/";
    static constexpr std::string_view kTo = "\b\t\n\f\r\\\"'/";
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '\'') {
        ++at_;
        out = fromStd(arena_, text);
        return true;
      }
      if (c == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        const size_t known = kFrom.find(text_[at_]);
        if (known == std::string_view::npos) return unexpected("Unknown escape character: \\", at_);
        c = kTo[known];
      }
      text += c;
    }
    return fail("Path ended with an open string.");
  }

  bool number(std::string_view text, int32_t& out) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), out);
    if (result.ec == std::errc{} && result.ptr == text.data() + text.size()) return true;
    const bool digits = result.ec == std::errc::result_out_of_range && result.ptr == text.data() + text.size();
    if (digits)
      eval_.raise("System.OverflowException", "Value was either too large or too small for an Int32.");
    else
      eval_.raiseFormat("The input string '" + std::string(text) + "' was not in a correct format.");
    return false;
  }

  // [1], [1,2], [1:2:3], [*]
  bool arrayIndexer(Steps& steps, char close) {
    size_t start = at_;
    size_t end = std::string_view::npos;
    int32_t* indexes = nullptr;
    uint32_t count = 0, capacity = 0, colons = 0;
    PathStep slice;
    const auto word = [&] { return text_.substr(start, (end == std::string_view::npos ? at_ : end) - start); };
    const auto addIndex = [&] {
      if (word().empty()) return fail("Array index expected.");
      if (count == capacity) {
        capacity = capacity * 2 + 4;
        int32_t* grown = arena_.array<int32_t>(capacity).data();
        for (uint32_t i = 0; i < count; ++i) grown[i] = indexes[i];
        indexes = grown;
      }
      return number(word(), indexes[count++]);
    };
    const auto part = [&] {
      const uint32_t at = colons < 2 ? colons : 2;
      if (word().empty()) return true;
      slice.has[at] = true;
      return number(word(), slice.numbers[at]);
    };
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == ' ') {
        end = at_;
        spaces();
      } else if (c == close) {
        if (colons > 0 && indexes == nullptr) {
          if (!part()) return false;
          PathStep* step = add(steps, PathStep::Kind::Slice);
          for (int i = 0; i < 3; ++i) {
            step->has[i] = slice.has[i];
            step->numbers[i] = slice.numbers[i];
          }
          return true;
        }
        const bool many = indexes != nullptr;
        if (!addIndex()) return false;
        PathStep* step = add(steps, many ? PathStep::Kind::Indexes : PathStep::Kind::Index);
        step->indexes = indexes;
        step->count = count;
        step->numbers[0] = indexes[0];
        return true;
      } else if (c == ',') {
        if (!addIndex()) return false;
        ++at_;
        spaces();
        start = at_;
        end = std::string_view::npos;
      } else if (c == '*') {
        ++at_;
        if (!more("Path ended with open indexer.")) return false;
        spaces();
        if (!isHere(close)) return fail("Unexpected character while parsing path indexer: *");
        add(steps, PathStep::Kind::Index)->any = true;
        return true;
      } else if (c == ':') {
        if (!part()) return false;
        ++colons;
        ++at_;
        spaces();
        start = at_;
        end = std::string_view::npos;
      } else if ((c < '0' || c > '9') && c != '-') {
        return unexpectedInIndexer();
      } else if (end != std::string_view::npos) {
        return unexpectedInIndexer();
      } else {
        ++at_;
      }
    }
    return fail("Path ended with open indexer.");
  }

  bool query(Steps& steps, char close, bool scan) {
    ++at_;
    if (!more("Path ended with open indexer.")) return false;
    if (text_[at_] != '(') return unexpectedInIndexer();
    ++at_;
    if (!eval_.enter()) return false;
    PathFilter* filter = expression();
    eval_.leave();
    if (filter == nullptr) return false;
    ++at_;
    if (!more("Path ended with open indexer.")) return false;
    spaces();
    if (at_ >= text_.size()) return pastTheEnd();
    if (text_[at_] != close) return unexpectedInIndexer();
    add(steps, scan ? PathStep::Kind::ScanFilter : PathStep::Kind::Filter)->filter = filter;
    return true;
  }

  static void addPart(PathFilter* to, PathFilter* part) {
    (to->last != nullptr ? to->last->next : to->first) = part;
    to->last = part;
  }

  PathFilter* expression() {
    PathFilter* root = nullptr;
    PathFilter* parent = nullptr;
    while (at_ < text_.size()) {
      if (++count_ > kMaxSteps) return fail("The path has too many steps."), nullptr;
      auto* one = arena_.create<PathFilter>();
      if (!side(one->left)) return nullptr;
      if (!isHere(')') && !isHere('|') && !isHere('&') && (!readOperator(one->op) || !side(one->right))) return nullptr;
      if (isHere(')')) {
        if (parent == nullptr) return one;
        addPart(parent, one);
        return root;
      }
      // A change of operator opens a group inside the one so far.
      for (const auto& [first, token, op] :
           {std::tuple{'&', "&&", PathFilter::Op::And}, {'|', "||", PathFilter::Op::Or}}) {
        if (!isHere(first)) continue;
        if (!match(token)) return unexpectedInQuery(), nullptr;
        if (parent == nullptr || parent->op != op) {
          auto* group = arena_.create<PathFilter>();
          group->op = op;
          if (parent != nullptr) addPart(parent, group);
          parent = group;
          if (root == nullptr) root = group;
        }
        addPart(parent, one);
        break;
      }
    }
    return fail("Path ended with open query."), nullptr;
  }

  bool side(PathSide& out) {
    spaces();
    if (at_ >= text_.size()) return pastTheEnd();
    if (text_[at_] == '$' || text_[at_] == '@') {
      Steps steps;
      if (text_[at_] == '$') add(steps, PathStep::Kind::Root);
      ++at_;
      bool ended = false;
      if (!path(steps, at_, true, ended)) return false;
      if (ended) return fail("Path ended with open query.");
      out.is_path = true;
      out.path = steps.first;
    } else if (!literal(out.value)) {
      return eval_.failed() ? false : unexpectedInQuery();
    }
    spaces();
    return more("Path ended with open query.");
  }

  bool literal(JValue*& out) {
    const auto make = [&](const Value& value) {
      out = newJValue(arena_, value, jtypeOf(value));
      return true;
    };
    const char c = text_[at_];
    Value value;
    if (c == '\'') return quoted(value) && make(value);
    if (c == '/') return regexText(value) && make(value);
    if (match("true")) return make(Value::boolean(true));
    if (match("false")) return make(Value::boolean(false));
    if (match("null")) return make({});
    if ((c < '0' || c > '9') && c != '-') return false;
    const size_t from = at_++;
    while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ')') ++at_;
    if (at_ >= text_.size()) return false;
    const std::string_view number = text_.substr(from, at_ - from);
    const bool real = number.find_first_of(".eE") != std::string_view::npos;
    const Chars units = chars(eval_, fromUtf8(arena_, number));
    return parseNumber(arena_, units, real ? int32_t{kFloatThousands} : int32_t{kIntegerStyle},
                       real ? Tag::Double : Tag::Int64, value) == ParseResult::Good &&
           make(value);
  }

  bool regexText(Value& out) {
    const size_t from = at_++;
    while (at_ < text_.size()) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        at_ += 2;
      } else if (text_[at_++] == '/') {
        while (at_ < text_.size() && ((text_[at_] | 0x20) >= 'a' && (text_[at_] | 0x20) <= 'z')) ++at_;
        out = fromUtf8(arena_, text_.substr(from, at_ - from));
        return true;
      }
    }
    return fail("Path ended with an open regex.");
  }

  bool readOperator(PathFilter::Op& out) {
    static constexpr std::pair<std::string_view, PathFilter::Op> kOps[] = {
        {"===", PathFilter::Op::StrictEqual},    {"==", PathFilter::Op::Equal},    {"=~", PathFilter::Op::Regex},
        {"!==", PathFilter::Op::StrictNotEqual}, {"!=", PathFilter::Op::NotEqual}, {"<>", PathFilter::Op::NotEqual},
        {"<=", PathFilter::Op::LessEqual},       {"<", PathFilter::Op::Less},      {">=", PathFilter::Op::GreaterEqual},
        {">", PathFilter::Op::Greater},
    };
    if (at_ + 1 >= text_.size()) return fail("Path ended with open query.");
    for (const auto& [token, op] : kOps) {
      if (!match(token)) continue;
      out = op;
      return true;
    }
    return fail("Could not read query operator.");
  }

  Eval& eval_;
  Arena& arena_;
  std::string_view text_;
  size_t at_ = 0;
  uint32_t count_ = 0;
};

}  // namespace

bool parsePath(Eval& eval, std::string_view text, PathStep*& out) {
  out = nullptr;
  return eval.step(1 + text.size() / 8) && Parser(eval, text).parse(out);
}

}  // namespace sluice::expression
