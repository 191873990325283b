// lint: allow length, because strict and lenient reading are one class so far; its scanner is to become a file.
// JSON as Newtonsoft's JsonTextReader reads it: strict JSON fast, and what it forgives besides: comments, single
// quotes, names without quotes, trailing commas, NaN, hexadecimal and octal numbers, dates in strings. The messages of
// its exceptions, with path, line and position, are Newtonsoft's.
#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstring>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "expression/json/date_text.h"
#include "expression/json/token.h"

namespace sluice::expression {
namespace {

constexpr uint32_t kMaxDepth = 64;      // JsonReader.MaxDepth since Newtonsoft 13
constexpr uint32_t kIndexedAfter = 16;  // members; an object with more gets its index while it is read
constexpr size_t kMaxBigInteger = 380;  // characters
constexpr std::string_view kReaderException = "Newtonsoft.Json.JsonReaderException";

// At `p` or behind it: the first quote, backslash or control character. `high`: something beyond ASCII came before.
inline const char* skipPlain(const char* p, const char* end, char quote, bool& high) {
#ifdef __SSE2__
  const __m128i quotes = _mm_set1_epi8(quote);
  const __m128i slashes = _mm_set1_epi8('\\');
  const __m128i controls = _mm_set1_epi8(0x1F);
  while (end - p >= 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quotes), _mm_cmpeq_epi8(block, slashes)),
                                         _mm_cmpeq_epi8(_mm_min_epu8(block, controls), block));
    const auto stop = static_cast<unsigned>(_mm_movemask_epi8(special));
    const auto highs = static_cast<unsigned>(_mm_movemask_epi8(block));
    if (stop != 0) {
      const int at = __builtin_ctz(stop);
      high = high || (highs & ((1u << at) - 1)) != 0;
      return p + at;
    }
    high = high || highs != 0;
    p += 16;
  }
#endif
  for (; p < end; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c == static_cast<unsigned char>(quote) || c == '\\' || c < 0x20) break;
    high = high || c >= 0x80;
  }
  return p;
}

bool isDigitByte(char c) {
  return c >= '0' && c <= '9';
}

// The character at `p` as UTF-16 sees it (the first unit only) and its length in bytes.
char16_t unitAt(const char* p, const char* end, size_t& bytes) {
  const auto c = static_cast<unsigned char>(*p);
  bytes = c < 0x80 ? 1 : c < 0xC0 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  if (bytes > static_cast<size_t>(end - p)) bytes = 1;
  if (bytes == 1) return c < 0x80 ? c : 0xFFFD;
  const auto tail = [p](size_t i) { return static_cast<unsigned char>(p[i]) & 0x3Fu; };
  if (bytes == 2) return static_cast<char16_t>(((c & 0x1Fu) << 6) | tail(1));
  if (bytes == 3) return static_cast<char16_t>(((c & 0x0Fu) << 12) | (tail(1) << 6) | tail(2));
  return 0xD83D;
}

class Reader {
 public:
  Reader(Eval& eval, std::string_view text, Expect expect, ReadDates dates)
      : eval_(eval),
        arena_(eval.arena),
        types_(jsonTypes()),
        begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        expect_(expect),
        dates_(dates) {}

  JToken* read() {
    if (!rootIsExpected() || (root_ == nullptr && !readValue())) return nullptr;
    skipBlank();
    if (!eval_.failed() && at_ < end_)
      fail("Additional text encountered after finished reading JSON content: " + here());
    if (!eval_.failed()) eval_.step(1 + nodes_);
    return eval_.failed() ? nullptr : root_;
  }

 private:
  struct Level {
    JContainer* container;
    uint32_t first;  // of its children in stage_
    uint64_t names;  // a bit for each name seen, by a short hash
  };
  enum class Next : uint8_t { Value, Name, After, Done, Failed };

  // ---- messages ----

  std::string here() const {
    if (at_ >= end_) return std::string(1, '\0');
    size_t bytes = 1;
    const char16_t unit = unitAt(at_, end_, bytes);
    return unit == 0xFFFD || bytes == 4 ? "\xEF\xBF\xBD" : std::string(at_, bytes);
  }

