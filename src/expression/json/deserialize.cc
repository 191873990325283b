// Trees and texts to C# values of a wanted type: ToObject<T>() and JsonConvert.DeserializeObject<T>().
#include "expression/collection.h"
#include "expression/json/date_text.h"
#include "expression/json/token.h"
#include "expression/library.h"
#include "expression/library/numeric.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

constexpr std::string_view kSerialization = "Newtonsoft.Json.JsonSerializationException";
constexpr std::string_view kReader = "Newtonsoft.Json.JsonReaderException";

enum class Shape : uint8_t { Scalar, Sequence, Map, Token, Anything, Record, Unknown };

bool isGenericCollection(const Type* type, size_t args) {
  return type->def != nullptr && type->args.size() == args && type->def->name_space == "System.Collections.Generic";
}

Shape shapeOf(const Type* type) {
  if (type->kind == TypeKind::Object) return Shape::Anything;
  if (type == core().byte_array || type->kind == TypeKind::String || type->kind == TypeKind::Primitive ||
      type->kind == TypeKind::Enum)
    return Shape::Scalar;
  if (isReferenceAssignable(type, jsonTypes().token)) return Shape::Token;
  if (type->kind == TypeKind::Array) return type->rank == 1 ? Shape::Sequence : Shape::Unknown;
  if (type->kind == TypeKind::Anonymous || type->kind == TypeKind::Tuple) return Shape::Record;
  if (type->def == nullptr) return Shape::Unknown;
  const std::string& name = type->def->name;
  if (isGenericCollection(type, 2) && name.ends_with("Dictionary")) return Shape::Map;
  if (name == "KeyValuePair" || name == "Tuple") return Shape::Record;
  if (isGenericCollection(type, 1) && elementOfSequence(type) != nullptr) return Shape::Sequence;
  return name == "Uri" ? Shape::Scalar : Shape::Unknown;
}

// The word in "Error reading integer".
std::string_view wordFor(const Type* type) {
  if (type->kind == TypeKind::String) return "string";
  if (type == core().byte_array) return "bytes";
  switch (type->tag) {
    case Tag::Bool:
      return "boolean";
    case Tag::Double:
    case Tag::Single:
      return "double";
    case Tag::Decimal:
      return "decimal";
    case Tag::DateTime:
    case Tag::DateTimeOffset:
      return "date";
    default:
      return "integer";
  }
}

class Deserializer {
 public:
  // `from_text`: the tree was just read for this, its date strings as strings.
  Deserializer(Eval& eval, bool from_text, ReadDates dates) : eval_(eval), from_text_(from_text), dates_(dates) {}

  Value read(JToken* from, const Type* type) {
    if (!eval_.step() || !eval_.enter()) return {};
    const Value made = readAs(from, type);
    eval_.leave();
    return made;
  }

 private:
  Value fail(std::string_view exception, const std::string& message, const JToken* at) {
    return eval_.raise(exception, message + " Path '" + std::string(toUtf8(eval_.arena, pathOf(eval_, at))) + "'.");
  }

  std::string shown(const JValue* from) {
    const std::string text(toUtf8(eval_.arena, valueToString(eval_, from->value)));
    if (from->value.isNull()) return "{null}";
    return from->value.isString() ? "\"" + text + "\"" : text;
  }

  Value errorConverting(const JValue* from, const Type* type) {
    if (eval_.pendingIsBudget()) return {};
    eval_.clearPending();
    return fail(kSerialization, "Error converting value " + shown(from) + " to type '" + type->fullName() + "'.", from);
  }

  Value wrongContainer(const JToken* from, const Type* type) {
    const bool object = from->kind == ObjectKind::JObject;
    const std::string is = object ? "object (e.g. {\"name\":\"value\"})" : "array (e.g. [1,2,3])";
    const std::string needs = object ? "array (e.g. [1,2,3])" : "object (e.g. {\"name\":\"value\"})";
    return fail(kSerialization,
                "Cannot deserialize the current JSON " + is + " into type '" + type->fullName() +
                    "' because the type requires a JSON " + needs + " to deserialize correctly.",
                from);
  }

