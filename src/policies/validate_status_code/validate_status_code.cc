#include "policies/validate_status_code/validate_status_code.h"

#include <fmt/format.h>

#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/validation_report.h"

namespace sluice::policies {
namespace {

using namespace policy;

class ValidateStatusCode final : public Step {
 public:
  explicit ValidateStatusCode(const ElementReader& reader)
      : definitions_(reader.definitions()),
        unspecified_(reader, "unspecified-status-code-action"),
        variable_(reader.literal(reader.has("error-variable-name") ? "error-variable-name" : "errors-variable-name")) {
    for (const auto* child : reader.children("status-code"))
      codes_.emplace_back(child->integer("code").literal(), ActionOperand(*child, "action"));
  }

  Verdict run(Exchange& exchange) const override {
    const auto* operation = definitions_->find(exchange.operation);
    const int status = exchange.response.status;
    if (operation != nullptr && operation->response(status) != nullptr) return Verdict::Next;
    const ActionOperand* operand = &unspecified_;
    for (const auto& [code, own] : codes_)
      if (code == status) operand = &own;
    const auto action = operand->evaluate(exchange);
    if (!action) return Verdict::Fail;
    ValidationReport report(exchange, "validate-status-code", Target::Response, variable_);
    if (operation == nullptr)
      report.addNoSchema("API's schema doesn't exist or it couldn't be resolved.", *action);
    else
      report.add({fmt::format("{}", status),
                  "StatusCode",
                  "Unspecified",
                  fmt::format("Response status code {} is not allowed.", status),
                  {}},
                 *action);
    return report.finish();
  }

 private:
  std::shared_ptr<const schema::Definitions> definitions_;
  ActionOperand unspecified_;
  std::string variable_;
  std::vector<std::pair<int64_t, ActionOperand>> codes_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(kChangesResponse);
  return std::make_shared<ValidateStatusCode>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "unspecified-status-code-action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a status that the specification does not have.",
     .choices = kValidationActions},
    kErrorsVariable,
    {.name = "error-variable-name", .form = Form::Literal, .sentence = "The same as errors-variable-name."},
};
constexpr AttributeSpec kCodeAttributes[] = {
    {.name = "code",
     .type = ValueType::Integer,
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "The status.",
     .least = 100,
     .most = 999},
    {.name = "action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about it.",
     .choices = kValidationActions},
};
constexpr ElementSpec kChildren[] = {
    {.name = "status-code",
     .sentence = "A status that the specification does not have, with an action of its own.",
     .attributes = kCodeAttributes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "validate-status-code",
                .sentence = "Checks the response's status against the specification of the operation.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kOutbound | kOnError,
    .status = "A specification's `default` and `4XX` stand for all statuses that they cover.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& validateStatusCodeDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
