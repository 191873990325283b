#include "policies/validate_headers/validate_headers.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/validation_report.h"

namespace sluice::policies {
namespace {

using namespace policy;

class ValidateHeaders final : public Step {
 public:
  explicit ValidateHeaders(const ElementReader& reader)
      : definitions_(reader.definitions()),
        specified_(reader, "specified-header-action"),
        unspecified_(reader, "unspecified-header-action"),
        own_(reader, "header"),
        variable_(reader.literal("errors-variable-name")) {}

  Verdict run(Exchange& exchange) const override {
    const auto specified = specified_.evaluate(exchange);
    const auto unspecified = specified ? unspecified_.evaluate(exchange) : std::nullopt;
    if (!unspecified) return Verdict::Fail;
    ValidationReport report(exchange, "validate-headers", Target::Response, variable_);
    const auto* operation = definitions_->find(exchange.operation);
    if (operation == nullptr) {
      report.addNoSchema("API's schema doesn't exist or it couldn't be resolved.",
                         *specified == ValidationAction::Ignore ? *unspecified : *specified);
      return report.finish();
    }
    const auto* response = operation->response(exchange.response.status);
    const http::Headers& headers = exchange.response.headers;
    for (auto field = headers.begin(); field != headers.end(); ++field) {
      const auto sameName = [&](const http::Header& other) { return equalsIgnoreCase(other.name, field->name); };
      if (std::any_of(headers.begin(), field, sameName)) continue;  // looked at with the first of its name
      const auto* definition = response == nullptr ? nullptr : definitionOf(*response, field->name);
      const auto* own = own_.find(field->name);
      const auto action = own != nullptr ? own->evaluate(exchange) : definition != nullptr ? specified : unspecified;
      if (!action) return Verdict::Fail;
      if (definition == nullptr) {
        report.add(policy::unspecified(ValueOwner::ResponseHeader, field->name), *action);
      } else {
        std::vector<std::string_view> values;
        for (const auto& other : headers)
          if (sameName(other)) values.push_back(other.value);
        checkValues(*operation, *definition, ValueOwner::ResponseHeader, values, {}, *action, report);
      }
      if (report.prevented()) break;
    }
    return report.finish();
  }

 private:
  static const schema::ParameterDefinition* definitionOf(const schema::ResponseDefinition& response,
                                                         std::string_view name) {
    for (const auto& header : response.headers)
      if (equalsIgnoreCase(header.name, name)) return &header;
    return nullptr;
  }

  std::shared_ptr<const schema::Definitions> definitions_;
  ActionOperand specified_, unspecified_;
  NamedActions own_;
  std::string variable_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(kChangesResponse);
  return std::make_shared<ValidateHeaders>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "specified-header-action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a header of the specification whose value does not conform.",
     .choices = kValidationActions},
    {.name = "unspecified-header-action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a header that the specification does not have.",
     .choices = kValidationActions},
    kErrorsVariable,
};
constexpr AttributeSpec kHeaderAttributes[] = {
    {.name = "name", .need = Need::Required, .form = Form::Literal, .sentence = "The header's name, without case."},
    {.name = "action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about it, specified or not.",
     .choices = kValidationActions},
};
constexpr ElementSpec kChildren[] = {
    {.name = "header", .sentence = "A header with an action of its own.", .attributes = kHeaderAttributes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "validate-headers",
                .sentence = "Checks the response's headers against the specification of the operation.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kOutbound | kOnError,
    .repetition = Repetition::OncePerSection,
    .make = &make,
};

}  // namespace

const policy::Descriptor& validateHeadersDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
