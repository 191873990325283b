// A Context over a fixture file.
#include <simdjson.h>

#include <charconv>
#include <vector>

#include "base/encoding.h"
#include "expression/cases.h"
#include "expression/date.h"
#include "expression/expression.h"

namespace sluice::expression {
namespace {

namespace dom = simdjson::dom;

std::string text(const dom::element& parent, std::string_view key) {
  std::string_view found;
  if (parent[key].get(found) != simdjson::SUCCESS) return {};
  return std::string(found);
}

bool flag(const dom::element& parent, std::string_view key) {
  bool found = false;
  return parent[key].get(found) == simdjson::SUCCESS && found;
}

bool isObject(const dom::element& parent, std::string_view key) {
  dom::object found;
  return parent[key].get(found) == simdjson::SUCCESS;
}

class OwnedMap final : public MultiMap {
 public:
  void add(std::string name, std::vector<std::string> values) {
    names_.push_back(std::move(name));
    values_.push_back(std::move(values));
    // Views only after the last change: the strings stay where they are, the vectors may not.
    views_.clear();
    for (const auto& list : values_) views_.emplace_back(list.begin(), list.end());
  }
  void put(std::string_view name, std::string value) {
    for (size_t i = 0; i < names_.size(); ++i)
      if (equalsIgnoreCase(names_[i], name)) {
        auto values = values_[i];
        values.push_back(std::move(value));
        values_[i] = std::move(values);
        views_[i] = {values_[i].begin(), values_[i].end()};
        return;
      }
    add(std::string(name), {std::move(value)});
  }
  size_t size() const override { return names_.size(); }
  std::string_view nameAt(size_t index) const override { return names_[index]; }
  std::span<const std::string_view> valuesAt(size_t index, Arena&) const override { return views_[index]; }
  std::optional<std::span<const std::string_view>> find(std::string_view name, Arena&) const override {
    for (size_t i = 0; i < names_.size(); ++i)
      if (equalsIgnoreCase(names_[i], name)) return views_[i];
    return std::nullopt;
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> values_;
  std::vector<std::vector<std::string_view>> views_;
};

struct OwnedUrl {
  std::string whole;
  UrlParts parts;
  OwnedMap query;

  void set(std::string url) {
    whole = std::move(url);
    std::string_view rest = whole;
    const size_t scheme = rest.find("://");
    if (scheme == std::string_view::npos) return;
    parts.scheme = rest.substr(0, scheme);
    rest = rest.substr(scheme + 3);
    const size_t host_end = std::min(rest.find_first_of("/?"), rest.size());
    std::string_view host = rest.substr(0, host_end);
    parts.port = parts.scheme == "https" ? 443 : 80;
    if (const size_t colon = host.find(':'); colon != std::string_view::npos) {
      std::from_chars(host.data() + colon + 1, host.data() + host.size(), parts.port);
      host = host.substr(0, colon);
    }
    parts.host = host;
    rest = rest.substr(host_end);
    const size_t mark = std::min(rest.find('?'), rest.size());
    parts.path = rest.substr(0, mark);
    parts.query_string = rest.substr(mark);
    std::string_view pairs = parts.query_string.empty() ? parts.query_string : parts.query_string.substr(1);
    while (!pairs.empty()) {
      const size_t amp = std::min(pairs.find('&'), pairs.size());
      const std::string_view pair = pairs.substr(0, amp);
      const size_t equal = std::min(pair.find('='), pair.size());
      query.put(percentDecode(pair.substr(0, equal), true),
                equal < pair.size() ? percentDecode(pair.substr(equal + 1), true) : std::string());
      pairs = amp < pairs.size() ? pairs.substr(amp + 1) : std::string_view{};
    }
    parts.query = &query;
  }
};

class OwnedBody final : public Body {
 public:
  explicit OwnedBody(std::string bytes) : bytes_(std::move(bytes)) {}
  State state() const override { return state_; }
  std::string_view bytes() const override { return bytes_; }
  void consume() override { state_ = State::Consumed; }

