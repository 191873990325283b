// Compares columns of an exchange's record, by their names, with what a scenario expects.
#pragma once

#include "event/exchange_record.h"
#include "scenario/compare.h"

namespace sluice::scenario {

void compareRecord(const Fields& expected, const event::ExchangeRecord& record, Differences& differences);

}  // namespace sluice::scenario
