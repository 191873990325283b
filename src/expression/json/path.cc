// JSONPath as Newtonsoft has it: dotted names, ['quoted'], [index], [a,b], [start:end:step], [*], .., and filters
// ?( @.x == 'y' && ... ).
#include <charconv>
#include <vector>

#include "expression/collection.h"
#include "expression/json/token.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

constexpr int kMaxDepth = 40;

struct Filter;

struct Step {
  enum class Kind : uint8_t { Name, Names, Wild, Index, Indexes, Slice, Filter, Root };
  Kind kind = Kind::Name;
  bool scan = false;  // preceded by ..
  std::vector<std::string> names;
  std::vector<int64_t> indexes;
  int64_t slice[3] = {0, 0, 1};
  bool has[3] = {false, false, false};
  Filter* filter = nullptr;
};

struct Operand {
  bool is_path = false;
  bool from_root = false;
  std::vector<Step> path;
  JValue* value = nullptr;
};

struct Filter {
  enum class Op : uint8_t { Exists, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, StrictEqual, StrictNotEqual, And, Or };
  Op op = Op::Exists;
  Operand left, right;
  std::vector<Filter*> parts;
};

class PathParser {
 public:
  PathParser(Eval& eval, std::string_view text, std::vector<std::unique_ptr<Filter>>& filters)
      : eval_(eval), text_(text), filters_(filters) {}

  bool whole(std::vector<Step>& out) {
    if (at_ < text_.size() && text_[at_] == '$') {
      ++at_;
      if (at_ == text_.size()) return root(out);
    } else if (text_.empty()) {
      return root(out);
    }
    return steps(out, false) && (at_ == text_.size() || fail("Unexpected character while parsing path: " + std::string(1, text_[at_])));
  }

 private:
  bool root(std::vector<Step>& out) {
    Step step;
    step.kind = Step::Kind::Root;
    out.push_back(std::move(step));
    return true;
  }
  bool fail(const std::string& message) {
    eval_.raise("Newtonsoft.Json.JsonException", message);
    return false;
  }
  bool more() const { return at_ < text_.size(); }
  void spaces() {
    while (more() && text_[at_] == ' ') ++at_;
  }

  // In a filter the path ends at an operator, space or bracket.
  bool steps(std::vector<Step>& out, bool in_filter) {
    bool scan = false, dot = false;
    while (more()) {
      const char c = text_[at_];
      if (c == '[') {
        ++at_;
        Step step;
        step.scan = scan;
        if (!bracket(step)) return false;
        out.push_back(std::move(step));
        scan = dot = false;
      } else if (c == '.') {
        ++at_;
        if (dot) scan = true;
        dot = true;
      } else if (in_filter && (c == ' ' || c == '=' || c == '!' || c == '<' || c == '>' || c == ')' || c == '&' ||
                               c == '|' || c == ']')) {
        break;
      } else if (c == ' ') {
        ++at_;
      } else {
        const size_t from = at_;
        while (more() && text_[at_] != '.' && text_[at_] != '[' && text_[at_] != ' ' && text_[at_] != ']' &&
               text_[at_] != ')' && !(in_filter && (text_[at_] == '=' || text_[at_] == '!' || text_[at_] == '<' || text_[at_] == '>')))
          ++at_;
        if (at_ == from) return fail("Unexpected character while parsing path: " + std::string(1, c));
        Step step;
        step.scan = scan;
        const std::string name(text_.substr(from, at_ - from));
        if (name == "*") {
          step.kind = Step::Kind::Wild;
        } else {
          step.names.push_back(name);
        }
        out.push_back(std::move(step));
        scan = dot = false;
      }
      if (out.size() > 200) return fail("The path is too long.");
    }
    return !dot || fail("Unexpected end while parsing path.");
  }

  bool close(char wanted) {
    spaces();
    if (!more()) return fail("Path ended with open indexer.");
    if (text_[at_] != wanted) return fail("Unexpected character while parsing path indexer: " + std::string(1, text_[at_]));
    ++at_;
    return true;
  }

  bool bracket(Step& step) {
    spaces();
    if (!more()) return fail("Path ended with open indexer.");
    const char c = text_[at_];
    if (c == '\'' || c == '"') {
      do {
        spaces();
        std::string name;
        if (!quotedName(name)) return false;
        step.names.push_back(std::move(name));
        spaces();
      } while (more() && text_[at_] == ',' && ++at_ > 0);
      step.kind = step.names.size() > 1 ? Step::Kind::Names : Step::Kind::Name;
      return close(']');
    }
    if (c == '*') {
      ++at_;
      step.kind = Step::Kind::Wild;
      return close(']');
    }
    if (c == '?') {
      ++at_;
      if (!close('(')) return false;
      step.kind = Step::Kind::Filter;
      step.filter = orFilter(0);
      return step.filter != nullptr && close(')') && close(']');
    }
    return numbers(step);
  }

