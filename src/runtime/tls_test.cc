#include "runtime/tls.h"

#include <gtest/gtest.h>

#include <string>

#include "base/certificate.h"
#include "runtime/test_authority.h"

namespace sluice::runtime {
namespace {

using namespace std::chrono_literals;

struct Outcome {
  std::unique_ptr<Stream> stream;
  Error error;
};

Task<void> acceptOne(Loop& loop, TcpListener& listener, std::shared_ptr<const TlsServerContext> context, Outcome& out) {
  TcpListener::Accepted accepted = listener.tryAccept();
  while (!accepted.fd) {
    co_await listener.ready();
    accepted = listener.tryAccept();
  }
  auto transport = std::make_unique<TcpStream>(loop, std::move(accepted.fd), accepted.peer);
  auto stream = co_await acceptTls(std::move(context), std::move(transport), loop.now() + 5s);
  if (stream) {
    out.stream = std::move(*stream);
  } else {
    out.error = stream.error();
  }
}

Task<Outcome> connectOne(Loop& loop, SocketAddress address, std::shared_ptr<const TlsClientContext> context,
                         std::string host) {
  Outcome out;
  auto transport = co_await connectTcp(loop, address, kNever);
  auto stream = co_await connectTls(std::move(context), host, std::move(*transport), loop.now() + 5s);
  if (stream) {
    out.stream = std::move(*stream);
  } else {
    out.error = stream.error();
  }
  co_return out;
}

Task<size_t> sendAll(Stream& stream, std::string text) {
  std::string_view left = text;
  while (!left.empty()) {
    // In pieces of odd sizes, as bodies come.
    const size_t first = std::min<size_t>(left.size(), 3001);
    const iovec pieces[] = {{const_cast<char*>(left.data()), first},
                            {const_cast<char*>(left.data()) + first, left.size() - first}};
    const IoResult put = stream.tryWritev(pieces);
    left.remove_prefix(put.bytes);
    if (put.status == IoStatus::Drained) co_await stream.writable(kNever);
    if (put.status == IoStatus::Failed) break;
  }
  co_return text.size() - left.size();
}

Task<void> sendDetached(Stream& stream, std::string text) {
  co_await sendAll(stream, std::move(text));
}

struct Received {
  std::string text;
  IoStatus end = IoStatus::Ready;
};

Task<Received> receive(Stream& stream, size_t wanted) {
  Received received;
  char buffer[10'000];
  while (received.text.size() < wanted) {
    const IoResult got = stream.tryRead(buffer);
    received.text.append(buffer, got.bytes);
    if (got.bytes > 0) continue;
    if (got.status == IoStatus::Drained) {
      co_await stream.readable(kNever);
    } else if (got.status != IoStatus::Ready) {
      received.end = got.status;
      break;
    }
  }
  co_return received;
}

class TlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = TcpListener::listen(loop_, SocketAddress::loopback(0), ReusePort::No);
    ASSERT_TRUE(made.has_value());
    listener_ = std::move(*made);
  }

  std::shared_ptr<const TlsServerContext> server(std::initializer_list<const char*> names,
                                                 ClientCertificate ask = ClientCertificate::None) {
    std::vector<TlsIdentity> identities;
    for (const char* each : names) identities.push_back(authority_.issue(each));
    auto context = TlsServerContext::create(identities, ask);
    EXPECT_TRUE(context.has_value());
    return *context;
  }
  std::shared_ptr<const TlsClientContext> client(TlsClientOptions options = TlsClientOptions()) {
    if (options.ca_pem.empty()) options.ca_pem = authority_.pem();
    auto context = TlsClientContext::create(options);
    EXPECT_TRUE(context.has_value()) << context.error().message;
    return *context;
  }
  // Both ends of a handshake.
  void shake(std::shared_ptr<const TlsServerContext> with, std::shared_ptr<const TlsClientContext> as,
             std::string host) {
    server_ = Outcome();
    loop_.scope().spawn(acceptOne(loop_, listener_, std::move(with), server_));
    client_ = loop_.runTask(connectOne(loop_, listener_.address(), std::move(as), std::move(host)));
    for (int i = 0; i < 1000 && !server_.stream && server_.error.message.empty(); ++i) loop_.poll(1ms);
  }

