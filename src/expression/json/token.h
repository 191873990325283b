// Newtonsoft's object model (Newtonsoft.Json.Linq, version 13) in the arena. Trees keep their order; a token has one
// parent, and adding one that has a parent adds a copy, as in Newtonsoft. Nodes own nothing and are never freed;
// strings are views of the parsed text where it had no escapes, so that text must live as long as the tree.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "expression/chars.h"
#include "expression/eval.h"
#include "expression/object.h"

namespace sluice::expression {

struct Member;

// Newtonsoft.Json.Linq.JTokenType
enum class JType : uint8_t {
  None,
  Object,
  Array,
  Constructor,
  Property,
  Comment,
  Integer,
  Float,
  String,
  Boolean,
  Null,
  Undefined,
  Date,
  Raw,
  Bytes,
  Guid,
  Uri,
  TimeSpan,
};
std::string_view jtypeName(JType type);

// Object::flags
constexpr uint16_t kPlainText = 1;    // a JValue's or property name's text needs no escapes in JSON
constexpr uint16_t kMutatedTree = 2;  // on a root: changed since it was parsed, so it is nobody's to share
constexpr uint16_t kNumberText = 4;   // a JNumberText

// Object::detail is the JType.
struct JToken : Object {
  JToken* parent = nullptr;
  uint32_t position = 0;  // among the parent's children
  uint32_t count = 0;     // children; of a property 1 once it has its value

  JType jtype() const { return static_cast<JType>(detail); }

  JToken() = default;
  JToken(const Type* of, ObjectKind object_kind, JType jtype, uint16_t token_flags)
      : Object{of, object_kind, static_cast<uint8_t>(jtype), token_flags} {}
};

// JValue and JRaw.
struct JValue : JToken {
  Value value;  // Null, Bool, integers, Double, Decimal, strings, DateTime, Guid, ...; a big integer is its digits

  JValue() = default;
  JValue(const Type* of, JType jtype, uint16_t token_flags, const Value& held)
      : JToken(of, ObjectKind::JValue, jtype, token_flags), value(held) {}
};

// A real number that JsonConvert reads, with its text: that is what a string member gets.
struct JNumberText : JValue {
  std::string_view text;
};

struct JProperty : JToken {
  Value name;                 // never Wide unless it has lone surrogates (normalName)
  JToken* content = nullptr;  // never null once built

  JProperty() = default;
  JProperty(const Type* of, const Value& called, uint16_t token_flags)
      : JToken(of, ObjectKind::JProperty, JType::Property, token_flags), name(called) {}
};

// JObject (of properties), JArray and JConstructor.
struct JContainer : JToken {
  uint32_t capacity = 0;
  uint32_t buckets = 0;  // of the index; a power of two
  JToken** items = nullptr;
  uint32_t* index = nullptr;  // names to position + 1, open addressing; made when an object with many is searched
  Value constructor_name;

