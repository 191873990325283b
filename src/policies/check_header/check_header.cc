#include "policies/check_header/check_header.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "text/json_document.h"

namespace sluice::policies {
namespace {

using namespace policy;

class CheckHeader final : public Step {
 public:
  explicit CheckHeader(const ElementReader& reader)
      : name_(reader.text("name")),
        status_(reader.integer("failed-check-httpcode")),
        message_(reader.text("failed-check-error-message")),
        ignore_case_(reader.boolean("ignore-case")) {
    for (const auto* value : reader.children("value")) values_.push_back(value->content());
  }

  Verdict run(Exchange& exchange) const override {
    const auto name = name_.evaluate(exchange);
    if (!name) return Verdict::Fail;
    if (!exchange.request.headers.has(*name))
      return refuse(exchange, "HeaderNotFound",
                    fmt::format("Header {} was not found in the request. Access denied.", *name));
    if (values_.empty()) return Verdict::Next;
    const auto ignore_case = ignore_case_.evaluate(exchange);
    if (!ignore_case) return Verdict::Fail;
    // Several lines count as one value: a good one beside a bad one must not pass.
    std::string given;
    for (const auto& header : exchange.request.headers)
      if (equalsIgnoreCase(header.name, *name)) given.append(given.empty() ? "" : ",").append(header.value);
    for (const auto& operand : values_) {
      const auto allowed = operand.evaluate(exchange);
      if (!allowed) return Verdict::Fail;
      if (*ignore_case ? equalsIgnoreCase(given, *allowed) : given == *allowed) return Verdict::Next;
    }
    return refuse(exchange, "HeaderValueNotAllowed",
                  fmt::format("Header {} value of {} is not allowed. Access denied.", *name, given));
  }

 private:
  Verdict refuse(Exchange& exchange, std::string_view reason, std::string_view message) const {
    const auto status = status_.evaluate(exchange);
    const auto own = status ? message_.evaluate(exchange) : std::nullopt;
    if (!own) return Verdict::Fail;
    return exchange.fail(static_cast<int>(*status), reason, message, plain(*own, exchange.arena()));
  }

  // Authors escape their message for JSON, as API Management puts it into the answer as it stands. One that is not
  // escaped is taken as it is meant.
  static std::string_view plain(std::string_view own, Arena& arena) {
    if (own.find('\\') == std::string_view::npos) return own;
    Diagnostics mistakes;
    const auto text = text::parseJson("", std::string("\"").append(own).append("\""), mistakes);
    return text && text->root().kind == text::Node::Kind::String ? arena.copy(text->root().scalar) : own;
  }

  TextOperand name_;
  IntegerOperand status_;
  TextOperand message_;
  BoolOperand ignore_case_;
  std::vector<TextOperand> values_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  return std::make_shared<CheckHeader>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "name", .need = Need::Required, .sentence = "The header's name."},
    {.name = "failed-check-httpcode",
     .type = ValueType::Integer,
     .need = Need::Required,
     .sentence = "The status when the header is missing or its value is not allowed.",
     .least = 200,
     .most = 599},
    {.name = "failed-check-error-message", .need = Need::Required, .sentence = "What the client is told then."},
    {.name = "ignore-case", .type = ValueType::Bool, .sentence = "Compares values without case.", .fallback = "false"},
};
constexpr ElementSpec kChildren[] = {
    {.name = "value",
     .sentence = "A value that is allowed; without any, the header must merely be there.",
     .content = Content::Text},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "check-header",
                .sentence = "Lets only requests with a header, or with one of its values, pass.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .status = "`ignore-case` may be left out (false).",
    .posture = "Several lines of the header are compared as one value, joined with commas.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& checkHeaderDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
