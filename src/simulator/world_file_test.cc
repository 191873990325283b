#include <gtest/gtest.h>

#include "simulator/world.h"
#include "text/file.h"

namespace sluice::simulator {
namespace {

World read(std::string_view yaml, Diagnostics& diagnostics) {
  return readWorld("world.yaml", yaml, diagnostics);
}

TEST(WorldFile, AnEmptyFileIsTheDefaultWorld) {
  Diagnostics diagnostics;
  auto world = read("", diagnostics);
  EXPECT_FALSE(diagnostics.hasErrors()) << diagnostics.render();
  EXPECT_EQ(world.instances.size(), 2u);
  EXPECT_NE(world.instance("dev-openai-instance-2")->deployment("gpt-4o"), nullptr);
  EXPECT_NE(world.userByName("ALICE@contoso.example"), nullptr);
}

TEST(WorldFile, ReadsEverything) {
  Diagnostics diagnostics;
  auto world = read(R"(
seed: 7
tenant: {id: 0b000000-0000-4000-8000-000000000001, domain: fabrikam.example}
openai-key: sk-test
token-lifetime: 5m
key-rotation: 1h
sign-in: dora@fabrikam.example
knobs: {latency: 20ms}
users:
  - {id: 0b000000-0000-4000-8000-000000000002, name: Dora Doe, user-name: dora@fabrikam.example, groups: [g1, g2], openai-user: true}
applications:
  - id: 0b000000-0000-4000-8000-000000000003
    name: batch
    secret: s3cret
    redirect-uris: [https://app.example/callback]
    roles: [Reader]
    token-version: 2
resources:
  - {identifier: api://shop, id: 0b000000-0000-4000-8000-000000000004, token-version: 2, scope: Orders.Read}
instances:
  - name: one
    key: k1
    region: East US
    knobs: {tps: 5}
    deployments:
      - {name: chat, model: gpt-4o, version: 2024-08-06, knobs: {tpm: 1000, status: 503}}
)",
                    diagnostics);
  EXPECT_FALSE(diagnostics.hasErrors()) << diagnostics.render();
  EXPECT_EQ(world.seed, 7u);
  EXPECT_EQ(world.tenant_domain, "fabrikam.example");
  EXPECT_EQ(world.openai_key.reveal(), "sk-test");
  EXPECT_EQ(world.token_lifetime, Duration(std::chrono::minutes(5)));
  EXPECT_EQ(world.key_rotation, Duration(std::chrono::hours(1)));
  EXPECT_EQ(world.automatic_user, "dora@fabrikam.example");
  EXPECT_EQ(world.userByName("dora@fabrikam.example")->groups.size(), 2u);
  const auto* batch = world.application("0b000000-0000-4000-8000-000000000003");
  ASSERT_NE(batch, nullptr);
  EXPECT_EQ(batch->token_version, 2);
  EXPECT_EQ(batch->object_id, batch->client_id);
  EXPECT_EQ(world.resource("api://shop/")->scope, "Orders.Read");
  ASSERT_NE(world.instance("ONE"), nullptr);
  EXPECT_EQ(world.instance("one")->knobs.tokens_per_second, 5);
  EXPECT_EQ(world.instance("one")->deployment("chat")->knobs.tokens_per_minute, 1000);
  EXPECT_EQ(world.instance("dev-openai-instance-1"), nullptr);
}

TEST(WorldFile, NamesEveryMistakeWithItsPlace) {
  Diagnostics diagnostics;
  read(R"(
sead: 1
token-lifetime: soon
sign-in: nobody@contoso.example
instances:
  - name: a.b
    deployments: [{model: gpt-4o}]
    knobs: {latencey: 1s}
users: nobody
)",
       diagnostics);
  EXPECT_EQ(diagnostics.errors(), 7u) << diagnostics.render();
  EXPECT_EQ(diagnostics.all()[0].location.line, 2u);
  EXPECT_NE(diagnostics.render().find("latency"), std::string::npos) << "the nearest name is suggested";
}

TEST(WorldFile, RefusesAWorldWithoutInstances) {
  Diagnostics diagnostics;
  read("instances: []", diagnostics);
  EXPECT_TRUE(diagnostics.hasErrors());
}

TEST(WorldFile, TheSampleIsReadable) {
  const auto sample = text::readFile(std::string(SLUICE_SOURCE_DIR) + "/examples/simulator/simulator.yaml", 1 << 20);
  ASSERT_TRUE(sample) << sample.error().message;
  Diagnostics diagnostics;
  read(*sample, diagnostics);
  EXPECT_FALSE(diagnostics.hasErrors()) << diagnostics.render();
}

}  // namespace
}  // namespace sluice::simulator
