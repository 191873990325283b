#include "config/loader.h"

#include <gtest/gtest.h>

#include <map>

#include "config/test_folder.h"

namespace sluice::config {
namespace {

constexpr std::string_view kSpecification =
    "openapi: 3.0.1\ninfo: {title: Chat, version: '1'}\nservers: [{url: 'https://upstream.example/base'}]\npaths:\n"
    "  /chat: {post: {operationId: Chat_Create}}\n  /models: {get: {operationId: models}}\n";

class Loader : public testing::Test {
 protected:
  void writeApi(const std::string& name, std::string_view properties = R"("path": "chat")") {
    folder_.write("apis/" + name + "/apiInformation.json", "{\"properties\": {" + std::string(properties) + "}}");
    folder_.write("apis/" + name + "/specification.yaml", kSpecification);
  }

  LoadResult load(const Overrides& overrides = {}) {
    const Environment environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = environment_.find(name);
      return found == environment_.end() ? std::nullopt : std::optional(found->second);
    };
    auto result = config::load(folder_.path(), environment, overrides);
    EXPECT_EQ(result.configuration == nullptr, result.diagnostics.hasErrors());
    return result;
  }
  std::shared_ptr<const Configuration> loaded(const Overrides& overrides = {}) {
    auto result = load(overrides);
    EXPECT_NE(result.configuration, nullptr) << result.diagnostics.render();
    return result.configuration;
  }
  std::string mistakes() { return folder_.plain(load().diagnostics.render()); }

