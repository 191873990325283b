#include "cli/sample_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "base/encoding.h"

namespace sluice::cli {
namespace {

bool mentions(const std::optional<config::PolicyDocument>& document, std::string_view text) {
  return document && document->expanded.text.find(text) != std::string::npos;
}

std::string shellQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) c == '\'' ? out += "'\\''" : out += c;
  return out + "'";
}

// Lower is better: what a newcomer can call without knowing the API.
int rankOf(const config::Operation& operation) {
  if (operation.path.ends_with("/chat/completions")) return 0;
  const bool reads = operation.method == "GET";
  if (reads && operation.template_parameters.empty()) return 1;
  return reads ? 2 : operation.method == "POST" ? 3 : 4;
}

class Call {
 public:
  Call(const SampleCaller& caller, const config::Api& api, const config::Operation& operation)
      : caller_(caller), configuration_(caller.configuration), api_(api), operation_(operation) {}

  std::string line() {
    const std::string url = address();
    std::string out = "curl -s";
    if (operation_.method != "GET") out += fmt::format(" -X {}", operation_.method);
    out += fmt::format(" {}", shellQuoted(url));
    for (const auto& header : headers_) out += fmt::format(" \\\n    -H {}", header);
    addKey(out);
    if (wantsToken()) out += fmt::format(" \\\n    -H \"Authorization: Bearer $(cat {})\"", caller_.token_file);
    if (operation_.method == "POST" || operation_.method == "PUT" || operation_.method == "PATCH")
      out += fmt::format(" \\\n    -H 'Content-Type: application/json' -d {}", shellQuoted(body()));
    return out;
  }

 private:
  std::string address() {
    std::string path = api_.path.empty() ? "" : "/" + api_.path;
    std::string query;
    const auto ask = [&query](std::string_view name, std::string_view value) {
      query += fmt::format("{}{}={}", query.empty() ? '?' : '&', name, value);
    };
    if (!api_.is_current) path += fmt::format(";rev={}", api_.revision);
    if (const auto* set = configuration_.findVersionSet(api_.version_set); set != nullptr && !api_.version.empty()) {
      if (set->scheme == config::VersioningScheme::Segment) path += "/" + api_.version;
      if (set->scheme == config::VersioningScheme::Query) ask(set->query_name, api_.version);
      if (set->scheme == config::VersioningScheme::Header)
        headers_.push_back(shellQuoted(fmt::format("{}: {}", set->header_name, api_.version)));
    }
    path += filled(operation_.path);
    for (const auto& parameter : operation_.query)
      ask(parameter.name, parameter.parameter.empty() ? parameter.value : sampleOf(parameter.parameter));
    return caller_.gateway + path + query;
  }

  std::string filled(std::string_view path) const {
    std::string out;
    while (!path.empty()) {
      const size_t open = path.find('{');
      const size_t close = path.find('}', std::min(open, path.size()));
      out += path.substr(0, open);
      if (close == std::string_view::npos) break;
      out += sampleOf(path.substr(open + 1, close - open - 1));
      path.remove_prefix(close + 1);
    }
    std::erase(out, '*');
    return out;
  }

  std::string sampleOf(std::string_view name) const {
    if (name.starts_with('*')) return {};
    const auto found = std::ranges::find(operation_.template_parameters, name, &config::TemplateParameter::name);
    if (found != operation_.template_parameters.end()) {
      if (!found->default_value.empty()) return percentEncode(found->default_value);
      if (!found->values.empty()) return percentEncode(found->values.front());
      if (found->type == "boolean") return "true";
    }
    if (name.find("deployment") != std::string_view::npos) return caller_.deployment;
    if (name == "api-version") return "2024-02-01";
    return "1";
  }

  // The key that opens the API most narrowly: its product's, its own, then any.
  const config::Subscription* subscription() const {
    const config::Subscription* best = nullptr;
    int best_rank = 4;
    for (const auto& candidate : configuration_.subscriptions) {
      if (candidate.state != config::SubscriptionState::Active || candidate.primary_key.empty()) continue;
      int rank = 3;
      if (candidate.scope == config::SubscriptionScope::Product) {
        const auto* product = configuration_.findProduct(candidate.target);
        const bool has = product != nullptr && std::ranges::any_of(product->apis, [&](const std::string& name) {
                           return equalsIgnoreCase(name, api_.name);
                         });
        rank = has ? 1 : 5;
      } else if (candidate.scope == config::SubscriptionScope::Api) {
        rank = equalsIgnoreCase(candidate.target, api_.name) ? 2 : 5;
      }
      if (rank < best_rank) {
        best = &candidate;
        best_rank = rank;
      }
    }
    return best;
  }

  void addKey(std::string& out) const {
    if (!api_.subscription_required) return;
    const auto* with = subscription();
    if (with != nullptr)
      out += fmt::format(" \\\n    -H {}",
                         shellQuoted(fmt::format("{}: {}", api_.key_header, with->primary_key.reveal())));
  }

  bool wantsToken() const {
    const auto asks = [](const std::optional<config::PolicyDocument>& document) {
      return mentions(document, "<validate-jwt") || mentions(document, "<validate-azure-ad-token") ||
             mentions(document, "Authorization");
    };
    if (asks(configuration_.policy) || asks(api_.policy) || asks(operation_.policy)) return true;
    return std::ranges::any_of(configuration_.products, [&](const config::Product& product) {
      return asks(product.policy) && std::ranges::find(product.apis, api_.name) != product.apis.end();
    });
  }

  std::string_view body() const {
    return operation_.path.ends_with("/chat/completions")
               ? R"({"messages":[{"role":"user","content":"Who were the founders of Microsoft?"}]})"
               : "{}";
  }

  const SampleCaller& caller_;
  const config::Configuration& configuration_;
  const config::Api& api_;
  const config::Operation& operation_;
  std::vector<std::string> headers_;
};

}  // namespace

std::string sampleCall(const SampleCaller& caller, const config::Api& api) {
  const auto best = std::ranges::min_element(api.operations, {}, rankOf);
  return best == api.operations.end() ? std::string() : Call(caller, api, *best).line();
}

}  // namespace sluice::cli
