// JSON text as Newtonsoft writes it: two spaces of indentation, \n, ".0" behind whole doubles, ISO dates.
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/encoding.h"
#include "expression/collection.h"
#include "expression/date.h"
#include "expression/expression.h"
#include "expression/format.h"
#include "expression/json/escape.h"
#include "expression/json/token.h"
#include "expression/library.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

// UTF-8 in which halves of surrogate pairs are encoded like other characters.
std::u16string_view unitsOf(Arena& arena, std::string_view bytes) {
  auto* units = static_cast<char16_t*>(arena.allocateBytes(bytes.size() * 2, 2));
  size_t count = 0;
  for (size_t i = 0; i < bytes.size();) {
    const auto at = [&](size_t k) { return static_cast<unsigned char>(bytes[i + k]); };
    const size_t length = at(0) < 0x80 ? 1 : at(0) < 0xE0 ? 2 : at(0) < 0xF0 ? 3 : 4;
    uint32_t code = length == 1 ? at(0) : at(0) & (0xFFu >> (length + 1));
    for (size_t k = 1; k < length; ++k) code = (code << 6) | (at(k) & 0x3Fu);
    if (code >= 0x10000) {
      units[count++] = static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
      code = 0xDC00 + ((code - 0x10000) & 0x3FF);
    }
    units[count++] = static_cast<char16_t>(code);
    i += length;
  }
  return {units, count};
}

class Writer {
 public:
  Writer(Eval& eval, Indent indent, size_t expected) : eval_(eval), indent_(indent == Indent::Indented) {
    begin_ = at_ = static_cast<char*>(eval.arena.allocateBytes(expected + kSpare, 1));
    end_ = begin_ + expected + kSpare;
  }

  Value take() {
    const auto size = static_cast<size_t>(at_ - begin_);
    if (!eval_.step(1 + size / 64)) return {};
    if (eval_.failed()) return {};
    eval_.arena.shrink(begin_, static_cast<size_t>(end_ - begin_), size);
    if (ascii_) return Value::ascii({begin_, size});
    return lone_ ? Value::wide(unitsOf(eval_.arena, {begin_, size})) : Value::utf8({begin_, size});
  }

  void token(const JToken* one) {
    if (one->kind == ObjectKind::JValue) {
      const auto* scalar = static_cast<const JValue*>(one);
      simple(scalar->value, one->jtype(), (one->flags & kPlainText) != 0);
      return;
    }
    if (one->kind == ObjectKind::JProperty) {
      property(static_cast<const JProperty*>(one));
      return;
    }
    if (!eval_.step(1 + one->count) || !eval_.enter()) return;
    const auto* c = static_cast<const JContainer*>(one);
    if (one->jtype() == JType::Object) {
      object(c);
    } else if (one->jtype() == JType::Array) {
      children(c, '[', ']');
    } else {
      raw("new ");
      raw(toUtf8(eval_.arena, c->constructor_name));
      children(c, '(', ')');
    }
    eval_.leave();
  }

  // Any .NET value.
  void value(const Value& v) {
    if (isToken(v)) return token(expression::token(v));
    if (v.tag() == Tag::Enum) return number(v.asInt64());
    const JType type = jtypeOf(v);
    if (type != JType::None) return simple(v, type, false);
    if (!eval_.step() || !eval_.enter()) return;
    if (isKind(v, ObjectKind::Record)) {
      record(as<RecordObject>(v));
    } else if (isKind(v, ObjectKind::Map) && v.asObject()->type->args.size() == 2) {
      map(as<MapObject>(v));
    } else if (isPairs(v.asObject()->type)) {
      pairs(v);
    } else if (isKind(v, ObjectKind::Array) && v.asObject()->type->rank > 1) {
      uint32_t at = 0;
      grid(as<ArrayObject>(v), 0, at);
    } else if (elementOfSequence(v.asObject()->type) != nullptr) {
      sequence(v);
    } else {
      members(v);
    }
    eval_.leave();
  }