  Value readAs(JToken* from, const Type* type) {
    const Type* target = type->isNullable() ? type->underlying() : type;
    const Shape shape = shapeOf(target);
    if (from->kind == ObjectKind::JProperty && shape != Shape::Token) from = static_cast<JProperty*>(from)->content;
    const bool null = from->jtype() == JType::Null || from->jtype() == JType::Undefined;
    if (shape == Shape::Token) return readToken(from, target, null);
    if (null) {
      if (type->isReference() || type->isNullable()) return {};
      return errorConverting(static_cast<JValue*>(from), type);
    }
    if (shape == Shape::Anything) return readAnything(from);
    if (from->kind == ObjectKind::JValue) {
      if (shape == Shape::Scalar) return readScalar(static_cast<JValue*>(from), target);
      return errorConverting(static_cast<JValue*>(from), type);
    }
    switch (shape) {
      case Shape::Sequence:
        return from->jtype() == JType::Array ? readSequence(static_cast<JContainer*>(from), target)
                                             : wrongContainer(from, target);
      case Shape::Map:
        return from->kind == ObjectKind::JObject ? readMap(static_cast<JContainer*>(from), target)
                                                 : wrongContainer(from, target);
      case Shape::Record:
        return from->kind == ObjectKind::JObject ? readRecord(static_cast<JContainer*>(from), target)
                                                 : wrongContainer(from, target);
      case Shape::Scalar:
        return containerForScalar(from, target);
      default:
        return fail(kSerialization, "Could not create an instance of type " + target->fullName() + ".", from);
    }
  }

  Value containerForScalar(const JToken* from, const Type* type) {
    const bool object = from->kind == ObjectKind::JObject;
    if (from_text_)
      return fail(kReader,
                  std::string("Unexpected character encountered while parsing value: ") + (object ? "{" : "[") + ".",
                  from);
    return fail(kReader,
                "Error reading " + std::string(wordFor(type)) +
                    ". Unexpected token: " + (object ? "StartObject" : "StartArray") + ".",
                from);
  }

  // Dates in strings become dates where the tree itself is the result.
  void findDates(JToken* top) {
    if (!from_text_ || dates_ == ReadDates::Strings) return;
    for (JToken* one = top; one != nullptr && eval_.step(); one = nextInTree(one, top)) {
      if (one->jtype() != JType::String) continue;
      auto* scalar = static_cast<JValue*>(one);
      if (scalar->value.tag() != Tag::Ascii || !mayBeJsonDate(scalar->value.bytes())) continue;
      const std::optional<Value> date = dateFromJsonText(scalar->value.bytes());
      if (!date) continue;
      scalar->value = *date;
      scalar->detail = static_cast<uint8_t>(JType::Date);
      scalar->flags &= static_cast<uint16_t>(~kPlainText);
    }
  }

  JToken* own(JToken* from) { return from_text_ && from->parent == nullptr ? from : cloneToken(eval_, from); }

  Value readToken(JToken* from, const Type* type, bool null) {
    const bool any = type == jsonTypes().token || type == jsonTypes().value;
    if (null && !any) return {};
    if (!isReferenceAssignable(from->type, type))
      return fail(kSerialization,
                  "Deserialized JSON type '" + from->type->fullName() + "' is not compatible with expected type '" +
                      type->fullName() + "'.",
                  from);
    JToken* made = own(from);
    if (made != nullptr) findDates(made);
    return made != nullptr ? Value::object(made) : Value();
  }

  Value readAnything(JToken* from) {
    JToken* made = from->kind == ObjectKind::JValue && !from_text_ ? from : own(from);
    if (made == nullptr) return {};
    findDates(made);
    return made->kind == ObjectKind::JValue ? static_cast<JValue*>(made)->value : Value::object(made);
  }

  Value readScalar(const JValue* from, const Type* type) {
    if (type->kind == TypeKind::Enum) return readEnum(from, type);
    if (type->kind == TypeKind::String) return readString(from);
    if (from_text_ && type == core().date_time && from->value.tag() == Tag::Ascii)
      if (const std::optional<Value> date = dateFromJsonText(from->value.bytes())) return *date;
    if ((from->flags & kNumberText) != 0 && type == core().decimal) {
      Value exact;
      const Chars text = chars(eval_, Value::ascii(static_cast<const JNumberText*>(from)->text));
      if (parseNumber(eval_.arena, text, kFloatStyle, Tag::Decimal, exact) == ParseResult::Good) return exact;
    }
    const bool exact = type->tag == Tag::Int32 || type->tag == Tag::Double || type->tag == Tag::Decimal;
    if (type->kind == TypeKind::Primitive && (exact || type->isBool())) return readNumber(from, type);
    const Value made = from_text_ || jtypeOf(from->value) == from->jtype()
                           ? convertToken(eval_, Value::object(from), type)
                           : changeJsonType(eval_, from->value, type);
    return eval_.failed() ? errorConverting(from, type) : made;
  }

