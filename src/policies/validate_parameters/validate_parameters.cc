#include "policies/validate_parameters/validate_parameters.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/query.h"
#include "policy/validation_report.h"

namespace sluice::policies {
namespace {

using namespace policy;
using schema::Place;

// A request's values of one name.
struct Given {
  std::string_view name;
  std::vector<std::string_view> values;
  std::vector<std::pair<std::string_view, std::string_view>> parts;  // name[part]=value
};

// What a child (headers, query, path) says, and where it says nothing, the policy.
struct Rules {
  ActionOperand specified, unspecified;
  NamedActions own;
};
struct Actions {
  ValidationAction specified, unspecified;
};

Rules rulesOf(const ElementReader& policy, std::string_view child) {
  Rules rules;
  const ElementReader* reader = policy.child(child);
  if (reader != nullptr) {
    rules.specified = ActionOperand(*reader, "specified-parameter-action");
    if (child != "path") rules.unspecified = ActionOperand(*reader, "unspecified-parameter-action");
    rules.own = NamedActions(*reader, "parameter");
  }
  if (!rules.specified.given()) rules.specified = ActionOperand(policy, "specified-parameter-action");
  if (!rules.unspecified.given()) rules.unspecified = ActionOperand(policy, "unspecified-parameter-action");
  return rules;
}

// By name without case, in the request's order. As many as its head has room for.
class GivenList {
 public:
  Given& operator[](std::string_view name) {
    std::string key(name);
    std::ranges::transform(key, key.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto [at, is_new] = index_.emplace(std::move(key), all_.size());
    return is_new ? all_.emplace_back(Given{name, {}, {}}) : all_[at->second];
  }
  bool has(std::string_view name) const {
    return std::ranges::any_of(all_, [name](const Given& each) { return equalsIgnoreCase(each.name, name); });
  }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<Given> all_;
  std::unordered_map<std::string, size_t> index_;
};

ValueOwner ownerOf(Place place) {
  return place == Place::Path    ? ValueOwner::PathParameter
         : place == Place::Query ? ValueOwner::QueryParameter
                                 : ValueOwner::RequestHeader;
}

class ValidateParameters final : public Step {
 public:
  explicit ValidateParameters(const ElementReader& reader)
      : definitions_(reader.definitions()),
        headers_(rulesOf(reader, "headers")),
        query_(rulesOf(reader, "query")),
        path_(rulesOf(reader, "path")),
        variable_(reader.literal("errors-variable-name")) {}

  Verdict run(Exchange& exchange) const override {
    ValidationReport report(exchange, "validate-parameters", Target::Request, variable_);
    const auto* operation = definitions_->find(exchange.operation);
    for (const Place place : {Place::Header, Place::Query, Place::Path}) {
      const Rules& rules = place == Place::Header ? headers_ : place == Place::Query ? query_ : path_;
      const auto specified = rules.specified.evaluate(exchange);
      const auto unspecified = specified ? rules.unspecified.evaluate(exchange) : std::nullopt;
      if (!unspecified) return Verdict::Fail;
      const Actions actions{*specified, *unspecified};
      if (operation == nullptr) {
        report.addNoSchema("API's schema doesn't exist or it couldn't be resolved.", actions.specified);
        break;
      }
      if (!check(exchange, *operation, place, rules, actions, report)) return Verdict::Fail;
      if (report.prevented()) break;
    }
    return report.finish();
  }

 private:
  // False: an expression failed.
  static bool check(Exchange& exchange, const schema::OperationDefinition& operation, Place place, const Rules& rules,
                    const Actions& actions, ValidationReport& report) {
    const GivenList all = given(exchange, operation, place);
    for (const auto& each : all) {
      const auto* definition = operation.parameter(place, each.name);
      const auto action = actionFor(exchange, each.name, rules, definition ? actions.specified : actions.unspecified);
      if (!action) return false;
      if (definition != nullptr)
        checkValues(operation, *definition, ownerOf(place), each.values, each.parts, *action, report);
      else if (place != Place::Path && !isGateways(exchange, place, each.name))
        report.add(unspecified(ownerOf(place), each.name), *action);
      if (report.prevented()) return true;
    }
    for (const auto& definition : operation.parameters) {
      if (!definition.required || definition.place != place || all.has(definition.name)) continue;
      const auto action = actionFor(exchange, definition.name, rules, actions.specified);
      if (!action) return false;
      if (!report.add(missing(place, definition.name), *action)) return true;
    }
    return true;
  }

  static std::optional<ValidationAction> actionFor(Exchange& exchange, std::string_view name, const Rules& rules,
                                                   ValidationAction otherwise) {
    const ActionOperand* own = rules.own.find(name);
    return own != nullptr ? own->evaluate(exchange) : otherwise;
  }