  void text(const Value& v, bool plain) {
    if (v.tag() == Tag::Wide) {
      wideText(v.units());
      return;
    }
    const std::string_view bytes = v.bytes();
    if (v.tag() == Tag::Utf8) ascii_ = false;
    if (plain) {
      room(bytes.size() + 2);
      at_ = putQuoted(at_, bytes);
      return;
    }
    room(1);
    *at_++ = '"';
    escaped(bytes);
    room(1);
    *at_++ = '"';
  }

 private:
  // ---- bytes ----

  // Short pieces are copied in whole blocks: so much may be written behind what is asked for.
  static constexpr size_t kSpare = 32;

  void room(size_t more) {
    if (static_cast<size_t>(end_ - at_) < more + kSpare) [[unlikely]]
      grow(more + kSpare);
  }
  void grow(size_t more) {
    // Past the budget what was written is lost with the evaluation; the buffer is used again.
    if (!eval_.failed()) eval_.reserve((static_cast<size_t>(at_ - begin_) + more) * 2);
    if (eval_.failed()) at_ = begin_;
    const auto size = static_cast<size_t>(at_ - begin_);
    if (static_cast<size_t>(end_ - begin_) >= size + more) return;
    const size_t capacity = (size + more) * 2;
    auto* grown = static_cast<char*>(eval_.arena.allocateBytes(capacity, 1));
    if (size > 0) std::memcpy(grown, begin_, size);
    begin_ = grown;
    at_ = grown + size;
    end_ = grown + capacity;
  }
  void byte(char c) {
    room(1);
    *at_++ = c;
  }
  // REQUIRES: there is room.
  void copy(std::string_view bytes) { at_ = put(at_, bytes); }
  void raw(std::string_view bytes) {
    room(bytes.size());
    copy(bytes);
  }

  // A new line at the current depth, or nothing. REQUIRES: there is room for 1 + 2 * depth_.
  void newLine() { at_ = putNewLine(at_); }
  [[gnu::always_inline]] char* putNewLine(char* to) const {
    static constexpr char kBlock[17] = "\n               ";
    if (!indent_) return to;
    const size_t size = 1 + static_cast<size_t>(depth_) * 2;
    std::memcpy(to, kBlock, 16);
    if (size > 16) std::memset(to + 16, ' ', size - 16);
    return to + size;
  }
  // Between two children, and before the first.
  void separate(bool first, size_t more) {
    room(2 + static_cast<size_t>(depth_) * 2 + more);
    if (!first) *at_++ = ',';
    newLine();
  }
  void open(char c) {
    byte(c);
    ++depth_;
  }
  void close(char c, bool empty) {
    --depth_;
    room(2 + static_cast<size_t>(depth_) * 2);
    if (!empty) newLine();
    *at_++ = c;
  }

  // ---- trees ----

  void object(const JContainer* c) {
    open('{');
    for (uint32_t i = 0; i < c->count && !eval_.failed(); ++i) {
      const auto* p = static_cast<const JProperty*>(c->items[i]);
      const auto* v = static_cast<const JValue*>(p->content);
      if ((p->flags & kPlainText) == 0) {
        separate(i == 0, 0);
        property(p);
      } else if (v != nullptr && v->kind == ObjectKind::JValue && (v->flags & kPlainText) != 0) {
        const std::string_view shown = v->value.bytes();
        at_ = putQuoted(putName(p, i == 0, shown.size()), shown);
      } else if (v != nullptr && v->kind == ObjectKind::JValue && v->value.tag() == Tag::Int64) {
        at_ = putNumber(putName(p, i == 0, 24), v->value.asInt64());
      } else {
        at_ = putName(p, i == 0, 0);
        if (v != nullptr) token(v);
      }
    }
    close('}', c->count == 0);
  }

