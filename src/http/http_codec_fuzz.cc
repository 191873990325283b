// The codec on arbitrary bytes: nothing is read out of bounds, every outcome is independent of how the bytes are split,
// and what is accepted is written and read back as the same message. The first byte chooses what the rest is taken for.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "http/codec.h"

namespace {

using namespace sluice::http;

// A copy of exactly this size, so that reading past its end is seen.
struct Exact {
  explicit Exact(std::string_view text) : bytes(new char[text.size()]), size(text.size()) {
    text.copy(bytes.get(), text.size());
  }
  std::string_view view() const { return {bytes.get(), size}; }
  std::unique_ptr<char[]> bytes;
  size_t size;
};

void sameFields(const Headers& a, const Headers& b) {
  auto next = b.begin();
  for (const Header& field : a) {
    if (isFramingField(field.name)) continue;
    while (next != b.end() && isFramingField(next->name)) ++next;
    CHECK(next != b.end() && next->name == field.name && next->value == field.value);
    ++next;
  }
}

void fuzzRequest(std::string_view input) {
  HeadLimits limits;
  limits.bytes = 4096;
  limits.fields = 32;
  const Exact whole(input);
  RequestHead head;
  const ParseResult result = parseRequestHead(whole.view(), limits, head);

  // Byte by byte, as a slow client sends: the same in the end, unless it was refused for its size meanwhile.
  RequestHead slow;
  ParseResult step;
  size_t seen = 0;
  for (size_t size = 1; size <= input.size(); ++size) {
    const Exact prefix(input.substr(0, size));
    step = parseRequestHead(prefix.view(), limits, slow, seen);
    seen = size;
    if (step.status != ParseStatus::Incomplete) break;
  }
  if (result.status == ParseStatus::Done) {
    CHECK(step.status == ParseStatus::Done && step.consumed == result.consumed);
  } else if (step.status == ParseStatus::Done) {
    CHECK(result.status == ParseStatus::Done);
  }
  if (result.status != ParseStatus::Done) return;

  const RequestLineParts line{head.method, head.target, {}};
  std::string text(requestHeadSize(line, head.headers), '\0');
  text.resize(
      writeRequestHead(line, head.headers, head.framing, head.content_length, ConnectionOption::Default, text.data()));
  RequestHead again;
  if (head.minor_version == 0 && !head.headers.has("Host")) return;  // fine in 1.0, not as the 1.1 we write
  CHECK(parseRequestHead(text, HeadLimits(), again).status == ParseStatus::Done);
  CHECK(again.method == head.method && again.target == head.target && again.framing == head.framing);
  CHECK(again.content_length == head.content_length);
  sameFields(head.headers, again.headers);
}

void fuzzResponse(std::string_view input) {
  HeadLimits limits;
  limits.bytes = 4096;
  const Exact whole(input);
  ResponseHead head;
  if (parseResponseHead(whole.view(), limits, "GET", head).status != ParseStatus::Done) return;
  std::string text(responseHeadSize(head), '\0');
  text.resize(writeResponseHead(head, head.framing, head.content_length, ConnectionOption::Default, text.data()));
  ResponseHead again;
  CHECK(parseResponseHead(text, HeadLimits(), "GET", again).status == ParseStatus::Done);
  CHECK(again.status == head.status);
  sameFields(head.headers, again.headers);
}

struct Decoded {
  std::string body;
  size_t consumed = 0;
  BodyDecoder::State state = BodyDecoder::State::More;
};

Decoded decode(std::string_view input, size_t step) {
  BodyDecoder decoder;
  decoder.start(Framing::Chunked, 0);
  Decoded result;
  for (size_t at = 0; at < input.size(); at += step) {
    const Exact piece(input.substr(at, step));
    std::string_view rest = piece.view();
    while (!rest.empty()) {
      const BodyDecoder::Step each = decoder.decode(rest);
      result.body += each.piece;
      result.consumed += each.consumed;
      result.state = each.state;
      if (each.state != BodyDecoder::State::More) return result;
      CHECK(each.consumed > 0);
      rest.remove_prefix(each.consumed);
    }
  }
  return result;
}

void fuzzChunks(std::string_view input) {
  const Decoded whole = decode(input, input.size() + 1);
  for (const size_t step : {size_t{1}, size_t{3}}) {
    const Decoded split = decode(input, step);
    CHECK(split.state == whole.state && split.body == whole.body);
    if (whole.state == BodyDecoder::State::Done) CHECK(split.consumed == whole.consumed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 3) {
    case 0:
      fuzzRequest(input);
      break;
    case 1:
      fuzzResponse(input);
      break;
    default:
      fuzzChunks(input);
      break;
  }
  return 0;
}
