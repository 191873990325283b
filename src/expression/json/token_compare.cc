// Equality, order and paths.
#include <cmath>
#include <cstdlib>

#include "expression/chars.h"
#include "expression/json/token.h"
#include "expression/library/numeric.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

// A whole number beyond 64 bits, or a text that is compared with a number.
bool isBig(const Value& value) {
  if (value.tag() != Tag::Ascii) return false;
  std::string_view digits = value.bytes();
  if (digits.starts_with('-')) digits.remove_prefix(1);
  return !digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view digitsOf(Arena& arena, const Value& value) {
  if (isBig(value)) return value.bytes();
  const bool is_unsigned = value.tag() == Tag::UInt64;
  return arena.copy(is_unsigned ? std::to_string(value.bits()) : std::to_string(value.asInt64()));
}

int compareDigits(std::string_view a, std::string_view b) {
  const bool minus_a = a.starts_with('-'), minus_b = b.starts_with('-');
  if (minus_a != minus_b) return minus_a ? -1 : 1;
  const int sizes = order(a.size(), b.size());
  const int result = sizes != 0 ? sizes : order(a.compare(b), 0);
  return minus_a ? -result : result;
}

int compareDoubles(double a, double b) {
  // As Newtonsoft: what differs by rounding only is equal.
  if (a == b) return 0;
  const double tolerance = (std::fabs(a) + std::fabs(b) + 10.0) * 2.2204460492503131e-16;
  if (-tolerance < a - b && a - b < tolerance) return 0;
  if (std::isnan(a) || std::isnan(b)) return (std::isnan(a) ? 0 : 1) - (std::isnan(b) ? 0 : 1);
  return order(a, b);
}

bool isReal(const Value& value) {
  return value.tag() == Tag::Double || value.tag() == Tag::Single;
}

double toReal(const Value& value) {
  if (value.tag() == Tag::Enum) return static_cast<double>(value.asInt64());
  return isBig(value) ? std::strtod(std::string(value.bytes()).c_str(), nullptr) : numberToDouble(value);
}

bool isNumber(const Value& value) {
  return (value.tag() >= Tag::SByte && value.tag() <= Tag::Decimal) || isBig(value) || value.tag() == Tag::Enum;
}

int compareNumbers(Eval& eval, JType type, const Value& a, const Value& b) {
  if (!isNumber(a) || !isNumber(b)) {
    eval.raise("System.FormatException", "Input string was not in a correct format.");
    return 0;
  }
  const bool decimal = a.tag() == Tag::Decimal || b.tag() == Tag::Decimal;
  if (isReal(a) || isReal(b) || (decimal && (isBig(a) || isBig(b)))) {
    if (!decimal || isReal(a) || isReal(b)) return compareDoubles(toReal(a), toReal(b));
  }
  if (decimal) {
    const Value x = convertNumber(eval, a, Tag::Decimal, true), y = convertNumber(eval, b, Tag::Decimal, true);
    return eval.failed() ? 0 : compare(decimalOf(x), decimalOf(y));
  }
  if (isBig(a) || isBig(b) || a.tag() == Tag::UInt64 || b.tag() == Tag::UInt64)
    return compareDigits(digitsOf(eval.arena, a), digitsOf(eval.arena, b));
  return type == JType::Float ? compareDoubles(toReal(a), toReal(b)) : order(a.asInt64(), b.asInt64());
}

int compareBytes(const Value& a, const Value& b) {
  const auto* x = as<BytesObject>(a);
  const auto* y = as<BytesObject>(b);
  if (x->length != y->length) return order(x->length, y->length);
  for (uint32_t i = 0; i < x->length; ++i)
    if (x->data[i] != y->data[i]) return order(x->data[i], y->data[i]);
  return 0;
}

int compareAs(Eval& eval, JType type, const Value& a, const Value& b) {
  if (a.isNull() || b.isNull()) return (a.isNull() ? 0 : 1) - (b.isNull() ? 0 : 1);
  switch (type) {
    case JType::Integer:
    case JType::Float:
      return compareNumbers(eval, type, a, b);
    case JType::Comment:
    case JType::String:
    case JType::Raw: {
      const Value x = valueToString(eval, a), y = valueToString(eval, b);
      return eval.failed() ? 0 : compareOrdinal(chars(eval, x), chars(eval, y));
    }
    case JType::Bytes:
      if (isKind(a, ObjectKind::Bytes) && isKind(b, ObjectKind::Bytes)) return compareBytes(a, b);
      eval.raise("System.ArgumentException", "Object must be of type byte[].");
      return 0;
    case JType::Uri: {
      const Value x = valueToString(eval, a), y = valueToString(eval, b);
      return eval.failed() ? 0 : compareCulture(chars(eval, x), chars(eval, y), true);
    }
    default:
      return valueEquals(eval, a, b) ? 0 : valueCompare(eval, a, b);
  }
}

bool equalContents(Eval& eval, const JToken* a, const JToken* b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; ++i)
    if (!eval.step() || !deepEquals(eval, childAt(a, i), childAt(b, i))) return false;
  return true;
}

