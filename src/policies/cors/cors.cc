#include "policies/cors/cors.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/exchange.h"
#include "policy/preflight.h"
#include "policy/url.h"

namespace sluice::policies {
namespace {

using namespace policy;

// Scheme, host and port, with the scheme's default port filled in, so that both spellings of an origin are equal but
// for case. Views into `origin` or the arena.
std::string_view normalised(std::string_view origin, Arena& arena) {
  const Url url = splitUrl(origin);
  if (url.host.empty()) return origin;
  const fmt::format_int port(url.port);
  return arena.join({url.scheme, "://", url.host, ":", std::string_view(port.data(), port.size())});
}

// Texts, or "*" for any.
struct AllowList {
  bool any = false;
  std::vector<std::string> texts;

  void add(std::string_view text) {
    if (text == "*") any = true;
    texts.emplace_back(text);
  }
  bool has(std::string_view text) const {
    return any || std::any_of(texts.begin(), texts.end(), [&](const auto& own) { return equalsIgnoreCase(own, text); });
  }
  std::string joined() const { return fmt::format("{}", fmt::join(texts, ",")); }
};

AllowList listOf(const ElementReader& reader, std::string_view list, std::string_view item) {
  AllowList found;
  if (const ElementReader* parent = reader.child(list))
    for (const auto* child : parent->children(item)) found.add(child->content().literal());
  return found;
}

class Cors final : public Step {
 public:
  explicit Cors(const ElementReader& reader)
      : credentials_(reader.boolean("allow-credentials")),
        terminates_(reader.boolean("terminate-unmatched-request")),
        methods_(listOf(reader, "allowed-methods", "method")),
        headers_(listOf(reader, "allowed-headers", "header")),
        exposed_(listOf(reader, "expose-headers", "header").joined()) {
    Arena arena;
    for (const auto* origin : reader.child("allowed-origins")->children("origin")) {
      const std::string text(origin->content().literal());
      origins_.add(text == "*" ? std::string_view(text) : normalised(text, arena));
    }
    if (const ElementReader* methods = reader.child("allowed-methods"))
      max_age_ = methods->integer("preflight-result-max-age");
    if (methods_.texts.empty()) methods_.texts = {"GET", "POST"};
  }

  Verdict run(Exchange& exchange) const override {
    const auto origin = exchange.request.headers.find("Origin");
    if (!origin) return Verdict::Next;
    const bool allowed = origins_.any || origins_.has(normalised(*origin, exchange.arena()));
    const bool preflight = isPreflight(exchange);
    if (!allowed || (preflight && !allowsRequested(exchange))) return unmatched(exchange, preflight);
    return preflight ? answerPreflight(exchange, *origin) : allow(exchange, *origin);
  }

 private:
  bool allowsRequested(const Exchange& exchange) const {
    const http::Headers& headers = exchange.request.headers;
    if (!methods_.has(headers.find("Access-Control-Request-Method").value_or(""))) return false;
    std::string_view rest = headers.find("Access-Control-Request-Headers").value_or("");
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view name = trimXmlSpace(rest.substr(0, comma));
      if (!name.empty() && !headers_.has(name)) return false;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return true;
  }

  Verdict unmatched(Exchange& exchange, bool preflight) const {
    const bool simple = exchange.request.method == "GET" || exchange.request.method == "HEAD";
    if (!preflight && !simple) return Verdict::Next;
    const auto terminates = terminates_.evaluate(exchange);
    if (!terminates) return Verdict::Fail;
    if (!*terminates) return Verdict::Next;
    exchange.newResponse(200, http::reasonPhrase(200));
    return Verdict::Respond;
  }

  // What the browser must be told for the answer to be read there. On whichever answer is sent, errors among them.
  Verdict allow(Exchange& exchange, std::string_view origin) const {
    const auto credentials = credentials_.evaluate(exchange);
    if (!credentials) return Verdict::Fail;
    http::Headers& headers = exchange.answer_headers;
    // Browsers refuse `*` together with credentials.
    const bool anybody = origins_.any && !*credentials;
    headers.set("Access-Control-Allow-Origin", anybody ? std::string_view("*") : origin);
    if (!anybody) headers.set("Vary", "Origin");
    if (*credentials) headers.set("Access-Control-Allow-Credentials", "true");
    if (!exposed_.empty()) headers.set("Access-Control-Expose-Headers", exposed_);
    return Verdict::Next;
  }

