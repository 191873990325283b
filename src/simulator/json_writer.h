// JsonWriter: JSON text, written front to back into a string. The caller keeps the structure right; commas and escapes
// are taken care of. Text that is not UTF-8 is the caller's mistake, except through text(), which replaces bad bytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace sluice::simulator {

class JsonWriter {
 public:
  JsonWriter& beginObject() { return open('{'); }
  JsonWriter& endObject() { return close('}'); }
  JsonWriter& beginArray() { return open('['); }
  JsonWriter& endArray() { return close(']'); }
  JsonWriter& key(std::string_view name);

  JsonWriter& text(std::string_view value);
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  template <class Number>
    requires(std::is_integral_v<Number> && !std::is_same_v<Number, bool>)
  JsonWriter& number(Number value) {
    return raw(std::to_string(value));
  }
  JsonWriter& number(double value);
  JsonWriter& number(float value);
  // A value that is JSON already.
  JsonWriter& raw(std::string_view json);

  // key and value at once.
  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, const char* value) { return key(name).text(value); }
  template <class Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, bool>)
  JsonWriter& member(std::string_view name, Number value) {
    return key(name).number(value);
  }
  JsonWriter& member(std::string_view name, bool value) { return key(name).boolean(value); }

  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void separate();
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);

  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace sluice::simulator
