// Newtonsoft.Json.Linq.JToken.
#include "expression/format.h"
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

Value typeOfToken(Call& c) {
  static const Type* const kType = libraryType("Newtonsoft.Json.Linq.JTokenType");
  return newEnum(kType, self(c)->detail);
}

Value edge(Call& c, bool first) {
  const JToken* one = self(c);
  if (one->kind == ObjectKind::JValue) return cannotAccess(c);
  return one->count == 0 ? Value() : wrap(childAt(one, first ? 0 : one->count - 1));
}

Value sibling(Call& c, int by) {
  const JToken* one = self(c);
  if (one->parent == nullptr) return {};
  const int64_t at = int64_t{one->position} + by;
  return at >= 0 && at < one->parent->count ? wrap(childAt(one->parent, static_cast<uint32_t>(at))) : Value();
}

Value siblings(Call& c, bool after) {
  const JToken* one = self(c);
  ListObject* list = resultList(c);
  if (one->parent == nullptr) return Value::object(list);
  const uint32_t from = after ? one->position + 1 : 0;
  const uint32_t to = after ? one->parent->count : one->position;
  for (uint32_t i = from; i < to; ++i)
    if (!c.eval.step() || !append(c.eval, list, wrap(childAt(one->parent, i)))) return {};
  return Value::object(list);
}

Value ancestors(Call& c, bool with_self) {
  ListObject* list = resultList(c);
  for (JToken* one = with_self ? self(c) : self(c)->parent; one != nullptr; one = one->parent)
    if (!c.eval.step() || !append(c.eval, list, wrap(one))) return {};
  return Value::object(list);
}

// Children<T>()
Value childrenOfType(Call& c) {
  ListObject* list = resultList(c);
  for (uint32_t i = 0; i < self(c)->count && c.eval.step(); ++i) {
    const Value child = wrap(childAt(self(c), i));
    if (isInstance(child, c.type_args[0]) && !append(c.eval, list, child)) return {};
  }
  return Value::object(list);
}

// Values<T>(): the children, converted; a property gives its value.
Value valuesAs(Call& c) {
  if (self(c)->kind == ObjectKind::JValue) return cannotAccess(c);
  ListObject* list = resultList(c);
  for (uint32_t i = 0; i < self(c)->count && c.eval.step(); ++i) {
    const Value converted = tokenValueAs(c.eval, wrap(childAt(self(c), i)), c.type_args[0]);
    if (c.eval.failed() || !append(c.eval, list, converted)) return {};
  }
  return Value::object(list);
}

Value valueOfKey(Call& c) {
  const Value found = tokenItem(c);
  return c.eval.failed() ? Value() : tokenValueAs(c.eval, found, c.type_args[0]);
}

Value select(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("expression");
  ListObject* found = newList(c.eval, core().object);
  if (!selectTokens(c.eval, self(c), c.chars(1), found, c.count > 2 && c.boolean(2))) return {};
  if (found->count > 1) return c.raise("Newtonsoft.Json.JsonException", "Path returned multiple tokens.");
  return found->count == 0 ? Value() : found->items[0];
}

// The matches are found when the sequence is walked, and so are mistakes of the filters; the path is read at once.
struct SelectSequence final : SequenceObject {
  JToken* from = nullptr;
  Value path;
  bool raises = false;
  Enumerator* begin(Eval& eval) override {
    ListObject* found = newList(eval, core().object);
    found->kind = ObjectKind::List;
    if (!selectTokens(eval, from, chars(eval, path), found, raises)) return nullptr;
    return enumerate(eval, Value::object(found));
  }
};

Value selectAll(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("expression");
  if (!checkPath(c.eval, c.chars(1))) return {};
  auto* made = newObject<SelectSequence>(c.eval, c.type, ObjectKind::Sequence);
  made->from = self(c);
  made->path = c[1];
  made->raises = c.count > 2 && c.boolean(2);
  return Value::object(made);
}

Value toText(Call& c) {
  if (c.count == 1) return tokenToString(c.eval, self(c));
  return writeToken(c.eval, self(c), c[1].asInt64() == 0 ? Indent::None : Indent::Indented);
}

Value beside(Call& c, uint32_t after) {
  JToken* one = self(c);
  if (one->parent == nullptr) return c.raise("System.InvalidOperationException", "The parent is missing.");
  addContentAt(c.eval, one->parent, one->position + after, c[1]);
  return {};
}

Value fromObject(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("o");
  return wrap(tokenFrom(c.eval, c[0]));
}

Value toObjectOfType(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("objectType");
  return tokenToObject(c.eval, self(c), c.object<TypeObject>(1)->represented);
}

