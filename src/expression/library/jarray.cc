// Newtonsoft.Json.Linq.JArray.
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

Value newArrayWith(Call& c) {
  JContainer* made = newJArray(c.arena());
  return addContent(c.eval, made, c[0]) ? wrap(made) : Value();
}

Value copyOf(Call& c) {
  return c.isNull(0) ? c.eval.raiseArgumentNull("other") : wrap(cloneToken(c.eval, token(c[0])));
}

// By reference, as in Newtonsoft.
int32_t indexOf(Call& c) {
  const JToken* one = tokenOrNull(c[1]);
  return one != nullptr && one->parent == self(c) ? static_cast<int32_t>(one->position) : -1;
}

Value insert(Call& c) {
  const int32_t at = c.int32(1);
  if (at < 0)
    return c.eval.raiseOutOfRange(
        "index", "Index was out of range. Must be non-negative and less than or equal to the size of the collection.");
  JToken* one = c.isNull(2) ? newJValue(c.arena(), {}, JType::Null) : token(c[2]);
  insertItem(c.eval, self(c), static_cast<uint32_t>(at), one);
  return {};
}

Value removeAt(Call& c) {
  const int32_t at = c.int32(1);
  if (at < 0) return c.eval.raiseOutOfRange("index", "Index is less than 0.");
  if (static_cast<uint32_t>(at) >= self(c)->count)
    return c.eval.raiseOutOfRange("index", "Index is equal to or greater than Count.");
  removeToken(c.eval, container(c)->items[at]);
  return {};
}

Value removeItem(Call& c) {
  const int32_t at = indexOf(c);
  return Value::boolean(at >= 0 && removeToken(c.eval, container(c)->items[at]));
}

Value copyTo(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("array");
  auto* array = c.object<ArrayObject>(1);
  const int32_t at = c.int32(2);
  if (at < 0) return c.eval.raiseOutOfRange("arrayIndex", "arrayIndex is less than 0.");
  if (static_cast<uint32_t>(at) >= array->length && at != 0)
    return c.raise("System.ArgumentException", "arrayIndex is equal to or greater than the length of array.");
  if (self(c)->count > array->length - static_cast<uint32_t>(at))
    return c.raise("System.ArgumentException",
                   "The number of elements in the source JObject is greater than the available space from arrayIndex "
                   "to the end of the destination array.");
  for (uint32_t i = 0; i < self(c)->count && c.eval.step(); ++i)
    array->items[static_cast<uint32_t>(at) + i] = wrap(container(c)->items[i]);
  return {};
}

Value fromObject(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("o");
  JToken* made = tokenFrom(c.eval, c[0]);
  if (made == nullptr || made->jtype() == JType::Array) return wrap(made);
  return c.raise("System.ArgumentException",
                 "Object serialized to " + std::string(jtypeName(made->jtype())) + ". JArray instance expected.");
}

Value addItem(Call& c) {
  JToken* one = c.isNull(1) ? newJValue(c.arena(), {}, JType::Null) : token(c[1]);
  insertItem(c.eval, self(c), self(c)->count, one);
  return {};
}

constexpr MemberRow kArray[] = {
    {"JArray()", [](Call& c) { return wrap(newJArray(c.arena())); }},
    {"JArray(JArray other)", copyOf},
    {"JArray(object content)", newArrayWith},
    {"JArray(params object[] content)", newArrayWith},
    {"JToken this[int index] { get; set; }", tokenItem, setTokenItem},
    {"bool IsReadOnly { get; }", [](Call&) { return Value::boolean(false); }},
    {"void Add(JToken item)", addItem, nullptr, kMutates},
    {"void Insert(int index, JToken item)", insert, nullptr, kMutates},
    {"void RemoveAt(int index)", removeAt, nullptr, kMutates},
    {"bool Remove(JToken item)", removeItem, nullptr, kMutates},
    {"void Clear()", [](Call& c) { return clearChildren(c.eval, container(c)), Value(); }, nullptr, kMutates},
    {"bool Contains(JToken item)", [](Call& c) { return Value::boolean(indexOf(c) >= 0); }},
    {"int IndexOf(JToken item)", [](Call& c) { return Value::int32(indexOf(c)); }},
    {"void CopyTo(JToken[] array, int arrayIndex)", copyTo},
    {"static JArray Parse(string json)",
     [](Call& c) {
       return c.isNull(0) ? c.eval.raiseArgumentNull("s") : wrap(parseJson(c.eval, c[0], Expect::Array));
     }},
    {"static JArray FromObject(object o)", fromObject},
};

}  // namespace

void declareJArray(Library& library) {
  library.add("class Newtonsoft.Json.Linq.JArray : JContainer", kArray);
}

}  // namespace sluice::expression
