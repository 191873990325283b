#include "console/management.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace sluice::console {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.append({'\\', c});
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string isoTime(UtcTime time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  return fmt::format("{:%FT%TZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

}  // namespace

Management::Management(runtime::Loop& loop, const gateway::Gateway& gateway, const ReloadState& reloads)
    : loop_(loop), gateway_(gateway), reloads_(reloads), server_(loop, *this) {}

Result<runtime::SocketAddress> Management::listen(const config::Listener& listener) {
  const auto address = runtime::SocketAddress::parse(listener.address.host, listener.address.port);
  if (!address) return fail("management address " + listener.address.host + " is not an IP address");
  return server_.listen(*address);
}

// Those with a breaker, and the members of pools.
std::string Management::backendStatus() const {
  const Instant now = SystemClock::instance().now();
  std::string out;
  for (const auto* health : gateway_.snapshot()->healths().all()) {
    const auto state = health->state(now);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(health->until() - now).count();
    out += fmt::format(R"({}{{"name":{},"state":{},"forMs":{},"calls":{},"failures":{},"trips":{},"refused":{},)"
                       R"("lastFailure":{}}})",
                       out.empty() ? "" : ",", quoted(health->name()), quoted(upstream::toString(state)),
                       std::max<int64_t>(left, 0), health->calls(), health->failures(), health->trips(),
                       health->refused(), health->lastFailure());
  }
  return out;
}

std::string Management::backendMetrics() const {
  const Instant now = SystemClock::instance().now();
  const auto healths = gateway_.snapshot()->healths().all();
  std::string out;
  const auto family = [&](std::string_view name, std::string_view type, std::string_view help, auto value) {
    if (healths.empty()) return;
    out += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n", name, type, help);
    for (const auto* health : healths)
      out += fmt::format("{}{{backend={}}} {}\n", name, quoted(health->name()), value(*health));
  };
  family("sluice_backend_available", "gauge", "Whether calls may go to the backend.", [&](const auto& health) {
    const auto state = health.state(now);
    return state == upstream::BackendHealth::State::Well || state == upstream::BackendHealth::State::Recovering ? 1 : 0;
  });
  family("sluice_backend_calls_total", "counter", "Calls made to the backend.",
         [](const auto& health) { return health.calls(); });
  family("sluice_backend_failures_total", "counter", "Calls without an answer, with 429, or with 500 and above.",
         [](const auto& health) { return health.failures(); });
  family("sluice_backend_trips_total", "counter", "How often its circuit breaker opened.",
         [](const auto& health) { return health.trips(); });
  family("sluice_backend_refused_total", "counter", "Requests that could not be sent to it.",
         [](const auto& health) { return health.refused(); });
  return out;
}

std::string Management::status() const {
  const auto& configuration = gateway_.snapshot()->configuration();
  const auto totals = gateway_.totals();
  const auto journal = gateway_.journalStats();
  std::string apis, left_out;
  for (const auto& api : configuration.apis) {
    apis += fmt::format(R"({}{{"name":{},"path":{},"revision":{},"operations":{}}})", apis.empty() ? "" : ",",
                        quoted(api.name), quoted("/" + api.path), quoted(api.revision), api.operations.size());
  }
  for (const auto& api : configuration.left_out) {
    left_out += fmt::format(R"({}{{"name":{},"path":{},"reason":{}}})", left_out.empty() ? "" : ",", quoted(api.name),
                            quoted("/" + api.path), quoted(api.reason));
  }
  std::string vault_errors;
  for (const auto& error : reloads_.vault.errors) vault_errors += (vault_errors.empty() ? "" : ",") + quoted(error);
  std::string listeners;
  for (const auto& address : gateway_.addresses()) listeners += (listeners.empty() ? "" : ",") + quoted(address);
  return fmt::format(
      "{{\"version\":{},\"listeners\":[{}],\"threads\":{},\n"
      "\"configuration\":{{\"folder\":{},\"version\":{},\"loadedAt\":{},\"reloads\":{},\"failedReloads\":{},"
      "\"lastFailure\":{}}},\n"
      "\"apis\":[{}],\n\"leftOut\":[{}],\n"
      "\"backends\":[{}],\n"
      "\"keyVault\":{{\"secrets\":{},\"failing\":{},\"failures\":{},\"errors\":[{}]}},\n"
      "\"exchanges\":{{\"total\":{},\"inFlight\":{}}},\n"
      "\"journal\":{{\"events\":{},\"dropped\":{},\"refused\":{},\"recovered\":{},\"corrupt\":{},\"bytes\":{},"
      "\"blocked\":{}}}}}\n",
      quoted(SLUICE_VERSION), listeners, gateway_.threads(), quoted(configuration.folder),
      quoted(configuration.version), quoted(isoTime(reloads_.loaded_at)), reloads_.reloads, reloads_.failures,
      reloads_.last_failure.empty() ? "null" : quoted(reloads_.last_failure), apis, left_out, backendStatus(),
      reloads_.vault.secrets, reloads_.vault.failing, reloads_.vault.failures, vault_errors, totals.exchanges,
      totals.in_flight, journal.last_sequence, journal.dropped, journal.refused, journal.recovered, journal.corrupt,
      journal.segment_bytes, journal.blocked);
}

std::string Management::metrics() const {
  const auto totals = gateway_.totals();
  const auto journal = gateway_.journalStats();
  std::string out;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help, uint64_t value) {
    out += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  add("sluice_exchanges_total", "counter", "Requests begun.", totals.exchanges);
  add("sluice_exchanges_in_flight", "gauge", "Requests being handled.", totals.in_flight);
  add("sluice_configuration_reloads_total", "counter", "Configuration changes that took effect.", reloads_.reloads);
  add("sluice_configuration_reload_failures_total", "counter", "Configuration changes that were refused.",
      reloads_.failures);
  add("sluice_configuration_last_reload_failed", "gauge", "Whether the newest change was refused.",
      reloads_.last_failure.empty() ? 0 : 1);
  add("sluice_key_vault_secrets", "gauge", "Secrets of Key Vaults that the configuration takes.",
      reloads_.vault.secrets);
  add("sluice_key_vault_failing", "gauge", "Those that could not be read at the newest attempt.",
      reloads_.vault.failing);
  add("sluice_key_vault_failures_total", "counter", "Attempts to read one that failed.", reloads_.vault.failures);
  add("sluice_apis_left_out", "gauge", "APIs that this gateway does not run.",
      gateway_.snapshot()->configuration().left_out.size());
  add("sluice_journal_events_total", "counter", "Events moved to the journal's segments, over its life.",
      journal.last_sequence);
  add("sluice_journal_dropped_total", "counter", "Events dropped because the configuration chose to.", journal.dropped);
  add("sluice_journal_refused_total", "counter", "Requests refused because they could not be recorded.",
      journal.refused);
  add("sluice_journal_bytes", "gauge", "Bytes of journal segments on disk.", journal.segment_bytes);
  return out + backendMetrics() + gateway_.customMetrics().prometheus();
}

runtime::Task<void> Management::handle(http::ServerExchange& exchange) {
  const auto target = exchange.head().target;
  const auto path = target.substr(0, target.find('?'));
  constexpr std::string_view kTraces = "/traces/";
  if (exchange.head().method == "POST") {
    co_await post(exchange, path);
  } else if (exchange.head().method != "GET" && exchange.head().method != "HEAD") {
    co_await exchange.respond(405, "application/json",
                              R"({"statusCode":405,"message":"Only GET and POST are known."})");
  } else if (path.starts_with(kTraces)) {
    const auto answer = trace(path.substr(kTraces.size()));
    co_await exchange.respond(answer.status, "application/json", answer.body);
  } else if (path == "/status") {
    const auto body = status();
    co_await exchange.respond(200, "application/json", body);
  } else if (path == "/metrics") {
    const auto body = metrics();
    co_await exchange.respond(200, "text/plain; version=0.0.4", body);
  } else {
    co_await exchange.respond(404, "application/json", R"({"statusCode":404,"message":"Try /status or /metrics."})");
  }
}

}  // namespace sluice::console
