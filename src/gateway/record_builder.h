// RecordBuilder: turns a finished conversation into its log-to-eventhub events and its row of table `exchanges`, and
// commits them.
#pragma once

#include <string_view>

#include "event/exchange_record.h"
#include "event/recorder.h"
#include "runtime/task.h"

namespace sluice::gateway {

class Conversation;

class RecordBuilder {
 public:
  explicit RecordBuilder(Conversation& conversation) : conversation_(conversation) {}

  // False: not safe (no room, disk full): the answer must not end as if all were well.
  runtime::Task<bool> commit(std::string_view outcome, bool with_record);

 private:
  event::ExchangeRecord build(std::string_view outcome);
  void fillCaller(event::ExchangeRecord& record);
  void fillModel(event::ExchangeRecord& record);
  void fillTimes(event::ExchangeRecord& record);
  void fillBodies(event::ExchangeRecord& record);
  std::string_view triesText();
  std::string_view textVariable(std::string_view name);

  Conversation& conversation_;
};

}  // namespace sluice::gateway