  Loop loop_;
  TestAuthority authority_;
  TcpListener listener_;
  Outcome server_;
  Outcome client_;
};

TEST_F(TlsTest, CarriesMegabytesBothWays) {
  shake(server({"DNS:localhost"}), client(), "localhost");
  ASSERT_TRUE(client_.stream && server_.stream) << client_.error.message << server_.error.message;
  EXPECT_EQ(client_.stream->alpn(), "http/1.1");
  EXPECT_EQ(server_.stream->serverName(), "localhost");
  EXPECT_TRUE(server_.stream->isTls());
  std::string text(3'000'000, ' ');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>('a' + i * i % 26);
  loop_.scope().spawn(sendDetached(*client_.stream, text));
  EXPECT_TRUE(loop_.runTask(receive(*server_.stream, text.size())).text == text);
  loop_.scope().spawn(sendDetached(*server_.stream, text));
  EXPECT_TRUE(loop_.runTask(receive(*client_.stream, text.size())).text == text);
}

TEST_F(TlsTest, TellsAnEndFromACut) {
  shake(server({"DNS:localhost"}), client(), "localhost");
  ASSERT_TRUE(client_.stream && server_.stream);
  loop_.runTask(sendAll(*client_.stream, "bye"));
  client_.stream->shutdownWrite();
  const Received whole = loop_.runTask(receive(*server_.stream, 100));
  EXPECT_EQ(whole.text, "bye");
  EXPECT_EQ(whole.end, IoStatus::End);

  shake(server({"DNS:localhost"}), client(), "localhost");
  loop_.runTask(sendAll(*client_.stream, "by"));
  loop_.runTask(receive(*server_.stream, 2));
  client_.stream->abort();
  EXPECT_EQ(loop_.runTask(receive(*server_.stream, 100)).end, IoStatus::Failed);
}

TEST_F(TlsTest, RefusesAnotherName) {
  shake(server({"DNS:example.org"}), client(), "localhost");
  EXPECT_FALSE(client_.stream);
  EXPECT_EQ(client_.error.code, static_cast<int>(TlsError::Verification));
  EXPECT_FALSE(server_.stream);
}

TEST_F(TlsTest, RefusesAnUnknownAuthority) {
  const TestAuthority other("Another CA");
  TlsClientOptions options;
  options.ca_pem = other.pem();
  shake(server({"DNS:localhost"}), client(options), "localhost");
  EXPECT_FALSE(client_.stream);
  EXPECT_EQ(client_.error.code, static_cast<int>(TlsError::Verification));
  options.verify = Verify::None;
  shake(server({"DNS:localhost"}), client(options), "localhost");
  EXPECT_TRUE(client_.stream) << client_.error.message;
}

TEST_F(TlsTest, VerifiesNumericHostsByTheirAddress) {
  shake(server({"IP:127.0.0.1"}), client(), "127.0.0.1");
  EXPECT_TRUE(client_.stream) << client_.error.message;
  EXPECT_EQ(server_.stream->serverName(), "");
  shake(server({"DNS:localhost"}), client(), "127.0.0.1");
  EXPECT_FALSE(client_.stream);
}

TEST_F(TlsTest, ChoosesTheCertificateByName) {
  const auto context = server({"DNS:first.example", "DNS:second.example,DNS:*.wild.example"});
  for (const char* host : {"first.example", "second.example", "a.wild.example"}) {
    shake(context, client(), host);
    EXPECT_TRUE(client_.stream) << host << ": " << client_.error.message;
  }
  shake(context, client(), "a.b.wild.example");
  EXPECT_FALSE(client_.stream);
}

TEST_F(TlsTest, HandsOnTheClientsCertificate) {
  TlsClientOptions options;
  options.identity.push_back(authority_.issue("DNS:me"));
  shake(server({"DNS:localhost"}, ClientCertificate::Request), client(options), "localhost");
  ASSERT_TRUE(server_.stream) << server_.error.message;
  EXPECT_FALSE(server_.stream->peerCertificateDer().empty());
  shake(server({"DNS:localhost"}, ClientCertificate::Request), client(), "localhost");
  ASSERT_TRUE(server_.stream);
  EXPECT_TRUE(server_.stream->peerCertificateDer().empty());
}

std::string thumbprintIn(const std::string& pem) {
  auto read = readPem(pem, "");
  EXPECT_TRUE(read.has_value());
  return read->thumbprint;
}

TEST_F(TlsTest, ChecksMayBeTurnedOffOneByOne) {
  const TestAuthority other("Another CA");
  TlsClientOptions options;
  options.ca_pem = other.pem();
  options.checks.chain = false;
  shake(server({"DNS:localhost"}), client(options), "localhost");
  EXPECT_TRUE(client_.stream) << client_.error.message;
  shake(server({"DNS:example.org"}), client(options), "localhost");
  EXPECT_FALSE(client_.stream) << "the name still counts";
  shake(server({"DNS:example.org"}), client(options), "127.0.0.1");
  EXPECT_FALSE(client_.stream) << "and so does an address";
  options.ca_pem.clear();
  options.checks.chain = true;
  options.checks.name = false;
  shake(server({"DNS:example.org"}), client(options), "localhost");
  EXPECT_TRUE(client_.stream) << client_.error.message;
  options.ca_pem = other.pem();
  shake(server({"DNS:example.org"}), client(options), "localhost");
  EXPECT_FALSE(client_.stream) << "the chain still counts";
}

TEST_F(TlsTest, PinnedCertificatesAreTheOnlyGoodOnes) {
  const TlsIdentity identity = authority_.issue("DNS:localhost");
  const auto with = *TlsServerContext::create({identity}, ClientCertificate::None);
  TlsClientOptions options;
  options.checks.thumbprints = {"00", thumbprintIn(identity.chain_pem)};
  shake(with, client(options), "localhost");
  EXPECT_TRUE(client_.stream) << client_.error.message;
  options.checks.thumbprints = {thumbprintIn(authority_.pem())};
  shake(with, client(options), "localhost");
  EXPECT_FALSE(client_.stream);
  EXPECT_EQ(client_.error.code, static_cast<int>(TlsError::Verification));
  EXPECT_EQ(client_.error.message, "TLS: the server's certificate is none of those that its thumbprint is pinned to");
  // Checks that are turned off do not turn off a pin.
  options.checks.chain = options.checks.name = false;
  shake(with, client(options), "localhost");
  EXPECT_FALSE(client_.stream);
}

TEST_F(TlsTest, PinnedNamesCountWithTheirIssuer) {
  const TestAuthority other("Another CA");
  const auto with = *TlsServerContext::create({authority_.issue("DNS:inner.test")}, ClientCertificate::None);
  const auto tries = [&](TlsClientOptions options) {
    options.checks.name = false;
    shake(with, client(options), "localhost");
    return client_.stream ? std::string("good") : client_.error.message;
  };
  TlsClientOptions options;
  options.checks.names = {{"other.test", ""}, {"inner.test", ""}};
  EXPECT_EQ(tries(options), "good");
  options.checks.names = {{"inner.test", thumbprintIn(authority_.pem())}};
  EXPECT_EQ(tries(options), "good");
  options.checks.names = {{"inner.test", thumbprintIn(other.pem())}};
  EXPECT_EQ(tries(options), "TLS: the server's certificate has none of the names and issuers that it is pinned to");
  options.checks.names = {{"other.test", ""}};
  EXPECT_EQ(tries(options), "TLS: the server's certificate has none of the names and issuers that it is pinned to");
  // Without a trusted chain nobody vouches for a name alone.
  options.ca_pem = other.pem();
  options.checks.chain = false;
  options.checks.names = {{"inner.test", ""}};
  EXPECT_NE(tries(options), "good");
}

TEST_F(TlsTest, ResumesSessions) {
  const auto with = server({"DNS:localhost"});
  const auto as = client();
  const std::string peer = "localhost " + listener_.address().toString();
  EXPECT_EQ(as->impl().takeSession(peer), nullptr);
  shake(with, as, "localhost");
  ASSERT_TRUE(server_.stream);
  loop_.runTask(sendAll(*server_.stream, "x"));
  loop_.runTask(receive(*client_.stream, 1));  // the ticket comes ahead of it
  auto session = as->impl().takeSession(peer);
  ASSERT_NE(session, nullptr);
  EXPECT_EQ(SSL_SESSION_is_resumable(session.get()), 1);
  as->impl().keepSession(peer, session.release());
  shake(with, as, "localhost");
  EXPECT_TRUE(client_.stream && server_.stream) << client_.error.message;
}

TEST_F(TlsTest, AHandshakeHasADeadline) {
  ManualClock clock(UtcTime{});
  Loop loop(clock);
  auto silent = TcpListener::listen(loop, SocketAddress::loopback(0), ReusePort::No);
  Task<Outcome> attempt = connectOne(loop, silent->address(), client(), "localhost");
  EXPECT_FALSE(attempt.start());
  loop.advance(clock, 4s);
  EXPECT_FALSE(attempt.done());
  loop.advance(clock, 2s);
  ASSERT_TRUE(attempt.done());
  EXPECT_EQ(attempt.take().error.code, static_cast<int>(TlsError::Timeout));
}

TEST_F(TlsTest, PlainTextIsNoHandshake) {
  server_ = Outcome();
  loop_.scope().spawn(acceptOne(loop_, listener_, server({"DNS:localhost"}), server_));
  auto plain = loop_.runTask(connectTcp(loop_, listener_.address(), kNever));
  loop_.runTask(sendAll(**plain, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  for (int i = 0; i < 1000 && server_.error.message.empty(); ++i) loop_.poll(1ms);
  EXPECT_EQ(server_.error.code, static_cast<int>(TlsError::Handshake));
}

TEST_F(TlsTest, RefusesBadMaterial) {
  const TlsIdentity good = authority_.issue("DNS:a");
  const TlsIdentity other = authority_.issue("DNS:b");
  std::vector<TlsIdentity> none;
  EXPECT_FALSE(TlsServerContext::create(none, ClientCertificate::None).has_value());
  std::vector<TlsIdentity> mixed{TlsIdentity(good.chain_pem, other.key_pem)};
  EXPECT_FALSE(TlsServerContext::create(mixed, ClientCertificate::None).has_value());
  std::vector<TlsIdentity> garbage{TlsIdentity("nonsense", Secret("nonsense"))};
  EXPECT_FALSE(TlsServerContext::create(garbage, ClientCertificate::None).has_value());
  TlsClientOptions options;
  options.ca_file = "/nowhere/ca.pem";
  EXPECT_FALSE(TlsClientContext::create(options).has_value());
  options.ca_file.clear();
  options.ca_pem = "nonsense";
  EXPECT_FALSE(TlsClientContext::create(options).has_value());
}

}  // namespace
}  // namespace sluice::runtime
