// The reader's common road: strict JSON without surprises, read by one loop that keeps its place in registers. In front
// of anything else it stops and says what is due there; the machine of reader.cc takes that one step and comes back.
#include "expression/json/reader.h"

#define SLUICE_INLINE [[gnu::always_inline]] inline

namespace sluice::expression {
namespace {

constexpr size_t kSlab = 1024;    // nodes are cut from pieces of this size, each counted as work
constexpr int kExactDigits = 15;  // of a real number whose double is exactly mantissa / power of ten

constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

SLUICE_INLINE bool isBlankByte(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

SLUICE_INLINE const char* behindBlanks(const char* p) {
  while (static_cast<unsigned char>(*p) <= ' ' && isBlankByte(*p)) ++p;
  return p;
}

SLUICE_INLINE bool endsScalar(char c) {
  return c == ',' || c == '}' || c == ']' || isBlankByte(c);
}

// A number with a fraction, its whole part read up to `at`; moves behind it. False: not one that is simply exact.
bool readFraction(const char*& at, uint64_t whole, int64_t digits, double& out) {
  const char* fraction = ++at;
  while (isDigitByte(*at)) whole = whole * 10 + static_cast<uint64_t>(*at++ - '0');
  const auto places = at - fraction;
  if (places == 0 || digits + places > kExactDigits || !endsScalar(*at)) return false;
  out = static_cast<double>(whole) / kPowersOfTen[places];
  return true;
}

}  // namespace

// Everything is inlined into run(), so that members are registers; what is not common is a function of the reader's.
class JsonReader::Quick {
 public:
  explicit Quick(JsonReader& reader)
      : r_(reader), p_(reader.at_), end_(reader.quick_end_), stage_(reader.stage_), count_(reader.count_) {
    enter();
    if (object_ && count_ > level_->first) member_ = static_cast<JProperty*>(stage_[count_ - 1]);
  }

  SLUICE_INLINE Next run(Next next) {
    if (next == Next::After) {
      skipBlanks();
      if (!afterValue(next)) return leave(next);
    }
    skipBlanks();
    if (r_.depth_ == 0 && *p_ != '{' && *p_ != '[') return leave(next);
    bool name_due = next == Next::Name;
    for (;;) {
      if (name_due && !name()) return leave(Next::Name);
      if (*p_ == '"') {
        if (!string()) return leave(Next::Value);
      } else if (*p_ == '{' || *p_ == '[') {
        if (r_.depth_ == kMaxJsonDepth) return leave(Next::Value);
        open(*p_ == '{');
        skipBlanks();
        name_due = object_;
        if (!closes()) continue;
      } else if (isDigitByte(*p_) || *p_ == '-' ? !number() : !word()) {
        return leave(Next::Value);
      }
      skipBlanks();
      if (!afterValue(next)) return leave(next);
      name_due = object_;
    }
  }

 private:
  // ---- where we are ----

  SLUICE_INLINE void enter() {
    if (r_.depth_ == 0) return;
    level_ = &r_.levels_[r_.depth_ - 1];
    object_ = level_->container->kind == ObjectKind::JObject;
    indexed_from_ = level_->first + kIndexedAfter;
  }

  SLUICE_INLINE Next leave(Next due) {
    r_.at_ = p_;
    r_.count_ = count_;
    r_.arena_.shrink(slab_, static_cast<size_t>(slab_end_ - slab_), 0);
    return r_.eval_.failed() ? Next::Failed : due;
  }

  SLUICE_INLINE void skipBlanks() { p_ = behindBlanks(p_); }

  // At what follows a value: closes what is complete and moves to what comes next, else `due` is for others.
  SLUICE_INLINE bool afterValue(Next& due) {
    due = Next::After;
    while (*p_ != ',') {
      if (!closes()) return false;
      finish();
      if (r_.depth_ == 0 || p_ >= end_) return false;
      skipBlanks();
    }
    if (r_.depth_ == 0) return false;
    ++p_;
    due = object_ ? Next::Name : Next::Value;
    if (p_ >= end_) return false;
    skipBlanks();
    return true;
  }

  // ---- nodes ----

  SLUICE_INLINE void* take(size_t size) {
    if (static_cast<size_t>(slab_end_ - slab_) < size) [[unlikely]]
      if (!r_.newSlab(slab_, slab_end_, size, kSlab)) end_ = r_.begin_;
    char* taken = slab_;
    slab_ += size;
    return taken;
  }

  SLUICE_INLINE void stage(JToken* token) {
    if (count_ == r_.capacity_) [[unlikely]]
      stage_ = r_.growStage();
    stage_[count_++] = token;
  }

  SLUICE_INLINE void place(JToken* token) {
    if (object_) {
      member_->content = token;
      member_->count = 1;
      token->parent = member_;
    } else {
      stage(token);
    }
  }

  SLUICE_INLINE void placeValue(const Value& value, JType type, uint16_t flags = 0) {
    place(new (take(sizeof(JValue))) JValue(r_.types_.value, type, flags, value));
  }

  // ---- containers ----

  SLUICE_INLINE void open(bool object) {
    auto* made = new (take(sizeof(JContainer)))
        JContainer(object ? r_.types_.object : r_.types_.array, object ? ObjectKind::JObject : ObjectKind::JArray,
                   object ? JType::Object : JType::Array);
    if (r_.depth_ == 0) {
      r_.root_ = made;
      r_.started_ = 1;
    } else {
      place(made);
    }
    ++p_;
    level_ = &r_.levels_[r_.depth_++];
    *level_ = {made, count_, 0};
    object_ = object;
    indexed_from_ = count_ + kIndexedAfter;
  }

