#include "scenario/record_fields.h"

#include <fmt/format.h>

namespace sluice::scenario {
namespace {

std::string textOf(const event::Column<event::ExchangeRecord>& column, const event::ExchangeRecord& record) {
  switch (column.type) {
    case event::ColumnType::String:
    case event::ColumnType::Text:
      return std::string(record.*column.view);
    case event::ColumnType::Long:
      return record.*column.number ? std::to_string(*(record.*column.number)) : "";
    case event::ColumnType::Real:
      return record.*column.real ? fmt::format("{}", *(record.*column.real)) : "";
    case event::ColumnType::Bool:
      return record.*column.flag ? "true" : "false";
    case event::ColumnType::Time:
      return std::to_string((record.*column.time).time_since_epoch().count());
  }
  return {};
}

}  // namespace

void compareRecord(const Fields& expected, const event::ExchangeRecord& record, Differences& differences) {
  for (const auto& [name, value] : expected) {
    bool known = false;
    for (const auto& column : event::kExchangeColumns) {
      if (column.name != name) continue;
      known = true;
      if (const auto got = textOf(column, record); got != value)
        differences.push_back(fmt::format("record {}: expected `{}`, got `{}`", name, value, got));
    }
    if (!known) differences.push_back(fmt::format("record {}: there is no such column", name));
  }
}

}  // namespace sluice::scenario
