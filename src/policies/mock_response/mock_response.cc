#include "policies/mock_response/mock_response.h"

#include <optional>
#include <string>

#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Parameters such as charset do not take part.
bool sameMediaType(std::string_view a, std::string_view b) {
  const auto bare = [](std::string_view type) {
    type = type.substr(0, type.find(';'));
    while (type.starts_with(' ')) type.remove_prefix(1);
    while (type.ends_with(' ')) type.remove_suffix(1);
    return type;
  };
  return equalsIgnoreCase(bare(a), bare(b));
}

struct Content {
  std::string_view type;
  std::string_view body;
};

class MockResponse final : public Step {
 public:
  explicit MockResponse(const ElementReader& reader)
      : status_(static_cast<int>(reader.integer("status-code").literal())),
        type_(reader.literal("content-type")),
        index_(reader.has("index") ? std::optional<size_t>(reader.integer("index").literal()) : std::nullopt) {}

  Verdict run(Exchange& exchange) const override {
    if (!mayChange(exchange, Target::Response)) return Verdict::Respond;
    exchange.newResponse(status_, http::reasonPhrase(status_));
    Content content;
    content.type = type_;
    if (exchange.operation != nullptr)
      if (const auto* description = describedBy(*exchange.operation)) content = contentOf(*description);
    if (!content.type.empty()) exchange.response.headers.add("Content-Type", content.type);
    if (!content.body.empty()) exchange.response.body.set(content.body);
    return Verdict::Respond;
  }

 private:
  // The answer for the status itself, for its hundred, or for all.
  const config::ResponseDescription* describedBy(const config::Operation& operation) const {
    for (const int status : {status_, status_ / 100, 0})
      for (const auto& response : operation.responses)
        if (response.status == status) return &response;
    return nullptr;
  }

  // An example of any type goes before a sample (highest fidelity); within each, the first type that fits.
  Content contentOf(const config::ResponseDescription& description) const {
    for (const bool samples : {false, true}) {
      for (const auto& representation : description.representations) {
        if (!type_.empty() && !sameMediaType(type_, representation.content_type)) continue;
        const std::string_view body = samples ? std::string_view(representation.sample) : exampleOf(representation);
        if (!body.empty())
          return {type_.empty() ? std::string_view(representation.content_type) : std::string_view(type_), body};
      }
    }
    return {type_, {}};
  }

  std::string_view exampleOf(const config::Representation& representation) const {
    const size_t index = index_.value_or(0);
    return index < representation.examples.size() ? std::string_view(representation.examples[index])
                                                  : std::string_view();
  }

  int status_;
  std::string type_;
  std::optional<size_t> index_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (!isHeaderValue(reader.literal("content-type")))
    reader.errorAt("content-type", "this cannot stand in a header", "Write a media type, as application/json.");
  reader.touches(kChangesResponse);
  return std::make_shared<MockResponse>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "status-code",
     .type = ValueType::Integer,
     .form = Form::Literal,
     .sentence = "The status of the answer; its example or schema is looked for.",
     .fallback = "200",
     .least = 200,
     .most = 599},
    {.name = "content-type",
     .form = Form::Literal,
     .sentence = "The media type of the answer; without it, the first that has an example or a schema."},
    {.name = "index",
     .type = ValueType::Integer,
     .form = Form::Literal,
     .sentence = "Which of several examples, counted from 0.",
     .least = 0,
     .most = 10'000},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "mock-response",
                .sentence = "Ends the pipeline and answers with an example of the operation's specification, with a "
                            "sample made from its schema, or with nothing.",
                .attributes = kAttributes},
    .sections = kInbound | kOutbound | kOnError,
    .status = "Samples are our own: API Management does not publish how it makes them.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& mockResponseDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
