#include "policies/set_body/set_body.h"

#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

class SetBody final : public Step {
 public:
  explicit SetBody(const ElementReader& reader) : body_(reader.content()), target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    // Evaluated first: what the expression reads and traces does not depend on the stream's state.
    const auto body = body_.evaluate(exchange);
    if (!body) return Verdict::Fail;
    if (mayChange(exchange, target_)) replaceBody(exchange, target_, *body);
    return Verdict::Next;
  }

 private:
  TextOperand body_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.literal("template") == "liquid") {
    reader.errorAt("template", "liquid templates are refused: this gateway does not run them yet",
                   "Build the body with an expression, as in @(...).");
    return nullptr;
  }
  reader.touches(changeOf(reader.target()));
  return std::make_shared<SetBody>(reader);
}

constexpr std::string_view kTemplates[] = {"none", "liquid"};
constexpr std::string_view kNil[] = {"blank", "null"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "template",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "How the text is read; `none` is the text itself.",
     .fallback = "none",
     .choices = kTemplates},
    {.name = "xsi-nil",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "For liquid templates: how nil elements of XML read.",
     .fallback = "blank",
     .choices = kNil},
    {.name = "parse-date",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "For liquid templates: whether dates in JSON are parsed.",
     .fallback = "true"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "set-body",
                .sentence = "Replaces the body: of the request in <inbound> and <backend>, of the response in "
                            "<outbound> and <on-error>.",
                .attributes = kAttributes,
                .content = Content::Verbatim},
    .status =
        "Liquid templates are refused. A request without a body gets one, where API Management raises an "
        "exception.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& setBodyDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
