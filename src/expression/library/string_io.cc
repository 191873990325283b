// System.IO.StringReader and StringWriter, and what they inherit.
#include <algorithm>
#include <array>
#include <list>
#include <string>

#include "expression/format.h"
#include "expression/library.h"
#include "expression/library/declarations.h"
#include "expression/library/string_builder.h"
#include "expression/library/text_reader.h"

namespace sluice::expression {
namespace {

// ---- StringWriter --------------------------------------------------------------------------------------------------

struct WriterObject : Object {
  BuilderObject* builder;
  Value new_line;
  bool closed;
};

WriterObject* writer(Call& c) {
  return c.object<WriterObject>(0);
}

// StringWriter([StringBuilder sb] [, IFormatProvider formatProvider])
Value createWriter(Call& c) {
  auto* made = newObject<WriterObject>(c.eval, c.type);
  made->new_line = Value::ascii("\n");
  if (c.count > 0 && isKind(c[0], ObjectKind::StringBuilder)) {
    made->builder = c.object<BuilderObject>(0);
  } else {
    made->builder = newBuilder(c.eval);
  }
  return Value::object(made);
}

bool isOpen(Call& c) {
  if (!writer(c)->closed) return true;
  c.raise("System.ObjectDisposedException", "Cannot write to a closed TextWriter.");
  return false;
}

Value write(Call& c) {
  if (isOpen(c) && c.count > 1) appendValue(c.eval, writer(c)->builder, c[1]);
  return {};
}

// Write(char[] buffer [, int index, int count])
Value writeUnits(Call& c) {
  if (!isOpen(c)) return {};
  if (c.isNull(1)) return c.count > 2 ? c.eval.raiseArgumentNull("buffer") : Value();
  const auto* units = c.object<ArrayObject>(1);
  const int64_t from = c.count > 2 ? c.int32(2) : 0;
  const int64_t count = c.count > 2 ? c.int32(3) : units->length;
  if (from < 0 || count < 0)
    return c.eval.raiseOutOfRange(from < 0 ? "index" : "count", "Non-negative number required.");
  if (from > int64_t{units->length} - count) {
    return c.raise("System.ArgumentException",
                   "Offset and length were out of bounds for the array or count is greater than the number of "
                   "elements from index to the end of the source collection.");
  }
  TextBuilder text(c.eval, static_cast<uint32_t>(count) + 1);
  for (int64_t i = 0; i < count && c.eval.step(); ++i) text.unit(units->items[from + i].asChar());
  if (!c.eval.failed()) appendValue(c.eval, writer(c)->builder, text.take());
  return {};
}

// Write(format, args...) or an array of them
Value writeFormatted(Call& c) {
  if (!isOpen(c)) return {};
  if (c.isNull(1)) return c.eval.raiseArgumentNull("format");
  std::span<const Value> args(c.args + 2, c.count - 2);
  if (c.count == 3 && isKind(c[2], ObjectKind::Array)) {
    const auto* array = c.object<ArrayObject>(2);
    args = {array->items, array->length};
  }
  const Value text = formatComposite(c.eval, c.chars(1), args);
  if (!c.eval.failed()) appendValue(c.eval, writer(c)->builder, text);
  return {};
}

template <Value (*kWrite)(Call&)>
Value andLine(Call& c) {
  kWrite(c);
  if (!c.eval.failed()) appendValue(c.eval, writer(c)->builder, writer(c)->new_line);
  return {};
}

Value setNewLine(Call& c) {
  writer(c)->new_line = c.isNull(1) ? Value::ascii("\n") : c[1];
  return {};
}

Value closeWriter(Call& c) {
  writer(c)->closed = true;
  return {};
}

Value writerText(Call& c) {
  return builderText(c.eval, writer(c)->builder);
}

constexpr MemberRow kWriter[] = {
    {"StringWriter()", createWriter},
    {"StringWriter(IFormatProvider formatProvider)", createWriter},
    {"StringWriter(StringBuilder sb)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("sb") : createWriter(c); }},
    {"StringWriter(StringBuilder sb, IFormatProvider formatProvider)",
     [](Call& c) { return c.isNull(0) ? c.eval.raiseArgumentNull("sb") : createWriter(c); }},
    {"StringBuilder GetStringBuilder()", [](Call& c) { return Value::object(writer(c)->builder); }},
    {"string ToString()", writerText},
};

// Of TextWriter, which nothing but StringWriter is.
constexpr MemberRow kTextWriter[] = {
    {"string NewLine { get; set; }", [](Call& c) { return writer(c)->new_line; }, setNewLine},
    {"void Write(char[] buffer)", writeUnits},
    {"void Write(char[] buffer, int index, int count)", writeUnits},
    {"void Write(string format, object arg0)", writeFormatted},
    {"void Write(string format, object arg0, object arg1)", writeFormatted},
    {"void Write(string format, object arg0, object arg1, object arg2)", writeFormatted},
    {"void Write(string format, params object[] arg)", writeFormatted},
    {"void WriteLine()", andLine<write>},
    {"void WriteLine(char[] buffer)", andLine<writeUnits>},
    {"void WriteLine(char[] buffer, int index, int count)", andLine<writeUnits>},
    {"void WriteLine(string format, object arg0)", andLine<writeFormatted>},
    {"void WriteLine(string format, object arg0, object arg1)", andLine<writeFormatted>},
    {"void WriteLine(string format, object arg0, object arg1, object arg2)", andLine<writeFormatted>},
    {"void WriteLine(string format, params object[] arg)", andLine<writeFormatted>},
    {"void Flush()", [](Call&) { return Value(); }},
    {"void Close()", closeWriter},
    {"void Dispose()", closeWriter},
};

// Write and WriteLine of one value, for each of its types; made once and kept with the library.
std::span<const MemberRow> valueRows() {
  static constexpr std::array<const char*, 11> kTypes = {"bool",  "char",   "int",     "uint",   "long",  "ulong",
                                                         "float", "double", "decimal", "string", "object"};
  struct Rows {
    std::list<std::string> signatures;
    std::vector<MemberRow> rows;
  };
  static auto* const kept = [] {
    auto* made = new Rows;
    for (const char* type : kTypes) {
      const std::string params = "(" + std::string(type) + " value)";
      made->rows.push_back({made->signatures.emplace_back("void Write" + params).c_str(), write});
      made->rows.push_back({made->signatures.emplace_back("void WriteLine" + params).c_str(), andLine<write>});
    }
    return made;
  }();
  return kept->rows;
}

// ---- StringReader --------------------------------------------------------------------------------------------------

struct ReaderObject : Object {
  Value text;
  uint32_t at;
  bool closed;
};

ReaderObject* reader(Call& c) {
  return c.object<ReaderObject>(0);
}

Value createReader(Call& c) {
  if (c.isNull(0)) return c.eval.raiseArgumentNull("s");
  auto* made = newObject<ReaderObject>(c.eval, c.type);
  made->text = c[0];
  return Value::object(made);
}

// What is left to read; false: the reader is closed.
bool restOf(Call& c, Chars& out) {
  if (reader(c)->closed) {
    c.raise("System.ObjectDisposedException", "Cannot read from a closed TextReader.");
    return false;
  }
  const Chars text = chars(c.eval, reader(c)->text);
  const uint32_t at = std::min(reader(c)->at, text.size);
  out = text.sub(at, text.size - at);
  return true;
}

Value readUnit(Call& c) {
  Chars rest;
  if (!restOf(c, rest)) return {};
  if (rest.size > 0) ++reader(c)->at;
  return Value::int32(rest.size > 0 ? int{rest[0]} : -1);
}

Value peekUnit(Call& c) {
  Chars rest;
  return restOf(c, rest) ? Value::int32(rest.size > 0 ? int{rest[0]} : -1) : Value();
}

// Read(char[] buffer, int index, int count)
Value readUnits(Call& c) {
  if (c.isNull(1)) return c.eval.raiseArgumentNull("buffer");
  auto* buffer = c.object<ArrayObject>(1);
  const int64_t from = c.int32(2), count = c.int32(3);
  if (from < 0 || count < 0)
    return c.eval.raiseOutOfRange(from < 0 ? "index" : "count", "Non-negative number required.");
  if (from > int64_t{buffer->length} - count) {
    return c.raise("System.ArgumentException",
                   "Offset and length were out of bounds for the array or count is greater than the number of "
                   "elements from index to the end of the source collection.");
  }
  Chars rest;
  if (!restOf(c, rest)) return {};
  const auto taken = static_cast<uint32_t>(std::min<int64_t>(count, rest.size));
  if (!c.eval.step(1 + taken / 8)) return {};
  for (uint32_t i = 0; i < taken; ++i) buffer->items[from + i] = Value::character(rest[i]);
  reader(c)->at += taken;
  return Value::int32(static_cast<int32_t>(taken));
}

// The next line without its end; null behind the last.
Value readLine(Call& c) {
  Chars rest;
  if (!restOf(c, rest) || rest.size == 0) return {};
  uint32_t end = 0;
  while (end < rest.size && rest[end] != '\n' && rest[end] != '\r') ++end;
  const bool both = end + 1 < rest.size && rest[end] == '\r' && rest[end + 1] == '\n';
  reader(c)->at += std::min(end + (both ? 2 : 1), rest.size);
  return c.eval.step(1 + end / 16) ? fromChars(rest.sub(0, end)) : Value();
}

}  // namespace

Value readToEnd(Call& c) {
  Chars rest;
  if (!restOf(c, rest)) return {};
  reader(c)->at += rest.size;
  return fromChars(rest);
}

namespace {

Value closeReader(Call& c) {
  reader(c)->closed = true;
  return {};
}

constexpr MemberRow kReader[] = {{"StringReader(string s)", createReader}};

constexpr MemberRow kTextReader[] = {
    {"int Read()", readUnit},
    {"int Read(char[] buffer, int index, int count)", readUnits},
    {"int ReadBlock(char[] buffer, int index, int count)", readUnits},
    {"int Peek()", peekUnit},
    {"string ReadLine()", readLine},
    {"string ReadToEnd()", readToEnd},
    {"void Close()", closeReader},
    {"void Dispose()", closeReader},
};

}  // namespace

void declareStringIO(Library& library) {
  Hooks hooks;
  hooks.to_string = [](Eval& eval, const Value& value) { return builderText(eval, as<WriterObject>(value)->builder); };
  library.add("abstract class System.IO.TextWriter : IDisposable", kTextWriter).rows.push_back(valueRows());
  library.add("abstract class System.IO.TextReader : IDisposable", kTextReader);
  library.add("class System.IO.StringWriter : TextWriter", kWriter, hooks);
  library.add("class System.IO.StringReader : TextReader", kReader);
}

}  // namespace sluice::expression
