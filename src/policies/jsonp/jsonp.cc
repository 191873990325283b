#include "policies/jsonp/jsonp.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/message_edit.h"
#include "policy/query.h"

namespace sluice::policies {
namespace {

using namespace policy;

constexpr size_t kMaxName = 128;

// Of ASCII; a word that JavaScript keeps for itself cannot be called.
bool isIdentifier(std::string_view text) {
  const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; };
  const auto goes_on = [&](char c) { return starts(c) || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > kMaxName || !starts(text.front()) ||
      !std::all_of(text.begin(), text.end(), goes_on))
    return false;
  static constexpr std::string_view kReserved[] = {
      "await",     "break",  "case",     "catch",  "class",      "const",   "continue",  "debugger",
      "default",   "delete", "do",       "else",   "enum",       "export",  "extends",   "false",
      "finally",   "for",    "function", "if",     "implements", "import",  "in",        "instanceof",
      "interface", "let",    "new",      "null",   "package",    "private", "protected", "public",
      "return",    "static", "super",    "switch", "this",       "throw",   "true",      "try",
      "typeof",    "var",    "void",     "while",  "with",       "yield"};
  return std::find(std::begin(kReserved), std::end(kReserved), text) == std::end(kReserved);
}

class Jsonp final : public Step {
 public:
  explicit Jsonp(const ElementReader& reader) : parameter_(reader.text("callback-parameter-name")) {}

  Verdict run(Exchange& exchange) const override {
    const auto parameter = parameter_.evaluate(exchange);
    if (!parameter) return Verdict::Fail;
    const auto callback = queryValue(exchange.request.original.query, *parameter, exchange.arena());
    if (!callback) return Verdict::Next;
    if (!isIdentifier(*callback))
      return exchange.fail(
          400, "CallbackParameterInvalid",
          fmt::format("Value of callback parameter {} is not a valid JavaScript identifier.", *parameter));
    if (!mayChange(exchange, Target::Response)) return Verdict::Next;
    const std::string script = fmt::format("{}({});", *callback, exchange.response.body.content());
    replaceBody(exchange, Target::Response, exchange.arena().copy(script));
    exchange.response.headers.set("Content-Type", "application/javascript");
    // So that no browser takes it for anything else.
    exchange.response.headers.set("X-Content-Type-Options", "nosniff");
    return Verdict::Next;
  }

 private:
  TextOperand parameter_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(kReadsResponseBody | kChangesResponse);
  return std::make_shared<Jsonp>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "callback-parameter-name",
     .need = Need::Required,
     .sentence = "The query parameter with the name of the client's function."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "jsonp",
                .sentence = "Wraps the answer into a call of the function that the client names.",
                .attributes = kAttributes},
    .sections = kOutbound,
    .posture = "Any page can read the answer with the visitor's cookies; for new clients there is <cors>.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& jsonpDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