 private:
  std::string bytes_;
  State state_ = State::Ready;
};

std::unique_ptr<OwnedBody> readBody(const dom::element& message) {
  std::string_view body;
  if (message["body"].get(body) == simdjson::SUCCESS) return std::make_unique<OwnedBody>(std::string(body));
  dom::element encoded;
  if (message["body"].get(encoded) != simdjson::SUCCESS || !encoded.is_object()) return nullptr;
  return std::make_unique<OwnedBody>(base64Decode(text(encoded, "base64")).value_or(""));
}

void readHeaders(const dom::element& message, OwnedMap& out) {
  dom::object headers;
  if (message["headers"].get(headers) != simdjson::SUCCESS) return;
  for (const auto& [name, list] : headers) {
    std::vector<std::string> values;
    dom::array items;
    if (list.get(items) == simdjson::SUCCESS)
      for (const dom::element item : items) {
        std::string_view value;
        if (item.get(value) == simdjson::SUCCESS) values.emplace_back(value);
      }
    out.add(std::string(name), std::move(values));
  }
}

class OwnedRequest final : public RequestView {
 public:
  explicit OwnedRequest(const dom::element& json)
      : method_(text(json, "method")), ip_(text(json, "ipAddress")), body_(readBody(json)) {
    url_.set(text(json, "url"));
    original_.set(text(json, "originalUrl"));
    readHeaders(json, headers_);
    dom::object matched;
    if (json["matchedParameters"].get(matched) == simdjson::SUCCESS)
      for (const auto& [name, value] : matched) {
        std::string_view shown;
        if (value.get(shown) == simdjson::SUCCESS) matched_.add(std::string(name), {std::string(shown)});
      }
    certificate_ = base64Decode(text(json, "certificate")).value_or("");
  }
  std::string_view method() const override { return method_; }
  UrlParts url() const override { return url_.parts; }
  UrlParts originalUrl() const override { return original_.parts; }
  const MultiMap& headers() const override { return headers_; }
  const MultiMap& matchedParameters() const override { return matched_; }
  std::string_view ipAddress() const override { return ip_; }
  std::string_view certificateDer() const override { return certificate_; }
  Body* body() override { return body_.get(); }

 private:
  std::string method_, ip_, certificate_;
  OwnedUrl url_, original_;
  OwnedMap headers_, matched_;
  std::unique_ptr<OwnedBody> body_;
};

class OwnedResponse final : public ResponseView {
 public:
  explicit OwnedResponse(const dom::element& json) : reason_(text(json, "statusReason")), body_(readBody(json)) {
    int64_t status = 0;
    if (json["statusCode"].get(status) == simdjson::SUCCESS) status_ = static_cast<int>(status);
    readHeaders(json, headers_);
  }
  int statusCode() const override { return status_; }
  std::string_view statusReason() const override { return reason_; }
  const MultiMap& headers() const override { return headers_; }
  Body* body() override { return body_.get(); }

 private:
  int status_ = 0;
  std::string reason_;
  OwnedMap headers_;
  std::unique_ptr<OwnedBody> body_;
};

class FixtureContext final : public Context, Variables, Facts {
 public:
  explicit FixtureContext(std::string_view json) : padded_(json) {
    if (parser_.parse(padded_).get(root_) != simdjson::SUCCESS) root_ = parser_.parse("{}", 2).value();
    dom::element part;
    if (root_["request"].get(part) == simdjson::SUCCESS && part.is_object()) {
      request_ = std::make_unique<OwnedRequest>(part);
    } else {
      static dom::parser empty;
      static const dom::element kNothing = empty.parse(std::string_view("{}"));
      request_ = std::make_unique<OwnedRequest>(kNothing);
    }
    if (root_["response"].get(part) == simdjson::SUCCESS && part.is_object())
      response_ = std::make_unique<OwnedResponse>(part);
    request_id_ = text(root_, "requestId");
    service_.set(string("api", "serviceUrl"));
    readVariables();
  }

