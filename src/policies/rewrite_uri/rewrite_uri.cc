#include "policies/rewrite_uri/rewrite_uri.h"

#include <optional>

#include "policies/rewrite_uri/url_template.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policies {
namespace {

using namespace policy;

class RewriteUri final : public Step {
 public:
  explicit RewriteUri(const ElementReader& reader)
      : template_(reader.text("template")), copy_unmatched_(reader.boolean("copy-unmatched-params")) {
    if (!template_.isExpression()) literal_.emplace(template_.literal());
  }

  Verdict run(Exchange& exchange) const override {
    const auto copy = copy_unmatched_.evaluate(exchange);
    if (!copy) return Verdict::Fail;
    if (literal_) {
      literal_->apply(exchange, *copy);
      return Verdict::Next;
    }
    const auto text = template_.evaluate(exchange);
    if (!text) return Verdict::Fail;
    UrlTemplate(*text).apply(exchange, *copy);
    return Verdict::Next;
  }

 private:
  TextOperand template_;
  std::optional<UrlTemplate> literal_;
  BoolOperand copy_unmatched_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const TextOperand text = reader.text("template");
  if (!text.isExpression() && text.literal().find("://") != std::string_view::npos)
    reader.errorAt("template", "a template is a path, not a whole URL",
                   "Set the host with <set-backend-service base-url=\"...\" />, and write the path here.");
  reader.touches(kChangesRequest);
  return std::make_shared<RewriteUri>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "template",
     .need = Need::Required,
     .sentence = "The path, perhaps with a query, that the backend gets; {name} stands for a matched parameter."},
    {.name = "copy-unmatched-params",
     .type = ValueType::Bool,
     .sentence = "Keeps query parameters that the operation's URL template does not name.",
     .fallback = "true"},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "rewrite-uri",
                .sentence = "Sets path and query of the request to the backend, relative to its base URL.",
                .attributes = kAttributes},
    .sections = kInbound,
    .status = "A query parameter that the template itself sets is not copied again.",
    .posture =
        "Matched values are percent-encoded, so that a caller's text cannot leave its place in the URL; `..` in "
        "them is passed on.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& rewriteUriDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