  bool quotedName(std::string& out) {
    const char quote = text_[at_];
    if (quote != '\'' && quote != '"') return fail("Unexpected character while parsing path indexer.");
    for (++at_; more() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      out += text_[at_];
    }
    if (!more()) return fail("Path ended with an open string.");
    ++at_;
    return true;
  }

  bool integer(int64_t& out) {
    spaces();
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), out);
    if (error != std::errc{}) return false;
    at_ = static_cast<size_t>(end - text_.data());
    return true;
  }

  bool numbers(Step& step) {
    int part = 0;
    step.has[0] = integer(step.slice[0]);
    spaces();
    if (more() && text_[at_] == ':') {
      step.kind = Step::Kind::Slice;
      while (more() && text_[at_] == ':' && ++part < 3) {
        ++at_;
        step.has[part] = integer(step.slice[part]);
        spaces();
      }
      if (step.has[2] && step.slice[2] == 0) return fail("Step cannot be zero.");
      return close(']');
    }
    if (!step.has[0])
      return fail(more() ? "Unexpected character while parsing path indexer: " + std::string(1, text_[at_])
                         : "Path ended with open indexer.");
    step.indexes.push_back(step.slice[0]);
    while (more() && text_[at_] == ',') {
      ++at_;
      int64_t index = 0;
      if (!integer(index)) return fail("Array index expected.");
      step.indexes.push_back(index);
      spaces();
    }
    step.kind = step.indexes.size() > 1 ? Step::Kind::Indexes : Step::Kind::Index;
    return close(']');
  }

  Filter* newFilter() {
    filters_.push_back(std::make_unique<Filter>());
    return filters_.back().get();
  }

  Filter* orFilter(int depth) { return chain(depth, Filter::Op::Or, "||"); }

  Filter* chain(int depth, Filter::Op op, std::string_view token) {
    if (depth > kMaxDepth) return fail("The path is nested too deeply."), nullptr;
    const auto inner = [&] {
      return op == Filter::Op::Or ? chain(depth + 1, Filter::Op::And, "&&") : condition(depth + 1);
    };
    Filter* first = inner();
    if (first == nullptr) return nullptr;
    Filter* all = nullptr;
    for (spaces(); text_.substr(at_).starts_with(token); spaces()) {
      at_ += 2;
      Filter* next = inner();
      if (next == nullptr) return nullptr;
      if (all == nullptr) {
        all = newFilter();
        all->op = op;
        all->parts.push_back(first);
      }
      all->parts.push_back(next);
    }
    return all != nullptr ? all : first;
  }

  Filter* condition(int depth) {
    spaces();
    if (more() && text_[at_] == '(') {
      ++at_;
      Filter* inner = orFilter(depth + 1);
      return inner != nullptr && close(')') ? inner : nullptr;
    }
    Filter* made = newFilter();
    if (!operand(made->left)) return nullptr;
    spaces();
    static constexpr std::pair<std::string_view, Filter::Op> kOps[] = {
        {"===", Filter::Op::StrictEqual}, {"!==", Filter::Op::StrictNotEqual}, {"==", Filter::Op::Equal},
        {"!=", Filter::Op::NotEqual},     {"<>", Filter::Op::NotEqual},        {"<=", Filter::Op::LessEqual},
        {">=", Filter::Op::GreaterEqual}, {"<", Filter::Op::Less},             {">", Filter::Op::Greater},
        {"=", Filter::Op::Equal},
    };
    for (const auto& [text, op] : kOps) {
      if (!text_.substr(at_).starts_with(text)) continue;
      at_ += text.size();
      made->op = op;
      return operand(made->right) ? made : nullptr;
    }
    if (!made->left.is_path) return fail("Unexpected character while parsing path query."), nullptr;
    return made;
  }

  bool operand(Operand& out) {
    spaces();
    if (!more()) return fail("Path ended with open query.");
    const char c = text_[at_];
    if (c == '@' || c == '$') {
      ++at_;
      out.is_path = true;
      out.from_root = c == '$';
      return steps(out.path, true);
    }
    if (c == '\'' || c == '"') {
      std::string text;
      if (!quotedName(text)) return false;
      out.value = newJValue(eval_.arena, fromStd(eval_.arena, text), JType::String);
      return true;
    }
    const size_t from = at_;
    while (more() && text_[at_] != ' ' && text_[at_] != ')' && text_[at_] != '&' && text_[at_] != '|' &&
           text_[at_] != '=' && text_[at_] != '!' && text_[at_] != '<' && text_[at_] != '>')
      ++at_;
    const std::string_view word = text_.substr(from, at_ - from);
    if (word == "true" || word == "false") {
      out.value = newJValue(eval_.arena, Value::boolean(word == "true"), JType::Boolean);
    } else if (word == "null") {
      out.value = newJValue(eval_.arena, Value(), JType::Null);
    } else {
      double number = 0;
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
      if (error != std::errc{} || end != word.data() + word.size())
        return fail("Unexpected character while parsing path query.");
      const bool whole = word.find_first_of(".eE") == std::string_view::npos;
      out.value = whole ? newJValue(eval_.arena, Value::int64(static_cast<int64_t>(number)), JType::Integer)
                        : newJValue(eval_.arena, Value::real(number), JType::Float);
    }
    return true;
  }

  Eval& eval_;
  std::string_view text_;
  std::vector<std::unique_ptr<Filter>>& filters_;
  size_t at_ = 0;
};

