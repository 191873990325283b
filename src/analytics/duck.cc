#include "analytics/duck.h"

#include <fmt/format.h>

#include <exception>

namespace sluice::analytics {
namespace {

struct Setting {
  const char* name;
  std::string value;
};

}  // namespace

Status guarded(const std::function<Status()>& body) {
  try {
    return body();
  } catch (const std::exception& error) {
    return fail(std::string("DuckDB: ") + error.what());
  } catch (...) {
    return fail("DuckDB: an unknown exception");
  }
}

Result<std::unique_ptr<Database>> Database::open(const DatabaseOptions& options) {
  if (auto loaded = loadDuckdb(); !loaded) return tl::make_unexpected(loaded.error());
  Owned<duckdb_config, duckdb_destroy_config> config;
  if (duckdb_create_config(config.out()) != DuckDBSuccess) return fail("cannot configure DuckDB");
  const Setting settings[] = {
      {"memory_limit", fmt::format("{}B", options.memory_limit)},
      {"threads", fmt::format("{}", options.threads)},
      {"access_mode", options.access == Access::ReadOnly ? "READ_ONLY" : "READ_WRITE"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"enable_external_access", "false"},
      {"lock_configuration", "true"},
  };
  for (const auto& setting : settings) {
    if (duckdb_set_config(config.get(), setting.name, setting.value.c_str()) != DuckDBSuccess) {
      return fail(fmt::format("DuckDB refuses the setting {}", setting.name));
    }
  }
  auto database = std::make_unique<Database>();
  char* message = nullptr;
  const auto opened = guarded([&]() -> Status {
    if (duckdb_open_ext(options.path.c_str(), database->handle_.out(), config.get(), &message) == DuckDBSuccess) {
      return {};
    }
    auto error = fail(fmt::format("cannot open the store {}: {}", options.path, message == nullptr ? "" : message));
    duckdb_free(message);
    return error;
  });
  if (!opened) return tl::make_unexpected(opened.error());
  return database;
}

Result<Connection> Database::connect() const {
  Connection connection;
  if (duckdb_connect(handle_.get(), connection.out()) != DuckDBSuccess) return fail("cannot connect to the store");
  return connection;
}

Status execute(const Connection& connection, const std::string& sql) {
  return guarded([&]() -> Status {
    QueryResult result;
    if (duckdb_query(connection.get(), sql.c_str(), result.out()) == DuckDBSuccess) return {};
    const char* message = duckdb_result_error(result.out());
    return fail(message == nullptr ? "the store refused a statement" : message);
  });
}

Result<std::vector<std::vector<std::string>>> fetchAll(const Connection& connection, const std::string& sql) {
  std::vector<std::vector<std::string>> rows;
  const auto done = guarded([&]() -> Status {
    QueryResult result;
    if (duckdb_query(connection.get(), sql.c_str(), result.out()) != DuckDBSuccess) {
      return fail(duckdb_result_error(result.out()));
    }
    const idx_t columns = duckdb_column_count(result.out());
    for (idx_t row = 0; row < duckdb_row_count(result.out()); ++row) {
      rows.emplace_back();
      for (idx_t column = 0; column < columns; ++column) {
        char* text = duckdb_value_varchar(result.out(), column, row);
        rows.back().emplace_back(text == nullptr ? "" : text);
        duckdb_free(text);
      }
    }
    return {};
  });
  if (!done) return tl::make_unexpected(done.error());
  return rows;
}

std::string quoteText(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += '\'';
    quoted += c;
  }
  return quoted + '\'';
}

}  // namespace sluice::analytics