  JContainer() = default;
  JContainer(const Type* of, ObjectKind object_kind, JType jtype) : JToken(of, object_kind, jtype, 0) {}
};

struct JsonTypes {
  const Type *token, *container, *object, *array, *value, *property, *constructor, *raw;
};
const JsonTypes& jsonTypes();

inline bool isToken(const Value& value) {
  return value.isObject() && value.asObject()->kind >= ObjectKind::JObject &&
         value.asObject()->kind <= ObjectKind::JProperty;
}
inline JToken* token(const Value& value) {
  return as<JToken>(value);
}
inline bool isContainer(const JToken* token) {
  return token->kind == ObjectKind::JObject || token->kind == ObjectKind::JArray;
}
// The plain value inside a JValue, for Convert and the like; anything else as it is.
inline Value unwrapJson(const Value& value) {
  return isKind(value, ObjectKind::JValue) ? as<JValue>(value)->value : value;
}

// Building. All may give null with an exception pending only where said.
JContainer* newJObject(Arena& arena);
JContainer* newJArray(Arena& arena);
JContainer* newJConstructor(Arena& arena, const Value& name);
JValue* newJValue(Arena& arena, const Value& value, JType type);
JProperty* newJProperty(Arena& arena, const Value& name, JToken* content);
// JTokenType of a .NET value; None: not a simple value.
JType jtypeOf(const Value& value);
// What C# accepts as content of a container: a token as it is, a simple value as a JValue. Null with ArgumentException
// pending for anything else.
JToken* contentToken(Eval& eval, const Value& value);
// Content of which each element is added: a sequence that is no string, token or byte[].
bool isManyContents(const Value& content);
// JToken.FromObject: any value to a new tree (convert_from.cc). Null with an exception pending.
struct SerializeOptions {
  bool ignore_nulls = false;  // NullValueHandling.Ignore
};
JToken* tokenFrom(Eval& eval, const Value& value, const SerializeOptions& options = {});
// Dictionaries that are no Dictionary<,>, such as a request's headers: pairs that JSON shows as an object.
bool isPairs(const Type* type);
// The name JSON shows of a tuple's, pair's or anonymous object's member.
std::string memberName(const RecordObject* record, uint32_t at);
// Instance properties that JSON shows of an object that is nothing simpler.
std::vector<const Member*> publicProperties(const Type* type);
// Null with the budget exception pending.
JToken* cloneToken(Eval& eval, const JToken* token);
// Into another arena, whole.
JToken* copyToken(Arena& arena, const JToken* token);

// Names.
Value normalName(Arena& arena, const Value& name);
inline bool sameName(const Value& a, const Value& b) {  // REQUIRES: both normal
  if (a.extra() != b.extra() || a.tag() != b.tag()) return false;
  const size_t width = a.tag() == Tag::Wide ? 2 : 1;
  return a.extra() == 0 || std::memcmp(a.pointer(), b.pointer(), a.extra() * width) == 0;
}
// One of 64 bits: normal names with different bits differ.
inline uint64_t nameBit(const Value& name) {
  uint32_t hash = name.extra() * 5;
  if (name.extra() > 0 && name.tag() != Tag::Wide) {
    const std::string_view bytes = name.bytes();
    hash += static_cast<unsigned char>(bytes.front()) + static_cast<unsigned char>(bytes.back()) * 3u;
  }
  return uint64_t{1} << (hash & 63);
}
// Any string as it comes; null: there is none.
JProperty* findProperty(Eval& eval, const JContainer* object, const Value& name);
JProperty* findPropertyIgnoreCase(Eval& eval, const JContainer* object, const Value& name);

// Walking.
inline JToken* childAt(const JToken* parent, uint32_t at) {  // REQUIRES: at < parent->count
  return parent->kind == ObjectKind::JProperty ? static_cast<const JProperty*>(parent)->content
                                               : static_cast<const JContainer*>(parent)->items[at];
}
JToken* rootOf(JToken* token);
// Behind `token` in document order, inside `top`; null at the end.
JToken* nextInTree(JToken* token, const JToken* top);
inline uint32_t indexInParent(const JToken* token) {
  return token->position;
}

// Changing. False: an exception is pending. Content may be a token, a simple value or a sequence of them.
// o[name] = token: replaces or adds.
bool setProperty(Eval& eval, JContainer* object, const Value& name, JToken* content);
// Adds at `at` (count: at the end): a token with a parent is copied; a property into an object must be new.
bool insertItem(Eval& eval, JToken* parent, uint32_t at, JToken* item);
// What `new JProperty(name, content)` does. REQUIRES: the property is new and has no content.
bool giveContent(Eval& eval, JProperty* made, JToken* content);
// Adds content as the constructors do: sequences are added item by item.
bool addContent(Eval& eval, JToken* parent, const Value& content);
bool addContentAt(Eval& eval, JToken* parent, uint32_t at, const Value& content);
bool removeToken(Eval& eval, JToken* token);
bool replaceToken(Eval& eval, JToken* token, JToken* with);
// The child at `at` by another; a null `with` becomes a JSON null.
bool replaceChild(Eval& eval, JToken* parent, uint32_t at, JToken* with);
void clearChildren(Eval& eval, JContainer* container);
// Marks the tree that holds the token as changed; gives its root. Deep trees cost steps.
JToken* touch(Eval& eval, JToken* token);
// For code that has checked already: a new child at the end.
void appendRaw(Arena& arena, JContainer* container, JToken* item);
// items[count - 1] is new: the index, if there is one, learns of it.
void noteAppended(JContainer* object);

enum class ArrayMerge : uint8_t { Concat, Union, Replace, Merge };  // MergeArrayHandling
struct MergeOptions {
  ArrayMerge arrays = ArrayMerge::Concat;
  bool nulls_too = false;  // MergeNullValueHandling.Merge
  bool ignore_case = false;
};
bool mergeContent(Eval& eval, JToken* target, const Value& content, const MergeOptions& options);

bool deepEquals(Eval& eval, const JToken* a, const JToken* b);
// JValue comparison: numbers by value, whatever their types. The order is that of JValue.CompareTo.
bool equalJson(Eval& eval, const Value& a, const Value& b);
int compareJson(Eval& eval, const JValue* a, const JValue* b);
uint32_t deepHash(Eval& eval, const JToken* token);
// JValue.CompareTo: numbers by value, whatever their types. Raises.
int compareJson(Eval& eval, const JValue* a, const JValue* b);
// "a.b[0]['odd name']"
Value pathOf(Eval& eval, const JToken* token);
// One step of a path: .name or ['odd name'].
void addPathName(std::string& path, std::string_view name);

// Text (writer.cc).
enum class Indent : uint8_t { None, Indented };
Value writeToken(Eval& eval, const JToken* token, Indent indent);
Value tokenToString(Eval& eval, const JToken* token);  // JToken.ToString()
// JsonConvert.SerializeObject of any value.
Value writeValue(Eval& eval, const Value& value, Indent indent);
// A string with quotes and escapes.
Value quoted(Eval& eval, const Value& text);

// Reading (reader.cc). Raises JsonReaderException; null then. The last three are what JsonConvert reads, which differs
// in equal names and in what it says of a text that ends too early: for a type, for a JToken, for `object`.
enum class Expect : uint8_t { Any, Object, Array, Typed, Linq, Untyped };
enum class ReadDates : uint8_t { Dates, Strings };  // DateParseHandling
JToken* parseJson(Eval& eval, const Value& text, Expect expect, ReadDates dates = ReadDates::Dates);
// A byte order mark in front is passed over.
JToken* parseJsonBytes(Eval& eval, std::string_view utf8, Expect expect);

// JSONPath (path.cc): matches are appended; false with an exception pending.
bool checkPath(Eval& eval, const Chars& path);
bool selectTokens(Eval& eval, JToken* root, const Chars& path, ListObject* out, bool raise_on_missing);

// Conversions of a token to .NET values (convert.cc): the explicit operators. `type` as (T)token. Null with an
// exception pending.
Value convertToken(Eval& eval, const Value& token, const Type* type);
// token.Value<T>()
Value tokenValueAs(Eval& eval, const Value& token, const Type* type);
// Convert.ChangeType(value, type) for the types that JSON values have.
Value changeJsonType(Eval& eval, const Value& value, const Type* type);
// ToObject<T>.
Value tokenToObject(Eval& eval, JToken* token, const Type* type);
// JsonConvert.DeserializeObject<T>
Value deserializeJson(Eval& eval, const Value& text, const Type* type, ReadDates dates = ReadDates::Dates);

}  // namespace sluice::expression
