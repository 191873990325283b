// Newtonsoft.Json.Linq.Extensions: methods on sequences of tokens.
#include "expression/library/json_support.h"

namespace sluice::expression {
namespace {

enum class Find : uint8_t {
  Children,
  Values,
  ValueOfKey,
  Descendants,
  DescendantsAndSelf,
  Ancestors,
  AncestorsAndSelf
};

// Found when the sequence is walked.
struct TokenQuery final : SequenceObject {
  Value source;
  Value key;
  Find find = Find::Children;
  const Type* convert_to = nullptr;  // null: the tokens as they are
  const Type* only = nullptr;        // null: of every type

  Enumerator* begin(Eval& eval) override {
    ListObject* found = newList(eval, core().object);
    Enumerator* items = enumerate(eval, source);
    Value item;
    while (items != nullptr && items->next(eval, item)) {
      if (!isToken(item)) {
        eval.raiseNullReference();
      } else {
        gather(eval, token(item), found);
      }
      if (eval.failed()) return nullptr;
    }
    return items == nullptr || eval.failed() ? nullptr : enumerate(eval, Value::object(found));
  }

 private:
  bool add(Eval& eval, JToken* one, ListObject* found) const {
    const Value value = wrap(one);
    if (only != nullptr && !isInstance(value, only)) return true;
    const Value converted = convert_to != nullptr ? tokenValueAs(eval, value, convert_to) : value;
    return !eval.failed() && eval.step() && append(eval, found, converted);
  }

  void gather(Eval& eval, JToken* one, ListObject* found) const {
    switch (find) {
      case Find::Children:
        for (uint32_t i = 0; i < one->count && add(eval, childAt(one, i), found);) ++i;
        return;
      case Find::Values:
        if (one->kind == ObjectKind::JValue) {
          add(eval, one, found);
        } else {
          for (uint32_t i = 0; i < one->count && add(eval, contentOf(childAt(one, i)), found);) ++i;
        }
        return;
      case Find::ValueOfKey: {
        Value args[] = {wrap(one), key};
        Call call{eval, args, 2, jsonTypes().token, {}, jsonTypes().token};
        const Value item = tokenItem(call);
        if (!item.isNull() && !eval.failed()) add(eval, token(item), found);
        return;
      }
      case Find::Descendants:
      case Find::DescendantsAndSelf: {
        JToken* at = find == Find::DescendantsAndSelf ? one : nextInTree(one, one);
        while (at != nullptr && add(eval, at, found)) at = nextInTree(at, one);
        return;
      }
      case Find::Ancestors:
      case Find::AncestorsAndSelf: {
        JToken* at = find == Find::AncestorsAndSelf ? one : one->parent;
        while (at != nullptr && add(eval, at, found)) at = at->parent;
        return;
      }
    }
  }

  static JToken* contentOf(JToken* one) {
    return one->kind == ObjectKind::JProperty ? static_cast<JProperty*>(one)->content : one;
  }
};

TokenQuery* query(Call& c, Find find) {
  if (c.isNull(0)) {
    c.eval.raiseArgumentNull("source");
    return nullptr;
  }
  auto* made = newObject<TokenQuery>(c.eval, c.type, ObjectKind::Sequence);
  made->source = c[0];
  made->find = find;
  if (c.count > 1) {
    made->key = c[1];
    made->find = c.isNull(1) ? Find::Values : Find::ValueOfKey;
  }
  return made;
}

template <Find kFind>
Value find(Call& c) {
  return Value::object(query(c, kFind));
}

Value valuesAs(Call& c) {
  TokenQuery* made = query(c, Find::Values);
  if (made != nullptr) made->convert_to = c.type_args[0];
  return Value::object(made);
}

Value childrenAs(Call& c) {
  TokenQuery* made = query(c, Find::Children);
  if (made != nullptr) made->convert_to = c.type_args.back();
  return Value::object(made);
}

Value valueOf(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("value");
  if (!isToken(c[0])) return c.raise("System.ArgumentException", "Source value must be a JToken.");
  return tokenValueAs(c.eval, c[0], c.type_args.back());
}

constexpr MemberRow kExtensions[] = {
    {"static IJEnumerable<JToken> Ancestors(this IEnumerable<JToken> source)", find<Find::Ancestors>},
    {"static IJEnumerable<JToken> AncestorsAndSelf(this IEnumerable<JToken> source)", find<Find::AncestorsAndSelf>},
    {"static IJEnumerable<JToken> Descendants(this IEnumerable<JToken> source)", find<Find::Descendants>},
    {"static IJEnumerable<JToken> DescendantsAndSelf(this IEnumerable<JToken> source)", find<Find::DescendantsAndSelf>},
    {"static IJEnumerable<JProperty> Properties(this IEnumerable<JObject> source)", find<Find::Children>},
    {"static IJEnumerable<JToken> Values(this IEnumerable<JToken> source, object key)", find<Find::ValueOfKey>},
    {"static IJEnumerable<JToken> Values(this IEnumerable<JToken> source)", find<Find::Values>},
    {"static IEnumerable<U> Values<U>(this IEnumerable<JToken> source, object key)", valuesAs},
    {"static IEnumerable<U> Values<U>(this IEnumerable<JToken> source)", valuesAs},
    {"static U Value<U>(this IEnumerable<JToken> value)", valueOf},
    {"static IJEnumerable<JToken> Children(this IEnumerable<JToken> source)", find<Find::Children>},
    {"static IEnumerable<U> Children<U>(this IEnumerable<JToken> source)", childrenAs},
    {"static IJEnumerable<JToken> AsJEnumerable(this IEnumerable<JToken> source)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("source") : c[0]; }},
};

}  // namespace

void declareJsonExtensions(Library& library) {
  library.add("static class Newtonsoft.Json.Linq.Extensions", kExtensions);
}

}  // namespace sluice::expression
