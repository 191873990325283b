#include "policies/xml_to_json/xml_to_json.h"

#include <fmt/format.h>

#include "policies/xml_to_json/json_text.h"
#include "policy/media_type.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

enum class Apply : uint8_t { Always, ContentTypeXml };
constexpr std::string_view kApply[] = {"always", "content-type-xml"};
constexpr std::string_view kKinds[] = {"javascript-friendly", "direct"};

class XmlToJson final : public Step {
 public:
  explicit XmlToJson(const ElementReader& reader)
      : kind_(reader.choice("kind")),
        apply_(reader.choice("apply")),
        by_accept_(reader.boolean("consider-accept-header")),
        always_arrays_(reader.boolean("always-array-child-elements")),
        target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    const auto kind = kind_.evaluate(exchange);
    const auto apply = kind ? apply_.evaluate(exchange) : std::nullopt;
    const auto by_accept = apply ? by_accept_.evaluate(exchange) : std::nullopt;
    const auto always = by_accept ? always_arrays_.evaluate(exchange) : std::nullopt;
    if (!always) return Verdict::Fail;
    if (*by_accept && !asksFor(exchange.request.headers, Notation::Json)) return Verdict::Next;
    if (static_cast<Apply>(*apply) == Apply::ContentTypeXml &&
        !hasNotation(headersOf(exchange, target_), Notation::Xml))
      return Verdict::Next;
    const MessageBody& body = target_ == Target::Request ? exchange.request.body : exchange.response.body;
    if (body.content().empty() || !mayChange(exchange, target_)) return Verdict::Next;
    const auto limit = exchange.configuration == nullptr
                           ? size_t{64} << 20
                           : size_t{exchange.configuration->settings.limits.buffered_response};
    const JsonText json = toJson(body.content(), static_cast<JsonKind>(*kind),
                                 *always ? ChildArrays::Always : ChildArrays::WhereSeveral, limit);
    if (!json.error.empty())
      return exchange.fail(500, "ConversionFailed",
                           fmt::format("The body cannot be converted to JSON: {}.", json.error));
    replaceBody(exchange, target_, exchange.arena().copy(json.text));
    headersOf(exchange, target_).set("Content-Type", "application/json");
    return Verdict::Next;
  }

 private:
  ChoiceOperand kind_, apply_;
  BoolOperand by_accept_, always_arrays_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(changeOf(reader.target()));
  reader.touches(reader.target() == Target::Request ? kReadsRequestBody : kReadsResponseBody);
  return std::make_shared<XmlToJson>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "kind",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "`direct` keeps attributes and text apart by marks; `javascript-friendly` has plain names.",
     .choices = kKinds},
    {.name = "apply",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "`always`, or only where the body's Content-Type is XML.",
     .choices = kApply},
    {.name = "consider-accept-header",
     .type = ValueType::Bool,
     .sentence = "Whether the request's Accept header has to name JSON.",
     .fallback = "true"},
    {.name = "always-array-child-elements",
     .type = ValueType::Bool,
     .sentence = "Whether an element that stands alone is an array of one.",
     .fallback = "false"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "xml-to-json", .sentence = "Converts an XML body to JSON.", .attributes = kAttributes},
    .sections = kInbound | kOutbound | kOnError,
    .status =
        "What API Management writes for texts beside elements, empty elements, and of `javascript-friendly` is not "
        "published; comments are left out.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& xmlToJsonDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