using Tokens = std::vector<JToken*>;

class PathRunner {
 public:
  PathRunner(Eval& eval, JToken* root) : eval_(eval), root_(root) {}

  bool run(const std::vector<Step>& steps, Tokens& current) {
    for (const Step& step : steps) {
      Tokens next;
      for (JToken* token : current) {
        if (step.scan) {
          scan(step, token, next);
        } else {
          apply(step, token, next);
        }
        if (eval_.failed()) return false;
      }
      current.swap(next);
    }
    return !eval_.failed();
  }

 private:
  static JToken* content(JToken* token) {
    return token->kind == ObjectKind::JProperty ? static_cast<JProperty*>(token)->content : token;
  }

  // The token and everything below it, in document order.
  void scan(const Step& step, JToken* token, Tokens& out) {
    if (!eval_.step() || !eval_.enter()) return;
    if (step.kind == Step::Kind::Wild) {
      for (JToken* child : children(token)) {
        out.push_back(child);
        scan(step, child, out);
      }
    } else {
      if (step.kind == Step::Kind::Name || step.kind == Step::Kind::Names) {
        scanNames(step, token, out);
      } else {
        apply(step, token, out);
        for (JToken* child : children(token)) scan(step, child, out);
      }
    }
    eval_.leave();
  }

  void scanNames(const Step& step, JToken* token, Tokens& out) {
    if (!isContainer(token)) return;
    const auto* container = static_cast<JContainer*>(token);
    for (uint32_t i = 0; i < container->count; ++i) {
      JToken* item = container->items[i];
      if (item->kind == ObjectKind::JProperty) {
        auto* property = static_cast<JProperty*>(item);
        for (const std::string& name : step.names)
          if (toUtf8(eval_.arena, property->name) == name) out.push_back(property->content);
        item = property->content;
      }
      if (eval_.failed()) return;
      if (isContainer(item)) scan(step, item, out);
    }
  }

  Tokens children(JToken* token) {
    Tokens all;
    if (!isContainer(token)) return all;
    const auto* container = static_cast<JContainer*>(token);
    for (uint32_t i = 0; i < container->count; ++i) all.push_back(content(container->items[i]));
    return all;
  }

  void apply(const Step& step, JToken* token, Tokens& out) {
    if (!eval_.step()) return;
    switch (step.kind) {
      case Step::Kind::Root: out.push_back(root_); return;
      case Step::Kind::Name:
      case Step::Kind::Names:
        if (token->kind != ObjectKind::JObject) return;
        for (const std::string& name : step.names)
          if (JProperty* found = findProperty(eval_, static_cast<JContainer*>(token), fromUtf8(eval_.arena, name)))
            out.push_back(found->content);
        return;
      case Step::Kind::Wild:
        for (JToken* child : children(token)) out.push_back(child);
        return;
      case Step::Kind::Index:
      case Step::Kind::Indexes:
        if (token->kind != ObjectKind::JArray) return;
        for (const int64_t index : step.indexes)
          if (index >= 0 && index < static_cast<JContainer*>(token)->count)
            out.push_back(static_cast<JContainer*>(token)->items[index]);
        return;
      case Step::Kind::Slice:
        if (token->kind == ObjectKind::JArray) slice(step, static_cast<JContainer*>(token), out);
        return;
      case Step::Kind::Filter:
        for (JToken* child : children(token))
          if (passes(*step.filter, child)) out.push_back(child);
        return;
    }
  }

