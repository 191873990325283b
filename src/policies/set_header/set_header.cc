#include "policies/set_header/set_header.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/encoding.h"
#include "policy/message_edit.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Several values of these are several lines; of all others one line, joined with commas (reference 2.7).
constexpr std::string_view kRepeated[] = {"User-Agent",
                                          "WWW-Authenticate",
                                          "Proxy-Authenticate",
                                          "Cookie",
                                          "Set-Cookie",
                                          "Warning",
                                          "Date",
                                          "Expires",
                                          "Last-Modified",
                                          "If-Modified-Since",
                                          "If-Unmodified-Since",
                                          "Retry-After"};
// The gateway's own: framing and connection belong to the codec.
constexpr std::string_view kProtected[] = {"Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding"};

template <size_t N>
bool isOneOf(std::string_view name, const std::string_view (&names)[N]) {
  return std::any_of(std::begin(names), std::end(names), [&](auto known) { return equalsIgnoreCase(name, known); });
}

// Each run of line breaks is one blank (RFC 9110 5.5); the text itself when there is none.
std::string_view inOneLine(std::string_view text, Arena& arena) {
  constexpr std::string_view kBreaks = "\r\n";
  if (text.find_first_of(kBreaks) == std::string_view::npos) return text;
  char* const line = static_cast<char*>(arena.allocateBytes(text.size(), 1));
  char* next = line;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_break = kBreaks.find(text[i]) != std::string_view::npos;
    if (is_break && i > 0 && kBreaks.find(text[i - 1]) != std::string_view::npos) continue;
    *next++ = is_break ? ' ' : text[i];
  }
  return {line, next};
}

class SetHeader final : public Step {
 public:
  explicit SetHeader(const ElementReader& reader)
      : name_(reader.text("name")), action_(reader.choice("exists-action")), target_(reader.target()) {
    for (const auto* value : reader.children("value")) values_.push_back(value->content());
  }

  Verdict run(Exchange& exchange) const override {
    if (!mayChange(exchange, target_)) return Verdict::Next;
    const auto name = name_.evaluate(exchange);
    if (!name) return Verdict::Fail;
    const auto action = action_.evaluate(exchange);
    if (!action) return Verdict::Fail;
    if (!isHeaderName(*name)) return exchange.fail(500, "HeaderNameInvalid", "The header's name is not valid.");
    if (isOneOf(*name, kProtected)) {
      exchange.trace("set-header", "Not done: this header belongs to the gateway.");
      return Verdict::Next;
    }
    return apply(exchange, *name, static_cast<ExistsAction>(*action));
  }

 private:
  Verdict apply(Exchange& exchange, std::string_view name, ExistsAction action) const {
    http::Headers& headers = headersOf(exchange, target_);
    if (action == ExistsAction::Delete) {
      if (!equalsIgnoreCase(name, "Server")) headers.remove(name);
      return Verdict::Next;
    }
    if (action == ExistsAction::Skip && headers.has(name)) return Verdict::Next;
    std::pmr::vector<std::string_view> values(&exchange.arena());
    if (action == ExistsAction::Append)
      for (const auto& header : headers)
        if (equalsIgnoreCase(header.name, name)) values.push_back(header.value);
    for (const auto& operand : values_) {
      const auto value = operand.evaluateNullable(exchange);
      if (!value) return Verdict::Fail;
      if (value->null) continue;
      auto text = trimXmlSpace(value->text);
      // Messages of errors have several lines, and authors put them into headers.
      if (exchange.section == Section::OnError) text = inOneLine(text, exchange.arena());
      if (!isHeaderValue(text))
        return exchange.fail(500, "HeaderValueInvalid", "The header's value has characters that no header may have.");
      values.push_back(text);
    }
    write(headers, name, values, exchange.arena());
    return Verdict::Next;
  }

  static void write(http::Headers& headers, std::string_view name, const std::pmr::vector<std::string_view>& values,
                    Arena& arena) {
    if (values.empty()) {
      headers.remove(name);
    } else if (values.size() == 1) {
      headers.set(name, values.front());
    } else if (isOneOf(name, kRepeated)) {
      headers.remove(name);
      for (const auto value : values) headers.add(name, value);
    } else {
      size_t size = values.size() - 1;
      for (const auto value : values) size += value.size();
      char* const text = static_cast<char*>(arena.allocateBytes(size, 1));
      char* next = text;
      for (const auto value : values) {
        if (next != text) *next++ = ',';
        next = std::copy(value.begin(), value.end(), next);
      }
      headers.set(name, {text, size});
    }
  }

  TextOperand name_;
  ChoiceOperand action_;
  std::vector<TextOperand> values_;
  Target target_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  const TextOperand name = reader.text("name");
  if (!name.isExpression() && !isHeaderName(name.literal()))
    reader.errorAt("name", "this is not a header's name", "Letters, digits and `-` make a header's name.");
  const ChoiceOperand action = reader.choice("exists-action");
  const bool deletes = !action.isExpression() && static_cast<ExistsAction>(action.literal()) == ExistsAction::Delete;
  if (!deletes && reader.children("value").empty())
    reader.error("<set-header> needs an element <value> in it", "Only exists-action=\"delete\" goes without.");
  reader.touches(changeOf(reader.target()));
  return std::make_shared<SetHeader>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "name", .need = Need::Required, .sentence = "The header's name."},
    {.name = "exists-action",
     .type = ValueType::Choice,
     .sentence = "What to do when the header exists already.",
     .fallback = "override",
     .choices = kExistsActions},
};
constexpr ElementSpec kChildren[] = {
    {.name = "value", .sentence = "A value of the header; null leaves it out.", .content = Content::Text},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "set-header",
                .sentence = "Sets, appends to or deletes a header: of the request in <inbound> and <backend>, of the "
                            "response in <outbound> and <on-error>.",
                .attributes = kAttributes,
                .children = kChildren},
    .posture = "Values are checked for line ends, so that a caller's text cannot add headers.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& setHeaderDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
