// The reader behind parseJson(): internal to json/. What runs for each token is here; messages are in reader_error.cc,
// escapes, odd numbers and words in reader_text.cc.
#pragma once

#include <simdjson.h>

#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "expression/json/date_text.h"
#include "expression/json/token.h"

namespace sluice::expression {

constexpr uint32_t kMaxJsonDepth = 64;  // JsonReader.MaxDepth since Newtonsoft 13
constexpr uint32_t kIndexedAfter = 32;  // members; an object with more gets its index while it is read

#ifdef __SSE2__
// Sixteen bytes: a bit for each that is a quote, backslash or control character, and for each beyond ASCII.
struct PlainBlock {
  unsigned stop;
  unsigned high;
  PlainBlock(const char* p, char quote) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8(quote));
    const __m128i slashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1F)), block);
    stop = static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quotes, slashes), controls)));
    high = static_cast<unsigned>(_mm_movemask_epi8(block));
  }
};
#endif

// At `p` or behind it: the first quote, backslash or control character. `high`: something beyond ASCII came before.
inline const char* skipPlain(const char* p, const char* end, char quote, bool& high) {
#ifdef __SSE2__
  for (; end - p >= 16; p += 16) {
    const PlainBlock block(p, quote);
    if (block.stop != 0) {
      // Below the first bit of `stop`; above it the two have none in common.
      high = high || (block.high & (block.stop - 1)) != 0;
      return p + __builtin_ctz(block.stop);
    }
    high = high || block.high != 0;
  }
#endif
  for (; p < end; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c == static_cast<unsigned char>(quote) || c == '\\' || c < 0x20) break;
    high = high || c >= 0x80;
  }
  return p;
}

inline bool isDigitByte(char c) {
  return c >= '0' && c <= '9';
}

// The character at `p` as UTF-16 sees it (the first unit only) and its length in bytes.
inline char16_t unitAt(const char* p, const char* end, size_t& bytes) {
  const auto c = static_cast<unsigned char>(*p);
  bytes = c < 0x80 ? 1 : c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  if (bytes > static_cast<size_t>(end - p)) bytes = 1;
  if (bytes == 1) return c < 0x80 ? c : 0xFFFD;
  const auto tail = [p](size_t i) { return static_cast<unsigned char>(p[i]) & 0x3Fu; };
  if (bytes == 2) return static_cast<char16_t>(((c & 0x1Fu) << 6) | tail(1));
  if (bytes == 3) return static_cast<char16_t>(((c & 0x0Fu) << 12) | (tail(1) << 6) | tail(2));
  return 0xD83D;
}

class JsonReader {
 public:
  JsonReader(Eval& eval, std::string_view text, Expect expect, ReadDates dates)
      : eval_(eval),
        arena_(eval.arena),
        types_(jsonTypes()),
        begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        expect_(expect),
        dates_(dates) {}

  JToken* read();

 private:
  struct Level {
    JContainer* container;
    uint32_t first;  // of its children in stage_
    uint64_t names;  // a bit for each name seen, by a short hash
  };
  enum class Next : uint8_t { Value, Name, After, Done, Failed };

  // ---- messages ----

  std::string here() const;
  uint32_t staged(uint32_t level) const {
    const uint32_t behind = level + 1 < depth_ ? levels_[level + 1].first : count_;
    return behind - levels_[level].first;
  }

  // `done`: the value at hand counts as read already.
  std::string path(uint32_t depth, bool done) const;
  void raise(std::string_view message, const std::string& where,
             std::string_view exception = "Newtonsoft.Json.JsonReaderException");
  bool fail(std::string_view message, bool done = false);
  Next stop(std::string_view message) {
    fail(message);
    return Next::Failed;
  }
  bool unexpectedEnd();
  std::string_view rootName() const;
  Next endOfInput();
  bool converts() const { return expect_ >= Expect::Typed; }

  Next endOfConversion();

  // ---- blanks ----

  // White space, NULs and comments. At the end, or at something else; false: an exception is pending.
  bool skipBlank();
  bool skipComment();

