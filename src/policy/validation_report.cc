#include "policy/validation_report.h"

#include <fmt/format.h>

#include <utility>

#include "base/encoding.h"
#include "expression/expression.h"

namespace sluice::policy {
namespace {

constexpr std::string_view kInternalError =
    "The request could not be processed due to an internal error. Contact the API owner.";

void addMember(std::string& json, std::string_view name, std::string_view value, Arena& arena) {
  json.append(json.ends_with('{') ? "" : ",").append("\"").append(name).append("\":");
  json.append(expression::toJson(expression::makeString(value, arena), arena));
}

}  // namespace

bool ValidationReport::add(ValidationError error, ValidationAction action) {
  if (action == ValidationAction::Ignore) return true;
  exchange_.trace(policy_, exchange_.arena().copy(error.details));
  entries_.push_back({std::move(error), action});
  prevented_ = prevented_ || action == ValidationAction::Prevent;
  return !prevented_;
}

bool ValidationReport::addNoSchema(std::string_view details, ValidationAction action) {
  return add({{}, "ApiSchema", {}, std::string(details), {}}, action);
}

Verdict ValidationReport::finish() {
  if (entries_.empty()) return Verdict::Next;
  Arena& arena = exchange_.arena();
  if (!variable_.empty()) {
    std::string json = "[";
    for (const auto& [error, action] : entries_) {
      json += json.size() > 1 ? ",{" : "{";
      addMember(json, "Name", error.name, arena);
      addMember(json, "Type", error.type, arena);
      addMember(json, "ValidationRule", error.rule, arena);
      addMember(json, "Details", error.details, arena);
      addMember(json, "Action", kValidationActions[static_cast<size_t>(action)], arena);
      json += '}';
    }
    json += ']';
    if (const auto value = expression::makeJson(arena.copy(json), arena)) exchange_.setVariable(variable_, *value);
  }
  if (!prevented_) return Verdict::Next;
  // The first of the set that prevented: what was only detected before it is no reason.
  const auto* first = &entries_.front();
  while (first->action != ValidationAction::Prevent) ++first;
  const ValidationError& error = first->error;
  const bool request = side_ == Target::Request;
  const std::string_view client = request && !error.client.empty() ? std::string_view(error.client) : kInternalError;
  return request ? exchange_.fail(400, "Bad request", error.details, client)
                 : exchange_.fail(502, "Response not allowed", error.details, client);
}

NamedActions::NamedActions(const ElementReader& reader, std::string_view child) {
  for (const auto* each : reader.children(child))
    actions_.emplace_back(each->literal("name"), ActionOperand(*each, "action"));
}

const ActionOperand* NamedActions::find(std::string_view name) const {
  for (const auto& [known, action] : actions_)
    if (equalsIgnoreCase(known, name)) return &action;
  return nullptr;
}

}  // namespace sluice::policy
