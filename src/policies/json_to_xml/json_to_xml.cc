#include "policies/json_to_xml/json_to_xml.h"

#include <fmt/format.h>

#include "expression/json/token.h"
#include "policies/json_to_xml/xml_text.h"
#include "policy/media_type.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

enum class Apply : uint8_t { Always, ContentTypeJson };
constexpr std::string_view kApply[] = {"always", "content-type-json"};

class JsonToXml final : public Step {
 public:
  explicit JsonToXml(const ElementReader& reader)
      : apply_(reader.choice("apply")),
        by_accept_(reader.boolean("consider-accept-header")),
        separator_(reader.text("namespace-separator")),
        prefix_(reader.text("namespace-prefix")),
        block_(reader.text("attribute-block-name")),
        dates_(parseBool(reader.literal("parse-date")).value_or(true) ? expression::ReadDates::Dates
                                                                      : expression::ReadDates::Strings),
        target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    const auto apply = apply_.evaluate(exchange);
    const auto by_accept = apply ? by_accept_.evaluate(exchange) : std::nullopt;
    const auto separator = by_accept ? separator_.evaluate(exchange) : std::nullopt;
    if (!separator) return Verdict::Fail;
    XmlOptions options;
    options.namespace_separator = *separator;
    for (const auto& [operand, text] :
         {std::pair(&prefix_, &options.namespace_prefix), std::pair(&block_, &options.attribute_block_name)}) {
      if (operand->absent()) continue;
      const auto given = operand->evaluate(exchange);
      if (!given) return Verdict::Fail;
      *text = *given;
    }
    const http::Headers& headers = headersOf(exchange, target_);
    if (*by_accept && !asksFor(exchange.request.headers, Notation::Xml)) return Verdict::Next;
    if (static_cast<Apply>(*apply) == Apply::ContentTypeJson && !hasNotation(headers, Notation::Json))
      return Verdict::Next;
    return convert(exchange, options);
  }

 private:
  Verdict convert(Exchange& exchange, const XmlOptions& options) const {
    const MessageBody& body = target_ == Target::Request ? exchange.request.body : exchange.response.body;
    if (body.content().empty() || !mayChange(exchange, target_)) return Verdict::Next;
    expression::Eval eval(nullptr, exchange.arena(), {});
    const expression::Value text = expression::fromUtf8(exchange.arena(), body.content());
    const expression::JToken* json = expression::parseJson(eval, text, expression::Expect::Any, dates_);
    if (json == nullptr) return fails(exchange, "the body is not JSON");
    const auto limit = exchange.configuration == nullptr
                           ? size_t{64} << 20
                           : size_t{exchange.configuration->settings.limits.buffered_response};
    const XmlText xml = toXml(eval, expression::Value::object(json), options, limit);
    if (!xml.error.empty()) return fails(exchange, xml.error);
    replaceBody(exchange, target_, exchange.arena().copy(xml.text));
    headersOf(exchange, target_).set("Content-Type", "application/xml");
    return Verdict::Next;
  }

  static Verdict fails(Exchange& exchange, std::string_view why) {
    return exchange.fail(500, "ConversionFailed", fmt::format("The body cannot be converted to XML: {}.", why));
  }

  ChoiceOperand apply_;
  BoolOperand by_accept_;
  TextOperand separator_, prefix_, block_;
  expression::ReadDates dates_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  reader.touches(changeOf(reader.target()));
  reader.touches(reader.target() == Target::Request ? kReadsRequestBody : kReadsResponseBody);
  return std::make_shared<JsonToXml>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "apply",
     .type = ValueType::Choice,
     .need = Need::Required,
     .sentence = "`always`, or only where the body's Content-Type is JSON.",
     .choices = kApply},
    {.name = "consider-accept-header",
     .type = ValueType::Bool,
     .sentence = "Whether the request's Accept header has to name XML.",
     .fallback = "true"},
    {.name = "parse-date",
     .type = ValueType::Bool,
     .form = Form::Literal,
     .sentence = "Whether texts that are dates are written as .NET writes dates; else they are copied.",
     .fallback = "true"},
    {.name = "namespace-separator",
     .sentence = "What stands between a namespace's prefix and the name, in names of members.",
     .fallback = "_"},
    {.name = "namespace-prefix", .sentence = "Members whose name begins so declare namespaces, as xmlns does."},
    {.name = "attribute-block-name", .sentence = "The member whose members become attributes."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "json-to-xml", .sentence = "Converts a JSON body to XML.", .attributes = kAttributes},
    .sections = kInbound | kOutbound | kOnError,
    .status =
        "Items of an array at the top, and of arrays in arrays, are called Item: API Management does not publish "
        "its name for them.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& jsonToXmlDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
