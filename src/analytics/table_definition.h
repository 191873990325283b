// TableDefinition: a table that a logger's JSON events become rows of, as `tables:` of sluice.yaml declares it.
#pragma once

#include <string>
#include <vector>

#include "config/settings.h"

namespace sluice::analytics {

struct TableColumn {
  std::string name;  // the key of the event's JSON object; keys are case-sensitive
  config::ColumnType type = config::ColumnType::String;
  bool operator==(const TableColumn&) const = default;
};

struct TableDefinition {
  std::string name;
  std::string logger;
  std::vector<TableColumn> columns;  // besides `time`, which is always there and first
  bool operator==(const TableDefinition&) const = default;
};

std::vector<TableDefinition> tableDefinitions(const config::Settings& settings);

}  // namespace sluice::analytics