  std::string_view requestId() const override { return request_id_; }
  UtcTime timestamp() const override {
    const std::optional<IsoDate> date = parseIsoDate(text(root_, "timestamp"));
    return UtcTime(Duration((date ? date->ticks - kUnixEpochTicks : 0) * 100));
  }
  Duration elapsed() const override {
    // hh:mm:ss.fffffff: the day of that time is of no matter.
    const std::optional<IsoDate> time = parseIsoDate("2000-01-01T" + text(root_, "elapsed"));
    return Duration((time ? time->ticks % kTicksPerDay : 0) * 100);
  }
  bool tracing() const override { return flag(root_, "tracing"); }
  void trace(std::string_view) override {}
  const Clock& clock() const override { return SystemClock::instance(); }
  RequestView& request() override { return *request_; }
  ResponseView* response() override { return response_.get(); }
  const expression::Variables& variables() const override { return *this; }
  const expression::Facts& facts() const override { return *this; }

  std::optional<Value> find(std::string_view name) const override {
    for (const auto& [known, value] : variables_)
      if (known == name) return value;
    return std::nullopt;
  }
  size_t size() const override { return variables_.size(); }
  std::string_view nameAt(size_t index) const override { return variables_[index].first; }
  Value valueAt(size_t index) const override { return variables_[index].second; }

  bool present(FactObject object) const override {
    static constexpr std::string_view kNames[] = {"api",          "deployment", "operation", "product",
                                                  "subscription", "user",       "lastError", "workspace"};
    return isObject(root_, kNames[static_cast<size_t>(object)]);
  }
  Value get(Fact fact, Arena& arena) const override;
  UrlParts apiServiceUrl() const override { return service_.parts; }
  size_t count(FactList list) const override { return rows(list).size(); }
  FactRow row(FactList list, size_t index) const override {
    const auto& all = rows(list);
    return {all[index].first, all[index].second};
  }

 private:
  using Rows = std::vector<std::pair<std::string, std::string>>;

  std::string string(std::string_view object, std::string_view key) const {
    dom::element parent;
    return root_[object].get(parent) == simdjson::SUCCESS ? text(parent, key) : std::string();
  }

  const Rows& rows(FactList list) const {
    Rows& out = rows_[static_cast<size_t>(list)];
    if (!out.empty()) return out;
    static constexpr std::pair<std::string_view, std::string_view> kPlaces[] = {
        {"api", "protocols"}, {"product", "apis"},    {"product", "groups"},
        {"user", "groups"},   {"user", "identities"}, {"deployment", "certificates"}};
    dom::element found;
    const auto& [object, key] = kPlaces[static_cast<size_t>(list)];
    dom::element parent;
    if (root_[object].get(parent) != simdjson::SUCCESS || parent[key].get(found) != simdjson::SUCCESS) return out;
    if (found.is_object()) {
      for (const auto& [name, value] : dom::object(found))
        out.emplace_back(name, base64Decode(std::string(std::string_view(value))).value_or(""));
    } else if (found.is_array()) {
      for (const dom::element item : dom::array(found)) {
        if (item.is_string()) {
          out.emplace_back(std::string_view(item), "");
        } else {
          out.emplace_back(text(item, "id"), text(item, list == FactList::UserIdentities ? "provider" : "name"));
        }
      }
    }
    return out;
  }

  Value variable(const dom::element& described);
  void readVariables() {
    dom::object all;
    if (root_["variables"].get(all) != simdjson::SUCCESS) return;
    for (const auto& [name, described] : all) variables_.emplace_back(std::string(name), variable(described));
  }

