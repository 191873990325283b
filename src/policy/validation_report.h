// What the validating policies have in common (reference 2.4): actions, errors as they are logged to a variable, traced
// and told to the client, and how a prevented exchange ends. The texts are those of API Management's table of errors.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/step.h"
#include "schema/definitions.h"
#include "schema/validator.h"

namespace sluice::policy {

enum class ValidationAction : uint8_t { Ignore, Prevent, Detect };
inline constexpr std::string_view kValidationActions[] = {"ignore", "prevent", "detect"};

struct ValidationError {
  std::string name;
  std::string_view type;
  std::string_view rule;
  std::string details;
  std::string client;  // empty: what the client gets does not tell why
};

class ValidationReport {
 public:
  // `variable`: empty for none.
  ValidationReport(Exchange& exchange, std::string_view policy, Target side, std::string_view variable)
      : exchange_(exchange), policy_(policy), side_(side), variable_(variable) {}

  // False: the exchange is prevented, and nothing more is to be looked at.
  bool add(ValidationError error, ValidationAction action);
  // The specification says nothing, or cannot be used.
  bool addNoSchema(std::string_view details, ValidationAction action);
  bool prevented() const { return prevented_; }
  // Sets the variable; fails a prevented exchange.
  Verdict finish();

 private:
  struct Entry {
    ValidationError error;
    ValidationAction action;
  };

  Exchange& exchange_;
  std::string_view policy_;
  Target side_;
  std::string_view variable_;
  std::vector<Entry> entries_;
  bool prevented_ = false;
};

// An action that may be left to the parent's: nothing when the attribute is absent.
class ActionOperand {
 public:
  ActionOperand() = default;
  ActionOperand(const ElementReader& reader, std::string_view name)
      : given_(reader.has(name)), operand_(given_ ? reader.choice(name) : ChoiceOperand()) {}
  bool given() const { return given_; }
  // Nothing: its expression threw, and the exchange has failed. REQUIRES: given()
  std::optional<ValidationAction> evaluate(Exchange& exchange) const {
    const auto choice = operand_.evaluate(exchange);
    return choice ? std::optional(static_cast<ValidationAction>(*choice)) : std::nullopt;
  }

 private:
  bool given_ = false;
  ChoiceOperand operand_;
};

// Headers and parameters by name, with the actions that children of the policy give some of them.
class NamedActions {
 public:
  NamedActions() = default;
  NamedActions(const ElementReader& reader, std::string_view child);
  // Null: none of its own.
  const ActionOperand* find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, ActionOperand>> actions_;
};

enum class ValueOwner : uint8_t { PathParameter, QueryParameter, RequestHeader, ResponseHeader };

// Checks the values of one parameter or header as they are on the wire, decoded, in their order. Members of a
// deepObject come as `parts`. False: prevented.
bool checkValues(const schema::OperationDefinition& operation, const schema::ParameterDefinition& definition,
                 ValueOwner owner, const std::vector<std::string_view>& values,
                 const std::vector<std::pair<std::string_view, std::string_view>>& parts, ValidationAction action,
                 ValidationReport& report);
ValidationError unspecified(ValueOwner owner, std::string_view name);

inline constexpr AttributeSpec kErrorsVariable{.name = "errors-variable-name",
                                               .form = Form::Literal,
                                               .sentence = "A variable that gets the errors, as a JSON array."};

}  // namespace sluice::policy
