#include "simulator/simulator.h"

#include <fmt/format.h>

#include "base/log.h"
#include "http/server.h"
#include "runtime/loop.h"
#include "runtime/tls.h"
#include "simulator/certificate_authority.h"
#include "simulator/player.h"
#include "simulator/services.h"

namespace sluice::simulator {
namespace {

using runtime::SocketAddress;
using runtime::Task;

Result<SocketAddress> parseListen(const std::string& text) {
  const auto parts = runtime::splitHostPort(text);
  const auto host = parts && parts->host == "localhost" ? std::string("127.0.0.1") : parts ? parts->host : "";
  const auto address = parts ? SocketAddress::parse(host, parts->port.value_or(0)) : std::nullopt;
  if (!address) return fail(fmt::format("`{}` is no address to listen on; write 127.0.0.1:8443", text));
  return *address;
}

// Answers for all simulated hosts.
class ServiceHandler final : public http::ServerHandler {
 public:
  explicit ServiceHandler(Services& services) : services_(services) {}

  Task<void> handle(http::ServerExchange& exchange) override {
    auto request = co_await readRequest(exchange);
    if (!request) co_return;
    const OpenRequest open(services_.counters());
    auto outcome = services_.handle(*request);
    request.reset();
    co_await play(exchange, std::move(outcome.reply), outcome.tally);
  }

 private:
  // Counted down also when the task is destroyed.
  class OpenRequest {
   public:
    explicit OpenRequest(Counters& counters) : counters_(counters) { ++counters_.open_requests; }
    ~OpenRequest() { --counters_.open_requests; }
    OpenRequest(const OpenRequest&) = delete;

   private:
    Counters& counters_;
  };

  Services& services_;
};

class AdminHandler final : public http::ServerHandler {
 public:
  explicit AdminHandler(Services& services) : services_(services) {}

  Task<void> handle(http::ServerExchange& exchange) override {
    const auto request = co_await readRequest(exchange);
    if (!request) co_return;
    auto reply = services_.admin(*request);
    co_await play(exchange, std::move(reply), nullptr);
  }

 private:
  Services& services_;
};

}  // namespace

class Simulator::Implementation {
 public:
  Implementation(runtime::Loop& loop, SimulatorOptions& options, std::unique_ptr<SigningKeys> keys,
                 CertificateAuthority authority)
      : loop_(loop),
        authority_(std::move(authority)),
        services_(std::move(options.world), std::move(keys), std::move(options.tokenizers)),
        service_handler_(services_),
        admin_handler_(services_),
        service_server_(loop, service_handler_),
        admin_server_(loop, admin_handler_) {}

  Status listen(const SimulatorOptions& options) {
    if (!options.tls_listen.empty()) {
      auto context = tlsContext(options.extra_names);
      if (!context) return tl::make_unexpected(context.error());
      auto port = listenOn(service_server_, options.tls_listen, std::move(*context));
      if (!port) return tl::make_unexpected(port.error());
      addresses_.tls = *port;
    }
    const auto plain = listenOn(service_server_, options.plain_listen, nullptr);
    if (!plain) return tl::make_unexpected(plain.error());
    addresses_.plain = *plain;
    const auto admin = listenOn(admin_server_, options.admin_listen, nullptr);
    if (!admin) return tl::make_unexpected(admin.error());
    addresses_.admin = *admin;
    return {};
  }

  const SimulatorAddresses& addresses() const { return addresses_; }
  const std::string& authorityPem() const { return authority_.pem(); }
  Services& services() { return services_; }
  UtcTime utc() const { return loop_.clock().utc(); }

 private:
  Result<std::shared_ptr<const runtime::TlsServerContext>> tlsContext(const std::vector<std::string>& extra_names) {
    auto names = servedNames();
    names.insert(names.end(), extra_names.begin(), extra_names.end());
    auto issued = authority_.issue(names, utc());
    if (!issued) return tl::make_unexpected(issued.error());
    std::vector<runtime::TlsIdentity> identities;
    identities.emplace_back(std::move(issued->chain_pem), std::move(issued->key_pem));
    return runtime::TlsServerContext::create(identities, runtime::ClientCertificate::None);
  }

  // The port bound, or 0 when `text` is empty.
  static Result<uint16_t> listenOn(http::Server& server, const std::string& text,
                                   std::shared_ptr<const runtime::TlsServerContext> tls) {
    if (text.empty()) return uint16_t{0};
    const auto address = parseListen(text);
    if (!address) return tl::make_unexpected(address.error());
    const auto bound = server.listen(*address, std::move(tls));
    if (!bound) return fail(fmt::format("cannot listen on {}: {}", text, bound.error().message));
    return bound->port();
  }

  runtime::Loop& loop_;
  CertificateAuthority authority_;
  Services services_;
  ServiceHandler service_handler_;
  AdminHandler admin_handler_;
  http::Server service_server_;  // after what their requests use
  http::Server admin_server_;
  SimulatorAddresses addresses_;
};

Result<std::unique_ptr<Simulator>> Simulator::start(runtime::Loop& loop, SimulatorOptions options) {
  if (options.world.instances.empty()) return fail("the simulated world has no instance");
  auto keys = SigningKeys::open(options.state_folder);
  if (!keys) return tl::make_unexpected(keys.error());
  auto authority = CertificateAuthority::open(options.state_folder, loop.clock().utc());
  if (!authority) return tl::make_unexpected(authority.error());
  auto implementation = std::make_unique<Implementation>(loop, options, std::move(*keys), std::move(*authority));
  const auto listening = implementation->listen(options);
  if (!listening) return tl::make_unexpected(listening.error());
  return std::unique_ptr<Simulator>(new Simulator(std::move(implementation)));
}

Simulator::Simulator(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Simulator::~Simulator() = default;

const SimulatorAddresses& Simulator::addresses() const {
  return implementation_->addresses();
}
const std::string& Simulator::authorityPem() const {
  return implementation_->authorityPem();
}
std::string Simulator::counters() const {
  return implementation_->services().counters().json();
}

Result<std::string> Simulator::issueToken(std::string_view principal, std::string_view audience, Duration lifetime) {
  return implementation_->services().issueToken(principal, audience, lifetime, implementation_->utc());
}

}  // namespace sluice::simulator