  // What stands before a member's value; there is room for `more` behind it. REQUIRES: the name is plain.
  [[gnu::always_inline]] char* putName(const JProperty* p, bool first, size_t more) {
    const std::string_view shown = p->name.bytes();
    room(static_cast<size_t>(depth_) * 2 + shown.size() + more + 8);
    char* to = at_;
    if (!first) *to++ = ',';
    to = putQuoted(putNewLine(to), shown);
    std::memcpy(to, ": ", 2);
    return to + (indent_ ? 2 : 1);
  }

  void property(const JProperty* p) {
    text(p->name, (p->flags & kPlainText) != 0);
    colon();
    if (p->content != nullptr) token(p->content);
  }

  void colon() {
    room(2);
    *at_++ = ':';
    if (indent_) *at_++ = ' ';
  }

  void children(const JContainer* c, char opening, char closing) {
    open(opening);
    bool first = true;
    for (uint32_t i = 0; i < c->count && !eval_.failed(); ++i) {
      // A comment takes no comma.
      const bool comment = c->items[i]->jtype() == JType::Comment;
      separate(first || comment, 0);
      first = first && comment;
      token(c->items[i]);
    }
    close(closing, c->count == 0);
  }

  // ---- other objects ----

  void name(const Value& text_value) {
    text(text_value, false);
    colon();
  }

  void record(const RecordObject* r) {
    open('{');
    for (uint32_t i = 0; i < r->count && !eval_.failed(); ++i) {
      separate(i == 0, 0);
      name(fromStd(eval_.arena, memberName(r, i)));
      value(r->members[i]);
    }
    close('}', r->count == 0);
  }

  void map(MapObject* m) {
    open('{');
    uint32_t at = 0;
    bool first = true;
    while (const MapObject::Entry* entry = mapNext(m, at)) {
      if (eval_.failed()) return;
      separate(first, 0);
      first = false;
      name(keyText(entry->key));
      value(entry->value);
    }
    close('}', first);
  }

  Value keyText(const Value& key) {
    if (key.tag() == Tag::DateTime) return fromStd(eval_.arena, formatIso(key));
    if (key.tag() == Tag::DateTimeOffset) return fromStd(eval_.arena, formatIsoOffset(key));
    return valueToString(eval_, key);
  }

  void pairs(const Value& v) {
    open('{');
    Enumerator* items = enumerate(eval_, v);
    Value item;
    bool first = true;
    while (items != nullptr && items->next(eval_, item)) {
      const auto* pair = as<RecordObject>(item);
      separate(first, 0);
      first = false;
      name(keyText(pair->members[0]));
      value(pair->members[1]);
      if (eval_.failed()) return;
    }
    close('}', first);
  }

  // An array of several dimensions: arrays in arrays.
  void grid(const ArrayObject* a, uint8_t level, uint32_t& at) {
    open('[');
    for (uint32_t i = 0; i < a->lengths[level] && eval_.step(); ++i) {
      separate(i == 0, 0);
      if (level + 1 == a->type->rank) {
        value(a->items[at++]);
      } else {
        grid(a, static_cast<uint8_t>(level + 1), at);
      }
    }
    close(']', a->lengths[level] == 0);
  }

  void sequence(const Value& v) {
    open('[');
    Enumerator* items = enumerate(eval_, v);
    Value item;
    bool first = true;
    while (items != nullptr && items->next(eval_, item)) {
      separate(first, 0);
      first = false;
      value(item);
      if (eval_.failed()) return;
    }
    close(']', first);
  }

  void members(const Value& v) {
    open('{');
    bool first = true;
    for (const Member* member : publicProperties(v.asObject()->type)) {
      Value args[] = {v};
      Call call{eval_, args, 1, member->type, {}, v.asObject()->type};
      const Value shown = member->get(call);
      if (eval_.failed()) return;
      separate(first, 0);
      first = false;
      name(fromStd(eval_.arena, member->name));
      value(shown);
    }
    close('}', first);
  }

  // ---- values ----

  void number(int64_t n) {
    room(24);
    at_ = putNumber(at_, n);
  }

