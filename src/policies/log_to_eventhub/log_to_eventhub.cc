#include "policies/log_to_eventhub/log_to_eventhub.h"

#include <fmt/format.h>

#include <string>

#include "policy/element_reader.h"
#include "policy/exchange.h"

namespace sluice::policies {
namespace {

using namespace policy;

class LogToEventhub final : public Step {
 public:
  explicit LogToEventhub(const ElementReader& reader)
      : logger_(reader.literal("logger-id")),
        partition_id_(reader.literal("partition-id")),
        partition_key_(reader.text("partition-key")),
        payload_(reader.content()) {}

  Verdict run(Exchange& exchange) const override {
    const auto payload = payload_.evaluate(exchange);
    if (!payload) return Verdict::Fail;
    std::string_view key;
    if (!partition_key_.absent()) {
      const auto value = partition_key_.evaluate(exchange);
      if (!value) return Verdict::Fail;
      key = *value;
    }
    exchange.events.push_back(LoggedEvent{logger_, partition_id_, key, *payload});
    return Verdict::Next;
  }

 private:
  std::string logger_;
  std::string partition_id_;
  TextOperand partition_key_;
  TextOperand payload_;
};

void checkLogger(ElementReader& reader) {
  const std::string id = reader.literal("logger-id");
  const config::Logger* logger = reader.configuration().findLogger(id);
  if (logger != nullptr) {
    if (logger->type != config::LoggerType::EventHub)
      reader.errorAt("logger-id", fmt::format("the logger `{}` is not of the type azureEventHub", id),
                     "Name a logger whose loggerType is azureEventHub.");
    return;
  }
  std::vector<std::string_view> names;
  for (const auto& candidate : reader.configuration().loggers) names.push_back(candidate.name);
  const auto near = nearest(id, names);
  reader.errorAt("logger-id", fmt::format("there is no logger `{}`", id),
                 near.empty() ? "Add it below `loggers/`." : fmt::format("Did you mean `{}`?", near));
}

std::shared_ptr<const Step> make(ElementReader& reader) {
  checkLogger(reader);
  if (reader.has("partition-id") && reader.has("partition-key"))
    reader.errorAt("partition-key", "`partition-id` and `partition-key` exclude each other", "Remove one.");
  return std::make_shared<LogToEventhub>(reader);
}

constexpr AttributeSpec kAttributes[] = {
    {.name = "logger-id",
     .need = Need::Required,
     .form = Form::Literal,
     .sentence = "The logger's name: its folder below `loggers/`."},
    {.name = "partition-id", .form = Form::Literal, .sentence = "The partition that gets the event."},
    {.name = "partition-key", .sentence = "Events with the same key go to the same partition."},
};
constexpr std::string_view kEvents[] = {"logger"};
constexpr Descriptor kDescriptor{
    .element = {.name = "log-to-eventhub",
                .sentence = "Sends a text, often JSON, to an Event Hub; here it is also a row of the local store.",
                .attributes = kAttributes,
                .content = Content::Text},
    .scopes = in(Scope::Global) | in(Scope::Product) | in(Scope::Api) | in(Scope::Operation),
    .status =
        "The event is committed together with the exchange's record before the client sees the end of its "
        "answer, and is not cut at 200 KB.",
    .posture = "What is logged is the author's choice; callers' bodies in it hold what callers send.",
    .events = kEvents,
    .make = &make,
};

}  // namespace

const policy::Descriptor& logToEventhubDescriptor() {
  return kDescriptor;
}

}  // namespace sluice::policies
