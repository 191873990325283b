// JSON text as Newtonsoft writes it: two spaces of indentation, \n, ".0" behind whole doubles, ISO dates.
#include <charconv>
#include <cmath>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/encoding.h"
#include "expression/collection.h"
#include "expression/date.h"
#include "expression/format.h"
#include "expression/json/token.h"
#include "expression/library.h"
#include "expression/number.h"

namespace sluice::expression {
namespace {

// Bytes that JSON shows as they are: from `p` on, neither quote, backslash nor control; `high` says whether something
// beyond ASCII is among them (U+0085, U+2028 and U+2029 need escapes).
const char* plainRun(const char* p, const char* end) {
#ifdef __SSE2__
  const __m128i quotes = _mm_set1_epi8('"');
  const __m128i slashes = _mm_set1_epi8('\\');
  const __m128i controls = _mm_set1_epi8(0x1F);
  while (end - p >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i special =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quotes), _mm_cmpeq_epi8(block, slashes)),
                     _mm_cmpeq_epi8(_mm_min_epu8(block, controls), block));
    const int stop = _mm_movemask_epi8(special) | _mm_movemask_epi8(block);
    if (stop != 0) return p + __builtin_ctz(static_cast<unsigned>(stop));
    p += 16;
  }
#endif
  while (p < end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20 &&
         static_cast<unsigned char>(*p) < 0x80)
    ++p;
  return p;
}

class Writer {
 public:
  Writer(Eval& eval, Indent indent, size_t expected) : eval_(eval), indent_(indent == Indent::Indented) {
    begin_ = at_ = static_cast<char*>(eval.arena.allocateBytes(expected, 1));
    end_ = begin_ + expected;
  }

  Value take() {
    if (eval_.failed()) return {};
    const auto size = static_cast<size_t>(at_ - begin_);
    eval_.arena.shrink(begin_, static_cast<size_t>(end_ - begin_), size);
    return ascii_ ? Value::ascii({begin_, size}) : Value::utf8({begin_, size});
  }

  void token(const JToken* one) {
    if (!eval_.step() || !eval_.enter()) return;
    switch (one->kind) {
      case ObjectKind::JObject: container(static_cast<const JContainer*>(one), '{', '}'); break;
      case ObjectKind::JArray: container(static_cast<const JContainer*>(one), '[', ']'); break;
      case ObjectKind::JProperty: property(static_cast<const JProperty*>(one)); break;
      default: simple(static_cast<const JValue*>(one)->value, one->jtype(), (one->flags & kPlainText) != 0); break;
    }
    eval_.leave();
  }

