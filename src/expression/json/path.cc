// Runs JSONPath: depth first, which gives the matches in the order in which Newtonsoft's chain of filters does.
#include "expression/json/path.h"

#include <algorithm>

#include "expression/json/token.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

// What happens with a match; false stops.
struct Sink {
  virtual bool found(Eval& eval, JToken* token) = 0;

 protected:
  ~Sink() = default;
};

struct ListSink final : Sink {
  explicit ListSink(ListObject* all) : list(all) {}
  bool found(Eval& eval, JToken* token) override { return append(eval, list, Value::object(token)); }
  ListObject* list;
};

std::string shortName(const JToken* token) {
  return token->type->def->name;
}

class Runner {
 public:
  Runner(Eval& eval, JToken* root, bool raises) : eval_(eval), root_(root), raises_(raises) {}

  // False: stopped, or an exception is pending.
  bool run(const PathStep* step, JToken* token, Sink& sink) {
    if (step == nullptr) return sink.found(eval_, token);
    if (!eval_.step()) return false;
    switch (step->kind) {
      case PathStep::Kind::Root:
        return run(step->next, root_, sink);
      case PathStep::Kind::Field:
        return field(step, token, sink);
      case PathStep::Kind::Fields:
        return fields(step, token, sink);
      case PathStep::Kind::Scan:
      case PathStep::Kind::ScanFields:
        return scan(step, token, sink);
      case PathStep::Kind::Index:
        if (step->any) return items(step, token, sink);
        return index(step, token, step->numbers[0], sink);
      case PathStep::Kind::Indexes:
        for (uint32_t i = 0; i < step->count; ++i)
          if (!index(step, token, step->indexes[i], sink)) return false;
        return true;
      case PathStep::Kind::Slice:
        return slice(step, token, sink);
      case PathStep::Kind::Filter:
        for (uint32_t i = 0; i < token->count; ++i)
          if (!filtered(step, childAt(token, i), sink)) return false;
        return true;
      case PathStep::Kind::ScanFilter:
        for (JToken* at = token; at != nullptr; at = nextInTree(at, token))
          if (!filtered(step, at, sink)) return false;
        return true;
    }
    return true;
  }

 private:
  // Nothing matches here; with errorWhenNoMatch that is an exception.
  bool none(const std::string& message) {
    if (!raises_) return true;
    eval_.raise("Newtonsoft.Json.JsonException", message);
    return false;
  }
  std::string text(const Value& name) { return std::string(toUtf8(eval_.arena, name)); }

  bool field(const PathStep* step, JToken* token, Sink& sink) {
    if (token->kind != ObjectKind::JObject)
      return none("Property '" + (step->any ? "*" : text(step->names[0])) + "' not valid on " + shortName(token) + ".");
    const auto* object = static_cast<const JContainer*>(token);
    if (!step->any) return member(step, object, step->names[0], sink);
    for (uint32_t i = 0; i < object->count; ++i)
      if (!run(step->next, static_cast<JProperty*>(object->items[i])->content, sink)) return false;
    return true;
  }

  bool member(const PathStep* step, const JContainer* object, const Value& name, Sink& sink) {
    const JProperty* found = findProperty(eval_, object, name);
    if (found != nullptr) return run(step->next, found->content, sink);
    return none("Property '" + (raises_ ? text(name) : std::string()) + "' does not exist on JObject.");
  }

  bool fields(const PathStep* step, JToken* token, Sink& sink) {
    if (token->kind == ObjectKind::JObject) {
      for (uint32_t i = 0; i < step->count; ++i)
        if (!member(step, static_cast<const JContainer*>(token), step->names[i], sink)) return false;
      return true;
    }
    std::string names;
    for (uint32_t i = 0; raises_ && i < step->count; ++i) names += (i > 0 ? ", '" : "'") + text(step->names[i]) + "'";
    return none("Properties " + names + " not valid on " + shortName(token) + ".");
  }

