#include "policies/cache_lookup/cache_lookup.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/encoding.h"
#include "policy/element_reader.h"
#include "policy/query.h"
#include "policy/response_cache.h"

namespace sluice::policies {
namespace {

using namespace policy;

constexpr std::string_view kCachingTypes[] = {"prefer-external", "external", "internal"};
constexpr std::string_view kDownstream[] = {"none", "private", "public"};

// "a;b; c": each name.
template <class Use>
void eachName(std::string_view list, Use use) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(';'), list.size());
    const std::string_view name = trimXmlSpace(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (!name.empty()) use(name);
  }
}

class CacheLookup final : public Step {
 public:
  explicit CacheLookup(const ElementReader& reader)
      : by_developer_(reader.boolean("vary-by-developer")),
        by_groups_(reader.boolean("vary-by-developer-groups")),
        downstream_(reader.choice("downstream-caching-type")),
        must_revalidate_(reader.boolean("must-revalidate")),
        allows_private_(reader.boolean("allow-private-response-caching")) {
    for (const auto* child : reader.children("vary-by-header")) headers_.push_back(child->content());
    for (const auto* child : reader.children("vary-by-query-parameter")) parameters_.push_back(child->content());
  }

  Verdict run(Exchange& exchange) const override {
    exchange.caching = {};
    const auto downstream = downstream_.evaluate(exchange);
    const auto must_revalidate = downstream ? must_revalidate_.evaluate(exchange) : std::nullopt;
    const auto allows_private = must_revalidate ? allows_private_.evaluate(exchange) : std::nullopt;
    if (!allows_private) return Verdict::Fail;
    // What may be kept (reference 2.6): nothing but GET, and nothing for one caller unless the author says so.
    const bool for_one = exchange.request.headers.has("Authorization") && !*allows_private;
    if (exchange.request.method != "GET" || for_one || exchange.request.headers.has("Range")) {
      exchange.trace("cache-lookup", "Not looked up: only GET without Authorization and Range is.");
      return Verdict::Next;
    }
    ResponseKey key;
    if (!addEverything(exchange, key)) return Verdict::Fail;
    exchange.caching.key = key.finish(exchange.arena());
    exchange.caching.downstream = static_cast<ResponseCaching::Downstream>(*downstream);
    exchange.caching.must_revalidate = *must_revalidate;
    const bool hit = takeKeptResponse(exchange);
    exchange.trace("cache-lookup", hit ? "Hit." : "Miss.");
    return hit ? Verdict::Respond : Verdict::Next;
  }

 private:
  bool addEverything(Exchange& exchange, ResponseKey& key) const {
    const Url& url = exchange.request.original;
    key.add(exchange.api == nullptr ? std::string_view() : exchange.api->name);
    key.add(exchange.api == nullptr ? std::string_view() : exchange.api->revision);
    key.add(url.scheme);
    key.add(url.host);
    key.add(url.path);
    return addCaller(exchange, key) && addParameters(exchange, key) && addHeaders(exchange, key);
  }

  bool addCaller(Exchange& exchange, ResponseKey& key) const {
    const auto by_developer = by_developer_.evaluate(exchange);
    const auto by_groups = by_developer ? by_groups_.evaluate(exchange) : std::nullopt;
    if (!by_groups) return false;
    if (exchange.subscription == nullptr) {
      key.add({});
      return true;
    }
    const config::Subscription& subscription = *exchange.subscription;
    // The developer is the account that owns the key; of a key without an owner, the subscription itself.
    const std::string_view developer = subscription.owner.empty() ? subscription.name : subscription.owner;
    key.add(*by_developer ? developer : std::string_view());
    if (*by_groups) addGroups(exchange, developer, key);
    return true;
  }

  // In whatever order they stand; of a user whom sluice.yaml does not know, who it is: better apart than together.
  static void addGroups(Exchange& exchange, std::string_view developer, ResponseKey& key) {
    const config::User* user = exchange.configuration->findUser(exchange.subscription->owner);
    if (user == nullptr) return key.add(developer);
    auto groups = user->groups;
    std::ranges::sort(groups);
    key.add(std::to_string(groups.size()));
    for (const auto& group : groups) key.add(group);
  }

