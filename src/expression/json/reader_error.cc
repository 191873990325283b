// What the reader says when it cannot go on, and what it passes over.
#include "expression/json/reader.h"

namespace sluice::expression {

std::string JsonReader::here() const {
  if (at_ >= end_) return std::string(1, '\0');
  size_t bytes = 1;
  const char16_t unit = unitAt(at_, end_, bytes);
  return unit == 0xFFFD || bytes == 4 ? "\xEF\xBF\xBD" : std::string(at_, bytes);
}

std::string JsonReader::path(uint32_t depth, bool done) const {
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

void JsonReader::raise(std::string_view message, const std::string& where, std::string_view exception) {
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

bool JsonReader::fail(std::string_view message, bool done) {
  raise(message, path(depth_, done));
  return false;
}

bool JsonReader::unexpectedEnd() {
  at_ = end_;
  return fail("Unexpected end when reading JSON.");
}

std::string_view JsonReader::rootName() const {
  return root_->kind == ObjectKind::JObject ? "JObject" : root_->jtype() == JType::Array ? "JArray" : "JConstructor";
}

JsonReader::Next JsonReader::endOfInput() {
  if (converts()) return endOfConversion();
  // Directly behind the root's opening it is another message.
  if (depth_ == 1 && count_ == 0) return stop("Error reading " + std::string(rootName()) + " from JsonReader.");
  return stop("Unexpected end of content while loading " + std::string(rootName()) + ".");
}

JsonReader::Next JsonReader::endOfConversion() {
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

bool JsonReader::skipBlank() {
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

bool JsonReader::skipComment() {
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

bool JsonReader::rootIsExpected() {
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

bool JsonReader::firstComment(const char* from) {
  while (from < at_ && *from != '/') ++from;
  if (from == at_) return false;
  std::string_view text(from + 2, static_cast<size_t>(at_ - from - 2));
  text = from[1] == '*' ? text.substr(0, text.find("*/")) : text.substr(0, text.find_first_of("\r\n"));
  if (at_ < end_ && !readValue()) return true;
  root_ = newJValue(arena_, fromUtf8(arena_, text), JType::Comment);
  return true;
}

}  // namespace sluice::expression