  // REQUIRES: there is room for 24.
  static char* putNumber(char* to, int64_t n) {
    if (n < 0 || n >= 1000) return std::to_chars(to, to + 24, n).ptr;
    const auto small = static_cast<uint32_t>(n);
    if (small >= 100) *to++ = static_cast<char>('0' + small / 100);
    if (small >= 10) *to++ = static_cast<char>('0' + small / 10 % 10);
    *to++ = static_cast<char>('0' + small % 10);
    return to;
  }

  void real(double d, bool single) {
    if (!std::isfinite(d)) {
      raw(std::isnan(d) ? "\"NaN\"" : d < 0 ? "\"-Infinity\"" : "\"Infinity\"");
      return;
    }
    const std::string shown = single ? shortestSingle(static_cast<float>(d)) : shortestDouble(d);
    raw(shown);
    if (shown.find_first_of(".E") == std::string::npos) raw(".0");
  }

  void simple(const Value& v, JType type, bool plain) {
    switch (v.tag()) {
      case Tag::Ascii:
      case Tag::Utf8:
      case Tag::Wide:
        if (type == JType::String) [[likely]] {
          text(v, plain);
        } else {
          unquoted(v, type);
        }
        return;
      case Tag::Int64:
        number(v.asInt64());
        return;
      case Tag::Null:
        raw(type == JType::Undefined ? "undefined"
            : type == JType::Comment ? "/**/"
            : type == JType::Raw     ? ""
                                     : "null");
        return;
      case Tag::Bool:
        raw(v.asBool() ? "true" : "false");
        return;
      case Tag::Double:
      case Tag::Single:
        real(v.asDouble(), v.tag() == Tag::Single);
        return;
      case Tag::Decimal: {
        const std::string shown = toString(decimalOf(v));
        raw(shown);
        if (shown.find('.') == std::string::npos) raw(".0");
        return;
      }
      case Tag::UInt64:
        room(24);
        at_ = std::to_chars(at_, end_, v.bits()).ptr;
        return;
      case Tag::Char:
        text(fromUnit(eval_.arena, v.asChar()), false);
        return;
      case Tag::DateTime:
        quote(formatIso(v));
        return;
      case Tag::DateTimeOffset:
        quote(formatIsoOffset(v));
        return;
      case Tag::TimeSpan:
        quote(formatTimeSpan(v.asInt64()));
        return;
      case Tag::Guid:
        text(valueToString(eval_, v), true);
        return;
      case Tag::Object:
        if (isKind(v, ObjectKind::Bytes)) {
          quote(base64Encode(*toBytes(v)));
        } else {
          text(originalText(v), false);
        }
        return;
      default:
        number(v.asInt64());
        return;
    }
  }

  // A big integer, raw JSON or a comment.
  void unquoted(const Value& v, JType type) {
    if (type == JType::Comment) raw("/*");
    const std::string_view bytes = toUtf8(eval_.arena, v);
    if (v.tag() != Tag::Ascii) {
      for (const char c : bytes) ascii_ = ascii_ && static_cast<unsigned char>(c) < 0x80;
    }
    raw(bytes);
    if (type == JType::Comment) raw("*/");
  }

  // A Uri's text is what it was made from.
  Value originalText(const Value& v) {
    const Type* type = v.asObject()->type;
    for (const Member& member : type->def->members()) {
      if (member.name != "OriginalString") continue;
      Value args[] = {v};
      Call call{eval_, args, 1, member.type, {}, type};
      return member.get(call);
    }
    return valueToString(eval_, v);
  }

  void quote(std::string_view shown) {
    room(shown.size() + 2);
    at_ = putQuoted(at_, shown);
  }

