#include "policies/set_body/set_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/set_body/liquid_body.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

constexpr std::string_view kTemplates[] = {"none", "liquid"};

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

class SetBodyFromTemplate final : public Step {
 public:
  SetBodyFromTemplate(std::shared_ptr<const liquid::Template> body, const LiquidOptions& options, Target target)
      : template_(std::move(body)), options_(options), target_(target) {}

  Verdict run(Exchange& exchange) const override {
    expression::Eval eval(&exchange.context(), exchange.arena(), {});
    LiquidGlobals globals(exchange, target_, options_);
    const auto limit = exchange.configuration == nullptr
                           ? size_t{64} << 20
                           : size_t{exchange.configuration->settings.limits.buffered_response};
    const Result<std::string> body = template_->render(eval, globals, limit);
    const std::string& error = globals.error().empty() && !body ? body.error().message : globals.error();
    if (!error.empty())
      return exchange.fail(500, "TemplateEvaluationFailure",
                           fmt::format("The template failed: {}{}", error, error.ends_with('.') ? "" : "."));
    if (mayChange(exchange, target_)) replaceBody(exchange, target_, exchange.arena().copy(*body));
    return Verdict::Next;
  }

 private:
  std::shared_ptr<const liquid::Template> template_;
  LiquidOptions options_;
  Target target_;
};

// What the template reads; messages under construction are in memory already.
Effects readsOf(Target target) {
  return target == Target::Request ? kReadsRequestBody : target == Target::Response ? kReadsResponseBody : 0;
}

std::shared_ptr<const Step> makeFromTemplate(ElementReader& reader) {
  const TextOperand text = reader.content();
  if (text.isExpression()) {
    reader.error("a liquid template is a text, not an expression", "Leave out `template`, or write the template.");
    return nullptr;
  }
  liquid::TemplateError error;
  std::shared_ptr<const liquid::Template> body = liquid::Template::parse(text.literal(), error);
  if (body == nullptr) {
    const std::string_view before = text.literal().substr(0, error.offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    reader.error(fmt::format("the template cannot be used: {} (line {} of the template)", error.message, line),
                 "Filters have the names of C#: `Upcase`, `Date`, `DividedBy`.");
    return nullptr;
  }
  LiquidOptions options;
  options.nil = reader.literal("xsi-nil") == "null" ? liquid::Nil::Null : liquid::Nil::Blank;
  const bool dates = parseBool(reader.literal("parse-date")).value_or(true);
  options.dates = dates ? expression::ReadDates::Dates : expression::ReadDates::Strings;
  if (body->uses("body")) reader.touches(readsOf(reader.target()));
  return std::make_shared<SetBodyFromTemplate>(std::move(body), options, reader.target());
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(changeOf(reader.target()));
  const auto kind = parseChoice(reader.literal("template"), kTemplates);
  if (kind && kTemplates[*kind] == "liquid") return makeFromTemplate(reader);
  return std::make_shared<SetBody>(reader);
}

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
        "A request without a body gets one, where API Management raises an exception. Mistakes in a template are found "
        "at load, filters' names among them.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& setBodyDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
