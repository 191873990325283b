#include "policies/xsl_transform/xsl_transform.h"

#include <fmt/format.h>

#include <vector>

#include "policies/xsl_transform/stylesheet.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

struct Parameter {
  std::string name;
  TextOperand value;
};

class XslTransform final : public Step {
 public:
  XslTransform(std::shared_ptr<const Stylesheet> stylesheet, std::vector<Parameter> parameters, Target target)
      : stylesheet_(std::move(stylesheet)), parameters_(std::move(parameters)), target_(target) {}

  Verdict run(Exchange& exchange) const override {
    Stylesheet::Parameters parameters;
    for (const auto& parameter : parameters_) {
      const auto value = parameter.value.evaluate(exchange);
      if (!value) return Verdict::Fail;
      parameters.emplace_back(parameter.name, *value);
    }
    const MessageBody& body = target_ == Target::Request ? exchange.request.body : exchange.response.body;
    if (!mayChange(exchange, target_)) return Verdict::Next;
    const auto limit = exchange.configuration == nullptr
                           ? size_t{64} << 20
                           : size_t{exchange.configuration->settings.limits.buffered_response};
    const Result<std::string> result = stylesheet_->transform(body.content(), parameters, limit);
    if (!result)
      return exchange.fail(500, "TransformationFailed",
                           fmt::format("The body cannot be transformed: {}.", result.error().message));
    replaceBody(exchange, target_, exchange.arena().copy(*result));
    return Verdict::Next;
  }

 private:
  std::shared_ptr<const Stylesheet> stylesheet_;
  std::vector<Parameter> parameters_;
  Target target_;
};

// The element as the author wrote it, tags included.
std::string sourceOf(const ElementReader& reader) {
  const Element& element = reader.element();
  const std::string_view document = reader.placement().document.source().expanded.text;
  std::string text(document.substr(element.offset, element.inner_offset - element.offset));
  return text.append(element.inner).append("</").append(element.name).append(">");
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  const ElementReader* sheet = nullptr;
  std::vector<Parameter> parameters;
  for (const auto& child : reader.children()) {
    if (child.element().name != "parameter") {
      if (sheet != nullptr) reader.errorIn(child.element(), "a second stylesheet", "Remove one.");
      sheet = &child;
      continue;
    }
    // The page's statement says parameter-name, its sample name (reference 2.7).
    const std::string name = child.literal(child.has("name") ? "name" : "parameter-name");
    if (name.empty()) reader.errorIn(child.element(), "this parameter has no name", "Give the attribute `name`.");
    parameters.push_back({name, child.content()});
  }
  if (sheet == nullptr) {
    reader.error("<xsl-transform> needs a stylesheet in it", "Write <xsl:stylesheet version=\"1.0\" ...>.");
    return nullptr;
  }
  auto stylesheet = Stylesheet::compile(sourceOf(*sheet));
  if (!stylesheet) {
    reader.errorIn(sheet->element(), fmt::format("the stylesheet cannot be used: {}", stylesheet.error().message),
                   "It is XSLT 1.0, whole in itself: its namespaces are declared on <xsl:stylesheet>, and it imports "
                   "nothing.");
    return nullptr;
  }
  reader.touches(changeOf(reader.target()));
  reader.touches(reader.target() == Target::Request ? kReadsRequestBody : kReadsResponseBody);
  return std::make_shared<XslTransform>(std::move(*stylesheet), std::move(parameters), reader.target());
}

constexpr AttributeSpec kParameterAttributes[] = {
    {.name = "name", .form = Form::Literal, .sentence = "The parameter's name in the stylesheet."},
    {.name = "parameter-name", .form = Form::Literal, .sentence = "The same, as API Management's page also has it."},
};
constexpr AttributeSpec kSheetAttributes[] = {
    {.name = "version", .form = Form::Literal, .sentence = "1.0."},
    {.name = "exclude-result-prefixes", .form = Form::Literal, .sentence = "As XSLT has it."},
    {.name = "extension-element-prefixes", .form = Form::Literal, .sentence = "As XSLT has it."},
    {.name = "xml:space", .form = Form::Literal, .sentence = "As XML has it."},
};
constexpr ElementSpec kChildren[] = {
    {.name = "parameter",
     .sentence = "A text that the stylesheet gets as a parameter.",
     .attributes = kParameterAttributes,
     .content = Content::Text},
    {.name = "xsl:stylesheet",
     .sentence = "The stylesheet.",
     .attributes = kSheetAttributes,
     .content = Content::Verbatim,
     .text_form = Form::Literal,
     .most = 1},
    {.name = "xsl:transform",
     .sentence = "The same by its other name.",
     .attributes = kSheetAttributes,
     .content = Content::Verbatim,
     .text_form = Form::Literal,
     .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "xsl-transform",
                .sentence = "Transforms an XML body by an XSLT 1.0 stylesheet.",
                .children = kChildren},
    .sections = kInbound | kOutbound,
    .scopes = kAllScopes,
    .status = "Run by libxslt: Microsoft's extensions (msxsl:script and the like) are not known.",
    .posture = "A stylesheet reaches no file and no network; its work is bounded.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& xslTransformDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