  simdjson::padded_string padded_;
  dom::parser parser_;
  dom::element root_;
  mutable Arena arena_;
  std::unique_ptr<OwnedRequest> request_;
  std::unique_ptr<OwnedResponse> response_;
  std::vector<std::unique_ptr<OwnedResponse>> replies_;
  std::string request_id_;
  OwnedUrl service_;
  std::vector<std::pair<std::string, Value>> variables_;
  mutable Rows rows_[6];
};

Value FixtureContext::variable(const dom::element& described) {
  const std::string type = text(described, "type");
  dom::element value;
  if (described["value"].get(value) != simdjson::SUCCESS || value.is_null()) return makeNull();
  const std::string_view shown = value.is_string() ? std::string_view(value) : std::string_view{};
  const auto number = [&] {
    int64_t whole = 0;
    return value.get(whole) == simdjson::SUCCESS ? whole : 0;
  };
  if (type == "string") return makeString(arena_.copy(shown), arena_);
  if (type == "int") return makeInt(static_cast<int32_t>(number()));
  if (type == "long") return makeLong(number());
  if (type == "double") {
    double real = 0;
    return value.get(real) == simdjson::SUCCESS ? makeDouble(real) : makeDouble(static_cast<double>(number()));
  }
  if (type == "bool") {
    bool is = false;
    return makeBool(value.get(is) == simdjson::SUCCESS && is);
  }
  if (type == "guid") return makeGuid(shown, arena_).value_or(Value());
  if (type == "datetime") return makeDateTime(shown).value_or(Value());
  if (type == "bytes") return makeBytes(base64Decode(shown).value_or(""), arena_);
  if (type == "json") return makeJson(arena_.copy(shown), arena_).value_or(Value());
  if (type == "jwt") return makeJwt(arena_.copy(shown), arena_);
  if (type == "authorization") return makeAuthorization(arena_.copy(shown), arena_);
  if (type == "response") {
    replies_.push_back(std::make_unique<OwnedResponse>(value));
    return makeResponse(*replies_.back(), arena_);
  }
  if (type == "stringarray") {
    std::vector<std::string_view> items;
    for (const dom::element item : dom::array(value)) items.push_back(arena_.copy(std::string_view(item)));
    return makeStringArray(items, arena_);
  }
  return makeNull();
}

// Where each fact stands in a fixture.
struct Place {
  std::string_view object, key;
};
constexpr Place kPlaces[] = {
    {"api", "id"},
    {"api", "name"},
    {"api", "path"},
    {"api", "revision"},
    {"api", "version"},
    {"api", "isCurrentRevision"},
    {"api", "header"},
    {"api", "query"},
    {"deployment", "gatewayId"},
    {"deployment", "instanceId"},
    {"deployment", "isManaged"},
    {"deployment", "region"},
    {"deployment", "serviceId"},
    {"deployment", "serviceName"},
    {"operation", "id"},
    {"operation", "method"},
    {"operation", "name"},
    {"operation", "urlTemplate"},
    {"product", "id"},
    {"product", "name"},
    {"product", "approvalRequired"},
    {"product", "subscriptionRequired"},
    {"product", "subscriptionLimit"},
    {"product", "state"},
    {"subscription", "id"},
    {"subscription", "name"},
    {"subscription", "key"},
    {"subscription", "primaryKey"},
    {"subscription", "secondaryKey"},
    {"subscription", "createdDate"},
    {"subscription", "startDate"},
    {"subscription", "endDate"},
    {"user", "id"},
    {"user", "email"},
    {"user", "firstName"},
    {"user", "lastName"},
    {"user", "note"},
    {"user", "registrationDate"},
    {"lastError", "source"},
    {"lastError", "reason"},
    {"lastError", "message"},
    {"lastError", "scope"},
    {"lastError", "section"},
    {"lastError", "path"},
    {"lastError", "policyId"},
    {"workspace", "id"},
    {"workspace", "name"},
};

Value FixtureContext::get(Fact fact, Arena& arena) const {
  const Place& place = kPlaces[static_cast<size_t>(fact)];
  dom::element parent, value;
  if (root_[place.object].get(parent) != simdjson::SUCCESS) return makeNull();
  if (fact == Fact::ApiSubscriptionKeyParameterHeader || fact == Fact::ApiSubscriptionKeyParameterQuery)
    if (parent["subscriptionKeyParameterNames"].get(parent) != simdjson::SUCCESS) return makeNull();
  if (parent[place.key].get(value) != simdjson::SUCCESS || value.is_null()) return makeNull();
  bool is = false;
  if (value.get(is) == simdjson::SUCCESS) return makeBool(is);
  int64_t number = 0;
  if (value.get(number) == simdjson::SUCCESS) return makeInt(static_cast<int32_t>(number));
  const std::string_view shown = value.is_string() ? std::string_view(value) : std::string_view{};
  if (place.key.ends_with("Date")) return makeDateTime(shown).value_or(Value());
  return makeString(arena.copy(shown), arena);
}

}  // namespace

std::unique_ptr<Context> fixtureContext(std::string_view json) {
  return std::make_unique<FixtureContext>(json);
}

}  // namespace sluice::expression