  // ---- the whole ----

  bool rootIsExpected();

  // JToken.Parse takes a comment in front for the value, and what follows it for more of the text.
  bool firstComment(const char* from);
  bool readValue();

  // ---- building ----

  template <class T>
  T* make(const Type* type, ObjectKind kind, JType jtype) {
    auto* made = arena_.create<T>();
    made->type = type;
    made->kind = kind;
    made->detail = static_cast<uint8_t>(jtype);
    if (++nodes_ == 256) {
      eval_.step(nodes_);  // looks at the memory taken, too
      nodes_ = 0;
    }
    return made;
  }

  JToken** growStage();
  void stage(JToken* token) {
    if (count_ == capacity_) growStage();
    stage_[count_++] = token;
  }

  // A value where one was due.
  void place(JToken* token) {
    if (depth_ == 0) {
      root_ = token;
      started_ = 1;
      return;
    }
    JContainer* top = levels_[depth_ - 1].container;
    if (top->kind == ObjectKind::JObject) {
      auto* member = refill_ != nullptr ? refill_ : static_cast<JProperty*>(stage_[count_ - 1]);
      refill_ = nullptr;
      member->content = token;
      member->count = 1;
      token->parent = member;
      token->position = 0;
    } else {
      token->parent = top;
      stage(token);
    }
  }

  Next placeValue(const Value& value, JType type, uint16_t flags = 0) {
    auto* made = make<JValue>(types_.value, ObjectKind::JValue, type);
    made->value = value;
    made->flags = flags;
    place(made);
    return Next::After;
  }

  Next open(const Type* type, ObjectKind kind, JType jtype, Next next);
  Next close(std::string_view token, JType type);
  // Gives a container the children that were staged.
  static void fill(JContainer* container, JToken* const* staged, uint32_t count, JToken** items) {
    container->count = count;
    container->capacity = count;
    container->items = count > 0 ? items : nullptr;
    for (uint32_t i = 0; i < count; ++i) {
      JToken* child = staged[i];
      child->parent = container;
      child->position = i;
      items[i] = child;
    }
  }

  // ---- the common road (reader_quick.cc) ----

  // Finds the } or ] that ends the text: no loop runs past it.
  void startQuick();
  // From `next` on, as far as nothing is unusual; gives what is due there.
  Next quick(Next next);
  class Quick;
  bool newSlab(char*& slab, char*& slab_end, size_t size, size_t usual);
  Value textValue(std::string_view raw, bool high, JType& type, uint16_t& flags);
  bool isNew(Level& level, const Value& text) { return search(level, text) == nullptr && !eval_.failed(); }

  // ---- what comes next ----

  Next after();
  Next name();
  bool isBlankHere() const {
    size_t bytes = 1;
    return *at_ == '\0' || isWhiteSpace(unitAt(at_, end_, bytes));
  }
  void skipOneBlank() {
    size_t bytes = 1;
    unitAt(at_, end_, bytes);
    at_ += bytes;
  }

  // While an object is read its container shows what was staged, for the index.
  void showStaged(const Level& level);

  // The member of that name, if there is one: the last value of a name wins.
  JProperty* known(Level& level, const Value& text) {
    const uint64_t bit = nameBit(text);
    const bool fresh = (level.names & bit) == 0;
    level.names |= bit;
    if (fresh && count_ - level.first <= kIndexedAfter) return nullptr;
    return search(level, text);
  }
  JProperty* search(Level& level, const Value& text);
  void addMember(Level& level, const Value& text, uint16_t flags) {
    auto* member = make<JProperty>(types_.property, ObjectKind::JProperty, JType::Property);
    member->name = text;
    member->flags = flags;
    stage(member);
    indexLast(level);
  }
  // The index, if there is one yet, learns of the member staged last.
  void indexLast(const Level& level) {
    if (level.container->index == nullptr) return;
    showStaged(level);
    noteAppended(level.container);
  }