  static void slice(const Step& step, const JContainer* array, Tokens& out) {
    const int64_t count = array->count;
    const int64_t stride = step.has[2] ? step.slice[2] : 1;
    const auto place = [&](int64_t index) { return index < 0 ? index + count : index; };
    int64_t from = step.has[0] ? place(step.slice[0]) : stride > 0 ? 0 : count - 1;
    int64_t to = step.has[1] ? place(step.slice[1]) : stride > 0 ? count : -1;
    if (stride > 0) {
      from = std::max<int64_t>(from, 0);
      to = std::min(to, count);
      for (int64_t i = from; i < to; i += stride) out.push_back(array->items[i]);
    } else {
      from = std::min(from, count - 1);
      to = std::max<int64_t>(to, -1);
      for (int64_t i = from; i > to; i += stride) out.push_back(array->items[i]);
    }
  }

  Tokens operand(const Operand& one, JToken* token) {
    Tokens found;
    if (!one.is_path) return {one.value};
    found.push_back(one.from_root ? root_ : token);
    if (!eval_.enter()) return {};
    run(one.path, found);
    eval_.leave();
    return found;
  }

  bool passes(const Filter& filter, JToken* token) {
    if (filter.op == Filter::Op::And || filter.op == Filter::Op::Or) {
      for (const Filter* part : filter.parts)
        if (passes(*part, token) == (filter.op == Filter::Op::Or)) return filter.op == Filter::Op::Or;
      return filter.op == Filter::Op::And;
    }
    const Tokens left = operand(filter.left, token);
    if (filter.op == Filter::Op::Exists) return !left.empty();
    const Tokens right = operand(filter.right, token);
    for (JToken* a : left)
      for (JToken* b : right)
        if (matches(filter.op, a, b)) return true;
    return false;
  }

  bool matches(Filter::Op op, JToken* a, JToken* b) {
    if (a->kind != ObjectKind::JValue || b->kind != ObjectKind::JValue)
      return op == Filter::Op::NotEqual || op == Filter::Op::StrictNotEqual;
    const auto* x = static_cast<JValue*>(a);
    const auto* y = static_cast<JValue*>(b);
    const auto same_kind = [&] {
      const auto number = [](const JValue* v) { return v->jtype() == JType::Integer || v->jtype() == JType::Float; };
      return x->jtype() == y->jtype() || (number(x) && number(y));
    };
    const auto equal = [&] {
      if (same_kind()) return (compareJson(eval_, x, y) == 0);
      // 'true' and 5 compare with their texts.
      if (x->jtype() == JType::Null || y->jtype() == JType::Null) return false;
      return x->jtype() == JType::String || y->jtype() == JType::String
                 ? sameText(eval_, valueToString(eval_, x->value), valueToString(eval_, y->value))
                 : false;
    };
    switch (op) {
      case Filter::Op::Equal: return equal();
      case Filter::Op::NotEqual: return !equal();
      case Filter::Op::StrictEqual: return same_kind() && (compareJson(eval_, x, y) == 0);
      case Filter::Op::StrictNotEqual: return !(same_kind() && (compareJson(eval_, x, y) == 0));
      default: break;
    }
    if (!same_kind() || x->value.isNull() || y->value.isNull()) return false;
    const int order = compareJson(eval_, x, y);
    if (op == Filter::Op::Less) return order < 0;
    if (op == Filter::Op::LessEqual) return order <= 0;
    if (op == Filter::Op::Greater) return order > 0;
    return order >= 0;
  }

  Eval& eval_;
  JToken* root_;
};

}  // namespace

bool checkPath(Eval& eval, const Chars& path) {
  std::vector<std::unique_ptr<Filter>> filters;
  std::vector<Step> steps;
  return PathParser(eval, toUtf8(eval.arena, fromChars(path)), filters).whole(steps);
}

bool selectTokens(Eval& eval, JToken* root, const Chars& path, ListObject* out, bool raise_on_missing) {
  const std::string_view text = toUtf8(eval.arena, fromChars(path));
  std::vector<std::unique_ptr<Filter>> filters;
  std::vector<Step> steps;
  if (!PathParser(eval, text, filters).whole(steps)) return false;
  Tokens found = {root};
  if (!PathRunner(eval, root).run(steps, found)) return false;
  for (JToken* token : found)
    if (!append(eval, out, Value::object(token))) return false;
  if (found.empty() && raise_on_missing) {
    eval.raise("Newtonsoft.Json.JsonException", "Path '" + std::string(text) + "' does not exist on the token.");
    return false;
  }
  return true;
}

}  // namespace sluice::expression
