// StreamRelay: passes an event stream on to the client while watching it (design, Streaming). Only whole events are
// passed on: a client cannot use part of one, and it lets us hold back the last event until the record is safe and take
// out the one usage event that we caused. An event past the size limit ends watching and is passed on as it comes.
// One per exchange; one thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/capture.h"
#include "http/encoding.h"
#include "http/sse.h"
#include "upstream/stream_assembler.h"

namespace sluice::gateway {

struct StreamWatch {
  upstream::Dialect dialect = upstream::Dialect::Unknown;
  bool take_out_usage = false;  // we asked for the usage event, the client did not
  size_t max_event = 64 * 1024;
  // Of the bytes as they come. Encoded ones are passed on untouched and decoded for watching only.
  http::ContentCoding coding = http::ContentCoding::Identity;
};

class StreamRelay {
 public:
  // `raw`, when given, keeps the bytes that the client gets.
  StreamRelay(const StreamWatch& watch, const upstream::AssemblyBounds& bounds, Capture* raw);

  // Takes the next bytes; what may go to the client at once is appended to `out` (views until the next feed()).
  void feed(std::string_view bytes, std::vector<std::string_view>& out);
  // At the upstream's end: everything that was held back.
  std::string_view held();
  const upstream::StreamAssembler& answer() const { return assembler_; }

 private:
  void watchEncoded(std::string_view bytes, std::vector<std::string_view>& out);
  void watchPlain(std::string_view bytes, std::vector<std::string_view>& out);
  void pass(std::string_view bytes, std::vector<std::string_view>& out);

  StreamWatch watch_;
  http::SseParser parser_;
  upstream::StreamAssembler assembler_;
  Capture* raw_;
  std::optional<http::ContentDecoder> decoder_;
  std::string decoded_;
  std::vector<std::string_view> ignored_;
  std::string held_;
  bool holding_ = false;  // from [DONE] on
  bool watching_ = true;
};

}  // namespace sluice::gateway