  TestFolder folder_;
  std::map<std::string, std::string, std::less<>> environment_;
};

TEST_F(Loader, ReadsEveryKindOfResource) {
  folder_.write("policy.xml", "<policies/>");
  folder_.write("sluice.yaml", "tables: {t: {logger: feed, columns: {a: int}}}\nnamedValues: {key: {env: KEY}}\n");
  environment_["KEY"] = "s3cret";
  folder_.write("named values/key-id/namedValueInformation.json",
                R"({"properties": {"displayName": "key", "secret": true, "tags": ["a"]}})");
  folder_.write("named values/host/namedValueInformation.json",
                R"({"properties": {"displayName": "host", "value": "backend.example"}})");
  writeApi("chat", R"("path": "/chat/", "displayName": "Chat", "apiVersionSetId": "/apiVersionSets/versions",
      "apiVersion": "v1", "subscriptionKeyParameterNames": {"header": "api-key", "query": "k", "bearer": "enabled"})");
  folder_.write("apis/chat/policy.xml", "<policies><inbound>{{key}}</inbound></policies>");
  folder_.write("apis/chat/operations/chat_create/policy.xml", "<policies>{{host}}</policies>");
  folder_.write(
      "apis/chat/diagnostics/azuremonitor/diagnosticInformation.json",
      R"({"properties": {"loggerId": "/loggers/feed", "sampling": {"samplingType": "fixed", "percentage": 50}}})");
  folder_.write("version sets/versions/versionSetInformation.json",
                R"({"properties": {"displayName": "V", "versioningScheme": "Query", "versionQueryName": "version"}})");
  folder_.write("backends/b/backendInformation.json",
                R"({"properties": {"url": "https://{{host}}/", "protocol": "http", "title": "B"}})");
  folder_.write(
      "loggers/feed/loggerInformation.json",
      R"({"properties": {"loggerType": "azureEventHub", "credentials": {"name": "hub", "connectionString": "{{Logger-Credentials--1}}"}}})");
  folder_.write("policy fragments/f/policyFragmentInformation.json", R"({"properties": {"description": "D"}})");
  folder_.write("policy fragments/f/policy.xml", "<fragment/>");
  folder_.write("products/gold/productInformation.json",
                R"({"properties": {"displayName": "Gold", "state": "published", "subscriptionRequired": true}})");
  folder_.write("products/gold/policy.xml", "<policies/>");
  folder_.write("products/gold/apis/chat/productApiInformation.json", "{}");
  folder_.write("products/gold/groups/devs/productGroupInformation.json", "{}");
  folder_.write("groups/devs/groupInformation.json",
                R"({"properties": {"displayName": "Developers", "type": "custom"}})");
  folder_.write("subscriptions/s/subscriptionInformation.json",
                R"({"properties": {"scope": "/products/gold", "state": "active", "primaryKey": "k1"}})");
  folder_.write("tags/ai/tagInformation.json", R"({"properties": {"displayName": "AI"}})");
  folder_.write("tags/ai/apis/chat/tagApiInformation.json", "{}");
  folder_.write("gateways/g/gatewayInformation.json", R"({"properties": {"description": "G"}})");

  const auto configuration = loaded();
  ASSERT_NE(configuration, nullptr);
  EXPECT_EQ(configuration->version.size(), 16u);
  EXPECT_EQ(configuration->policy->source, "<policies/>");
  const Api* api = configuration->findApi("CHAT");
  ASSERT_NE(api, nullptr);
  EXPECT_EQ(api->path, "chat");
  EXPECT_EQ(api->service_url, "https://upstream.example/base");
  EXPECT_EQ(api->version_set, "versions");
  EXPECT_EQ(api->key_header, "api-key");
  EXPECT_TRUE(api->key_as_bearer);
  EXPECT_TRUE(api->subscription_required);
  EXPECT_EQ(api->tags, std::vector<std::string>{"ai"});
  ASSERT_EQ(api->operations.size(), 2u);
  EXPECT_EQ(api->operations[0].policy->expanded.text, "<policies>backend.example</policies>");
  EXPECT_FALSE(api->operations[1].policy);
  EXPECT_EQ(api->policy->expanded.text, "<policies><inbound>s3cret</inbound></policies>");
  EXPECT_TRUE(api->policy->expanded.replacements[0].secret);
  EXPECT_EQ(api->diagnostics[0].sampling_percentage, 50);
  EXPECT_EQ(configuration->findVersionSet("versions")->query_name, "version");
  EXPECT_EQ(configuration->findBackend("b")->url, "https://backend.example/");
  EXPECT_EQ(configuration->findLogger("FEED")->event_hub, "hub");
  EXPECT_EQ(configuration->findFragment("f")->policy.source, "<fragment/>");
  const Product* product = configuration->findProduct("gold");
  EXPECT_EQ(product->apis, std::vector<std::string>{"chat"});
  EXPECT_EQ(product->groups, std::vector<std::string>{"devs"});
  EXPECT_TRUE(product->published);
  EXPECT_EQ(configuration->subscriptions[0].scope, SubscriptionScope::Product);
  EXPECT_EQ(configuration->subscriptions[0].target, "gold");
  EXPECT_EQ(configuration->subscriptions[0].primary_key.reveal(), "k1");
  EXPECT_EQ(configuration->groups[0].display_name, "Developers");
  EXPECT_EQ(configuration->gateways[0].description, "G");
}

// Golden texts: what an author with many mistakes is told at once.
TEST_F(Loader, SaysEveryMistakeWithItsPlace) {
  folder_.write("sluice.yaml",
                "apis: [chat, chatt]\ntables:\n  exchanges: {logger: feeds, columns: {time: int, 'a b': int}}\n"
                "hosts: {'https://a': {address: b}}\nnamedValues: {tenant: {env: TENANT}}\nbackends: {x: {url: u}}\n");
  folder_.write("loggers/feed/loggerInformation.json", R"({"properties": {"loggerType": "kafka"}})");
  folder_.write("apis/chat/apiInformation.json",
                "{\n  \"properties\": {\n    \"path\": \"a/{b}\",\n    \"subscriptionRequird\": false,\n    "
                "\"isCurrent\": 1\n  }\n}");
  folder_.write("apis/chat/specification.yaml", kSpecification);
  folder_.write("apis/chat/policy.xml", "<policies>\n  <a b=\"{{tennant}}\" />\n</policies>");
  folder_.write("apis/chat/operations/chat_creat/policy.xml", "<policies/>");
  folder_.write("policy fragments/f/policyFragmentInformation.json", "{\"properties\": {}");
  EXPECT_EQ(
      mistakes(),
      R"(DIR/sluice.yaml:5:29: error: the named value `tenant` comes from the environment variable TENANT, which is not set
  namedValues: {tenant: {env: TENANT}}
                              ^
DIR/loggers/feed/loggerInformation.json:1:31: error: `loggerType` has to be one of azureEventHub, applicationInsights, azureMonitor, this is `kafka`
  {"properties": {"loggerType": "kafka"}}
                                ^
DIR/policy fragments/f/policyFragmentInformation.json:1:18: error: expected `,` or `}` in a mapping
  {"properties": {}
                   ^
DIR/policy fragments/f/policy.xml: error: the file is missing
  A fragment's policies stand in it.
DIR/apis/chat/apiInformation.json:3:13: error: an API's path is literal: no parameters, query or wildcard
      "path": "a/{b}",
              ^
DIR/apis/chat/apiInformation.json:5:18: error: `isCurrent` has to be true or false, this is `1`
      "isCurrent": 1
                   ^
DIR/apis/chat/apiInformation.json:4:5: warning: unknown key `subscriptionRequird` in this API has no effect
      "subscriptionRequird": false,
      ^
  Did you mean `subscriptionRequired`?
DIR/apis/chat/policy.xml:2:9: error: there is no named value `tennant`
    <a b="{{tennant}}" />
          ^
  Did you mean `tenant`?
DIR/apis/chat/operations/chat_creat/policy.xml: error: the specification has no operation `chat_creat`
  Did you mean `Chat_Create`?
DIR/sluice.yaml:3:3: error: the table `exchanges` is the built-in record
    exchanges: {logger: feeds, columns: {time: int, 'a b': int}}
    ^
  Choose another name.
DIR/sluice.yaml:3:15: error: there is no logger `feeds`
    exchanges: {logger: feeds, columns: {time: int, 'a b': int}}
                ^
  Did you mean `feed`?
DIR/sluice.yaml:3:40: error: the column `time` is always there; it cannot be declared
    exchanges: {logger: feeds, columns: {time: int, 'a b': int}}
                                         ^
DIR/sluice.yaml:3:51: error: `a b` is no column name
    exchanges: {logger: feeds, columns: {time: int, 'a b': int}}
                                                    ^
  Use letters, digits and `_`.
DIR/sluice.yaml:4:9: error: `https://a` is no host or host:port
  hosts: {'https://a': {address: b}}
          ^
  Leave out scheme and path.
DIR/sluice.yaml:1:1: error: there is no API `chatt`
  apis: [chat, chatt]
  ^
  Did you mean `chat`?
DIR/sluice.yaml:6:12: error: there is no backend `x`
  backends: {x: {url: u}}
             ^
)");
}

TEST_F(Loader, FoldersThatAreNoneAreRefused) {
  EXPECT_EQ(mistakes(),
            "DIR: error: there is neither sluice.yaml nor a folder `apis` here\n  Give the folder that holds them.\n");
  const auto result = config::load(folder_ / "nothing", processEnvironment());
  EXPECT_EQ(folder_.plain(result.diagnostics.render()),
            "DIR/nothing: error: this is not a folder\n  Give the folder that holds sluice.yaml and `apis`.\n");
}

TEST_F(Loader, ApisOfOtherKindsAreLeftOutWhole) {
  writeApi("chat");
  folder_.write("apis/soap/apiInformation.json", R"({"properties": {"path": "old", "type": "soap"}})");
  folder_.write("apis/soap/policy.xml", "<policies>{{nobody}}</policies>");
  const auto result = load();
  ASSERT_NE(result.configuration, nullptr) << result.diagnostics.render();
  ASSERT_EQ(result.configuration->left_out.size(), 1u);
  EXPECT_EQ(result.configuration->left_out[0].path, "old");
  EXPECT_EQ(result.configuration->left_out[0].reason, "APIs of type soap do not run here");
  EXPECT_EQ(
      folder_.plain(result.diagnostics.render()),
      "DIR/apis/soap/apiInformation.json:1:1: warning: the API `soap` is left out: APIs of type soap do not run here\n"
      "  Its path answers 501.\n");
}

TEST_F(Loader, OnlySelectedApisAreRead) {
  writeApi("chat");
  writeApi("broken", R"("path": 12, "nonsense": )");
  folder_.write("sluice.yaml", "apis: [chat]\n");
  EXPECT_EQ(loaded()->apis.size(), 1u);
}

TEST_F(Loader, AsASelfHostedGatewayItHasTheApisAssignedToThat) {
  writeApi("chat");
  writeApi("other", R"("path": "other")");
  writeApi("soap", R"("path": "old", "type": "soap")");
  folder_.write("gateways/edge/gatewayInformation.json", R"({"properties": {}})");
  folder_.write("gateways/edge/apis/chat/gatewayApiInformation.json", "{}");
  folder_.write("sluice.yaml", "gateway: edge\n");
  const auto configuration = loaded();
  ASSERT_EQ(configuration->apis.size(), 1u);
  EXPECT_EQ(configuration->apis[0].name, "chat");
  EXPECT_TRUE(configuration->left_out.empty());
  folder_.write("sluice.yaml", "gateway: egde\n");
  EXPECT_NE(mistakes().find("DIR/sluice.yaml:1:10: error: there is no gateway `egde`"), std::string::npos)
      << mistakes();
}

TEST_F(Loader, PlainListenersAndApisForHttpsOnlyAreToldOf) {
  writeApi("chat", R"("path": "chat", "protocols": ["https"])");
  const auto told = [this](std::string_view listener) {
    folder_.write("sluice.yaml", "listeners: [{address: '" + std::string(listener) + "}]\n");
    return mistakes().find("1 of the APIs are for https only") != std::string::npos;
  };
  EXPECT_TRUE(told("0.0.0.0:80'"));
  EXPECT_FALSE(told("127.0.0.1:80'"));
  EXPECT_FALSE(told("0.0.0.0:80', scheme: https"));
  EXPECT_FALSE(told("0.0.0.0:80', scheme: forwarded"));
  writeApi("chat", R"("path": "chat", "protocols": ["http", "https"])");
  EXPECT_FALSE(told("0.0.0.0:80'"));
}

TEST_F(Loader, SchemaResourcesAreReadWhateverTheirForm) {
  writeApi("chat");
  folder_.write(
      "apis/chat/schemas/a/apiSchemaInformation.json",
      R"({"properties": {"contentType": "application/vnd.ms-azure-apim.xsd+xml", "document": {"value": "<x/>"}}})");
  folder_.write("apis/chat/schemas/b/apiSchemaInformation.json",
                R"({"properties": {"contentType": "application/vnd.oai.openapi.components+json",)"
                R"( "document": {"components": {"a\"b": [1, null, true, "x\n"]}}}})");
  folder_.write("schemas/c/schemaInformation.json", R"({"properties": {"schemaType": "xml", "value": "<y/>"}})");
  folder_.write("schemas/d/schemaInformation.json", R"({"properties": {"schemaType": "json"}})");
  EXPECT_NE(mistakes().find("a schema has its text in `document` or `value`"), std::string::npos) << mistakes();
  folder_.write("schemas/d/schemaInformation.json", R"({"properties": {"schemaType": "json", "document": "{}"}})");
  const auto configuration = loaded();
  using Kind = SchemaResource::Kind;
  const auto& own = configuration->apis[0].schemas;
  ASSERT_EQ(own.size(), 2u);
  EXPECT_EQ(own[0].kind, Kind::Xml);
  EXPECT_EQ(own[0].text, "<x/>");
  EXPECT_EQ(own[1].kind, Kind::Json);
  EXPECT_EQ(own[1].text, R"({"components":{"a\"b":[1,null,true,"x\u000a"]}})");
  ASSERT_EQ(configuration->schemas.size(), 2u);
  EXPECT_EQ(configuration->schemas[0].text, "<y/>");
  EXPECT_EQ(configuration->schemas[1].text, "{}");
}

