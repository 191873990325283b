#include "policies/set_query_parameter/set_query_parameter.h"

#include <memory_resource>
#include <string>
#include <vector>

#include "policy/message_edit.h"
#include "policy/query.h"

namespace sluice::policies {
namespace {

using namespace policy;

class SetQueryParameter final : public Step {
 public:
  explicit SetQueryParameter(const ElementReader& reader)
      : name_(reader.text("name")), action_(reader.choice("exists-action")), target_(reader.target()) {
    for (const auto* value : reader.children("value")) values_.push_back(value->content());
  }

  Verdict run(Exchange& exchange) const override {
    const auto name = name_.evaluate(exchange);
    if (!name) return Verdict::Fail;
    const auto chosen = action_.evaluate(exchange);
    if (!chosen) return Verdict::Fail;
    const auto action = static_cast<ExistsAction>(*chosen);
    Url& url = target_ == Target::Outgoing ? exchange.outgoing->url : exchange.request.url;
    if (action == ExistsAction::Skip && queryValue(url.query, *name, exchange.arena())) return Verdict::Next;
    std::pmr::string added(&exchange.arena());
    if (action != ExistsAction::Delete && !write(exchange, *name, added)) return Verdict::Fail;
    url.query = exchange.arena().copy(rebuilt(url.query, *name, action, added, exchange.arena()));
    return Verdict::Next;
  }

 private:
  // All values as `name=value&name=value`. False: an expression failed.
  bool write(Exchange& exchange, std::string_view name, std::pmr::string& out) const {
    const std::string_view escaped = escape(name, Escape::Component, exchange.arena());
    for (const auto& operand : values_) {
      const auto value = operand.evaluateNullable(exchange);
      if (!value) return false;
      if (value->null) continue;
      if (!out.empty()) out += '&';
      out.append(escaped).append("=").append(escape(value->text, Escape::Component, exchange.arena()));
    }
    return true;
  }

  // Override puts the new values where the first old one was.
  static std::pmr::string rebuilt(std::string_view query, std::string_view name, ExistsAction action,
                                  std::string_view added, Arena& arena) {
    std::pmr::string out(&arena);
    out.reserve(query.size() + added.size() + 1);
    const auto append = [&out](std::string_view part) {
      if (part.empty()) return;
      if (!out.empty()) out += '&';
      out += part;
    };
    bool placed = false;
    for (const std::string_view part : QueryParts(query)) {
      if (action == ExistsAction::Append || !queryPartIs(part, name)) {
        append(part);
      } else if (!placed) {
        append(added);
        placed = true;
      }
    }
    if (!placed) append(added);
    return out;
  }

  TextOperand name_;
  ChoiceOperand action_;
  std::vector<TextOperand> values_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const ChoiceOperand action = reader.choice("exists-action");
  const bool deletes = !action.isExpression() && static_cast<ExistsAction>(action.literal()) == ExistsAction::Delete;
  if (!deletes && reader.children("value").empty())
    reader.error("<set-query-parameter> needs an element <value> in it", "Only exists-action=\"delete\" goes without.");
  reader.touches(changeOf(reader.target()));
  return std::make_shared<SetQueryParameter>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "name", .need = Need::Required, .sentence = "The parameter's name, not percent-encoded."},
    {.name = "exists-action",
     .type = ValueType::Choice,
     .sentence = "What to do when the parameter exists already.",
     .fallback = "override",
     .choices = kExistsActions},
};
constexpr ElementSpec kChildren[] = {
    {.name = "value",
     .sentence = "A value, not percent-encoded; null leaves it out. Several repeat the parameter.",
     .content = Content::Text},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "set-query-parameter",
                .sentence = "Sets, appends to or deletes a query parameter of the request.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound | kBackend,
    .posture = "Names and values are percent-encoded, so that a caller's text cannot add parameters.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& setQueryParameterDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
