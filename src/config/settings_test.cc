#include <gtest/gtest.h>

#include "config/settings_reader.h"
#include "config/test_folder.h"
#include "text/file.h"
#include "text/yaml_document.h"

namespace sluice::config {
namespace {

class SettingsReader : public testing::Test {
 protected:
  Settings read(std::string yaml) {
    Settings settings = defaultSettings(folder_.path());
    if (const auto document = text::parseYaml("sluice.yaml", std::move(yaml), diagnostics_))
      readSettings(*document, folder_.path(), settings, diagnostics_, files_);
    return settings;
  }
  std::string mistakeIn(std::string yaml) {
    diagnostics_ = {};
    read(std::move(yaml));
    return folder_.plain(diagnostics_.render());
  }

  TestFolder folder_;
  Diagnostics diagnostics_;
  std::vector<std::string> files_;
};

TEST_F(SettingsReader, AnEmptyFileGivesTheDefaults) {
  const auto settings = read("");
  EXPECT_EQ(diagnostics_.render(), "");
  EXPECT_EQ(settings.listeners.size(), 1u);
  EXPECT_EQ(settings.management.address, (Address{"127.0.0.1", 8081}));
  EXPECT_EQ(settings.limits.request_body, 64u << 20);
  EXPECT_EQ(settings.journal.directory.text, folder_ / "data/journal");
  EXPECT_EQ(settings.store.path.text, folder_ / "data/store.duckdb");
}

TEST_F(SettingsReader, ReadsEveryKindOfKey) {
  folder_.write("tls/a.pem", "certificate");
  folder_.write("tls/a.key", "key");
  const auto settings = read(R"(
listeners:
  - address: 0.0.0.0:443
    tls: {certificate: tls/a.pem, key: tls/a.key}
  - {address: "[::1]:8080"}
management: {address: 127.0.0.1:9000}
threads: 4
logLevel: warning
drainTimeout: 1m
limits: {requestBody: 1MiB, connections: 10}
timeouts: {requestHead: 500ms}
upstream: {maxConnections: 5}
hosts:
  login.microsoftonline.com: {address: "127.0.0.1:8443", ca: tls/a.pem}
  a.example:443: {address: b.example}
identity: {maxToken: 8KiB}
journal: {directory: /var/journal, durability: record, whenFull: drop}
store: {enabled: false}
tables: {t: {logger: l, columns: {z: int, a: dynamic}}}
record: {bodies: none, apis: {x: full}}
usage: {countTokens: false}
apis: [a, b]
namedValues: {tenant: {env: TENANT}, key: {file: tls/a.key}, plain: {value: 12}}
backends: {b: {url: 'https://c.example'}}
loggers: {l: {connectionString: {env: L}}}
)");
  EXPECT_EQ(diagnostics_.render(), "");
  ASSERT_EQ(settings.listeners.size(), 2u);
  EXPECT_EQ(settings.listeners[0].tls->key.text, folder_ / "tls/a.key");
  EXPECT_EQ(settings.listeners[1].address, (Address{"::1", 8080}));
  EXPECT_FALSE(settings.listeners[1].tls);
  EXPECT_EQ(settings.management.address.port, 9000);
  EXPECT_EQ(settings.threads, 4u);
  EXPECT_EQ(settings.log_level, log::Level::Warning);
  EXPECT_EQ(settings.drain_timeout, std::chrono::minutes(1));
  EXPECT_EQ(settings.limits.request_body, 1u << 20);
  EXPECT_EQ(settings.limits.buffered_response, 64u << 20);
  EXPECT_EQ(settings.timeouts.request_head, std::chrono::milliseconds(500));
  EXPECT_EQ(findNamed(settings.hosts, "login.microsoftonline.com")->address.port, 8443);
  EXPECT_EQ(findNamed(settings.hosts, "a.example:443")->address.port, 0);
  EXPECT_EQ(settings.journal.directory.text, "/var/journal");
  EXPECT_EQ(settings.journal.durability, Durability::Record);
  EXPECT_EQ(settings.journal.when_full, WhenFull::Drop);
  EXPECT_FALSE(settings.store.enabled);
  EXPECT_EQ(settings.tables[0].second.columns[0].first, "z");
  EXPECT_EQ(settings.tables[0].second.columns[1].second, ColumnType::Dynamic);
  EXPECT_EQ(settings.record.bodies, RecordBodies::None);
  EXPECT_EQ(*findNamed(settings.record.apis, "x"), RecordBodies::Full);
  EXPECT_FALSE(settings.usage.count_tokens);
  EXPECT_EQ(settings.apis, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(findNamed(settings.named_values, "plain")->value, "12");
  EXPECT_EQ(settings.backends[0].second.url, "https://c.example");
  EXPECT_EQ(settings.loggers[0].second.connection_string->env, "L");
  EXPECT_EQ(files_, (std::vector<std::string>{folder_ / "tls/a.pem", folder_ / "tls/a.key", folder_ / "tls/a.pem",
                                              folder_ / "tls/a.key"}));
}

// All of one file's mistakes at once, as an author sees them.
TEST_F(SettingsReader, SaysEveryMistakeWithItsPlace) {
  EXPECT_EQ(mistakeIn(R"(listners: []
threads: many
limits:
  requestBody: 64 MB/s
  requestBodi: 1MiB
listeners:
  - tls: {certificate: none.pem, key: none.key}
drainTimeout: [30s]
journal: {durability: always}
tables: {t: {columns: {a: integer}}}
namedValues: {x: {env: A, value: b}, y: {}, z: plain}
store: {enabled: yes}
hosts: [a]
)"),
            R"(sluice.yaml:1:1: error: unknown key `listners` in sluice.yaml
  listners: []
  ^
  Did you mean `listeners`?
sluice.yaml:2:10: error: `threads` has to be a whole number, this is `many`
  threads: many
           ^
sluice.yaml:5:3: error: unknown key `requestBodi` in `limits`
    requestBodi: 1MiB
    ^
  Did you mean `requestBody`?
sluice.yaml:4:16: error: `limits.requestBody` has to be a size such as `64MiB`, this is `64 MB/s`
    requestBody: 64 MB/s
                 ^
sluice.yaml:7:24: error: there is no file `DIR/none.pem`
    - tls: {certificate: none.pem, key: none.key}
                         ^
  Relative paths are relative to the configuration's folder.
sluice.yaml:7:39: error: there is no file `DIR/none.key`
    - tls: {certificate: none.pem, key: none.key}
                                        ^
  Relative paths are relative to the configuration's folder.
sluice.yaml:7:5: error: `listeners[0].address` is missing
    - tls: {certificate: none.pem, key: none.key}
      ^
sluice.yaml:8:15: error: `drainTimeout` has to be a duration such as `30s`, this is a list
  drainTimeout: [30s]
                ^
sluice.yaml:9:23: error: `journal.durability` has to be interval or record, this is `always`
  journal: {durability: always}
                        ^
sluice.yaml:10:27: error: `tables.t.columns.a` has to be bool or int or long or real or string or datetime or dynamic, this is `integer`
  tables: {t: {columns: {a: integer}}}
                            ^
sluice.yaml:10:13: error: `tables.t.logger` is missing
  tables: {t: {columns: {a: integer}}}
              ^
sluice.yaml:11:18: error: `namedValues.x` needs exactly one of `env`, `file`, `keyVault` and `value`
  namedValues: {x: {env: A, value: b}, y: {}, z: plain}
                   ^
sluice.yaml:11:41: error: `namedValues.y` needs exactly one of `env`, `file`, `keyVault` and `value`
  namedValues: {x: {env: A, value: b}, y: {}, z: plain}
                                          ^
sluice.yaml:11:48: error: `namedValues.z` has to be a mapping, this is `plain`
  namedValues: {x: {env: A, value: b}, y: {}, z: plain}
                                                 ^
sluice.yaml:12:18: error: `store.enabled` has to be true or false, this is `yes`
  store: {enabled: yes}
                   ^
sluice.yaml:13:8: error: `hosts` has to be a mapping of names, this is a list
  hosts: [a]
         ^
)");
}

TEST(SettingsReference, ThePageInTheDocumentationIsTheOneGenerated) {
  const auto page = text::readFile(std::string(SLUICE_SOURCE_DIR) + "/docs/reference/sluice-yaml.md", 1u << 20);
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(*page, settingsReference()) << "write config::settingsReference() to docs/reference/sluice-yaml.md";
}

}  // namespace
}  // namespace sluice::config