TEST_F(Loader, RevocationListsAreReadAtLoad) {
  writeApi("chat");
  folder_.write("sluice.yaml", "revocationLists: [a.crl]\n");
  EXPECT_NE(mistakes().find("there is no file"), std::string::npos);
  folder_.write("a.crl", "no list");
  EXPECT_NE(mistakes().find("it is no revocation list, neither in PEM nor in DER"), std::string::npos) << mistakes();
}

TEST_F(Loader, AnAzureMonitorLoggerLeadsToTheRecord) {
  writeApi("chat");
  folder_.write("loggers/azuremonitor/loggerInformation.json",
                R"({"properties": {"loggerType": "azureMonitor", "isBuffered": true}})");
  folder_.write("diagnostics/azuremonitor/diagnosticInformation.json",
                R"({"properties": {"loggerId": "/loggers/azuremonitor", "alwaysLog": "allErrors",)"
                R"( "sampling": {"samplingType": "fixed", "percentage": 100.0}}})");
  EXPECT_EQ(mistakes(), "");
  folder_.write("diagnostics/azuremonitor/diagnosticInformation.json",
                R"({"properties": {"loggerId": "/loggers/azuremonitor",)"
                R"( "sampling": {"samplingType": "fixed", "percentage": 10}}})");
  EXPECT_NE(mistakes().find("keeps 10 percent of exchanges; here every one is kept"), std::string::npos) << mistakes();
}