  bool scan(const PathStep* step, JToken* token, Sink& sink) {
    for (JToken* at = token; at != nullptr; at = nextInTree(at, token)) {
      if (!eval_.step()) return false;
      if (step->any) {
        if ((at == token || at->kind != ObjectKind::JProperty) && !run(step->next, at, sink)) return false;
        continue;
      }
      if (at == token || at->kind != ObjectKind::JProperty) continue;
      const auto* property = static_cast<const JProperty*>(at);
      for (uint32_t i = 0; i < step->count; ++i)
        if (sameName(property->name, step->names[i]) && !run(step->next, property->content, sink)) return false;
    }
    return true;
  }

  bool items(const PathStep* step, JToken* token, Sink& sink) {
    if (token->kind != ObjectKind::JArray) return none("Index * not valid on " + shortName(token) + ".");
    for (uint32_t i = 0; i < token->count; ++i)
      if (!run(step->next, childAt(token, i), sink)) return false;
    return true;
  }

  bool index(const PathStep* step, JToken* token, int32_t at, Sink& sink) {
    if (token->kind != ObjectKind::JArray)
      return none("Index " + std::to_string(at) + " not valid on " + shortName(token) + ".");
    if (at >= 0 && static_cast<uint32_t>(at) < token->count)
      return run(step->next, childAt(token, static_cast<uint32_t>(at)), sink);
    if (at >= 0) return none("Index " + std::to_string(at) + " outside the bounds of " + shortName(token) + ".");
    eval_.raiseOutOfRange("index",
                          "Index was out of range. Must be non-negative and less than the size of the collection.");
    return false;
  }

  bool slice(const PathStep* step, JToken* token, Sink& sink) {
    if (step->has[2] && step->numbers[2] == 0) {
      eval_.raise("Newtonsoft.Json.JsonException", "Step cannot be zero.");
      return false;
    }
    if (token->jtype() != JType::Array) return none("Array slice is not valid on " + shortName(token) + ".");
    const int64_t count = token->count;
    const int64_t stride = step->has[2] ? step->numbers[2] : 1;
    const auto place = [&](int i, int64_t otherwise) -> int64_t {
      if (!step->has[i]) return otherwise;
      return step->numbers[i] < 0 ? count + step->numbers[i] : step->numbers[i];
    };
    int64_t from = place(0, stride > 0 ? 0 : count - 1);
    int64_t to = place(1, stride > 0 ? count : -1);
    if (stride > 0) from = std::max<int64_t>(from, 0);
    from = std::min(from, stride > 0 ? count : count - 1);
    to = std::min(std::max<int64_t>(to, -1), count);
    const auto inside = [&](int64_t i) { return stride > 0 ? i < to : i > to; };
    if (!inside(from)) {
      const auto shown = [&](int i) { return step->has[i] ? std::to_string(step->numbers[i]) : std::string("*"); };
      return none("Array slice of " + shown(0) + " to " + shown(1) + " returned no results.");
    }
    for (int64_t i = from; inside(i); i += stride)
      if (!run(step->next, childAt(token, static_cast<uint32_t>(i)), sink)) return false;
    return true;
  }

  bool filtered(const PathStep* step, JToken* token, Sink& sink) {
    if (!eval_.step()) return false;
    const bool match = passes(step->filter, token);
    return !eval_.failed() && (!match || run(step->next, token, sink));
  }

  // ---- filters ----

  bool passes(const PathFilter* filter, JToken* token) {
    if (filter->op == PathFilter::Op::And || filter->op == PathFilter::Op::Or) {
      const bool any = filter->op == PathFilter::Op::Or;
      for (const PathFilter* part = filter->first; part != nullptr && !eval_.failed(); part = part->next)
        if (passes(part, token) == any) return any;
      return !any;
    }
    struct Compare final : Sink {
      Runner* runner;
      const PathFilter* filter;
      JToken* left = nullptr;
      JToken* token;
      bool matched = false;
      bool found(Eval& eval, JToken* one) override {
        if (filter->op == PathFilter::Op::Exists) {
          matched = true;
        } else if (left == nullptr) {
          left = one;
          runner->runSide(filter->right, token, *this);
          left = nullptr;
        } else {
          matched = runner->matches(filter->op, left, one);
        }
        return !matched && !eval.failed();
      }
    } compare;
    compare.runner = this;
    compare.filter = filter;
    compare.token = token;
    runSide(filter->left, token, compare);
    return compare.matched;
  }