  // Any .NET value.
  void value(const Value& v) {
    if (isToken(v)) return token(expression::token(v));
    if (v.tag() == Tag::Char) return text(fromUnit(eval_.arena, v.asChar()), false);
    if (v.tag() == Tag::Enum) return number(v.asInt64());
    const JType type = jtypeOf(v);
    if (type != JType::None) return simple(v, type, false);
    if (!eval_.step() || !eval_.enter()) return;
    if (isKind(v, ObjectKind::Record)) {
      record(as<RecordObject>(v));
    } else if (isKind(v, ObjectKind::Map) && v.asObject()->type->args.size() == 2) {
      map(as<MapObject>(v));
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
    room(bytes.size() + 2);
    put('"');
    if (plain) {
      raw(bytes);
    } else {
      escaped(bytes);
    }
    put('"');
  }

 private:
  void room(size_t more) {
    if (static_cast<size_t>(end_ - at_) >= more) return;
    const auto size = static_cast<size_t>(at_ - begin_);
    const size_t capacity = std::max((size + more) * 2, size_t{256});
    if (!eval_.reserve(capacity)) {
      at_ = begin_;  // what was written is lost with the evaluation
      if (static_cast<size_t>(end_ - at_) >= more) return;
    }
    auto* grown = static_cast<char*>(eval_.arena.allocateBytes(capacity, 1));
    std::memcpy(grown, begin_, static_cast<size_t>(at_ - begin_));
    at_ = grown + (at_ - begin_);
    begin_ = grown;
    end_ = grown + capacity;
  }
  void put(char c) {
    if (at_ == end_) room(1);
    *at_++ = c;
  }
  void raw(std::string_view bytes) {
    room(bytes.size());
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

  void line() {
    if (!indent_) return;
    const size_t spaces = static_cast<size_t>(depth_) * 2;
    room(spaces + 1);
    *at_++ = '\n';
    std::memset(at_, ' ', spaces);
    at_ += spaces;
  }

  void container(const JContainer* c, char open, char close) {
    put(open);
    if (c->count > 0) {
      ++depth_;
      for (uint32_t i = 0; i < c->count && !eval_.failed(); ++i) {
        if (i > 0) put(',');
        line();
        const JToken* item = c->items[i];
        if (item->kind == ObjectKind::JProperty) {
          property(static_cast<const JProperty*>(item));
        } else {
          token(item);
        }
      }
      --depth_;
      line();
    }
    put(close);
  }

  void property(const JProperty* p) {
    name(p->name, (p->flags & kPlainText) != 0);
    token(p->content);
  }

  void name(const Value& text_value, bool plain) {
    text(text_value, plain);
    put(':');
    if (indent_) put(' ');
  }

  void record(const RecordObject* r) {
    put('{');
    ++depth_;
    for (uint32_t i = 0; i < r->count && !eval_.failed(); ++i) {
      if (i > 0) put(',');
      line();
      name(fromStd(eval_.arena, memberName(r, i)), false);
      value(r->members[i]);
    }
    --depth_;
    if (r->count > 0) line();
    put('}');
  }

  void map(MapObject* m) {
    put('{');
    ++depth_;
    uint32_t at = 0;
    bool first = true;
    while (const MapObject::Entry* entry = mapNext(m, at)) {
      if (eval_.failed()) return;
      if (!first) put(',');
      first = false;
      line();
      name(valueToString(eval_, entry->key), false);
      value(entry->value);
    }
    --depth_;
    if (!first) line();
    put('}');
  }

  void sequence(const Value& v) {
    put('[');
    ++depth_;
    Enumerator* items = enumerate(eval_, v);
    Value item;
    bool first = true;
    while (items != nullptr && items->next(eval_, item)) {
      if (!first) put(',');
      first = false;
      line();
      value(item);
      if (eval_.failed()) return;
    }
    --depth_;
    if (!first) line();
    put(']');
  }

  void members(const Value& v) {
    put('{');
    ++depth_;
    bool first = true;
    for (const Member* member : publicProperties(v.asObject()->type)) {
      Value args[] = {v};
      Call call{eval_, args, 1, member->type, {}, v.asObject()->type};
      const Value shown = member->get(call);
      if (eval_.failed()) return;
      if (!first) put(',');
      first = false;
      line();
      name(fromStd(eval_.arena, member->name), false);
      value(shown);
    }
    --depth_;
    if (!first) line();
    put('}');
  }

  void number(int64_t n) {
    room(24);
    at_ = std::to_chars(at_, end_, n).ptr;
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
      case Tag::Null: raw(type == JType::Undefined ? "undefined" : "null"); return;
      case Tag::Bool: raw(v.asBool() ? "true" : "false"); return;
      case Tag::Double:
      case Tag::Single: real(v.asDouble(), v.tag() == Tag::Single); return;
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
      case Tag::Ascii:
      case Tag::Utf8:
      case Tag::Wide:
        if (type == JType::Integer || type == JType::Raw) {
          raw(toUtf8(eval_.arena, v));
        } else {
          text(v, plain);
        }
        return;
      case Tag::DateTime: quote(formatIso(v)); return;
      case Tag::DateTimeOffset: quote(formatIsoOffset(v)); return;
      case Tag::TimeSpan: quote(formatTimeSpan(v.asInt64())); return;
      case Tag::Guid: text(valueToString(eval_, v), true); return;
      case Tag::Object:
        if (isKind(v, ObjectKind::Bytes)) {
          quote(base64Encode(*toBytes(v)));
        } else {
          text(originalText(v), false);
        }
        return;
      default: number(v.asInt64()); return;
    }
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
    put('"');
    raw(shown);
    put('"');
  }

  void escaped(std::string_view bytes) {
    const char* p = bytes.data();
    const char* end = p + bytes.size();
    while (p < end) {
      const char* stop = plainRun(p, end);
      raw({p, static_cast<size_t>(stop - p)});
      p = stop;
      if (p == end) return;
      const auto c = static_cast<unsigned char>(*p);
      if (c < 0x80) {
        escape(c);
        ++p;
      } else if (c == 0xC2 && p + 1 < end && static_cast<unsigned char>(p[1]) == 0x85) {
        raw("\\u0085");
        p += 2;
      } else if (c == 0xE2 && end - p >= 3 && p[1] == '\x80' && (p[2] == '\xA8' || p[2] == '\xA9')) {
        raw(p[2] == '\xA8' ? "\\u2028" : "\\u2029");
        p += 3;
      } else {
        put(*p++);
      }
    }
  }

  void escape(unsigned char c) {
    static constexpr char kHex[] = "0123456789abcdef";
    switch (c) {
      case '"': raw("\\\""); return;
      case '\\': raw("\\\\"); return;
      case '\n': raw("\\n"); return;
      case '\r': raw("\\r"); return;
      case '\t': raw("\\t"); return;
      case '\b': raw("\\b"); return;
      case '\f': raw("\\f"); return;
      default: break;
    }
    const char hex[] = {'\\', 'u', '0', '0', kHex[c >> 4], kHex[c & 15]};
    raw({hex, 6});
  }

  // Lone surrogates have no UTF-8: they are written as escapes here, which reads back as the same text.
  void wideText(std::u16string_view units) {
    put('"');
    for (size_t i = 0; i < units.size();) {
      size_t end = i;
      while (end < units.size() && (units[end] < 0xD800 || units[end] > 0xDFFF)) ++end;
      if (end > i) {
        const std::string_view bytes = toUtf8(eval_.arena, Value::wide(units.substr(i, end - i)));
        for (const char16_t unit : units.substr(i, end - i)) ascii_ = ascii_ && unit < 0x80;
        escaped(bytes);
      }
      i = end;
      if (i == units.size()) break;
      const bool pair = units[i] <= 0xDBFF && i + 1 < units.size() && units[i + 1] >= 0xDC00 && units[i + 1] <= 0xDFFF;
      if (pair) {
        raw(toUtf8(eval_.arena, Value::wide(units.substr(i, 2))));
        ascii_ = false;
        i += 2;
      } else {
        char hex[8];
        std::snprintf(hex, sizeof hex, "\\u%04x", units[i]);
        raw({hex, 6});
        ++i;
      }
    }
    put('"');
  }

  Eval& eval_;
  bool indent_;
  bool ascii_ = true;
  int depth_ = 0;
  char* begin_;
  char* at_;
  char* end_;
};

}  // namespace

Value writeToken(Eval& eval, const JToken* token, Indent indent) {
  Writer writer(eval, indent, 512);
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
  const Value& value = static_cast<const JValue*>(token)->value;
  return valueToString(eval, value);
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