TEST_F(Loader, RevisionsAreKeptApart) {
  writeApi("chat", R"("path": "chat", "isCurrent": true, "apiRevision": "1")");
  writeApi("chat;rev=2", R"("path": "chat", "apiRevision": "2")");
  const auto configuration = loaded();
  ASSERT_EQ(configuration->apis.size(), 2u);
  EXPECT_EQ(configuration->findApi("chat")->revision, "1");
  EXPECT_EQ(configuration->apis[1].name, "chat");
  EXPECT_EQ(configuration->apis[1].revision, "2");
  EXPECT_FALSE(configuration->apis[1].is_current);
}

TEST_F(Loader, TwoApisAtOnePathAreAMistake) {
  writeApi("a");
  writeApi("b", R"("path": "CHAT")");
  EXPECT_NE(mistakes().find("the APIs `a` and `b` have the same path `CHAT`"), std::string::npos);
}

TEST_F(Loader, NamedValuesComeFromTheEnvironmentFilesAndOverrides) {
  writeApi("chat");
  folder_.write("apis/chat/policy.xml", "{{tenant}} {{key}} {{plain}} {{added}}");
  folder_.write("named values/t/namedValueInformation.json",
                R"({"properties": {"displayName": "tenant", "value": "stored"}})");
  folder_.write("named values/key/namedValueInformation.json",
                R"({"properties": {"displayName": "key", "keyVault": {"secretIdentifier": "https://v/secrets/k"}}})");
  folder_.write("secrets/key", "from file\n");
  folder_.write(
      "sluice.yaml",
      "namedValues: {t: {env: TENANT}, key: {file: secrets/key}, plain: {value: spelled}, added: {value: x}}\n");
  environment_["TENANT"] = "from environment";
  const auto configuration = loaded();
  ASSERT_NE(configuration, nullptr);
  const auto& expanded = configuration->apis[0].policy->expanded;
  EXPECT_EQ(expanded.text, "from environment from file spelled x");
  EXPECT_FALSE(expanded.replacements[0].secret);
  EXPECT_TRUE(expanded.replacements[1].secret);
  EXPECT_FALSE(expanded.replacements[2].secret);

  environment_.clear();
  Overrides overrides;
  overrides.named_values = {{"t", "o1"}, {"added", "o2"}};
  EXPECT_EQ(loaded(overrides)->apis[0].policy->expanded.text, "o1 from file spelled o2");
}

TEST_F(Loader, OverridesReplaceSettings) {
  writeApi("chat");
  folder_.write("sluice.yaml", "hosts: {a: {address: b}, c: {address: d}}\nlisteners: [{address: '127.0.0.1:1'}]\n");
  Overrides overrides;
  overrides.listeners = {Listener{Address{"127.0.0.1", 0}, std::nullopt}};
  overrides.hosts = {{"a", HostMapping{HostAddress{{"x", 1}}, {}}}, {"e", HostMapping{HostAddress{{"f", 2}}, {}}}};
  overrides.journal_directory = "/j";
  overrides.store_path = "/s";
  const auto configuration = loaded(overrides);
  EXPECT_EQ(configuration->settings.listeners[0].address.port, 0);
  EXPECT_EQ(configuration->settings.hosts.size(), 3u);
  EXPECT_EQ(findNamed(configuration->settings.hosts, "a")->address.host, "x");
  EXPECT_EQ(configuration->settings.journal.directory.text, "/j");
  EXPECT_EQ(configuration->settings.store.path.text, "/s");
}

TEST_F(Loader, TheVersionFollowsTheContent) {
  writeApi("chat");
  const std::string first = loaded()->version;
  EXPECT_EQ(loaded()->version, first);
  folder_.write("apis/chat/policy.xml", "<policies/>");
  EXPECT_NE(loaded()->version, first);
}

TEST_F(Loader, TheFingerprintFollowsSecretsToo) {
  writeApi("chat");
  folder_.write("outside/key", "1");
  folder_.write("sluice.yaml", "namedValues: {key: {file: outside/key}, other: {env: OTHER}}\n");
  environment_["OTHER"] = "a";
  const auto first = loaded();
  EXPECT_EQ(loaded()->fingerprint, first->fingerprint);
  folder_.write("outside/key", "2");
  const auto second = loaded();
  EXPECT_EQ(second->version, first->version);
  EXPECT_NE(second->fingerprint, first->fingerprint);
  environment_["OTHER"] = "b";
  EXPECT_NE(loaded()->fingerprint, second->fingerprint);
}

TEST_F(Loader, SaysWhatTheWatcherShouldWatch) {
  writeApi("chat");
  folder_.write("apis/chat/operations/models/policy.xml", "<policies/>");
  folder_.write("secrets/key", "x");
  folder_.write("sluice.yaml", "namedValues: {key: {file: secrets/key}}\n");
  const auto result = load();
  const auto expected = [&](std::initializer_list<std::string_view> names) {
    std::vector<std::string> paths;
    for (const auto name : names) paths.push_back(name.empty() ? folder_.path() : folder_ / name);
    return paths;
  };
  EXPECT_EQ(result.folders, expected({"", "apis", "apis/chat", "apis/chat/operations", "apis/chat/operations/models"}));
  EXPECT_EQ(result.files, expected({"secrets/key"}));
}

// A ConfigMap's files are links into a folder that is swapped whole; a link that leaves the folder is something else.
TEST_F(Loader, LinksInsideTheFolderAreFollowedOthersRefused) {
  folder_.write("..2024/apis/chat/apiInformation.json", R"({"properties": {"path": "chat"}})");
  folder_.write("..2024/apis/chat/specification.yaml", kSpecification);
  std::filesystem::create_symlink("..2024", folder_ / "..data");
  std::filesystem::create_symlink("..data/apis", folder_ / "apis");
  EXPECT_EQ(loaded()->apis[0].operations.size(), 2u);
  std::filesystem::create_symlink("/etc/passwd", folder_ / "policy.xml");
  EXPECT_EQ(mistakes(),
            "DIR/policy.xml: error: this link leads out of the configuration's folder\n"
            "  Copy what it points to into the folder.\n");
}

TEST_F(Loader, HostileFilesAreRefused) {
  writeApi("chat");
  folder_.write("apis/chat/policy.xml", std::string(3 << 20, ' '));
  EXPECT_EQ(mistakes(), "DIR/apis/chat/policy.xml: error: the file cannot be read: larger than 2097152 bytes\n");
  folder_.write("apis/chat/policy.xml", "\xff\xfe");
  EXPECT_NE(mistakes().find("the file is not UTF-8"), std::string::npos);
  std::filesystem::remove(folder_ / "apis/chat/policy.xml");
  folder_.write("apis/chat/specification.yaml", std::string(17 << 20, ' '));
  EXPECT_NE(mistakes().find("larger than 16777216 bytes"), std::string::npos);
  folder_.write("apis/chat/specification.yaml", "openapi: 3.0.0\npaths: " + std::string(50'000, '['));
  EXPECT_NE(mistakes(), "");
  folder_.write("apis/chat/specification.yaml", kSpecification);
  folder_.write("apis/chat/apiInformation.json", std::string(1 << 20, '{'));
  EXPECT_NE(mistakes(), "");
}

TEST_F(Loader, PoolsNameBackendsAndBreakersSayWhatTheyCount) {
  writeApi("chat");
  folder_.write(
      "backends/p/backendInformation.json",
      R"({"properties": {"type": "Pool", "pool": {"services": [{"id": "/backends/a"}, {"id": "/backends/x"}]}}})");
  folder_.write(
      "backends/a/backendInformation.json",
      R"({"properties": {"url": "https://a", "circuitBreaker": {"rules": [{"name": "r", "tripDuration": "PT1M",
                "failureCondition": {"count": 3, "interval": "PT5M", "statusCodeRanges": [{"min": 429, "max": 429}]}}]}}})");
  const std::string found = mistakes();
  EXPECT_NE(found.find("the pool `p` names the backend `x`, which is not there"), std::string::npos) << found;
  EXPECT_EQ(found.find("backend `a`"), std::string::npos) << found;
  folder_.write("backends/p/backendInformation.json",
                R"({"properties": {"type": "Pool", "pool": {"services": [{"id": "/backends/a"}]}}})");
  folder_.write(
      "backends/a/backendInformation.json",
      R"({"properties": {"url": "https://a", "circuitBreaker": {"rules": [{"name": "r", "tripDuration": "PT1M",
                "failureCondition": {"interval": "PT5M", "errorReasons": ["Server errors", "Bad mood"]}}]}}})");
  const std::string again = mistakes();
  EXPECT_NE(again.find("a circuit breaker's condition needs `count` or `percentage`"), std::string::npos) << again;
  EXPECT_NE(again.find("`Bad mood` is no reason that a call here can fail for"), std::string::npos) << again;
}

