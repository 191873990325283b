// System.Exception and the exceptions that expressions can catch or throw.
#include <array>

#include "expression/library.h"
#include "expression/library/declarations.h"

namespace sluice::expression {
namespace {

struct DefaultMessage {
  std::string_view type;
  std::string_view message;
};

// What .NET says when no message was given.
constexpr DefaultMessage kMessages[] = {
    {"System.ArgumentException", "Value does not fall within the expected range."},
    {"System.ArgumentNullException", "Value cannot be null."},
    {"System.ArgumentOutOfRangeException", "Specified argument was out of the range of valid values."},
    {"System.ArithmeticException", "Overflow or underflow in the arithmetic operation."},
    {"System.DivideByZeroException", "Attempted to divide by zero."},
    {"System.FormatException", "One of the identified items was in an invalid format."},
    {"System.IndexOutOfRangeException", "Index was outside the bounds of the array."},
    {"System.InvalidCastException", "Specified cast is not valid."},
    {"System.InvalidOperationException", "Operation is not valid due to the current state of the object."},
    {"System.NotImplementedException", "The method or operation is not implemented."},
    {"System.NotSupportedException", "Specified method is not supported."},
    {"System.NullReferenceException", "Object reference not set to an instance of an object."},
    {"System.OverflowException", "Arithmetic operation resulted in an overflow."},
    {"System.SystemException", "System error."},
    {"System.TimeoutException", "The operation has timed out."},
    {"System.UnauthorizedAccessException", "Attempted to perform an unauthorized operation."},
    {"System.OutOfMemoryException", "Insufficient memory to continue the execution of the program."},
    {"System.RankException", "Attempted to operate on an array with the incorrect number of dimensions."},
    {"System.UriFormatException", "Invalid URI: The format of the URI could not be determined."},
    {"System.Collections.Generic.KeyNotFoundException", "The given key was not present in the dictionary."},
    {"System.IO.IOException", "I/O error occurred."},
};

Value messageOf(Eval& eval, const ExceptionObject* exception) {
  Value message = exception->message;
  const std::string name = exception->type->fullName();
  if (message.isNull()) {
    message = fromStd(eval.arena, "Exception of type '" + name + "' was thrown.");
    for (const DefaultMessage& known : kMessages)
      if (known.type == name) message = Value::ascii(known.message);
  }
  if (exception->param_name.isNull()) return message;
  TextBuilder text(eval);
  text.add(message);
  text.ascii(" (Parameter '");
  text.add(exception->param_name);
  text.ascii("')");
  return text.take();
}

Value create(Call& c, const Value& message, const Value& inner, const Value& param_name) {
  auto* exception = newObject<ExceptionObject>(c.eval, c.receiver, ObjectKind::Exception);
  exception->message = message;
  exception->inner = inner;
  exception->param_name = param_name;
  return Value::object(exception);
}

Value exceptionToString(Eval& eval, const Value& value) {
  const auto* exception = as<ExceptionObject>(value);
  TextBuilder text(eval);
  text.add(fromStd(eval.arena, exception->type->fullName()));
  const Value message = messageOf(eval, exception);
  if (message.extra() > 0) {
    text.ascii(": ");
    text.add(message);
  }
  if (!exception->inner.isNull()) {
    if (!eval.enter()) return {};
    text.ascii("\n ---> ");
    text.add(exceptionToString(eval, exception->inner));
    text.ascii("\n   --- End of inner exception stack trace ---");
    eval.leave();
  }
  return text.take();
}

constexpr MemberRow kException[] = {
    {"Exception()", [](Call& c) { return create(c, {}, {}, {}); }},
    {"Exception(string message)", [](Call& c) { return create(c, c[0], {}, {}); }},
    {"Exception(string message, Exception innerException)", [](Call& c) { return create(c, c[0], c[1], {}); }},
    {"string Message { get; }", [](Call& c) { return messageOf(c.eval, c.object<ExceptionObject>(0)); }},
    {"Exception InnerException { get; }", [](Call& c) { return c.object<ExceptionObject>(0)->inner; }},
    {"string StackTrace { get; }", [](Call&) { return Value(); }},
    {"string Source { get; }", [](Call&) { return Value::ascii("expression"); }},
    {"int HResult { get; }", [](Call&) { return Value::int32(-2146233088); }},
    {"Exception GetBaseException()",
     [](Call& c) {
       Value inner = c[0];
       while (!as<ExceptionObject>(inner)->inner.isNull() && c.eval.step()) inner = as<ExceptionObject>(inner)->inner;
       return inner;
     }},
};

constexpr MemberRow kParamName[] = {
    {"string ParamName { get; }", [](Call& c) { return c.object<ExceptionObject>(0)->param_name; }},
};

// Each class with its base; the constructors are the usual three, or those of the argument exceptions.
enum class Shape : uint8_t { Usual, Argument, NullArgument };
struct Row {
  const char* name;
  const char* base;
  Shape shape = Shape::Usual;
};
constexpr Row kRows[] = {
    {"System.SystemException", "Exception"},
    {"System.ApplicationException", "Exception"},
    {"System.ArgumentException", "SystemException", Shape::Argument},
    {"System.ArgumentNullException", "ArgumentException", Shape::NullArgument},
    {"System.ArgumentOutOfRangeException", "ArgumentException", Shape::NullArgument},
    {"System.ArithmeticException", "SystemException"},
    {"System.DivideByZeroException", "ArithmeticException"},
    {"System.OverflowException", "ArithmeticException"},
    {"System.FormatException", "SystemException"},
    {"System.UriFormatException", "FormatException"},
    {"System.IndexOutOfRangeException", "SystemException"},
    {"System.InvalidCastException", "SystemException"},
    {"System.InvalidOperationException", "SystemException"},
    {"System.ObjectDisposedException", "InvalidOperationException"},
    {"System.NotImplementedException", "SystemException"},
    {"System.NotSupportedException", "SystemException"},
    {"System.NullReferenceException", "SystemException"},
    {"System.OutOfMemoryException", "SystemException"},
    {"System.RankException", "SystemException"},
    {"System.ArrayTypeMismatchException", "SystemException"},
    {"System.TimeoutException", "SystemException"},
    {"System.UnauthorizedAccessException", "SystemException"},
    {"System.TimeZoneNotFoundException", "Exception"},
    {"System.InvalidTimeZoneException", "Exception"},
    {"System.Collections.Generic.KeyNotFoundException", "SystemException"},
    {"System.IO.IOException", "SystemException"},
    {"System.Net.Sockets.SocketException", "SystemException"},
    {"System.Text.DecoderFallbackException", "ArgumentException"},
    {"System.Text.RegularExpressions.RegexMatchTimeoutException", "TimeoutException"},
    {"System.Xml.XmlException", "SystemException"},
    {"System.Security.SecurityException", "SystemException"},
    {"System.Security.Cryptography.CryptographicException", "SystemException"},
    {"System.Security.Cryptography.CryptographicUnexpectedOperationException", "CryptographicException"},
    {"Newtonsoft.Json.JsonException", "Exception"},
    {"Newtonsoft.Json.JsonReaderException", "JsonException"},
    {"Newtonsoft.Json.JsonWriterException", "JsonException"},
    {"Newtonsoft.Json.JsonSerializationException", "JsonException"},
    {"Sluice.BudgetExceededException", "Exception"},
};

// Signatures name the class, so they are made here, once.
std::array<std::string, 4 * std::size(kRows)> signatures;
std::array<MemberRow, 4 * std::size(kRows)> rows;

std::span<const MemberRow> constructorsOf(size_t index) {
  const Row& row = kRows[index];
  const std::string_view full = row.name;
  const std::string name(full.substr(full.rfind('.') + 1));
  const size_t first = 4 * index;
  const auto set = [&](size_t at, const std::string& params, Native native) {
    signatures[first + at] = name + "(" + params + ")";
    rows[first + at] = {signatures[first + at].c_str(), native};
  };
  set(0, "", [](Call& c) { return create(c, {}, {}, {}); });
  if (row.shape == Shape::NullArgument) {
    set(1, "string paramName", [](Call& c) { return create(c, {}, {}, c[0]); });
    set(2, "string paramName, string message", [](Call& c) { return create(c, c[1], {}, c[0]); });
    set(3, "string message, Exception innerException", [](Call& c) { return create(c, c[0], c[1], {}); });
  } else {
    set(1, "string message", [](Call& c) { return create(c, c[0], {}, {}); });
    set(2, "string message, Exception innerException", [](Call& c) { return create(c, c[0], c[1], {}); });
    set(3, row.shape == Shape::Argument ? "string message, string paramName" : "object any, object none, object here",
        [](Call& c) { return create(c, c[0], {}, c[1]); });
  }
  return {rows.data() + first, row.shape == Shape::Usual ? 3u : 4u};
}

}  // namespace

void declareException(Library& library) {
  Hooks hooks;
  hooks.to_string = exceptionToString;
  library.add("class System.Exception", kException, hooks);
  for (size_t i = 0; i < std::size(kRows); ++i) {
    const Row& row = kRows[i];
    TypeDef& def = library.add("class " + std::string(row.name) + " : " + row.base, constructorsOf(i));
    if (row.shape == Shape::Argument) def.rows.emplace_back(kParamName);
  }
}

}  // namespace sluice::expression
