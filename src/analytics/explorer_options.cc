// The explorer's options as a file beside the store: what `sluice explorer` is started with, and what `sluice query`
// needs when no gateway runs.
#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "analytics/explorer.h"
#include "journal/posix_file.h"

namespace sluice::analytics {
namespace {

constexpr std::array<std::pair<std::string_view, config::ColumnType>, 7> kTypes = {{
    {"bool", config::ColumnType::Bool},
    {"int", config::ColumnType::Int},
    {"long", config::ColumnType::Long},
    {"real", config::ColumnType::Real},
    {"string", config::ColumnType::String},
    {"datetime", config::ColumnType::DateTime},
    {"dynamic", config::ColumnType::Dynamic},
}};

std::string_view typeName(config::ColumnType type) {
  return std::ranges::find(kTypes, type, &std::pair<std::string_view, config::ColumnType>::second)->first;
}

std::string quoteJson(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", c);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string toJson(const ExplorerOptions& options) {
  std::string tables;
  for (const auto& table : options.tables) {
    std::string columns;
    for (const auto& column : table.columns) {
      columns += fmt::format("{}[{},{}]", columns.empty() ? "" : ",", quoteJson(column.name),
                             quoteJson(typeName(column.type)));
    }
    tables += fmt::format("{}{{\"name\":{},\"logger\":{},\"columns\":[{}]}}", tables.empty() ? "" : ",",
                          quoteJson(table.name), quoteJson(table.logger), columns);
  }
  return fmt::format("{{\"journal\":{},\"store\":{},\"memory\":{},\"threads\":{},\"tables\":[{}]}}\n",
                     quoteJson(options.journal_directory), quoteJson(options.store_path), options.memory_limit,
                     options.threads, tables);
}

// Every access below may fail; simdjson's exceptions are caught by the caller.
ExplorerOptions fromJson(simdjson::dom::element root) {
  ExplorerOptions options;
  options.journal_directory = std::string(root["journal"].get_string().value());
  options.store_path = std::string(root["store"].get_string().value());
  options.memory_limit = root["memory"].get_uint64().value();
  options.threads = static_cast<unsigned>(root["threads"].get_uint64().value());
  // Named: value() of a temporary refers into it, and a loop's range would outlive it.
  const simdjson::dom::array tables = root["tables"].get_array();
  for (const auto table : tables) {
    TableDefinition definition;
    definition.name = std::string(table["name"].get_string().value());
    definition.logger = std::string(table["logger"].get_string().value());
    const simdjson::dom::array columns = table["columns"].get_array();
    for (const auto column : columns) {
      const std::string_view type = column.at(1).get_string().value();
      const auto known = std::ranges::find(kTypes, type, &std::pair<std::string_view, config::ColumnType>::first);
      definition.columns.push_back({std::string(column.at(0).get_string().value()),
                                    known == kTypes.end() ? config::ColumnType::Dynamic : known->second});
    }
    options.tables.push_back(std::move(definition));
  }
  return options;
}

}  // namespace

std::string socketPath(const std::string& store_path) {
  return store_path + ".sock";
}
std::string optionsPath(const std::string& store_path) {
  return store_path + ".explorer";
}

Status saveOptions(const ExplorerOptions& options) {
  const std::string path = optionsPath(options.store_path);
  const std::string aside = path + ".new";
  const std::string text = toJson(options);
  auto file = journal::openFile(aside, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return tl::make_unexpected(file.error());
  if (::write(file->get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::rename(aside.c_str(), path.c_str()) != 0) {
    return tl::make_unexpected(journal::systemError("cannot write", path, 0));
  }
  return {};
}

Result<ExplorerOptions> loadOptions(const std::string& path) {
  try {
    simdjson::dom::parser parser;
    return fromJson(parser.load(path).value());
  } catch (const simdjson::simdjson_error& error) {
    return fail(fmt::format("cannot read the explorer's options {}: {}", path, error.what()));
  }
}

}  // namespace sluice::analytics
