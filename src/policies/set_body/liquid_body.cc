#include "policies/set_body/liquid_body.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "policy/exchange_context.h"
#include "policy/media_type.h"
#include "policy/message_edit.h"
#include "policy/query.h"
#include "policy/url.h"

namespace sluice::policies {
namespace {

using namespace policy;
using expression::JContainer;
using expression::JToken;
using expression::JType;

// Builds the `context` object as a JSON tree.
class ContextTree {
 public:
  ContextTree(liquid::Values& values, Exchange& exchange) : values_(values), exchange_(exchange) {}

  liquid::Value build() {
    JContainer* context = object();
    add(context, "Request", request());
    if (exchange_.response.present) add(context, "Response", response());
    add(context, "Variables", variables());
    return expression::Value::object(context);
  }

 private:
  Arena& arena() { return values_.arena(); }
  JContainer* object() { return expression::newJObject(arena()); }
  JToken* text(std::string_view utf8) {
    return expression::newJValue(arena(), expression::fromUtf8(arena(), utf8), JType::String);
  }
  JToken* number(int64_t value) {
    return expression::newJValue(arena(), expression::Value::int64(value), JType::Integer);
  }
  void add(JContainer* to, std::string_view name, JToken* value) {
    const expression::Value key = expression::normalName(arena(), expression::fromUtf8(arena(), name));
    expression::appendRaw(arena(), to, expression::newJProperty(arena(), key, value));
    expression::noteAppended(to);
  }

  JToken* request() {
    const RequestMessage& request = exchange_.request;
    JContainer* made = object();
    add(made, "Url", url(request.url, splitUrl(exchange_.backend.base_url)));
    add(made, "OriginalUrl", url(request.original, {}));
    add(made, "Method", text(request.method));
    add(made, "OriginalMethod", text(request.original_method));
    add(made, "IpAddress", text(request.client_address));
    JContainer* matched = object();
    for (const auto& parameter : request.matched) add(matched, parameter.name, text(parameter.value));
    add(made, "MatchedParameters", matched);
    add(made, "HasBody",
        expression::newJValue(arena(), expression::Value::boolean(request.body.present()), JType::Boolean));
    add(made, "ClientCertificates", expression::newJArray(arena()));
    add(made, "Headers", headers(request.headers));
    return made;
  }

  JToken* response() {
    JContainer* made = object();
    add(made, "StatusCode", number(exchange_.response.status));
    add(made, "Method", text(exchange_.request.method));
    add(made, "Headers", headers(exchange_.response.headers));
    return made;
  }

  // Several values of one name are joined, as Headers.GetValueOrDefault does.
  JToken* headers(const http::Headers& headers) {
    const HeaderMap map(headers);
    JContainer* made = object();
    for (size_t i = 0; i < map.size(); ++i) add(made, map.nameAt(i), text(joined(map.valuesAt(i, arena()))));
    return made;
  }
  std::string_view joined(std::span<const std::string_view> parts) {
    if (parts.size() == 1) return parts[0];
    return arena().copy(fmt::format("{}", fmt::join(parts, ",")));
  }

  // With the origin of the base URL, if there is one, as in expressions (ExchangeContext::url).
  JToken* url(const Url& url, const Url& base) {
    const Url& origin = base.host.empty() ? url : base;
    const std::string_view before = base.path.substr(0, base.path.find_last_not_of('/') + 1);
    JContainer* made = object();
    add(made, "Scheme", text(origin.scheme));
    add(made, "Host", text(origin.host));
    add(made, "Port", number(origin.port));
    add(made, "Path", text(url.path));
    add(made, "Query", query(url.query));
    const std::string question = url.query.empty() ? std::string() : "?" + std::string(url.query);
    add(made, "QueryString", text(arena().copy(question)));
    const bool usual = origin.port == (origin.scheme == "https" ? 443 : 80);
    const auto whole =
        arena().copy(fmt::format("{}://{}{}{}{}{}", origin.scheme, origin.host,
                                 usual ? std::string() : fmt::format(":{}", origin.port), before, url.path, question));
    for (const auto* name : {"ToUri", "ToString", "#text"}) add(made, name, text(whole));
    return made;
  }

  JToken* query(std::string_view query) {
    JContainer* made = object();
    for (const std::string_view part : QueryParts(query)) {
      const std::string name = percentDecode(part.substr(0, part.find('=')), true);
      const expression::Value key = expression::fromStd(arena(), name);
      if (findPropertyIgnoreCase(values_.eval(), made, key) != nullptr) continue;
      add(made, arena().copy(name), text(queryValue(query, name, arena()).value_or("")));
    }
    return made;
  }

  JToken* variables() {
    JContainer* made = object();
    const expression::Variables& all = exchange_.context().variables();
    for (size_t i = 0; i < all.size(); ++i) {
      const expression::Value value = all.valueAt(i);
      JToken* token = nullptr;
      if (expression::isToken(value)) {
        token = expression::copyToken(arena(), expression::token(value));
      } else if (const JType type = expression::jtypeOf(value); type != JType::None) {
        token = expression::newJValue(arena(), value, type);
      } else {
        continue;  // an IResponse and the like: nothing that a template could show
      }
      add(made, all.nameAt(i), token);
    }
    return made;
  }

  liquid::Values& values_;
  Exchange& exchange_;
};

}  // namespace

liquid::Value LiquidGlobals::find(liquid::Values& values, std::string_view name) {
  if (name == "body") return body(values);
  if (name != "context") return {};
  if (!context_) context_ = ContextTree(values, exchange_).build();
  return *context_;
}

liquid::Value LiquidGlobals::body(liquid::Values& values) {
  if (!body_) body_ = parsedBody(values);
  return *body_;
}

// return-response's templates get nothing (reference 2.7): the answer that they make has no body yet.
liquid::Value LiquidGlobals::parsedBody(liquid::Values& values) {
  const MessageBody* from = nullptr;
  switch (target_) {
    case Target::Request:
      from = &exchange_.request.body;
      break;
    case Target::Response:
      from = &exchange_.response.body;
      break;
    case Target::Staged:
      from = &exchange_.staged->body;
      break;
    case Target::Outgoing:
      from = &exchange_.outgoing->body;
      break;
  }
  const std::string_view content = from->content();
  const size_t first = content.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos) return {};
  const http::Headers& headers = headersOf(exchange_, target_);
  const bool is_xml =
      hasNotation(headers, Notation::Xml) || (!hasNotation(headers, Notation::Json) && content[first] == '<');
  if (is_xml) {
    std::string error;
    JToken* xml = liquid::parseXmlBody(values.eval(), content, options_.nil, error);
    if (xml == nullptr) error_ = "the body is not XML: " + error;
    return xml == nullptr ? liquid::Value() : values.token(xml);
  }
  const auto text = expression::fromUtf8(values.arena(), content);
  const JToken* json = expression::parseJson(values.eval(), text, expression::Expect::Any, options_.dates);
  if (json == nullptr) {
    error_ = "the body is not JSON";
    return {};
  }
  return values.token(json);
}

}  // namespace sluice::policies