TEST_F(Loader, BackendsThatLackACertificateAreLeftOutWithTheirApis) {
  writeApi("chat");
  writeApi("other", R"("path": "other")");
  folder_.write("apis/chat/policy.xml",
                "<policies><inbound><set-backend-service backend-id='b' /></inbound></policies>");
  folder_.write("backends/b/backendInformation.json",
                R"({"properties": {"url": "https://b", "credentials": {"certificateIds": ["/certificates/mine"]}}})");
  const auto configuration = loaded();
  ASSERT_EQ(configuration->left_out.size(), 1u);
  EXPECT_EQ(configuration->left_out[0].name, "chat");
  EXPECT_EQ(configuration->left_out[0].reason, "its backend `b` needs the certificate `mine`, which nothing supplies");
  ASSERT_EQ(configuration->apis.size(), 1u);
}

TEST_F(Loader, BackendsHaveTlsSettingsAndAProxy) {
  folder_.write("backends/b/backendInformation.json", R"({"properties": {"url": "https://b",
      "tls": {"validateCertificateChain": false, "serverCertificateThumbprints": ["AB"],
              "serverX509Names": [{"name": "n", "issuerCertificateThumbprint": "CD"}]},
      "proxy": {"url": "http://proxy:8080/", "username": "u", "password": "p"}}})");
  writeApi("chat");
  const auto configuration = loaded();
  const Backend& backend = configuration->backends.at(0);
  EXPECT_FALSE(backend.validate_certificate_chain);
  EXPECT_TRUE(backend.validate_certificate_name);
  EXPECT_EQ(backend.server_names.at(0).name, "n");
  EXPECT_EQ(backend.server_names.at(0).issuer_thumbprint, "CD");
  EXPECT_EQ(backend.proxy_user, "u");
  EXPECT_EQ(backend.proxy_password.reveal(), "p");
  folder_.write("backends/b/backendInformation.json",
                R"({"properties": {"url": "https://b", "proxy": {"url": "https://proxy"}}})");
  EXPECT_NE(mistakes().find("the proxy `https://proxy` of the backend `b` is not a proxy's URL"), std::string::npos);
}

class Sample : public testing::TestWithParam<const char*> {};

TEST_P(Sample, LoadsWithoutAWord) {
  const auto result = load(std::string(SLUICE_SOURCE_DIR) + "/examples/" + GetParam(),
                           [](std::string_view) -> std::optional<std::string> { return std::nullopt; });
  EXPECT_EQ(result.diagnostics.render(), "");
  ASSERT_NE(result.configuration, nullptr);
  ASSERT_EQ(result.configuration->apis.size(), 1u);
  for (const auto& operation : result.configuration->apis[0].operations) EXPECT_FALSE(operation.url_template.empty());
  EXPECT_NE(result.configuration->findLogger("OpenAIFeed"), nullptr);
  EXPECT_EQ(findNamed(result.configuration->settings.tables, "openaiA")->columns.size(), 8u);
}

INSTANTIATE_TEST_SUITE_P(Examples, Sample, testing::Values("azure-openai", "openai-v1"), [](const auto& test) {
  return std::string(test.param).substr(0, 5) == "azure" ? "Azure" : "OpenAi";
});

}  // namespace
}  // namespace sluice::config