  void runSide(const PathSide& side, JToken* token, Sink& sink) {
    if (!side.is_path) {
      sink.found(eval_, side.value);
      return;
    }
    // Inside filters what is missing never raises.
    const bool saved = raises_;
    raises_ = false;
    if (eval_.enter()) {
      run(side.path, token, sink);
      eval_.leave();
    }
    raises_ = saved;
  }

  bool matches(PathFilter::Op op, const JToken* left, const JToken* right) {
    if (left->kind != ObjectKind::JValue || right->kind != ObjectKind::JValue) return op == PathFilter::Op::NotEqual;
    const auto* a = static_cast<const JValue*>(left);
    const auto* b = static_cast<const JValue*>(right);
    switch (op) {
      case PathFilter::Op::Equal:
        return equal(a, b);
      case PathFilter::Op::NotEqual:
        return !equal(a, b);
      case PathFilter::Op::StrictEqual:
        return strictEqual(a, b);
      case PathFilter::Op::StrictNotEqual:
        return !strictEqual(a, b);
      case PathFilter::Op::Regex:
        return regexMatches(a, b);
      case PathFilter::Op::Less:
        return compareJson(eval_, a, b) < 0;
      case PathFilter::Op::LessEqual:
        return compareJson(eval_, a, b) <= 0;
      case PathFilter::Op::Greater:
        return compareJson(eval_, a, b) > 0;
      case PathFilter::Op::GreaterEqual:
        return compareJson(eval_, a, b) >= 0;
      default:
        return true;
    }
  }

  static bool isNumber(const JValue* v) { return v->jtype() == JType::Integer || v->jtype() == JType::Float; }

  bool strictEqual(const JValue* a, const JValue* b) {
    return (a->jtype() == b->jtype() || (isNumber(a) && isNumber(b))) && compareJson(eval_, a, b) == 0;
  }

  // A text in the path also equals what is written that way.
  bool equal(const JValue* a, const JValue* b) {
    if (strictEqual(a, b)) return true;
    if (b->jtype() != JType::String || a->value.isNull() || eval_.failed()) return false;
    switch (a->jtype()) {
      case JType::Date:
      case JType::Bytes:
      case JType::Guid:
      case JType::TimeSpan:
      case JType::Uri: {
        const Value written = writeToken(eval_, a, Indent::None);
        const Value wanted = quoted(eval_, b->value);
        return sameText(eval_, written, wanted);
      }
      default:
        return false;
    }
  }

  // [?(@.name =~ /^a.*/i)]
  bool regexMatches(const JValue* input, const JValue* pattern) {
    if (input->jtype() != JType::String || pattern->jtype() != JType::String || !input->value.isString()) return false;
    const std::string_view text = toUtf8(eval_.arena, pattern->value);
    const size_t slash = text.rfind('/');
    if (slash == 0 || slash == std::string_view::npos) return false;
    int64_t options = 0;
    for (const char c : text.substr(slash + 1))
      options |= c == 'i' ? 1 : c == 'm' ? 2 : c == 's' ? 16 : c == 'x' ? 4 : 0;
    static const TypeDef* const kRegex = Library::instance().findFull("System.Text.RegularExpressions.Regex", 0);
    for (const Member& member : kRegex->members()) {
      if (member.name != "IsMatch" || !member.is_static || member.params.size() != 3) continue;
      Value args[] = {input->value, fromUtf8(eval_.arena, text.substr(1, slash - 1)),
                      newEnum(member.params[2].type, options)};
      Call call{eval_, args, 3, core().boolean, {}, closedType(kRegex)};
      return member.get(call).asBool();
    }
    return false;
  }

  Eval& eval_;
  JToken* root_;
  bool raises_;
};

}  // namespace

bool checkPath(Eval& eval, const Chars& path) {
  PathStep* steps = nullptr;
  return parsePath(eval, toUtf8(eval.arena, fromChars(path)), steps);
}

bool selectTokens(Eval& eval, JToken* root, const Chars& path, ListObject* out, bool raise_on_missing) {
  PathStep* steps = nullptr;
  if (!parsePath(eval, toUtf8(eval.arena, fromChars(path)), steps)) return false;
  ListSink sink(out);
  Runner(eval, root, raise_on_missing).run(steps, root, sink);
  return !eval.failed();
}

}  // namespace sluice::expression