  Verdict answerPreflight(Exchange& exchange, std::string_view origin) const {
    if (allow(exchange, origin) == Verdict::Fail) return Verdict::Fail;
    const http::Headers& asked = exchange.request.headers;
    http::Headers& headers = exchange.answer_headers;
    headers.remove("Access-Control-Expose-Headers");
    headers.set("Access-Control-Allow-Methods", asked.find("Access-Control-Request-Method").value_or(""));
    if (const auto names = asked.find("Access-Control-Request-Headers"))
      headers.set("Access-Control-Allow-Headers", *names);
    if (!max_age_.absent()) {
      const auto seconds = max_age_.evaluate(exchange);
      if (!seconds) return Verdict::Fail;
      if (*seconds > 0) headers.set("Access-Control-Max-Age", exchange.arena().copy(fmt::format_int(*seconds).str()));
    }
    exchange.newResponse(200, http::reasonPhrase(200));
    return Verdict::Respond;
  }

  BoolOperand credentials_, terminates_;
  AllowList origins_, methods_, headers_;
  std::string exposed_;
  IntegerOperand max_age_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  for (const auto* origin : reader.child("allowed-origins")->children("origin")) {
    const std::string text(origin->content().literal());
    const Url url = splitUrl(text);
    const bool plain = !url.host.empty() && (url.path.empty() || url.path == "/") && url.query.empty();
    if (text != "*" && text != "null" && !plain)
      reader.errorIn(origin->element(), fmt::format("`{}` is not an origin", text),
                     "Write scheme and host as in https://app.example, or *.");
  }
  reader.touches(kChangesResponse);
  return std::make_shared<Cors>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "allow-credentials",
     .type = ValueType::Bool,
     .sentence = "Lets the browser send cookies and the like.",
     .fallback = "false"},
    {.name = "terminate-unmatched-request",
     .type = ValueType::Bool,
     .sentence = "Answers a GET, HEAD or preflight of another origin at once with an empty 200.",
     .fallback = "true"},
};
constexpr AttributeSpec kMethodsAttributes[] = {
    {.name = "preflight-result-max-age",
     .type = ValueType::Integer,
     .sentence = "How long a browser may remember a preflight's answer, in seconds.",
     .fallback = "0",
     .least = 0,
     .most = 86'400 * 365},
};
constexpr ElementSpec kOrigin[] = {
    {.name = "origin",
     .sentence = "An origin, scheme://host or scheme://host:port, or *.",
     .content = Content::Text,
     .text_form = Form::Literal,
     .least = 1},
};
constexpr ElementSpec kMethod[] = {
    {.name = "method", .sentence = "A method, or *.", .content = Content::Text, .text_form = Form::Literal, .least = 1},
};
constexpr ElementSpec kHeader[] = {
    {.name = "header",
     .sentence = "A header's name, or *.",
     .content = Content::Text,
     .text_form = Form::Literal,
     .least = 1},
};
constexpr ElementSpec kChildren[] = {
    {.name = "allowed-origins",
     .sentence = "Whose pages may read answers.",
     .children = kOrigin,
     .least = 1,
     .most = 1},
    {.name = "allowed-methods",
     .sentence = "The methods that they may use; GET and POST without it.",
     .attributes = kMethodsAttributes,
     .children = kMethod,
     .most = 1},
    {.name = "allowed-headers", .sentence = "The headers that they may send.", .children = kHeader, .most = 1},
    {.name = "expose-headers",
     .sentence = "The headers of answers that they may read.",
     .children = kHeader,
     .most = 1},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "cors",
                .sentence = "Lets pages of other origins call this API from a browser.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .repetition = Repetition::OncePerSection,
    .status = "Origins, methods and headers are literals.",
    .posture = "CORS protects users' browsers, not the API: other clients send what Origin they like.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& corsDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