  // Without names the whole query counts.
  bool addParameters(Exchange& exchange, ResponseKey& key) const {
    const std::string_view query = exchange.request.original.query;
    if (parameters_.empty()) {
      key.add(query);
      return true;
    }
    for (const auto& operand : parameters_) {
      const auto names = operand.evaluate(exchange);
      if (!names) return false;
      eachName(*names, [&](std::string_view name) {
        key.add(name);
        for (const std::string_view part : QueryParts(query))
          if (queryPartIs(part, name)) key.add(part);
      });
    }
    return true;
  }

  bool addHeaders(Exchange& exchange, ResponseKey& key) const {
    for (const auto& operand : headers_) {
      const auto names = operand.evaluate(exchange);
      if (!names) return false;
      eachName(*names, [&](std::string_view name) {
        key.add(name);
        for (const auto& header : exchange.request.headers)
          if (equalsIgnoreCase(header.name, name)) key.add(header.value);
        // Caches on the way have to tell them apart too.
        exchange.answer_headers.add("Vary", name);
      });
    }
    return true;
  }

  BoolOperand by_developer_, by_groups_;
  ChoiceOperand downstream_;
  BoolOperand must_revalidate_, allows_private_;
  std::vector<TextOperand> headers_, parameters_;
};

std::shared_ptr<const Step> make(ElementReader& reader) {
  if (reader.literal("caching-type") == "external")
    reader.errorAt("caching-type", "there is no external cache", "Write `prefer-external` or `internal`.");
  if (reader.placement().document.kind() == DocumentKind::Fragment)
    reader.error("<cache-lookup> is not allowed in a policy fragment", "Write it where the fragment is included.");
  reader.touches(kChangesResponse);
  return std::make_shared<CacheLookup>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "vary-by-developer",
     .type = ValueType::Bool,
     .need = Need::Required,
     .sentence = "Whether each developer, the owner of the subscription, has responses of their own."},
    {.name = "vary-by-developer-groups",
     .type = ValueType::Bool,
     .need = Need::Required,
     .sentence = "Whether responses are told apart by the groups of the developer."},
    {.name = "caching-type",
     .type = ValueType::Choice,
     .form = Form::Literal,
     .sentence = "Which cache; there is the gateway's own.",
     .fallback = "prefer-external",
     .choices = kCachingTypes},
    {.name = "downstream-caching-type",
     .type = ValueType::Choice,
     .sentence = "Who else may keep the answer: nobody, the client, or caches on the way too.",
     .fallback = "none",
     .choices = kDownstream},
    {.name = "must-revalidate",
     .type = ValueType::Bool,
     .sentence = "Where others may keep the answer: whether they have to ask again when it has become stale.",
     .fallback = "true"},
    {.name = "allow-private-response-caching",
     .type = ValueType::Bool,
     .sentence = "Whether answers to requests with an Authorization header are kept.",
     .fallback = "false"},
};
constexpr ElementSpec kChildren[] = {
    {.name = "vary-by-header",
     .sentence = "A header that responses depend on; several are separated by semicolons.",
     .content = Content::Text},
    {.name = "vary-by-query-parameter",
     .sentence =
         "A query parameter that responses depend on, or several, separated by semicolons; without any, on all.",
     .content = Content::Text},
};
constexpr Descriptor kDescriptor{
    .element = {.name = "cache-lookup",
                .sentence = "Answers a GET with a response that <cache-store> has kept, and ends the pipeline.",
                .attributes = kAttributes,
                .children = kChildren},
    .sections = kInbound,
    .repetition = Repetition::OncePerSection,
    .status =
        "The cache is the process's own. Users and their groups are those of sluice.yaml; owners who are not among "
        "them "
        "are told apart by who they are.",
    .posture = "With allow-private-response-caching, vary by what tells callers apart, or one gets another's answer.",
    .make = &make,
};

}  // namespace

const policy::Descriptor& cacheLookupDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
