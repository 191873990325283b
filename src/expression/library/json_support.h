// Shared by the files of Newtonsoft.Json.
#pragma once

#include <span>

#include "expression/json/token.h"
#include "expression/library.h"

namespace sluice::expression {

inline JToken* self(Call& c) {
  return token(c[0]);
}
inline JContainer* container(Call& c) {
  return static_cast<JContainer*>(token(c[0]));
}
inline Value wrap(JToken* one) {
  return Value::object(one);
}
inline JToken* tokenOrNull(const Value& value) {
  return value.isNull() ? nullptr : token(value);
}
Value cannotAccess(Call& c);

// The children of a token: properties of an object, items of an array, a property's value. Notices changes as .NET's
// collections do.
class ChildEnumerator final : public Enumerator {
 public:
  enum class Give : uint8_t { Children, Contents, Pairs };  // Contents: a property's value instead of it
  static ChildEnumerator* make(Eval& eval, JToken* parent, Give give = Give::Children);
  bool next(Eval& eval, Value& out) override;

  explicit ChildEnumerator(JToken* parent) : parent_(parent), seen_(parent->version) {}

 private:
  JToken* parent_;
  uint32_t seen_;
  uint32_t at_ = 0;
  Give give_ = Give::Children;
  const Type* pair_ = nullptr;
};
// The same as a sequence of the call's type.
Value childSequence(Call& c, ChildEnumerator::Give give);
// The token and everything below it, or only what is below.
Value treeSequence(Call& c, bool with_self);

// token[key], token[key] = value, token.Value<T>(key).
Value tokenItem(Call& c);
Value setTokenItem(Call& c);
// A List of the call's result's element type.
ListObject* resultList(Call& c);

std::span<const MemberRow> tokenOperatorRows();
std::span<const MemberRow> jsonXmlRows();  // of JsonConvert
void declareJToken(Library& library);
void declareJContainer(Library& library);
void declareJObject(Library& library);
void declareJArray(Library& library);
void declareJValue(Library& library);
void declareJsonExtensions(Library& library);
void declareJsonConvert(Library& library);

}  // namespace sluice::expression