constexpr MemberRow kToken[] = {
    {"JToken this[object key] { get; set; }", tokenItem, setTokenItem},
    {"JTokenType Type { get; }", typeOfToken},
    {"JContainer Parent { get; }", [](Call& c) { return wrap(self(c)->parent); }},
    {"JToken Root { get; }", [](Call& c) { return wrap(rootOf(self(c))); }},
    {"string Path { get; }", [](Call& c) { return pathOf(c.eval, self(c)); }},
    {"bool HasValues { get; }", [](Call& c) { return Value::boolean(self(c)->count > 0); }},
    {"JToken First { get; }", [](Call& c) { return edge(c, true); }},
    {"JToken Last { get; }", [](Call& c) { return edge(c, false); }},
    {"JToken Next { get; }", [](Call& c) { return sibling(c, 1); }},
    {"JToken Previous { get; }", [](Call& c) { return sibling(c, -1); }},
    {"IEnumerable<JToken> AfterSelf()", [](Call& c) { return siblings(c, true); }},
    {"IEnumerable<JToken> BeforeSelf()", [](Call& c) { return siblings(c, false); }},
    {"IEnumerable<JToken> Ancestors()", [](Call& c) { return ancestors(c, false); }},
    {"IEnumerable<JToken> AncestorsAndSelf()", [](Call& c) { return ancestors(c, true); }},
    {"JEnumerable<JToken> Children()", [](Call& c) { return childSequence(c, ChildEnumerator::Give::Children); }},
    {"JEnumerable<T> Children<T>()", childrenOfType},
    {"IEnumerable<T> Values<T>()", valuesAs},
    {"T Value<T>(object key)", valueOfKey},
    {"JToken SelectToken(string path)", select},
    {"JToken SelectToken(string path, bool errorWhenNoMatch)", select},
    {"IEnumerable<JToken> SelectTokens(string path)", selectAll},
    {"IEnumerable<JToken> SelectTokens(string path, bool errorWhenNoMatch)", selectAll},
    {"JToken DeepClone()", [](Call& c) { return wrap(cloneToken(c.eval, self(c))); }},
    {"T ToObject<T>()", [](Call& c) { return tokenToObject(c.eval, self(c), c.type_args[0]); }},
    {"object ToObject(Type objectType)", toObjectOfType},
    {"void Remove()", [](Call& c) { return removeToken(c.eval, self(c)), Value(); }, nullptr, kMutates},
    {"void Replace(JToken value)", [](Call& c) { return replaceToken(c.eval, self(c), tokenOrNull(c[1])), Value(); },
     nullptr, kMutates},
    {"void AddAfterSelf(object content)", [](Call& c) { return beside(c, 1); }, nullptr, kMutates},
    {"void AddBeforeSelf(object content)", [](Call& c) { return beside(c, 0); }, nullptr, kMutates},
    {"string ToString()", toText},
    {"string ToString(Newtonsoft.Json.Formatting formatting)", toText},
    {"static JToken Parse(string json)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("s") : wrap(parseJson(c.eval, c[0], Expect::Any)); }},
    {"static JToken FromObject(object o)", fromObject},
    {"static bool DeepEquals(JToken t1, JToken t2)",
     [](Call& c) { return Value::boolean(deepEquals(c.eval, tokenOrNull(c[0]), tokenOrNull(c[1]))); }},
};

// ---- hooks ---------------------------------------------------------------------------------------------------------

bool equalTokens(Eval& eval, const Value& a, const Value& b) {
  // Only JValue compares by content.
  return isKind(a, ObjectKind::JValue) && isKind(b, ObjectKind::JValue) && deepEquals(eval, token(a), token(b));
}

uint32_t hashOf(Eval& eval, const Value& a) {
  if (isKind(a, ObjectKind::JValue)) return deepHash(eval, token(a));
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(a.pointer()) >> 4);
}

int compareTokens(Eval& eval, const Value& a, const Value& b) {
  if (isKind(a, ObjectKind::JValue) && isKind(b, ObjectKind::JValue))
    return compareJson(eval, as<JValue>(a), as<JValue>(b));
  eval.raise("System.ArgumentException", "At least one object must implement IComparable.");
  return 0;
}

Value formatToken(Eval& eval, const Value& value, const Chars& format) {
  if (!isKind(value, ObjectKind::JValue)) return tokenToString(eval, token(value));
  const Value& inner = as<JValue>(value)->value;
  return inner.isNull() ? Value::ascii({}) : formatValue(eval, inner, fromChars(format));
}

}  // namespace

void declareJToken(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& value) { return tokenToString(eval, token(value)); };
  hooks.equals = equalTokens;
  hooks.hash = hashOf;
  hooks.compare = compareTokens;
  hooks.enumerate = [](Eval& eval, const Value& value) -> Enumerator* {
    return ChildEnumerator::make(eval, token(value));
  };
  hooks.format = formatToken;
  hooks.copy = [](Arena& arena, const Value& value) { return wrap(copyToken(arena, token(value))); };
  library.add("interface Newtonsoft.Json.Linq.IJEnumerable<out T> : IEnumerable<T>", {});
  library.add("interface Newtonsoft.Json.Linq.JEnumerable<out T> : IJEnumerable<T>", {});
  TypeDef& def = library.add("abstract class Newtonsoft.Json.Linq.JToken : IJEnumerable<JToken>", kToken, hooks);
  def.rows.push_back(tokenOperatorRows());
}

}  // namespace sluice::expression
