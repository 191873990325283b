#include "simulator/counters.h"

#include "simulator/json_writer.h"

namespace sluice::simulator {
namespace {

void write(JsonWriter& json, const Tally& tally) {
  json.beginObject().member("requests", tally.requests).member("streams", tally.streams);
  json.member("streams_ended", tally.streams_ended).member("aborted", tally.aborted).member("cut", tally.cut);
  json.member("prompt_tokens", tally.prompt_tokens).key("statuses").beginObject();
  for (const auto& [status, count] : tally.statuses) json.member(std::to_string(status), count);
  json.endObject().endObject();
}

}  // namespace

std::string Counters::json() const {
  JsonWriter json;
  json.beginObject().member("open_requests", open_requests).key("instances").beginObject();
  for (const auto& [name, tally] : instances) {
    json.key(name);
    write(json, tally);
  }
  json.endObject().key("openai");
  write(json, openai);
  json.key("identity");
  write(json, identity);
  return json.endObject().take();
}

}  // namespace sluice::simulator