  // API Management's table of errors has none for this.
  static ValidationError missing(Place place, std::string_view name) {
    ValidationError error = unspecified(ownerOf(place), name);
    const std::string_view kind = place == Place::Header  ? "header"
                                  : place == Place::Query ? "query parameter"
                                                          : "path parameter";
    error.rule = "IncorrectMessage";
    error.details = error.client = fmt::format("Required {} {} is missing.", kind, name);
    return error;
  }

  // What a caller sends for the gateway: the subscription key, the version of a version set.
  static bool isGateways(const Exchange& exchange, Place place, std::string_view name) {
    if (exchange.api == nullptr || exchange.configuration == nullptr) return false;
    const auto& api = *exchange.api;
    if (equalsIgnoreCase(name, place == Place::Header ? api.key_header : api.key_query)) return true;
    const auto* versions = exchange.configuration->findVersionSet(api.version_set);
    return versions != nullptr &&
           equalsIgnoreCase(name, place == Place::Header ? versions->header_name : versions->query_name);
  }

  static GivenList given(Exchange& exchange, const schema::OperationDefinition& operation, Place place) {
    GivenList all;
    if (place == Place::Header) {
      for (const auto& header : exchange.request.headers) all[header.name].values.push_back(header.value);
    } else if (place == Place::Query) {
      for (const std::string_view part : QueryParts(exchange.request.url.query))
        addQuery(exchange.arena(), operation, part, all);
    } else {
      for (const auto& [name, value] : exchange.request.matched)
        if (operation.parameter(Place::Path, name) != nullptr) all[name].values.push_back(value);
    }
    return all;
  }

  static void addQuery(Arena& arena, const schema::OperationDefinition& operation, std::string_view part,
                       GivenList& all) {
    const size_t equals = std::min(part.find('='), part.size());
    const auto name = arena.copy(percentDecode(part.substr(0, equals), true));
    const auto value =
        equals == part.size() ? std::string_view() : arena.copy(percentDecode(part.substr(equals + 1), true));
    const size_t bracket = name.find('[');
    if (bracket != std::string_view::npos && name.ends_with(']')) {
      const auto* object = operation.parameter(Place::Query, name.substr(0, bracket));
      if (object != nullptr && object->listing == schema::Listing::DeepObject) {
        all[object->name].parts.emplace_back(name.substr(bracket + 1, name.size() - bracket - 2), value);
        return;
      }
    }
    all[name].values.push_back(value);
  }

  std::shared_ptr<const schema::Definitions> definitions_;
  Rules headers_, query_, path_;
  std::string variable_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  return std::make_shared<ValidateParameters>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "specified-parameter-action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a parameter of the specification that is missing or does not conform.",
     .choices = kValidationActions},
    {.name = "unspecified-parameter-action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about a header or query parameter that the specification does not have.",
     .choices = kValidationActions},
    kErrorsVariable,
};
constexpr AttributeSpec kPlaceAttributes[] = {
    {.name = "specified-parameter-action",
     .type = ValueType::Choice,
     .sentence = "Instead of the policy's.",
     .choices = kValidationActions},
    {.name = "unspecified-parameter-action",
     .type = ValueType::Choice,
     .sentence = "Instead of the policy's.",
     .choices = kValidationActions},
};
constexpr AttributeSpec kPathAttributes[] = {
    {.name = "specified-parameter-action",
     .type = ValueType::Choice,
     .sentence = "Instead of the policy's.",
     .choices = kValidationActions},
};
constexpr AttributeSpec kParameterAttributes[] = {
    {.name = "name", .need = Need::Required, .form = Form::Literal, .sentence = "The parameter's name, without case."},
    {.name = "action",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "What is done about it, specified or not.",
     .choices = kValidationActions},
};
constexpr ElementSpec kParameter[] = {
    {.name = "parameter", .sentence = "A parameter with an action of its own.", .attributes = kParameterAttributes},
};
constexpr ElementSpec kChildren[] = {
    {.name = "headers",
     .sentence = "The request's headers.",
     .attributes = kPlaceAttributes,
     .children = kParameter,
     .most = 1},
    {.name = "query",
     .sentence = "Its query parameters.",
     .attributes = kPlaceAttributes,
     .children = kParameter,
     .most = 1},
    {.name = "path",
     .sentence = "The parameters of the URL template.",
     .attributes = kPathAttributes,
     .children = kParameter,
     .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "validate-parameters",
                .sentence = "Checks the request's headers, query and path parameters against the specification of the "
                            "operation.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .repetition = Repetition::OncePerSection,
    .status =
        "A required parameter that is missing is an error of its own, and the subscription key and a version set's "
        "parameter count as specified: API Management's table of errors is silent on both.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& validateParametersDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
