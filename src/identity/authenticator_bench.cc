// What a token costs: seen before (the usual case; budget 200 ns and no allocation), and first seen.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "identity/authenticator.h"
#include "identity/fake_fetcher.h"
#include "identity/signing_fixture.h"

namespace {

using namespace sluice::identity;

// About 1,000 bytes, as Entra's are.
std::string payload(int number) {
  return R"({"aud":"https://cognitiveservices.azure.com","iss":"https://sts.windows.net/00000000-0000-0000-0000-000000000000/",)"
         R"("iat":1700000000,"nbf":1700000000,"exp":4000000000,"name":"Ada Lovelace","roles":["user","admin"],"oid":")" +
         std::string(200, 'o') + "\",\"n\":" + std::to_string(number) + "}";
}

struct World {
  World() {
    const auto keys = KeySet::fromJwks(fixtures::keyDocument(key.jwk("k")));
    sources.push_back(KeySource{*keys, nullptr});
    rules.audiences = audiences;
  }
  sluice::runtime::Loop loop;
  fixtures::FakeFetcher fetcher{loop};
  Authenticator authenticator{fetcher, nullptr};
  fixtures::SigningKey key = fixtures::SigningKey::rsa();
  std::vector<KeySource> sources;
  const std::vector<std::string_view> audiences = {"https://cognitiveservices.azure.com"};
  TokenRules rules;
  std::string token(int number) {
    return key.sign(Algorithm::Rs256, R"({"alg":"RS256","kid":"k","typ":"JWT"})", payload(number));
  }
};

void BM_SeenBefore(benchmark::State& state) {
  World world;
  std::vector<std::string> tokens;
  for (int i = 0; i < state.range(0); ++i) tokens.push_back(world.token(i));
  for (const auto& token : tokens)
    benchmark::DoNotOptimize(world.authenticator.tryAuthenticate(token, world.sources, world.rules));
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(world.authenticator.tryAuthenticate(tokens[next], world.sources, world.rules));
    next = next + 1 == tokens.size() ? 0 : next + 1;
  }
}
BENCHMARK(BM_SeenBefore)->Arg(1)->Arg(500);

void BM_ParseOnly(benchmark::State& state) {
  World world;
  const std::string token = world.token(1);
  for (auto _ : state) benchmark::DoNotOptimize(Token::parse(token));
}
BENCHMARK(BM_ParseOnly);

void BM_VerifyRs256(benchmark::State& state) {
  World world;
  const auto token = Token::parse(world.token(1));
  for (auto _ : state) benchmark::DoNotOptimize(verifySignature(**token, *world.sources[0].configured));
}
BENCHMARK(BM_VerifyRs256);

}  // namespace

BENCHMARK_MAIN();
