// The C# `context` object over an Exchange (reference 3.3). Made by Exchange::context() at the first evaluation, lives
// in the exchange's arena.
#pragma once

#include "policy/exchange.h"

namespace sluice::policy {

// An http::Headers as C# sees it: distinct names, several values each.
class HeaderMap final : public expression::MultiMap {
 public:
  explicit HeaderMap(const http::Headers& headers) : headers_(headers) {}
  size_t size() const override;
  std::string_view nameAt(size_t index) const override;
  std::span<const std::string_view> valuesAt(size_t index, Arena& arena) const override;
  std::optional<std::span<const std::string_view>> find(std::string_view name, Arena& arena) const override;

 private:
  const http::Headers& headers_;
};

class MatchedMap final : public expression::MultiMap {
 public:
  explicit MatchedMap(const std::pmr::vector<NameValue>& matched) : matched_(matched) {}
  size_t size() const override { return matched_.size(); }
  std::string_view nameAt(size_t index) const override { return matched_[index].name; }
  std::span<const std::string_view> valuesAt(size_t index, Arena&) const override {
    return {&matched_[index].value, 1};
  }
  std::optional<std::span<const std::string_view>> find(std::string_view name, Arena& arena) const override;

 private:
  const std::pmr::vector<NameValue>& matched_;
};

class ExchangeContext final : public expression::Context,
                              expression::RequestView,
                              expression::Variables,
                              expression::Facts {
 public:
  explicit ExchangeContext(Exchange& exchange);

  std::string_view requestId() const override { return exchange_.id; }
  UtcTime timestamp() const override { return exchange_.received_utc; }
  Duration elapsed() const override;
  bool tracing() const override { return exchange_.tracing(); }
  void trace(std::string_view message) override;
  const Clock& clock() const override;
  expression::RequestView& request() override { return *this; }
  expression::ResponseView* response() override;
  const expression::Variables& variables() const override { return *this; }
  const expression::Facts& facts() const override { return *this; }

 private:
  // RequestView
  std::string_view method() const override { return exchange_.request.method; }
  expression::UrlParts url() const override;
  expression::UrlParts originalUrl() const override;
  const expression::MultiMap& headers() const override;
  const expression::MultiMap& matchedParameters() const override { return matched_; }
  std::string_view ipAddress() const override { return exchange_.request.client_address; }
  std::string_view certificateDer() const override { return exchange_.request.certificate; }
  expression::Body* body() override;

  // Apart, since its members have the names of the request's.
  class Response final : public expression::ResponseView {
   public:
    explicit Response(Exchange& exchange) : exchange_(exchange), headers_(exchange.response.headers) {}
    int statusCode() const override { return exchange_.response.status; }
    std::string_view statusReason() const override;
    const expression::MultiMap& headers() const override { return headers_; }
    expression::Body* body() override;

   private:
    Exchange& exchange_;
    HeaderMap headers_;
  };

  // Variables
  std::optional<expression::Value> find(std::string_view name) const override;
  size_t size() const override { return exchange_.variables_.size(); }
  std::string_view nameAt(size_t index) const override { return exchange_.variables_[index].name; }
  expression::Value valueAt(size_t index) const override { return exchange_.variables_[index].value; }

  // Facts
  bool present(expression::FactObject object) const override;
  expression::Value get(expression::Fact fact, Arena& arena) const override;
  expression::UrlParts apiServiceUrl() const override;
  size_t count(expression::FactList list) const override;
  expression::FactRow row(expression::FactList list, size_t index) const override;

  expression::Value apiFact(expression::Fact fact, Arena& arena) const;
  expression::Value productFact(expression::Fact fact, Arena& arena) const;
  expression::Value subscriptionFact(expression::Fact fact, Arena& arena) const;
  expression::Value lastErrorFact(expression::Fact fact, Arena& arena) const;

  Exchange& exchange_;
  HeaderMap request_headers_;
  MatchedMap matched_;
  Response response_;
};

}  // namespace sluice::policy
