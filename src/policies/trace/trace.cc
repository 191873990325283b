#include "policies/trace/trace.h"

#include <string>
#include <vector>

#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Its own element, or, as in older documents, the policy's text.
TextOperand messageOf(const ElementReader& reader) {
  const ElementReader* message = reader.child("message");
  return message != nullptr ? message->content() : reader.content();
}

class Trace final : public Step {
 public:
  explicit Trace(const ElementReader& reader) : source_(reader.literal("source")), message_(messageOf(reader)) {
    for (const auto* metadata : reader.children("metadata"))
      metadata_.push_back({metadata->literal("name"), metadata->text("value")});
  }

  // Evaluated whether or not anybody listens: an expression that fails, fails in production and in a trace alike.
  Verdict run(Exchange& exchange) const override {
    const auto message = message_.evaluate(exchange);
    if (!message) return Verdict::Fail;
    std::pmr::string line(&exchange.arena());
    for (const auto& [name, operand] : metadata_) {
      const auto value = operand.evaluate(exchange);
      if (!value) return Verdict::Fail;
      if (exchange.tracing()) line.append(line.empty() ? " {" : ", ").append(name).append(": ").append(*value);
    }
    if (!exchange.tracing()) return Verdict::Next;
    if (!line.empty()) line += '}';
    line.insert(0, *message);
    exchange.trace(source_, line);
    return Verdict::Next;
  }

 private:
  struct Metadata {
    std::string name;
    TextOperand value;
  };
  std::string source_;
  TextOperand message_;
  std::vector<Metadata> metadata_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.hasContent() == (reader.child("message") != nullptr))
    reader.error("<trace> needs its message, once", "Write it as <message>...</message>.");
  return std::make_shared<Trace>(reader);
}

constexpr std::string_view kSeverities[] = {"verbose", "information", "error"};
constexpr AttributeSpec kAttributes[] = {
    {.name = "source", .need = Need::Required, .form = Form::Literal, .sentence = "Who says it."},
    {.name = "severity",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "How important it is.",
     .fallback = "verbose",
     .choices = kSeverities},
};
constexpr AttributeSpec kMetadataAttributes[] = {
    {.name = "name", .need = Need::Required, .form = Form::Literal, .sentence = "The property's name."},
    {.name = "value", .need = Need::Required, .sentence = "The property's value."},
};
constexpr ElementSpec kChildren[] = {
    {.name = "message", .sentence = "What is said.", .content = Content::Text, .most = 1},
    {.name = "metadata", .sentence = "A property beside the message.", .attributes = kMetadataAttributes},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "trace",
                .sentence = "Writes a line to the trace of this exchange.",
                .attributes = kAttributes,
                .content = Content::Text,
                .children = kChildren},
    .status = "Written to the exchange's own trace; not sent to Application Insights.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& traceDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
