// Every native stands null for each reference argument and the extremes of the others: it gives a value or raises, and
// touches nothing that is not there.
#include <gtest/gtest.h>

#include <limits>

#include "expression/cases.h"
#include "expression/expression.h"
#include "expression/library.h"

namespace sluice::expression {
namespace {

enum class Arguments : uint8_t { Defaults, Lowest, Highest };

// An argument of a type; references are null but among the highest, where strings and arrays are empty.
Value argument(Eval& eval, const Type* type, Arguments which) {
  const Value initial = defaultValue(eval.arena, type);
  if (which == Arguments::Defaults) return initial;
  const bool low = which == Arguments::Lowest;
  if (type->kind == TypeKind::Primitive && type->tag == Tag::Int32) {
    return Value::int32(low ? -1 : std::numeric_limits<int32_t>::max());
  } else if (type->kind == TypeKind::Primitive && type->tag == Tag::Int64) {
    return Value::int64(low ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max());
  } else if (type->kind == TypeKind::Primitive && type->tag == Tag::Double) {
    return Value::real(low ? std::numeric_limits<double>::lowest() : std::numeric_limits<double>::infinity());
  } else if (type->kind == TypeKind::Enum) {
    return newEnum(type, low ? -1 : 99);
  } else if (low) {
    return initial;
  } else if (type->kind == TypeKind::String) {
    return Value::ascii("");
  } else if (type == core().byte_array) {
    return newBytesOfSize(eval, 0);
  }
  return type->kind == TypeKind::Array ? Value::object(newArray(eval, type, 0)) : initial;
}

void callMember(const Member& member, const Type* owner, Value receiver, Eval& eval, Arguments which) {
  const std::vector<const Type*> type_args(member.type_params.size(), core().string);
  std::vector<Value> values;
  const bool instance = !member.is_static && member.kind != MemberKind::Constructor;
  if (instance) values.push_back(receiver);
  for (const Param& param : member.params)
    values.push_back(argument(eval, substitute(param.type, owner->args, type_args), which));
  const Type* result = member.kind == MemberKind::Constructor ? owner : substitute(member.type, owner->args, type_args);
  SCOPED_TRACE(owner->name + ": " + member.signature);
  Call call{eval, values.data(), static_cast<uint32_t>(values.size()), result, type_args, owner};
  const Value made = member.get(call);
  if (!eval.failed() && !made.isNull()) valueToString(eval, made);
}

constexpr Limits tight() {
  Limits limits;
  limits.steps = 200'000;
  limits.memory = 8 * 1024 * 1024;
  return limits;
}

constexpr Arguments kAll[] = {Arguments::Defaults, Arguments::Lowest, Arguments::Highest};

TEST(Natives, StandNullsInStaticMembers) {
  const auto context = fixtureContext("{}");
  for (const auto& def : Library::instance().all()) {
    const Type* owner = closedType(def.get(), std::vector<const Type*>(def->type_params.size(), core().string));
    for (const Member& member : def->members()) {
      const bool instance = !member.is_static && member.kind != MemberKind::Constructor;
      if (instance && owner->isReference()) continue;
      for (const Arguments which : kAll) {
        Arena arena;
        Eval eval(context.get(), arena, tight());
        callMember(member, owner, instance ? defaultValue(arena, owner) : Value(), eval, which);
      }
    }
  }
}

// Of each class one object, or a few that differ.
constexpr std::string_view kReceivers[] = {
    "\"text\"",
    "\"\"",
    "new int[2]",
    "new byte[2]",
    "new List<string> { \"a\" }",
    "new List<string>()",
    "new Dictionary<string, string> { { \"a\", \"b\" } }",
    "new HashSet<string> { \"a\" }",
    "new Queue<string>()",
    "new Stack<string>()",
    "new StringBuilder(\"ab\")",
    "new StringReader(\"ab\")",
    "new StringWriter()",
    "new Random(1)",
    "Tuple.Create(\"a\", \"b\")",
    "Encoding.UTF8",
    "Encoding.Unicode",
    "StringComparer.Ordinal",
    "new Uri(\"http://u@h/a?b#c\")",
    "new Uri(\"a\", UriKind.Relative)",
    "IPAddress.Parse(\"::1\")",
    "new Exception(\"x\")",
    "typeof(int)",
    "new object()",
    "System.Globalization.CultureInfo.InvariantCulture",
    "new Regex(\"a(b)\")",
    "Regex.Match(\"ab\", \"a(b)\")",
    "Regex.Matches(\"ab\", \"a(b)\")",
    "Regex.Match(\"ab\", \"a(b)\").Groups",
    "JObject.Parse(\"{\\\"a\\\":1}\")",
    "JArray.Parse(\"[1]\")",
    "JToken.Parse(\"1\")",
    "new JProperty(\"a\", 1)",
};

TEST(Natives, StandNullsInInstanceMembers) {
  for (const std::string_view text : kReceivers) {
    const std::string source = "@(" + std::string(text) + ")";
    const SourceText where("test", source);
    Diagnostics diagnostics;
    const auto expression = Expression::compile(source, where, diagnostics);
    ASSERT_NE(expression, nullptr) << source;
    const auto context = fixtureContext("{}");
    Arena kept;
    const Type* type = typeOf(expression->evaluate(*context, kept).value);
    for (const Type* owner = type; owner != nullptr; owner = owner->base) {
      if (owner->def == nullptr) continue;
      for (const Member& member : owner->def->members()) {
        if (member.is_static || member.kind == MemberKind::Constructor) continue;
        for (const Arguments which : kAll) {
          Arena arena;
          const Outcome receiver = expression->evaluate(*context, arena);
          ASSERT_TRUE(receiver.ok()) << source;
          Eval eval(context.get(), arena, tight());
          callMember(member, owner, receiver.value, eval, which);
        }
      }
    }
  }
}

}  // namespace
}  // namespace sluice::expression
