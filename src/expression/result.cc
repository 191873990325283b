// What policies make of values, and values that they make.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/encoding.h"
#include "expression/chars.h"
#include "expression/collection.h"
#include "expression/expression.h"
#include "expression/library.h"
#include "expression/machine.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

}  // namespace

const Exception* describeException(Eval& eval, ExceptionObject& exception) {
  auto* described = eval.arena.create<Exception>();
  described->type = eval.arena.copy(exception.type->fullName());
  described->offset = exception.offset;
  eval.clearPending();
  // Its Message, as the expression itself would read it.
  Limits limits;
  limits.steps = 100'000;
  Eval reader(nullptr, eval.arena, limits);
  for (const Member& member : core().exception->def->members()) {
    if (member.name != "Message") continue;
    Value args[] = {Value::object(&exception)};
    Call call{reader, args, 1, core().string, {}, core().exception};
    described->message = toUtf8(eval.arena, member.get(call));
  }
  return described;
}

std::string_view toText(const Value& value, Arena& arena) {
  if (value.isString()) return toUtf8(arena, value);
  if (value.isNull()) return {};
  if (const auto bytes = toBytes(value)) return *bytes;
  Limits limits;
  Eval eval(nullptr, arena, limits);
  return toUtf8(arena, valueToString(eval, value));
}

bool isNull(const Value& value) {
  return value.isNull();
}
bool isString(const Value& value) {
  return value.isString();
}

std::optional<std::string_view> toBytes(const Value& value) {
  if (!isKind(value, ObjectKind::Bytes)) return std::nullopt;
  const auto* bytes = as<BytesObject>(value);
  return std::string_view(reinterpret_cast<const char*>(bytes->data), bytes->length);
}

std::optional<bool> toBool(const Value& value) {
  if (value.tag() == Tag::Bool) return value.asBool();
  if (!value.isString()) return std::nullopt;
  Arena arena;
  const std::string_view text = trimmed(toUtf8(arena, value));
  if (equalsIgnoreCase(text, "true")) return true;
  if (equalsIgnoreCase(text, "false")) return false;
  return std::nullopt;
}