  // place() fills the last staged member. JObject.Parse keeps the place of the first; JsonConvert takes the last.
  void moveLast(Level& level, JProperty* member);
  Next value();
  Next otherValue();
  Next word(std::string_view literal, const Value& value, JType type, std::string_view shown);
  bool atSeparator() const;
  Next nullOrNew();

  // new Date(2024, 1, 2)
  Next constructor();

  // ---- strings ----

  bool bareName(Value& out);
  Next stringValue() {
    Value text;
    uint16_t flags = 0;
    if (!string(text, flags)) return Next::Failed;
    if (text.extra() >= 9 && text.tag() == Tag::Ascii && dates_ == ReadDates::Dates && mayBeJsonDate(text.bytes()))
      if (const std::optional<Value> date = dateFromJsonText(text.bytes())) return placeValue(*date, JType::Date);
    return placeValue(text, JType::String, flags);
  }

  // At a quote. Without escapes the text is a view.
  bool string(Value& out, uint16_t& flags) {
    const char quote = *at_++;
    const char* from = at_;
    bool high = false, plain = quote == '"';
    for (;;) {
      at_ = skipPlain(at_, end_, quote, high);
      if (at_ >= end_) return unterminated(quote);
      if (*at_ == quote) break;
      if (*at_ == '\\') return escaped(from, quote, high, out);
      plain = false;  // a control character
      ++at_;
    }
    const std::string_view raw(from, static_cast<size_t>(at_ - from));
    ++at_;
    if (!high) {
      out = Value::ascii(raw);
      flags = plain ? kPlainText : 0;
    } else {
      out = beyondAscii(raw);
    }
    return true;
  }

  bool unterminated(char quote);
  Value beyondAscii(std::string_view raw) {
    return simdjson::validate_utf8(raw.data(), raw.size()) ? Value::utf8(raw) : fromUtf8(arena_, raw);
  }

  // At the first backslash: into the arena from here on.
  bool escaped(const char* from, char quote, bool high, Value& out);
  bool escape(char quote, char* bytes, size_t& size, bool& high);
  bool hex4(uint32_t& out);
  static void encode(uint32_t code, char* bytes, size_t& size);

  // ---- numbers ----

  static bool isNumberByte(char c);
  Next number() {
    const char* from = at_;
    const bool minus = *at_ == '-';
    if (minus) ++at_;
    uint64_t whole = 0;
    const char* digits = at_;
    while (at_ < end_ && isDigitByte(*at_)) whole = whole * 10 + static_cast<uint64_t>(*at_++ - '0');
    const auto length = static_cast<size_t>(at_ - digits);
    const bool simple = length > 0 && length <= 18 && !(*digits == '0' && length > 1 && !minus) &&
                        (at_ >= end_ || *at_ == ',' || *at_ == '}' || *at_ == ']');
    if (simple) return placeValue(Value::int64(static_cast<int64_t>(minus ? 0 - whole : whole)), JType::Integer);
    while (at_ < end_ && isNumberByte(*at_)) ++at_;
    if (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && *at_ != ')' && *at_ != '/' && !isBlankHere())
      return stop("Unexpected character encountered while parsing number: " + here() + ".");
    return numberFrom({from, static_cast<size_t>(at_ - from)});
  }

  Next badNumber(std::string_view text);
  Next numberFrom(std::string_view text);

  // 0x1F and 017.
  Next basedNumber(std::string_view text);
  Eval& eval_;
  Arena& arena_;
  const JsonTypes& types_;
  const char* begin_;
  const char* at_;
  const char* end_;
  const char* quick_end_ = nullptr;  // the common road ends here
  Expect expect_;
  ReadDates dates_;
  JToken* root_ = nullptr;
  JProperty* refill_ = nullptr;  // a member that is named again: the next value is its
  uint64_t nodes_ = 0;
  int started_ = 0;  // 1: past the first token
  uint32_t depth_ = 0;
  uint32_t count_ = 0;
  uint32_t capacity_ = kLocalStage;
  static constexpr uint32_t kLocalStage = 128;
  JToken* local_[kLocalStage];
  JToken** stage_ = local_;
  Level levels_[kMaxJsonDepth];
};

}  // namespace sluice::expression