  // The reader itself reads these, and its errors are the reader's.
  Value readNumber(const JValue* from, const Type* type) {
    const bool text_of_number = from_text_ && from->jtype() == JType::Float && type->tag == Tag::Int32;
    const bool bool_for_number = from->jtype() == JType::Boolean && !type->isBool();
    if (text_of_number) return fail(kReader, "Input string '" + shown(from) + "' is not a valid integer.", from);
    if (bool_for_number) {
      const std::string found = static_cast<const JValue*>(from)->value.asBool() ? "t" : "f";
      return from_text_
                 ? fail(kReader, "Unexpected character encountered while parsing value: " + found + ".", from)
                 : fail(kReader, "Error reading " + std::string(wordFor(type)) + ". Unexpected token: Boolean.", from);
    }
    if (from->value.isString() && from->value.extra() == 0 && type->isValue())
      return errorConverting(newJValue(eval_.arena, {}, JType::Null), type);
    const Value made = convertToken(eval_, Value::object(from), type);
    if (!eval_.failed() || eval_.pendingIsBudget()) return made;
    eval_.clearPending();
    const std::string text(toUtf8(eval_.arena, valueToString(eval_, from->value)));
    if (from->jtype() == JType::Integer)
      return fail(kReader,
                  "JSON integer " + text + " is too large or small for an " + std::string(type->reflectionName()) + ".",
                  from);
    return fail(kReader, "Could not convert string to " + std::string(wordFor(type)) + ": " + text + ".", from);
  }

  Value readString(const JValue* from) {
    if (from_text_) {
      // As it stands in the text.
      if ((from->flags & kNumberText) != 0) return Value::ascii(static_cast<const JNumberText*>(from)->text);
      if (from->jtype() == JType::Boolean) return Value::ascii(from->value.asBool() ? "true" : "false");
    }
    const Value made = convertToken(eval_, Value::object(from), core().string);
    return eval_.failed() ? errorConverting(from, core().string) : made;
  }

  Value readEnum(const JValue* from, const Type* type) {
    if (from->jtype() == JType::Integer && !from->value.isString()) return newEnum(type, from->value.asInt64());
    if (from->jtype() != JType::String) return errorConverting(from, type);
    int64_t all = 0;
    std::string_view rest = toUtf8(eval_.arena, from->value);
    // "A, B" combines flags.
    for (bool more = true; more;) {
      const size_t comma = rest.find(',');
      std::string_view one = rest.substr(0, comma);
      while (one.starts_with(' ')) one.remove_prefix(1);
      while (one.ends_with(' ')) one.remove_suffix(1);
      const EnumRow* found = nullptr;
      for (const EnumRow& row : type->def->enum_rows)
        if (one.size() == std::string_view(row.name).size() &&
            compareOrdinalIgnoreCase(chars(eval_, fromUtf8(eval_.arena, one)), chars(eval_, Value::ascii(row.name))) ==
                0)
          found = &row;
      Value number;
      if (found != nullptr) {
        all |= found->value;
      } else if (parseNumber(eval_.arena, chars(eval_, fromUtf8(eval_.arena, one)), kIntegerStyle, Tag::Int64,
                             number) == ParseResult::Good) {
        all |= number.asInt64();
      } else {
        return errorConverting(from, type);
      }
      more = comma != std::string_view::npos;
      if (more) rest.remove_prefix(comma + 1);
    }
    return newEnum(type, all);
  }

  Value readSequence(const JContainer* array, const Type* type) {
    const Type* element = type->kind == TypeKind::Array ? type->element() : type->args[0];
    ListObject* list = newList(eval_, core().object, array->count);
    for (uint32_t i = 0; i < array->count; ++i) {
      const Value item = read(array->items[i], element);
      if (eval_.failed() || !append(eval_, list, item)) return {};
    }
    if (type->kind == TypeKind::Array) {
      ArrayObject* made = newArray(eval_, type, list->count);
      for (uint32_t i = 0; i < made->length; ++i) made->items[i] = list->items[i];
      return Value::object(made);
    }
    if (type->def->name == "HashSet" || type->def->name == "ISet") {
      MapObject* set = newMap(eval_, libraryType("System.Collections.Generic.HashSet", type->args));
      for (uint32_t i = 0; i < list->count; ++i)
        if (!mapPut(eval_, set, list->items[i], Value())) return {};
      return Value::object(set);
    }
    if (type->kind == TypeKind::Interface || type->def->name == "List") {
      list->type = libraryType("System.Collections.Generic.List", type->args);
      return Value::object(list);
    }
    return fromItems(list, type, element);
  }