std::optional<int64_t> toInteger(const Value& value) {
  if (value.tag() >= Tag::SByte && value.tag() <= Tag::Int64) return value.asInt64();
  if (value.tag() == Tag::UInt64 && value.asInt64() >= 0) return value.asInt64();
  if (value.tag() == Tag::Decimal) {
    if (compare(decimalOf(value), round(decimalOf(value), 0, Rounding::Truncate)) != 0) return std::nullopt;
    return toInt64(decimalOf(value));
  }
  if (value.tag() == Tag::Double || value.tag() == Tag::Single) {
    const double number = value.asDouble();
    if (number != std::trunc(number) || std::abs(number) >= 9.2e18) return std::nullopt;
    return static_cast<int64_t>(number);
  }
  if (!value.isString()) return std::nullopt;
  Arena arena;
  std::string_view text = trimmed(toUtf8(arena, value));
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> toNumber(const Value& value) {
  if (value.tag() >= Tag::SByte && value.tag() <= Tag::Decimal) return numberToDouble(value);
  if (!value.isString()) return std::nullopt;
  Arena arena;
  const std::string_view text = trimmed(toUtf8(arena, value));
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Value makeNull() {
  return {};
}
Value makeBool(bool value) {
  return Value::boolean(value);
}
Value makeInt(int32_t value) {
  return Value::int32(value);
}
Value makeLong(int64_t value) {
  return Value::int64(value);
}
Value makeDouble(double value) {
  return Value::real(value);
}
Value makeString(std::string_view utf8, Arena& arena) {
  return fromUtf8(arena, utf8);
}

Value makeBytes(std::string_view bytes, Arena& arena) {
  auto* object = arena.create<BytesObject>();
  object->type = core().byte_array;
  object->kind = ObjectKind::Bytes;
  object->length = static_cast<uint32_t>(bytes.size());
  const std::string_view copy = arena.copy(bytes);
  object->data = reinterpret_cast<uint8_t*>(const_cast<char*>(copy.data()));
  return Value::object(object);
}

Value makeStringArray(std::span<const std::string_view> values, Arena& arena) {
  static const Type* const kType = arrayOf(core().string);
  auto* object = arena.create<ArrayObject>();
  object->type = kType;
  object->kind = ObjectKind::Array;
  object->length = static_cast<uint32_t>(values.size());
  object->items = arena.array<Value>(values.size()).data();
  for (size_t i = 0; i < values.size(); ++i) object->items[i] = fromUtf8(arena, values[i]);
  return Value::object(object);
}

namespace {

class Copier {
 public:
  explicit Copier(Arena& arena) : arena_(arena) {}

  Value copy(const Value& value, int depth) {
    switch (value.tag()) {
      case Tag::Ascii:
        return Value::ascii(arena_.copy(value.bytes()));
      case Tag::Utf8:
        return Value::utf8(arena_.copy(value.bytes()));
      case Tag::Wide: {
        auto* units = static_cast<char16_t*>(arena_.allocateBytes(value.extra() * 2u, 2));
        std::copy_n(value.units().data(), value.extra(), units);
        return Value::wide({units, value.extra()});
      }
      case Tag::Decimal:
        return newDecimal(arena_, decimalOf(value));
      case Tag::Guid: {
        const std::string_view bytes = arena_.copy({static_cast<const char*>(value.pointer()), 16});
        return Value::boxed(Tag::Guid, bytes.data());
      }
      case Tag::Object:
        return depth > 200 ? Value() : object(value, depth + 1);
      default:
        return value;
    }
  }

 private:
  Value object(const Value& value, int depth) {
    switch (value.asObject()->kind) {
      case ObjectKind::Bytes:
        return makeBytes(*toBytes(value), arena_);
      case ObjectKind::Array: {
        auto* made = arena_.create<ArrayObject>(*as<ArrayObject>(value));
        made->items = items(made->items, made->length, depth);
        return Value::object(made);
      }
      case ObjectKind::List: {
        auto* made = arena_.create<ListObject>(*as<ListObject>(value));
        made->items = items(made->items + made->head, made->count, depth);
        made->head = 0;
        made->capacity = made->count;
        return Value::object(made);
      }
      case ObjectKind::Record: {
        auto* made = arena_.create<RecordObject>(*as<RecordObject>(value));
        made->members = items(made->members, made->count, depth);
        return Value::object(made);
      }
      case ObjectKind::Map:
        return map(value, depth);
      default:
        break;
    }
    const TypeDef* def = value.asObject()->type->def;
    for (const Type* t = value.asObject()->type; t != nullptr; t = t->base, def = t != nullptr ? t->def : nullptr)
      if (def != nullptr && def->hooks.copy != nullptr) return def->hooks.copy(arena_, value);
    return {};
  }

  Value* items(const Value* from, uint32_t count, int depth) {
    Value* made = arena_.array<Value>(count).data();
    for (uint32_t i = 0; i < count; ++i) made[i] = copy(from[i], depth);
    return made;
  }

  Value map(const Value& value, int depth) {
    auto* from = as<MapObject>(value);
    Limits limits;
    Eval eval(nullptr, arena_, limits);
    MapObject* made = newMap(eval, from->type, from->comparison);
    uint32_t at = 0;
    while (const MapObject::Entry* entry = mapNext(from, at))
      if (!mapPut(eval, made, copy(entry->key, depth), copy(entry->value, depth))) return {};
    return Value::object(made);
  }

  Arena& arena_;
};

}  // namespace

Value copyTo(const Value& value, Arena& arena) {
  return Copier(arena).copy(value, 0);
}

}  // namespace sluice::expression