  uint32_t staged(uint32_t level) const {
    const uint32_t behind = level + 1 < depth_ ? levels_[level + 1].first : count_;
    return behind - levels_[level].first;
  }

  // `done`: the value at hand counts as read already.
  std::string path(uint32_t depth, bool done) const {
    std::string text;
    for (uint32_t i = 0; i < depth; ++i) {
      const uint32_t number = staged(i) + (done && i + 1 == depth && levels_[i].container->kind != ObjectKind::JObject);
      if (number == 0) continue;
      if (levels_[i].container->kind != ObjectKind::JObject) {
        text += "[" + std::to_string(number - 1) + "]";
      } else {
        const auto* member = static_cast<const JProperty*>(stage_[levels_[i].first + number - 1]);
        addPathName(text, toUtf8(arena_, member->name));
      }
    }
    return text;
  }

  void raise(std::string_view message, const std::string& where, std::string_view exception = kReaderException) {
    uint64_t line = 1, column = 0;
    for (const char* p = begin_; p < at_; ++p) {
      const auto c = static_cast<unsigned char>(*p);
      const bool ends = c == '\n' || (c == '\r' && !(p + 1 < at_ && p[1] == '\n'));
      line += ends ? 1 : 0;
      column = ends ? 0 : column + (c >= 0xF0 ? 2 : (c & 0xC0) == 0x80 ? 0 : 1);
    }
    if (started_ == 0 && column == 0) line = 0;
    std::string text(message);
    if (!text.ends_with('.')) text += '.';
    text += " Path '" + where + "'";
    text += ", line " + std::to_string(line) + ", position " + std::to_string(column) + ".";
    eval_.raise(exception, text);
  }

  bool fail(std::string_view message, bool done = false) {
    raise(message, path(depth_, done));
    return false;
  }
  Next stop(std::string_view message) {
    fail(message);
    return Next::Failed;
  }
  bool unexpectedEnd() {
    at_ = end_;
    return fail("Unexpected end when reading JSON.");
  }

  std::string_view rootName() const {
    return root_->kind == ObjectKind::JObject ? "JObject" : root_->jtype() == JType::Array ? "JArray" : "JConstructor";
  }

  Next endOfInput() {
    if (converts()) return endOfConversion();
    // Directly behind the root's opening it is another message.
    if (depth_ == 1 && count_ == 0) return stop("Error reading " + std::string(rootName()) + " from JsonReader.");
    return stop("Unexpected end of content while loading " + std::string(rootName()) + ".");
  }

  bool converts() const { return expect_ >= Expect::Typed; }

  Next endOfConversion() {
    const bool object = levels_[depth_ - 1].container->kind == ObjectKind::JObject;
    if (expect_ == Expect::Typed || (expect_ == Expect::Untyped && depth_ == 1 && object)) {
      raise(std::string("Unexpected end when deserializing ") + (object ? "object." : "array."), path(depth_, false),
            "Newtonsoft.Json.JsonSerializationException");
    } else {
      eval_.raise("Newtonsoft.Json.JsonWriterException",
                  "Unexpected end when reading token. Path '" + path(depth_, false) + "'.");
    }
    return Next::Failed;
  }

  // ---- blanks ----

