#include "analytics/table_definition.h"

namespace sluice::analytics {

std::vector<TableDefinition> tableDefinitions(const config::Settings& settings) {
  std::vector<TableDefinition> definitions;
  for (const auto& [name, table] : settings.tables) {
    TableDefinition definition{name, table.logger, {}};
    for (const auto& [column, type] : table.columns) definition.columns.push_back({column, type});
    definitions.push_back(std::move(definition));
  }
  return definitions;
}

}  // namespace sluice::analytics
