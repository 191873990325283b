// JSON as Newtonsoft's JsonTextReader reads it: strict JSON fast, and what it forgives besides: comments, single
// quotes, names without quotes, trailing commas, NaN, hexadecimal and octal numbers, dates in strings. The messages of
// its exceptions, with path, line and position, are Newtonsoft's.
#include "expression/json/reader.h"

#include <cmath>

namespace sluice::expression {
JToken* JsonReader::read() {
  if (!rootIsExpected() || (root_ == nullptr && !readValue())) return nullptr;
  skipBlank();
  if (!eval_.failed() && at_ < end_) fail("Additional text encountered after finished reading JSON content: " + here());
  if (!eval_.failed()) eval_.step(1 + nodes_);
  return eval_.failed() ? nullptr : root_;
}

bool JsonReader::readValue() {
  Next next = Next::Value;
  startQuick();
  while (!eval_.failed()) {
    if (next != Next::Done && at_ < quick_end_ && refill_ == nullptr) next = quick(next);
    switch (next) {
      case Next::Value:
        next = value();
        break;
      case Next::Name:
        next = name();
        break;
      case Next::After:
        next = depth_ == 0 ? Next::Done : after();
        break;
      case Next::Done:
        return true;
      case Next::Failed:
        return false;
    }
  }
  return false;
}

JsonReader::Next JsonReader::open(const Type* type, ObjectKind kind, JType jtype, Next next) {
  auto* made = make<JContainer>(type, kind, jtype);
  if (eval_.failed()) return Next::Failed;
  place(made);
  ++at_;
  if (depth_ == kMaxJsonDepth) return stop("The reader's MaxDepth of 64 has been exceeded.");
  levels_[depth_++] = {made, count_, 0};
  return next;
}

JsonReader::Next JsonReader::close(std::string_view token, JType type) {
  ++at_;
  const JType open = depth_ == 0 ? JType::None : levels_[depth_ - 1].container->jtype();
  if (open != type) {
    const std::string message =
        "JsonToken " + std::string(token) + " is not valid for closing JsonType " + std::string(jtypeName(open)) + ".";
    raise(message, path(depth_ > 0 ? depth_ - 1 : 0, false));
    return Next::Failed;
  }
  const Level& level = levels_[--depth_];
  const uint32_t count = count_ - level.first;
  void* items = arena_.allocateBytes(sizeof(JToken*) * count, alignof(JToken*));
  fill(level.container, stage_ + level.first, count, static_cast<JToken**>(items));
  count_ = level.first;
  return Next::After;
}

JToken** JsonReader::growStage() {
  auto** more = static_cast<JToken**>(arena_.allocateBytes(sizeof(JToken*) * capacity_ * 2, alignof(JToken*)));
  std::memcpy(more, stage_, sizeof(JToken*) * capacity_);
  stage_ = more;
  capacity_ *= 2;
  return stage_;
}

JsonReader::Next JsonReader::after() {
  if (at_ >= end_ || (*at_ != ',' && *at_ != '}' && *at_ != ']')) {
    if (!skipBlank()) return Next::Failed;
    if (at_ >= end_) return endOfInput();
  }
  switch (*at_) {
    case ',':
      ++at_;
      return levels_[depth_ - 1].container->kind == ObjectKind::JObject ? Next::Name : Next::Value;
    case '}':
      return close("EndObject", JType::Object);
    case ']':
      return close("EndArray", JType::Array);
    case ')':
      return close("EndConstructor", JType::Constructor);
    default:
      return stop("After parsing a value an unexpected character was encountered: " + here() + ".");
  }
}

JsonReader::Next JsonReader::name() {
  if (at_ >= end_ || *at_ != '"') {
    if (!skipBlank()) return Next::Failed;
    if (at_ >= end_) return endOfInput();
  }
  if (*at_ == '}') return close("EndObject", JType::Object);
  Value text;
  uint16_t flags = 0;
  if (*at_ == '"' || *at_ == '\'' ? !string(text, flags) : !bareName(text)) return Next::Failed;
  if (at_ >= end_ || *at_ != ':') {
    // Comments are not for here.
    while (at_ < end_ && isBlankHere()) skipOneBlank();
    if (at_ >= end_ || *at_ != ':')
      return stop("Invalid character after parsing property name. Expected ':' but got: " + here() + ".");
  }
  ++at_;
  Level& level = levels_[depth_ - 1];
  JProperty* member = known(level, text);
  if (eval_.failed()) return Next::Failed;
  if (member == nullptr) {
    addMember(level, text, flags);
  } else {
    moveLast(level, member);
    member->flags = flags;
  }
  return Next::Value;
}

void JsonReader::showStaged(const Level& level) {
  level.container->items = stage_ + level.first;
  level.container->count = count_ - level.first;
}

JProperty* JsonReader::search(Level& level, const Value& text) {
  const uint32_t count = count_ - level.first;
  if (count > kIndexedAfter) {
    showStaged(level);
    return findProperty(eval_, level.container, text);
  }
  for (uint32_t i = 0; i < count; ++i) {
    auto* member = static_cast<JProperty*>(stage_[level.first + i]);
    if (sameName(member->name, text)) return member;
  }
  return nullptr;
}

void JsonReader::moveLast(Level& level, JProperty* member) {
  uint32_t at = level.first;
  while (stage_[at] != member) ++at;
  if (expect_ == Expect::Linq || expect_ == Expect::Untyped) {
    for (; at + 1 < count_; ++at) stage_[at] = stage_[at + 1];
    stage_[at] = member;
    level.container->index = nullptr;
    return;
  }
  refill_ = member;
}

JsonReader::Next JsonReader::value() {
  if (at_ >= end_ || static_cast<unsigned char>(*at_) <= ' ' || *at_ == '/') {
    if (!skipBlank()) return Next::Failed;
    if (at_ >= end_) return endOfInput();
  }
  switch (*at_) {
    case '"':
    case '\'':
      return stringValue();
    case '{':
      return open(types_.object, ObjectKind::JObject, JType::Object, Next::Name);
    case '[':
      return open(types_.array, ObjectKind::JArray, JType::Array, Next::Value);
    case ']':
      return close("EndArray", JType::Array);
    case ')':
      return close("EndConstructor", JType::Constructor);
    case ',':
      return placeValue({}, JType::Undefined);  // the comma stays: [,] and [1,,2]
    case 't':
      return word("true", Value::boolean(true), JType::Boolean, "boolean");
    case 'f':
      return word("false", Value::boolean(false), JType::Boolean, "boolean");
    case 'n':
      return nullOrNew();
    case 'N':
      return word("NaN", Value::real(std::nan("")), JType::Float, "NaN");
    case 'I':
      return word("Infinity", Value::real(HUGE_VAL), JType::Float, "Infinity");
    case 'u':
      return word("undefined", {}, JType::Undefined, "undefined");
    case '-':
      if (at_ + 1 < end_ && at_[1] == 'I') return word("-Infinity", Value::real(-HUGE_VAL), JType::Float, "-Infinity");
      return number();
    default:
      if (isDigitByte(*at_) || *at_ == '.') return number();
      return otherValue();
  }
}

JsonReader::Next JsonReader::otherValue() {
  if (static_cast<unsigned char>(*at_) >= 0x80 && isBlankHere()) {
    if (!skipBlank()) return Next::Failed;
    return at_ >= end_ ? endOfInput() : Next::Value;
  }
  return stop("Unexpected character encountered while parsing value: " + here() + ".");
}

JsonReader::Next JsonReader::nullOrNew() {
  if (at_ + 1 >= end_) {
    unexpectedEnd();
    return Next::Failed;
  }
  if (at_[1] == 'u') return word("null", {}, JType::Null, "null");
  if (at_[1] == 'e') return constructor();
  return stop("Unexpected character encountered while parsing value: n.");
}

JsonReader::Next JsonReader::constructor() {
  if (end_ - at_ < 3) {
    unexpectedEnd();
    return Next::Failed;
  }
  at_ += 2;
  if (*at_ != 'w' || (++at_, !(at_ < end_ && isBlankHere()))) return stop("Unexpected content while parsing JSON.");
  while (at_ < end_ && isBlankHere()) skipOneBlank();
  const char* from = at_;
  for (size_t bytes = 1; at_ < end_; at_ += bytes) {
    const char16_t unit = unitAt(at_, end_, bytes);
    if (!isLetter(unit) && !isDigit(unit)) break;
  }
  const Value name = fromUtf8(arena_, {from, static_cast<size_t>(at_ - from)});
  while (at_ < end_ && isBlankHere()) skipOneBlank();
  if (at_ >= end_) return stop("Unexpected end while parsing constructor.");
  if (*at_ != '(') return stop("Unexpected character while parsing constructor: " + here() + ".");
  const Next next = open(types_.constructor, ObjectKind::JArray, JType::Constructor, Next::Value);
  if (next != Next::Failed) levels_[depth_ - 1].container->constructor_name = name;
  return next;
}

JToken* parseJsonBytes(Eval& eval, std::string_view utf8, Expect expect) {
  if (utf8.starts_with("\xEF\xBB\xBF")) utf8.remove_prefix(3);
  if (!eval.step(1 + utf8.size() / 64)) return nullptr;
  return JsonReader(eval, utf8, expect, ReadDates::Dates).read();
}

JToken* parseJson(Eval& eval, const Value& text, Expect expect, ReadDates dates) {
  const std::string_view utf8 = toUtf8(eval.arena, text);
  if (!eval.step(1 + utf8.size() / 64)) return nullptr;
  return JsonReader(eval, utf8, expect, dates).read();
}

}  // namespace sluice::expression
