#include "gateway/gateway.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/log.h"
#include "gateway/journal_recorder.h"

namespace sluice::gateway {
namespace {

Result<std::string> readFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail("cannot read " + path);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

Result<std::shared_ptr<const runtime::TlsServerContext>> serverTls(const config::TlsFiles& files,
                                                                   config::ClientCertificates clients) {
  auto chain = readFile(files.certificate.text);
  if (!chain) return tl::make_unexpected(chain.error());
  auto key = readFile(files.key.text);
  if (!key) return tl::make_unexpected(key.error());
  std::vector<runtime::TlsIdentity> identities;
  identities.emplace_back(std::move(*chain), Secret(std::move(*key)));
  const bool asks = clients == config::ClientCertificates::Request;
  return runtime::TlsServerContext::create(
      identities, asks ? runtime::ClientCertificate::Request : runtime::ClientCertificate::None);
}

}  // namespace

Gateway::Gateway(std::shared_ptr<const Snapshot> snapshot, const GatewayOptions& options)
    : snapshot_(std::move(snapshot)),
      shared_(std::make_unique<Shared>(snapshot_->configuration().settings, options.tokenizer_folder)) {}

Gateway::~Gateway() {
  stop();
}

Result<std::unique_ptr<Gateway>> Gateway::start(std::shared_ptr<const Snapshot> snapshot, GatewayOptions options) {
  std::unique_ptr<Gateway> gateway(new Gateway(std::move(snapshot), options));
  if (auto opened = gateway->openJournal(options); !opened) return tl::make_unexpected(opened.error());
  if (auto made = gateway->makeWorkers(); !made) return tl::make_unexpected(made.error());
  if (auto bound = gateway->listen(); !bound) return tl::make_unexpected(bound.error());
  return gateway;
}

Status Gateway::openJournal(const GatewayOptions& options) {
  const auto& settings = snapshot_->configuration().settings.journal;
  journal::Options journal;
  journal.directory = settings.directory.text;
  journal.ring_bytes = settings.ring_size;
  journal.total_bytes = settings.size_limit;
  journal.sync_interval = std::chrono::duration_cast<std::chrono::milliseconds>(settings.sync_interval);
  journal.overflow =
      settings.when_full == config::WhenFull::Drop ? journal::Overflow::DropAndCount : journal::Overflow::Refuse;
  journal.durability =
      settings.durability == config::Durability::Record ? journal::Durability::Record : journal::Durability::Interval;
  journal.consumers = options.consumers;
  journal.lock_patience = std::chrono::seconds(2);
  auto opened = journal::Journal::open(std::move(journal));
  if (!opened) return tl::make_unexpected(opened.error());
  journal_ = std::move(*opened);
  return {};
}

Status Gateway::makeWorkers() {
  const uint32_t wanted = snapshot_->configuration().settings.threads;
  const uint32_t count = wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
  for (uint32_t i = 0; i < count; ++i) {
    auto worker = std::make_unique<Worker>(*shared_, snapshot_, SystemClock::instance());
    auto writer = journal_->makeWriter();
    if (!writer) return tl::make_unexpected(writer.error());
    worker->setRecorder(std::make_unique<JournalRecorder>(worker->loop(), std::move(*writer)));
    workers_.push_back(std::move(worker));
  }
  return {};
}

Status Gateway::listen() {
  for (const auto& listener : snapshot_->configuration().settings.listeners) {
    auto address = runtime::SocketAddress::parse(listener.address.host, listener.address.port);
    if (!address) return fail("listener address " + listener.address.host + " is not an IP address");
    std::shared_ptr<const runtime::TlsServerContext> tls;
    if (listener.tls) {
      auto made = serverTls(*listener.tls, listener.client_certificates);
      if (!made) return tl::make_unexpected(made.error());
      tls = std::move(*made);
    }
    for (auto& worker : workers_) {
      auto bound = worker->listen(*address, tls, runtime::ReusePort::Yes, listener.scheme);
      if (!bound) return fail("cannot listen on " + address->toString() + ": " + bound.error().message);
      address = *bound;  // port 0: the first thread's choice is everybody's
    }
    addresses_.push_back((tls ? "https://" : "http://") + address->toString());
  }
  return {};
}

void Gateway::run() {
  for (auto& worker : workers_) threads_.emplace_back([&loop = worker->loop()] { loop.run(); });
}

void Gateway::apply(std::shared_ptr<const Snapshot> snapshot) {
  snapshot_ = std::move(snapshot);
  for (auto& worker : workers_) worker->postSnapshot(snapshot_);
}

void Gateway::stop() {
  const Duration limit = snapshot_->configuration().settings.drain_timeout;
  if (!threads_.empty()) {
    for (auto& worker : workers_) worker->postDrain(limit);
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  workers_.clear();  // their writers end before the journal does
  journal_.reset();
}

Gateway::Totals Gateway::totals() const {
  Totals totals;
  for (const auto& worker : workers_) {
    totals.exchanges += worker->activity().exchanges.load(std::memory_order_relaxed);
    totals.in_flight += worker->activity().in_flight.load(std::memory_order_relaxed);
  }
  return totals;
}

}  // namespace sluice::gateway