  SLUICE_INLINE bool closes() const {
    if (r_.depth_ == 0) return false;
    return object_ ? *p_ == '}' : *p_ == ']' && level_->container->jtype() == JType::Array;
  }

  SLUICE_INLINE void finish() {
    const uint32_t count = count_ - level_->first;
    r_.fill(level_->container, stage_ + level_->first, count, static_cast<JToken**>(take(sizeof(JToken*) * count)));
    count_ = level_->first;
    --r_.depth_;
    ++p_;
    enter();
  }

  // ---- pieces: false, and nothing has changed, when it is not the usual ----

  // Up to the first quote, backslash or control character.
  SLUICE_INLINE const char* plainEnd(const char* from, bool& high) const {
#ifdef __SSE2__
    if (end_ - from < 16 && end_ - r_.begin_ >= 16) {
      // The text's last block, without what lies before `from`.
      const auto before = static_cast<unsigned>(16 - (end_ - from));
      const PlainBlock last(end_ - 16, '"');
      const unsigned stop = last.stop >> before;
      if (stop == 0) return end_;
      high = ((last.high >> before) & (stop - 1)) != 0;
      return from + __builtin_ctz(stop);
    }
#endif
    return skipPlain(from, end_, '"', high);
  }

  SLUICE_INLINE bool name() {
    if (*p_ != '"') return false;
    const char* from = p_ + 1;
    bool high = false;
    const char* to = plainEnd(from, high);
    if (to == from || high || to >= end_ || *to != '"') return false;
    const char* colon = behindBlanks(to + 1);
    if (*colon != ':') return false;
    const Value text = Value::ascii({from, static_cast<size_t>(to - from)});
    const uint64_t bit = nameBit(text);
    const bool indexed = count_ >= indexed_from_;
    if ((level_->names & bit) != 0 || indexed) {
      r_.count_ = count_;
      if (!r_.isNew(*level_, text)) return false;
    }
    level_->names |= bit;
    member_ = new (take(sizeof(JProperty))) JProperty(r_.types_.property, text, kPlainText);
    stage(member_);
    if (indexed) {
      r_.count_ = count_;
      r_.indexLast(*level_);
    }
    p_ = behindBlanks(colon + 1);
    return true;
  }

  SLUICE_INLINE bool string() {
    const char* from = p_ + 1;
    bool high = false;
    const char* to = plainEnd(from, high);
    if (to >= end_ || *to != '"') return false;
    const std::string_view raw(from, static_cast<size_t>(to - from));
    p_ = to + 1;
    if (high || (raw.size() >= 9 && *from <= '9')) {
      JType type = JType::String;
      uint16_t flags = 0;
      const Value value = r_.textValue(raw, high, type, flags);
      placeValue(value, type, flags);
    } else {
      placeValue(Value::ascii(raw), JType::String, kPlainText);
    }
    return true;
  }

  SLUICE_INLINE bool number() {
    const char* at = p_;
    const bool minus = *at == '-';
    if (minus) ++at;
    const char* digits = at;
    uint64_t whole = 0;
    while (isDigitByte(*at)) whole = whole * 10 + static_cast<uint64_t>(*at++ - '0');
    const auto length = at - digits;
    if (length == 0 || length > 18 || (length > 1 && *digits == '0')) return false;
    if (endsScalar(*at)) {
      placeValue(Value::int64(static_cast<int64_t>(minus ? 0 - whole : whole)), JType::Integer);
    } else {
      double real = 0;
      if (*at != '.' || r_.expect_ == Expect::Typed || !readFraction(at, whole, length, real)) return false;
      placeValue(Value::real(minus ? -real : real), JType::Float);
    }
    p_ = at;
    return true;
  }

  SLUICE_INLINE bool word() {
    if (end_ - p_ < 6) return false;
    const bool four = std::memcmp(p_, "true", 4) == 0 || std::memcmp(p_, "null", 4) == 0;
    if (!four && std::memcmp(p_, "false", 5) != 0) return false;
    const char* at = p_ + (four ? 4 : 5);
    if (!endsScalar(*at)) return false;
    if (*p_ == 'n') {
      placeValue({}, JType::Null);
    } else {
      placeValue(Value::boolean(four), JType::Boolean);
    }
    p_ = at;
    return true;
  }

  JsonReader& r_;
  const char* p_;
  const char* end_;  // behind a } or ], which stops every loop
  JToken** stage_;
  uint32_t count_;
  uint32_t indexed_from_ = 0;
  bool object_ = false;
  Level* level_ = nullptr;
  JProperty* member_ = nullptr;  // whose value is next
  char* slab_ = nullptr;
  char* slab_end_ = nullptr;
};

JsonReader::Next JsonReader::quick(Next next) {
  return Quick(*this).run(next);
}

void JsonReader::startQuick() {
  const char* last = end_;
  while (last > at_ && isBlankByte(last[-1])) --last;
  if (last > at_ && (last[-1] == '}' || last[-1] == ']')) quick_end_ = last;
}

bool JsonReader::newSlab(char*& slab, char*& slab_end, size_t size, size_t usual) {
  const size_t taken = size > usual ? size : usual;
  slab = static_cast<char*>(arena_.allocateBytes(taken, alignof(JToken)));
  slab_end = slab + taken;
  // Work is counted, and the memory taken looked at.
  return eval_.step(usual / sizeof(JValue));
}

Value JsonReader::textValue(std::string_view raw, bool high, JType& type, uint16_t& flags) {
  if (high) return beyondAscii(raw);
  if (dates_ == ReadDates::Dates && mayBeJsonDate(raw)) {
    if (const std::optional<Value> date = dateFromJsonText(raw)) {
      type = JType::Date;
      return *date;
    }
  }
  flags = kPlainText;
  return Value::ascii(raw);
}

}  // namespace sluice::expression