  // What has to be escaped is looked for sixteen bytes at a time.
  void escaped(std::string_view bytes) {
    constexpr ptrdiff_t kChunk = 512, kAhead = 40;
    if (bytes.size() <= 64 && shortPlain(bytes)) return;
    const char* p = bytes.data();
    const char* end = p + bytes.size();
    while (end - p >= kAhead) {
      const char* chunk = end - p > kChunk + kAhead ? p + kChunk : end - kAhead + 1;
      room((kChunk + kAhead) * 6);
      char* to = at_;
      while (p < chunk) p = putBlock(to, p, p + 16, end);
      at_ = to;
    }
    // The rest from a copy, behind which there is something to read.
    char rest[2 * kAhead + 16] = {};
    const auto size = static_cast<size_t>(end - p);
    if (size > 0) std::memcpy(rest, p, size);
    room(kAhead * 6);
    char* to = at_;
    for (p = rest, end = rest + size; p < end;) p = putBlock(to, p, end - p < 16 ? end : p + 16, end);
    at_ = to;
  }

#ifdef __SSE2__
  // A short text is copied first and then looked at, where whole blocks can be read. False: something is to be escaped.
  bool shortPlain(std::string_view bytes) {
    room(64 + 16);
    char* behind = put(at_, bytes);
    std::memset(behind, 'a', 16);
    for (const char* p = at_; p < behind; p += 16)
      if (specialBytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) != 0) return false;
    at_ = behind;
    return true;
  }
#else
  static bool shortPlain(std::string_view) { return false; }
#endif

  void wideText(std::u16string_view units) {
    byte('"');
    for (size_t i = 0; i < units.size();) {
      size_t end = i;
      while (end < units.size() && (units[end] < 0xD800 || units[end] > 0xDFFF)) ++end;
      const bool pair =
          end + 1 < units.size() && units[end] <= 0xDBFF && units[end + 1] >= 0xDC00 && units[end + 1] <= 0xDFFF;
      if (pair) end += 2;
      if (end > i) {
        for (const char16_t unit : units.substr(i, end - i)) ascii_ = ascii_ && unit < 0x80;
        escaped(toUtf8(eval_.arena, Value::wide(units.substr(i, end - i))));
      }
      i = end;
      if (pair || i == units.size()) continue;
      // Half a pair has no UTF-8; take() makes UTF-16 of all.
      const char16_t unit = units[i++];
      const char bytes[] = {static_cast<char>(0xE0 | (unit >> 12)), static_cast<char>(0x80 | ((unit >> 6) & 0x3F)),
                            static_cast<char>(0x80 | (unit & 0x3F))};
      raw({bytes, 3});
      lone_ = true;
      ascii_ = false;
    }
    byte('"');
  }

  Eval& eval_;
  bool indent_;
  bool ascii_ = true;
  bool lone_ = false;
  uint32_t depth_ = 0;
  char* begin_;
  char* at_;
  char* end_;
};

}  // namespace

Value writeToken(Eval& eval, const JToken* token, Indent indent) {
  Writer writer(eval, indent, 2048);
  writer.token(token);
  return writer.take();
}

Value writeValue(Eval& eval, const Value& value, Indent indent) {
  Writer writer(eval, indent, 256);
  writer.value(value);
  return writer.take();
}

Value quoted(Eval& eval, const Value& text) {
  Writer writer(eval, Indent::None, 64);
  writer.text(text, false);
  return writer.take();
}

Value tokenToString(Eval& eval, const JToken* token) {
  if (token->kind != ObjectKind::JValue) return writeToken(eval, token, Indent::Indented);
  return valueToString(eval, static_cast<const JValue*>(token)->value);
}

std::string_view toJson(const Value& value, Arena& arena) {
  Eval eval(nullptr, arena, Limits{});
  return toUtf8(arena, writeValue(eval, value, Indent::None));
}

std::optional<Value> makeJson(std::string_view text, Arena& arena) {
  Eval eval(nullptr, arena, Limits{});
  JToken* token = parseJsonBytes(eval, text, Expect::Any);
  if (token == nullptr) return std::nullopt;
  return Value::object(token);
}

}  // namespace sluice::expression
