// The Azure OpenAI instances and plain OpenAI: from a request to its reply. Order of checks as the services have it:
// path and api-version, who calls, deployment, faults asked for, body, quota, model. One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "simulator/counters.h"
#include "simulator/identity_provider.h"
#include "simulator/message.h"
#include "simulator/model_call.h"
#include "simulator/quota.h"
#include "simulator/token_counter.h"
#include "simulator/world.h"

namespace sluice::simulator {

class DataPlane {
 public:
  // All must outlive this.
  DataPlane(World& world, const IdentityProvider& identity, TokenCounter& counter)
      : world_(world), identity_(identity), counter_(counter), ids_(world.seed ^ kIdSalt) {}

  // /openai/... of an instance; `instance` is null for a host name that none has.
  Reply azure(const Request& request, Instance* instance, Tally& tally);
  // /v1/... of api.openai.com.
  Reply openai(const Request& request, Tally& tally);

 private:
  static constexpr uint64_t kIdSalt = 0x51d5;

  struct Route {
    upstream::Dialect dialect = upstream::Dialect::Unknown;
    std::string deployment;  // empty: by the body's `model`
    ApiVersion version;
  };
  std::optional<Route> routeOf(const Request& request) const;
  std::optional<Reply> refuseCaller(const Request& request, const Instance& instance, upstream::Dialect dialect) const;
  std::optional<Reply> list(const Request& request, const Instance& instance) const;
  Reply answer(const Request& request, Instance& instance, const Route& route, Tally& tally);
  // The caller's own model as a deployment, for plain OpenAI, which has no deployments.
  Reply callModel(ModelCall& call, const Request& request, const Knobs& knobs, const std::string& quota_key,
                  Tally& tally);
  std::optional<Reply> strike(const std::string& key, const Knobs& knobs, const ModelCall& call);
  void decorate(Reply& reply, const Request& request, const Instance& instance, std::string_view deployment);

  World& world_;
  const IdentityProvider& identity_;
  TokenCounter& counter_;
  Quota quota_;
  Random ids_;
  std::map<std::string, int64_t> strikes_;  // requests since the last fault, by deployment; for `every`
  simdjson::dom::parser parser_;
};

// Whether a model speaks a dialect at all. gpt-35-turbo's first version, 0301, speaks both chat and completions.
bool modelSpeaks(std::string_view model, std::string_view version, upstream::Dialect dialect);

}  // namespace sluice::simulator