  // White space, NULs and comments. At the end, or at something else; false: an exception is pending.
  bool skipBlank() {
    for (;;) {
      while (at_ < end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t' || *at_ == '\0')) ++at_;
      if (at_ >= end_) return true;
      const auto c = static_cast<unsigned char>(*at_);
      if (c == '/') {
        if (!skipComment()) return false;
      } else if (c == '\v' || c == '\f' || c >= 0x80) {
        size_t bytes = 1;
        if (!isWhiteSpace(unitAt(at_, end_, bytes))) return true;
        at_ += bytes;
      } else {
        return true;
      }
    }
  }

  bool skipComment() {
    ++at_;
    if (at_ >= end_) return fail("Unexpected end while parsing comment.");
    const std::string_view rest(at_, static_cast<size_t>(end_ - at_));
    if (*at_ == '/') {
      const size_t line = rest.find_first_of("\r\n");
      at_ = line == std::string_view::npos ? end_ : at_ + line;
      return true;
    }
    if (*at_ != '*') return fail("Error parsing comment. Expected: *, got " + here() + ".");
    const size_t close = rest.find("*/", 1);
    if (close == std::string_view::npos) {
      at_ = end_;
      return fail("Unexpected end while parsing comment.");
    }
    at_ += close + 2;
    return true;
  }

  // ---- the whole ----

  bool rootIsExpected() {
    const bool any = expect_ == Expect::Any || converts();
    const std::string kind = expect_ == Expect::Object ? "JObject" : expect_ == Expect::Array ? "JArray" : "JToken";
    const char* from = at_;
    if (!skipBlank()) return false;
    if (expect_ == Expect::Any && firstComment(from)) return !eval_.failed();
    if (at_ >= end_) {
      // An empty text never gets beyond line 0.
      return fail("Error reading " + kind + " from JsonReader.");
    }
    if (any || *at_ == (expect_ == Expect::Object ? '{' : '[')) return true;
    std::string_view found = *at_ == '{' ? "StartObject" : "StartArray";
    if (*at_ == '{' || *at_ == '[') {
      ++at_;
    } else {
      at_ = from;
      if (!readValue()) return false;
      found = root_->jtype() == JType::Constructor ? "StartConstructor" : jtypeName(root_->jtype());
    }
    started_ = 1;
    return fail("Error reading " + kind + " from JsonReader. Current JsonReader item is not " +
                (expect_ == Expect::Object ? "an object: " : "an array: ") + std::string(found));
  }

  // JToken.Parse takes a comment in front for the value, and what follows it for more of the text.
  bool firstComment(const char* from) {
    while (from < at_ && *from != '/') ++from;
    if (from == at_) return false;
    std::string_view text(from + 2, static_cast<size_t>(at_ - from - 2));
    text = from[1] == '*' ? text.substr(0, text.find("*/")) : text.substr(0, text.find_first_of("\r\n"));
    if (at_ < end_ && !readValue()) return true;
    root_ = newJValue(arena_, fromUtf8(arena_, text), JType::Comment);
    return true;
  }

  bool readValue() {
    Next next = Next::Value;
    while (!eval_.failed()) {
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

  void stage(JToken* token) {
    if (count_ == capacity_) {
      auto** more = static_cast<JToken**>(arena_.allocateBytes(sizeof(JToken*) * capacity_ * 2, alignof(JToken*)));
      std::memcpy(more, stage_, sizeof(JToken*) * count_);
      stage_ = more;
      capacity_ *= 2;
    }
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

  Next open(const Type* type, ObjectKind kind, JType jtype, Next next) {
    auto* made = make<JContainer>(type, kind, jtype);
    if (eval_.failed()) return Next::Failed;
    place(made);
    ++at_;
    if (depth_ == kMaxDepth) return stop("The reader's MaxDepth of 64 has been exceeded.");
    levels_[depth_++] = {made, count_, 0};
    return next;
  }

  Next close(std::string_view token, JType type) {
    ++at_;
    const JType open = depth_ == 0 ? JType::None : levels_[depth_ - 1].container->jtype();
    if (open != type) {
      const std::string message = "JsonToken " + std::string(token) + " is not valid for closing JsonType " +
                                  std::string(jtypeName(open)) + ".";
      raise(message, path(depth_ > 0 ? depth_ - 1 : 0, false));
      return Next::Failed;
    }
    const Level& level = levels_[--depth_];
    JContainer* container = level.container;
    const uint32_t count = count_ - level.first;
    container->count = count;
    container->capacity = count;
    if (count > 0) {
      container->items = static_cast<JToken**>(arena_.allocateBytes(sizeof(JToken*) * count, alignof(JToken*)));
      for (uint32_t i = 0; i < count; ++i) {
        JToken* child = stage_[level.first + i];
        child->parent = container;
        child->position = i;
        container->items[i] = child;
      }
    } else {
      container->items = nullptr;
    }
    count_ = level.first;
    return Next::After;
  }

  // ---- what comes next ----

  Next after() {
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

  Next name() {
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
      member = make<JProperty>(types_.property, ObjectKind::JProperty, JType::Property);
      member->name = text;
      stage(member);
      if (level.container->index != nullptr) {
        showStaged(level);
        noteAppended(level.container);
      }
    } else {
      moveLast(level, member);
    }
    member->flags = flags;
    return Next::Value;
  }

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
  void showStaged(const Level& level) {
    level.container->items = stage_ + level.first;
    level.container->count = count_ - level.first;
  }

  // The member of that name, if there is one: the last value of a name wins.
  JProperty* known(Level& level, const Value& text) {
    const std::string_view bytes = text.tag() == Tag::Wide ? std::string_view{} : text.bytes();
    uint32_t hash = text.extra() * 31;
    if (!bytes.empty())
      hash += static_cast<unsigned char>(bytes.front()) + static_cast<unsigned char>(bytes.back()) * 7u +
              static_cast<unsigned char>(bytes[bytes.size() / 2]) * 13u;
    const uint64_t bit = uint64_t{1} << (hash & 63);
    const bool fresh = (level.names & bit) == 0;
    level.names |= bit;
    const uint32_t count = count_ - level.first;
    if (count > kIndexedAfter) {
      showStaged(level);
      return findProperty(eval_, level.container, text);
    }
    if (fresh) return nullptr;
    for (uint32_t i = 0; i < count; ++i) {
      auto* member = static_cast<JProperty*>(stage_[level.first + i]);
      if (sameName(member->name, text)) return member;
    }
    return nullptr;
  }

  // place() fills the last staged member. JObject.Parse keeps the place of the first; JsonConvert takes the last.
  void moveLast(Level& level, JProperty* member) {
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

  Next value() {
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
        if (at_ + 1 < end_ && at_[1] == 'I')
          return word("-Infinity", Value::real(-HUGE_VAL), JType::Float, "-Infinity");
        return number();
      default:
        if (isDigitByte(*at_) || *at_ == '.') return number();
        return otherValue();
    }
  }

  Next otherValue() {
    if (static_cast<unsigned char>(*at_) >= 0x80 && isBlankHere()) {
      if (!skipBlank()) return Next::Failed;
      return at_ >= end_ ? endOfInput() : Next::Value;
    }
    return stop("Unexpected character encountered while parsing value: " + here() + ".");
  }

  Next word(std::string_view literal, const Value& value, JType type, std::string_view shown) {
    if (static_cast<size_t>(end_ - at_) < literal.size()) {
      unexpectedEnd();
      return Next::Failed;
    }
    for (const char c : literal) {
      if (*at_ != c) return stop("Error parsing " + std::string(shown) + " value.");
      ++at_;
    }
    if (!atSeparator()) return stop("Error parsing " + std::string(shown) + " value.");
    return placeValue(value, type);
  }

  bool atSeparator() const {
    if (at_ >= end_) return true;
    switch (*at_) {
      case '}':
      case ']':
      case ',':
      case ')':
      case '\0':
        return true;
      case '/':
        return at_ + 1 < end_ && (at_[1] == '*' || at_[1] == '/');
      default:
        return isBlankHere();
    }
  }

  Next nullOrNew() {
    if (at_ + 1 >= end_) {
      unexpectedEnd();
      return Next::Failed;
    }
    if (at_[1] == 'u') return word("null", {}, JType::Null, "null");
    if (at_[1] == 'e') return constructor();
    return stop("Unexpected character encountered while parsing value: n.");
  }

  // new Date(2024, 1, 2)
  Next constructor() {
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

  // ---- strings ----

  bool bareName(Value& out) {
    const char* from = at_;
    while (at_ < end_) {
      size_t bytes = 1;
      const char16_t unit = unitAt(at_, end_, bytes);
      if (!isLetter(unit) && !isDigit(unit) && unit != '_' && unit != '$') break;
      at_ += bytes;
    }
    if (at_ == from) return fail("Invalid property identifier character: " + here() + ".");
    if (at_ >= end_) return fail("Unexpected end while parsing unquoted property name.");
    if (*at_ != ':' && !isBlankHere()) return fail("Invalid JavaScript property identifier character: " + here() + ".");
    out = fromUtf8(arena_, {from, static_cast<size_t>(at_ - from)});
    return true;
  }

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
      if (*at_ == '\\') return escaped(from, quote, out);
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

  bool unterminated(char quote) {
    at_ = end_;
    return fail(std::string("Unterminated string. Expected delimiter: ") + quote + ".");
  }

  Value beyondAscii(std::string_view raw) {
    return simdjson::validate_utf8(raw.data(), raw.size()) ? Value::utf8(raw) : fromUtf8(arena_, raw);
  }

  // At the first backslash: into the arena from here on.
  bool escaped(const char* from, char quote, Value& out) {
    // An escape is never shorter than what it stands for.
    const char* last = at_;
    while (last < end_ && *last != quote) last += *last == '\\' ? 2 : 1;
    const auto room = static_cast<size_t>((last < end_ ? last : end_) - from);
    if (!eval_.reserve(room)) return false;
    auto* bytes = static_cast<char*>(arena_.allocateBytes(room + 4, 1));
    auto size = static_cast<size_t>(at_ - from);
    if (size > 0) std::memcpy(bytes, from, size);
    while (at_ < end_ && *at_ != quote) {
      if (*at_ == '\\') {
        if (!escape(quote, bytes, size)) return false;
        continue;
      }
      const char* run = at_;
      while (at_ < end_ && *at_ != '\\' && *at_ != quote) ++at_;
      std::memcpy(bytes + size, run, static_cast<size_t>(at_ - run));
      size += static_cast<size_t>(at_ - run);
    }
    if (at_ >= end_) return unterminated(quote);
    ++at_;
    arena_.shrink(bytes, room + 4, size);
    out = fromUtf8(arena_, {bytes, size});
    return true;
  }

  bool escape(char quote, char* bytes, size_t& size) {
    static constexpr std::string_view kFrom = "\"\\/'bfnrt";
    static constexpr std::string_view kTo = "\"\\/'\b\f\n\r\t";
    ++at_;
    if (at_ >= end_) return unterminated(quote);
    if (const size_t simple = kFrom.find(*at_); simple != std::string_view::npos) {
      bytes[size++] = kTo[simple];
      ++at_;
      return true;
    }
    if (*at_ != 'u') {
      const std::string shown = here();
      skipOneBlank();
      return fail("Bad JSON escape sequence: \\" + shown + ".");
    }
    ++at_;
    uint32_t unit = 0;
    if (!hex4(unit)) return false;
    // Halves of surrogate pairs that stand alone become U+FFFD.
    while (unit >= 0xD800 && unit <= 0xDBFF && end_ - at_ >= 2 && at_[0] == '\\' && at_[1] == 'u') {
      at_ += 2;
      uint32_t second = 0;
      if (!hex4(second)) return false;
      if (second >= 0xDC00 && second <= 0xDFFF) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
        break;
      }
      encode(0xFFFD, bytes, size);
      unit = second;
    }
    encode(unit >= 0xD800 && unit <= 0xDFFF ? 0xFFFD : unit, bytes, size);
    return true;
  }

  bool hex4(uint32_t& out) {
    if (end_ - at_ < 4) {
      at_ = end_;
      return fail("Unexpected end while parsing Unicode escape sequence.");
    }
    out = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = at_[i];
      const char lower = static_cast<char>(c | 0x20);
      if (!isDigitByte(c) && (lower < 'a' || lower > 'f')) {
        const Value shown = fromStd(arena_, {at_, 4});
        return fail("Invalid Unicode escape sequence: \\u" + std::string(toUtf8(arena_, shown)) + ".");
      }
      out = out * 16 + static_cast<uint32_t>(isDigitByte(c) ? c - '0' : lower - 'a' + 10);
    }
    at_ += 4;
    return true;
  }

  static void encode(uint32_t code, char* bytes, size_t& size) {
    if (code < 0x80) {
      bytes[size++] = static_cast<char>(code);
      return;
    }
    const int tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static constexpr uint32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
    bytes[size++] = static_cast<char>(kLead[tails] | (code >> (6 * tails)));
    for (int i = tails - 1; i >= 0; --i) bytes[size++] = static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F));
  }

  // ---- numbers ----

  static bool isNumberByte(char c) {
    const char lower = static_cast<char>(c | 0x20);
    return isDigitByte(c) || c == '-' || c == '+' || c == '.' || (lower >= 'a' && lower <= 'f') || lower == 'x';
  }

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

  Next badNumber(std::string_view text) {
    fail("Input string '" + std::string(text) + "' is not a valid number.", true);
    return Next::Failed;
  }

  Next numberFrom(std::string_view text) {
    if (text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E')
      return basedNumber(text);
    const char* end = text.data() + text.size();
    std::string_view digits = text;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos) {
      int64_t whole = 0;
      const auto result = std::from_chars(text.data(), end, whole);
      if (result.ec == std::errc{}) return placeValue(Value::int64(whole), JType::Integer);
      if (text.size() > kMaxBigInteger) {
        fail("JSON integer " + std::string(text) + " is too large to parse.", true);
        return Next::Failed;
      }
      // Beyond 64 bits it is a BigInteger: kept as its digits.
      while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
      const bool minus = text[0] == '-';
      return placeValue(Value::ascii(minus ? arena_.copy("-" + std::string(digits)) : digits), JType::Integer);
    }
    double real = 0;
    std::string_view plain = text;
    if (plain.ends_with('.')) plain.remove_suffix(1);
    const bool sensible = !plain.empty() && (isDigitByte(plain.back()) || plain.back() == '.') && plain != "-";
    const auto result = std::from_chars(plain.data(), plain.data() + plain.size(), real);
    if (!sensible || result.ptr != plain.data() + plain.size()) return badNumber(text);
    if (result.ec == std::errc::result_out_of_range) real = std::strtod(std::string(plain).c_str(), nullptr);
    if (expect_ != Expect::Typed) return placeValue(Value::real(real), JType::Float);
    auto* made = make<JNumberText>(types_.value, ObjectKind::JValue, JType::Float);
    made->value = Value::real(real);
    made->flags = kNumberText;
    made->text = text;
    place(made);
    return Next::After;
  }

  // 0x1F and 017.
  Next basedNumber(std::string_view text) {
    const bool hex = text[1] == 'x' || text[1] == 'X';
    const std::string_view digits = text.substr(hex ? 2 : 1);
    uint64_t whole = 0;
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), whole, hex ? 16 : 8);
    if (result.ptr != digits.data() + digits.size() || result.ec != std::errc{}) return badNumber(text);
    return placeValue(Value::int64(static_cast<int64_t>(whole)), JType::Integer);
  }

  Eval& eval_;
  Arena& arena_;
  const JsonTypes& types_;
  const char* begin_;
  const char* at_;
  const char* end_;
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
  Level levels_[kMaxDepth];
};

}  // namespace

JToken* parseJsonBytes(Eval& eval, std::string_view utf8, Expect expect) {
  if (utf8.starts_with("\xEF\xBB\xBF")) utf8.remove_prefix(3);
  if (!eval.step(1 + utf8.size() / 64)) return nullptr;
  return Reader(eval, utf8, expect, ReadDates::Dates).read();
}

JToken* parseJson(Eval& eval, const Value& text, Expect expect, ReadDates dates) {
  const std::string_view utf8 = toUtf8(eval.arena, text);
  if (!eval.step(1 + utf8.size() / 64)) return nullptr;
  return Reader(eval, utf8, expect, dates).read();
}

}  // namespace sluice::expression