bool equalObjects(Eval& eval, const JToken* a, const JToken* b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; ++i) {
    const auto* member = static_cast<const JProperty*>(childAt(a, i));
    const JProperty* found = findProperty(eval, static_cast<const JContainer*>(b), member->name);
    if (!eval.step() || found == nullptr || !deepEquals(eval, member->content, found->content)) return false;
  }
  return true;
}

}  // namespace

int compareJson(Eval& eval, const JValue* a, const JValue* b) {
  const JType type = a->jtype() == JType::String ? b->jtype() : a->jtype();
  return compareAs(eval, type, a->value, b->value);
}

bool deepEquals(Eval& eval, const JToken* a, const JToken* b) {
  if (a == b) return true;
  if (a == nullptr || b == nullptr || a->kind != b->kind || a->detail != b->detail) return false;
  if (a->kind == ObjectKind::JValue)
    return compareJson(eval, static_cast<const JValue*>(a), static_cast<const JValue*>(b)) == 0;
  if (a->kind == ObjectKind::JProperty &&
      !sameName(static_cast<const JProperty*>(a)->name, static_cast<const JProperty*>(b)->name))
    return false;
  if (a->jtype() == JType::Constructor && !sameText(eval, static_cast<const JContainer*>(a)->constructor_name,
                                                    static_cast<const JContainer*>(b)->constructor_name))
    return false;
  if (!eval.enter()) return false;
  const bool same = a->kind == ObjectKind::JObject ? equalObjects(eval, a, b) : equalContents(eval, a, b);
  eval.leave();
  return same;
}

uint32_t deepHash(Eval& eval, const JToken* node) {
  if (node->kind != ObjectKind::JValue) {
    uint32_t hash = node->detail * 397u;
    if (!eval.enter()) return 0;
    for (uint32_t i = 0; i < node->count && eval.step(); ++i) hash ^= deepHash(eval, childAt(node, i));
    eval.leave();
    return hash;
  }
  const Value& value = static_cast<const JValue*>(node)->value;
  // Equal numbers of different types hash alike.
  if (node->jtype() == JType::Integer && !isBig(value)) return valueHash(eval, Value::int64(value.asInt64()));
  if (node->jtype() == JType::Float && !value.isNull())
    return valueHash(eval, Value::real(static_cast<double>(static_cast<float>(toReal(value)))));
  return valueHash(eval, value);
}

// ---- paths ---------------------------------------------------------------------------------------------------------

void addPathName(std::string& path, std::string_view name) {
  static constexpr std::string_view kSpecial = ". '/\"[]()\t\n\r\f\b\\";
  bool plain = true;
  for (size_t i = 0; plain && i < name.size(); ++i) {
    const std::string_view rest = name.substr(i);
    plain = kSpecial.find(name[i]) == std::string_view::npos && !rest.starts_with("\xC2\x85") &&
            !rest.starts_with("\xE2\x80\xA8") && !rest.starts_with("\xE2\x80\xA9");
  }
  if (plain) {
    if (!path.empty()) path += '.';
    path += name;
    return;
  }
  path += "['";
  for (const char c : name) {
    static constexpr std::string_view kPlain = "\t\n\r\f\b\\'";
    static constexpr std::string_view kEscaped = "tnrfb\\'";
    const size_t at = kPlain.find(c);
    if (at != std::string_view::npos) path += '\\';
    path += at != std::string_view::npos ? kEscaped[at] : c;
  }
  path += "']";
}

Value pathOf(Eval& eval, const JToken* node) {
  std::vector<const JToken*> chain;
  for (; node->parent != nullptr && eval.step(); node = node->parent) chain.push_back(node);
  // A property without a parent shows its name only on the way to its children.
  std::string path;
  const auto add_name = [&path](const JToken* property) {
    const Value& name = static_cast<const JProperty*>(property)->name;
    // Names with lone surrogates are the only Wide ones; they show as U+FFFD.
    addPathName(path, name.tag() == Tag::Wide ? std::string_view("\xEF\xBF\xBD") : name.bytes());
  };
  if (node->kind == ObjectKind::JProperty && !chain.empty()) add_name(node);
  for (size_t i = chain.size(); i-- > 0;) {
    const JToken* one = chain[i];
    if (one->kind == ObjectKind::JProperty) {
      add_name(one);
    } else if (one->parent->kind == ObjectKind::JArray) {
      path += "[" + std::to_string(one->position) + "]";
    }
  }
  return fromStd(eval.arena, path);
}

}  // namespace sluice::expression
