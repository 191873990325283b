#include "policies/cross_domain/cross_domain.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Which file holds which root element, as the clients look for them.
struct File {
  std::string_view root, path, type;
};
constexpr File kFiles[] = {
    {"cross-domain-policy", "/crossdomain.xml", "text/x-cross-domain-policy"},
    {"access-policy", "/clientaccesspolicy.xml", "text/xml"},
};

class CrossDomain final : public Step {
 public:
  CrossDomain(const File& file, std::string_view content)
      : file_(file), text_(fmt::format("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{}", trimXmlSpace(content))) {}

  Verdict run(Exchange& exchange) const override {
    const bool reads = exchange.request.method == "GET" || exchange.request.method == "HEAD";
    if (!reads || exchange.request.original.path != file_.path) return Verdict::Next;
    exchange.newResponse(200, http::reasonPhrase(200));
    exchange.response.headers.add("Content-Type", file_.type);
    exchange.response.body.set(text_);
    return Verdict::Respond;
  }

 private:
  const File& file_;
  std::string text_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const auto& children = reader.element().children;
  for (const File& file : kFiles)
    if (children.size() == 1 && children.front().name == file.root)
      return std::make_shared<CrossDomain>(file, reader.content().literal());
  reader.error("<cross-domain> holds one <cross-domain-policy> or one <access-policy>",
               "Write the policy file's root element and what stands in it.");
  return nullptr;
}

constexpr Descriptor kDescriptor{
    .element = {.name = "cross-domain",
                .sentence = "Answers requests for /crossdomain.xml or /clientaccesspolicy.xml with what stands in it.",
                .content = Content::Verbatim,
                .text_form = Form::Literal},
    .sections = kInbound,
    .scopes = in(Scope::Global),
    .status = "It answers where no API takes the path.",
    .posture = "Only Flash and Silverlight clients read these files.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& crossDomainDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
