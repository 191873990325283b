#include "gateway/stream_relay.h"

namespace sluice::gateway {

StreamRelay::StreamRelay(const StreamWatch& watch, const upstream::AssemblyBounds& bounds, Capture* raw)
    : watch_(watch), parser_(watch.max_event), assembler_(watch.dialect, bounds), raw_(raw) {
  if (watch.coding == http::ContentCoding::Identity) return;
  decoder_.emplace(watch.coding, bounds.bytes);
  watch_.take_out_usage = false;
}

void StreamRelay::pass(std::string_view bytes, std::vector<std::string_view>& out) {
  if (bytes.empty()) return;
  if (raw_ != nullptr) raw_->append(bytes);
  if (decoder_) return;  // of an encoded stream the client gets the bytes as they came
  if (holding_) {
    held_.append(bytes);
    return;
  }
  // Neighbouring events leave as one piece.
  if (!out.empty() && out.back().data() + out.back().size() == bytes.data()) {
    out.back() = {out.back().data(), out.back().size() + bytes.size()};
  } else {
    out.push_back(bytes);
  }
}

void StreamRelay::feed(std::string_view bytes, std::vector<std::string_view>& out) {
  if (decoder_) {
    watchEncoded(bytes, out);
  } else if (watching_) {
    watchPlain(bytes, out);
  } else {
    pass(bytes, out);
  }
}

void StreamRelay::watchEncoded(std::string_view bytes, std::vector<std::string_view>& out) {
  decoded_.clear();
  ignored_.clear();
  if (watching_ && decoder_->decode(bytes, decoded_)) {
    watchPlain(decoded_, ignored_);
  } else {
    watching_ = false;
  }
  if (holding_) {
    held_.append(bytes);
  } else {
    out.push_back(bytes);
  }
}

void StreamRelay::watchPlain(std::string_view bytes, std::vector<std::string_view>& out) {
  parser_.feed(bytes);
  http::SseEvent event;
  for (;;) {
    const auto state = parser_.next(event);
    if (state == http::SseParser::State::NeedMore) return;
    if (state == http::SseParser::State::TooLarge) {
      watching_ = false;
      pass(parser_.rest(), out);
      return;
    }
    const auto kind = event.has_data ? assembler_.event(event.data) : upstream::EventKind::Other;
    if (kind == upstream::EventKind::UsageOnly && watch_.take_out_usage) continue;
    if (kind == upstream::EventKind::Done) holding_ = true;
    pass(event.raw, out);
  }
}

std::string_view StreamRelay::held() {
  // An unfinished last event (no blank line) still belongs to the answer.
  if (watching_ && !decoder_) {
    const auto rest = parser_.rest();
    if (raw_ != nullptr) raw_->append(rest);
    held_.append(rest);
    watching_ = false;
  }
  return held_;
}

}  // namespace sluice::gateway