  // Queue, Stack and the like have a constructor that takes a sequence.
  Value fromItems(ListObject* list, const Type* type, const Type* element) {
    const Type* one[] = {element};
    list->type = libraryType("System.Collections.Generic.List", one);
    for (const Member& member : type->def->members()) {
      if (member.kind != MemberKind::Constructor || member.params.size() != 1) continue;
      const Type* param = substitute(member.params[0].type, type->args, {});
      if (!isReferenceAssignable(list->type, param)) continue;
      Value args[] = {Value::object(list)};
      Call call{eval_, args, 1, type, {}, type};
      return member.get(call);
    }
    return eval_.raise(kSerialization, "Could not create an instance of type " + type->fullName() + ".");
  }

  Value readMap(const JContainer* object, const Type* type) {
    MapObject* map = newMap(eval_, libraryType("System.Collections.Generic.Dictionary", type->args));
    for (uint32_t i = 0; i < object->count; ++i) {
      const auto* property = static_cast<const JProperty*>(object->items[i]);
      Value key = property->name;
      if (type->args[0]->kind != TypeKind::String && type->args[0]->kind != TypeKind::Object) {
        auto* name = newJValue(eval_.arena, key, JType::String);
        key = read(name, type->args[0]);
        if (eval_.failed()) {
          if (eval_.pendingIsBudget()) return {};
          eval_.clearPending();
          return fail(kSerialization,
                      "Could not convert string " + shown(name) + " to dictionary key type '" +
                          type->args[0]->fullName() +
                          "'. Create a TypeConverter to convert from the string to the key type object.",
                      property);
        }
      }
      const Value item = read(property->content, type->args[1]);
      if (eval_.failed() || !mapPut(eval_, map, key, item)) return {};
    }
    return Value::object(map);
  }

  Value readRecord(const JContainer* object, const Type* type) {
    RecordObject* made = newRecordOf(eval_, type->canonical, static_cast<uint32_t>(type->args.size()));
    for (uint32_t i = 0; i < made->count; ++i) {
      const Value name = fromStd(eval_.arena, memberName(made, i));
      const JProperty* found = findPropertyIgnoreCase(eval_, object, name);
      made->members[i] =
          found != nullptr ? read(found->content, type->args[i]) : defaultValue(eval_.arena, type->args[i]);
      if (eval_.failed()) return {};
    }
    return Value::object(made);
  }

  Eval& eval_;
  bool from_text_;
  ReadDates dates_;
};

bool isBlank(Eval& eval, const Value& value) {
  if (value.tag() != Tag::Wide) {
    const size_t first = value.bytes().find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos && static_cast<unsigned char>(value.bytes()[first]) > 0x20 &&
        static_cast<unsigned char>(value.bytes()[first]) < 0x80)
      return false;
  }
  const Chars text = chars(eval, value);
  for (uint32_t i = 0; i < text.size; ++i)
    if (!isWhiteSpace(text[i])) return false;
  return true;
}

}  // namespace

Value tokenToObject(Eval& eval, JToken* from, const Type* type) {
  const Type* target = type->isNullable() ? type->underlying() : type;
  const bool operator_does = target->kind == TypeKind::String || target->kind == TypeKind::Primitive;
  if (operator_does) return convertToken(eval, Value::object(from), type);
  return Deserializer(eval, false, ReadDates::Dates).read(from, type);
}

Value deserializeJson(Eval& eval, const Value& text, const Type* type, ReadDates dates) {
  if (text.isNull()) return eval.raiseArgumentNull("value");
  if (isBlank(eval, text)) {
    if (type->isReference() || type->isNullable()) return {};
    return eval.raise(kSerialization, "No JSON content found and type '" + type->fullName() +
                                          "' is not nullable. Path '', line 0, position 0.");
  }
  const Shape shape = shapeOf(type->isNullable() ? type->underlying() : type);
  const Expect expect = shape == Shape::Token      ? Expect::Linq
                        : shape == Shape::Anything ? Expect::Untyped
                                                   : Expect::Typed;
  JToken* tree = parseJson(eval, text, expect, ReadDates::Strings);
  return tree == nullptr ? Value() : Deserializer(eval, true, dates).read(tree, type);
}

}  // namespace sluice::expression
