// Streams from any upstream: the first byte chooses dialect and bound, each further line is an event. Whatever comes,
// the answer is JSON and stays within its bound.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "upstream/json_check.h"
#include "upstream/stream_assembler.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice::upstream;
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  AssemblyBounds bounds;
  if ((data[0] & 8) != 0) bounds.bytes = 700;
  StreamAssembler stream(static_cast<Dialect>(data[0] % 6), bounds);
  size_t events = 0;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    stream.event(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++events;
  }
  CHECK(stream.events() == events);
  const std::string answer = stream.answer();
  CHECK(isJson(answer, 1024));
  CHECK(answer.size() <= 2 * (bounds.bytes + 4096));
  CHECK(stream.completionText().size() <= bounds.bytes * 3);
  CHECK(stream.truncated() || stream.lostBytes() == 0);
  return 0;
}
