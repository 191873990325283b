#include "policies/find_and_replace/find_and_replace.h"

#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

class FindAndReplace final : public Step {
 public:
  explicit FindAndReplace(const ElementReader& reader)
      : from_(reader.text("from")), to_(reader.text("to")), target_(reader.target()) {}

  Verdict run(Exchange& exchange) const override {
    const auto from = from_.evaluate(exchange);
    const auto to = from ? to_.evaluate(exchange) : std::nullopt;
    if (!to) return Verdict::Fail;
    if (from->empty()) return exchange.fail(500, "TextMissing", "There is nothing to find: `from` is empty.");
    const std::string_view body =
        target_ == Target::Request ? exchange.request.body.content() : exchange.response.body.content();
    if (body.find(*from) == std::string_view::npos || !mayChange(exchange, target_)) return Verdict::Next;
    std::pmr::string out(&exchange.arena());
    size_t at = 0;
    for (size_t found = body.find(*from); found != std::string_view::npos; found = body.find(*from, at)) {
      out.append(body.substr(at, found - at)).append(*to);
      at = found + from->size();
      if (exchange.arena().exhausted()) return exchange.fail(500, "TooLarge", "The body has become too large.");
    }
    out.append(body.substr(at));
    replaceBody(exchange, target_, exchange.arena().copy(out));
    return Verdict::Next;
  }

 private:
  TextOperand from_, to_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const TextOperand from = reader.text("from");
  if (!from.isExpression() && from.literal().empty())
    reader.errorAt("from", "there is nothing to find", "Write the text that is to be replaced.");
  reader.touches(changeOf(reader.target()));
  reader.touches(reader.target() == Target::Request ? kReadsRequestBody : kReadsResponseBody);
  return std::make_shared<FindAndReplace>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "from", .need = Need::Required, .sentence = "The text to find: exactly this, no pattern."},
    {.name = "to", .need = Need::Required, .sentence = "What stands in its place afterwards; may be empty."},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "find-and-replace",
                .sentence = "Replaces a text in the body, wherever it stands.",
                .attributes = kAttributes},
    .make = &make,
};

}  // namespace

const policy::Descriptor& findAndReplaceDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
