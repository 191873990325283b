// The server-sent events parser on arbitrary bytes: the events do not depend on how the bytes are split, and the raw
// bytes of all events with the rest are the stream again.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "http/sse.h"

namespace {

using namespace sluice::http;

struct Parsed {
  std::vector<std::string> events;
  std::string raw;
  bool stopped = false;
};

Parsed parse(std::string_view input, size_t step) {
  SseParser parser(256);
  Parsed parsed;
  for (size_t at = 0; at < input.size() && !parsed.stopped; at += step) {
    parser.feed(input.substr(at, step));
    SseEvent event;
    SseParser::State state = parser.next(event);
    for (; state == SseParser::State::Event; state = parser.next(event)) {
      parsed.events.push_back(std::string(event.type) + '\n' + std::string(event.id) + '\n' + std::string(event.data));
      parsed.raw += event.raw;
      CHECK(parser.consumed() == parsed.raw.size());
    }
    parsed.stopped = state == SseParser::State::TooLarge;
    if (at + step >= input.size() || parsed.stopped) parsed.raw += parser.rest();
  }
  return parsed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Parsed whole = parse(input, size);
  if (!whole.stopped) CHECK(whole.raw == input);
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}}) {
    const Parsed split = parse(input, step);
    if (whole.stopped || split.stopped)
      continue;  // the limit counts an LF before an event when it came apart from its CR
    CHECK(split.events == whole.events && split.raw == input);
  }
  return 0;
}
