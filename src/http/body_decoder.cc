#include <algorithm>

#include "http/ascii.h"
#include "http/codec.h"

namespace sluice::http {

void BodyDecoder::start(Framing framing, uint64_t content_length) {
  *this = BodyDecoder();
  switch (framing) {
    case Framing::None:
      break;
    case Framing::Length:
      remaining_ = content_length;
      state_ = content_length == 0 ? Inner::Done : Inner::Length;
      break;
    case Framing::UntilClose:
      state_ = Inner::UntilClose;
      break;
    case Framing::Chunked:
      state_ = Inner::ChunkStart;
      break;
  }
}

BodyDecoder::Step BodyDecoder::decode(std::string_view input) {
  if (state_ == Inner::Length) {
    const std::string_view piece = input.substr(0, std::min<uint64_t>(remaining_, input.size()));
    remaining_ -= piece.size();
    delivered_ += piece.size();
    if (remaining_ == 0) state_ = Inner::Done;
    return {piece, piece.size(), remaining_ == 0 ? State::Done : State::More};
  }
  if (state_ == Inner::UntilClose) {
    delivered_ += input.size();
    return {input, input.size(), State::More};
  }
  if (state_ == Inner::Done) return {{}, 0, State::Done};
  if (state_ == Inner::Malformed) return {{}, 0, State::Malformed};
  return decodeChunked(input);
}

BodyDecoder::Step BodyDecoder::decodeChunked(std::string_view input) {
  Step step;
  size_t at = 0;
  while (at < input.size()) {
    if (state_ == Inner::ChunkData) {
      if (!step.piece.empty()) break;  // the next chunk's data come with the next call
      step.piece = input.substr(at, std::min<uint64_t>(remaining_, input.size() - at));
      remaining_ -= step.piece.size();
      delivered_ += step.piece.size();
      at += step.piece.size();
      if (remaining_ == 0) state_ = Inner::ChunkEndCr;
      continue;
    }
    state_ = framing(input[at++]);
    if (state_ == Inner::Done || state_ == Inner::Malformed) break;
  }
  step.consumed = at;
  if (state_ == Inner::Done) step.state = State::Done;
  if (state_ == Inner::Malformed) step.state = State::Malformed;
  return step;
}

bool BodyDecoder::count(uint32_t& counter, uint32_t limit) {
  return ++counter <= limit;
}

// One byte of framing: where it leads.
BodyDecoder::Inner BodyDecoder::framing(char c) {
  const auto when = [&](bool good, Inner next) { return good ? next : Inner::Malformed; };
  switch (state_) {
    case Inner::ChunkStart:
      remaining_ = 0;
      digits_ = 0;
      line_ = 0;
      [[fallthrough]];
    case Inner::ChunkSize: {
      const char folded = static_cast<char>(c | 0x20);
      int digit = -1;
      if (c >= '0' && c <= '9') digit = c - '0';
      if (folded >= 'a' && folded <= 'f') digit = folded - 'a' + 10;
      if (digit >= 0) {
        remaining_ = remaining_ << 4 | static_cast<uint64_t>(digit);
        return when(++digits_ <= 15, Inner::ChunkSize);
      }
      if (digits_ == 0) return Inner::Malformed;
      if (c == ';') return Inner::ChunkExtension;
      return when(c == '\r', Inner::ChunkLf);
    }
    case Inner::ChunkExtension:
      if (c == '\r') return Inner::ChunkLf;
      return when(ascii::isValueChar(c) && count(line_, kMaxChunkLine) && count(overhead_, kMaxOverhead),
                  Inner::ChunkExtension);
    case Inner::ChunkLf:
      line_ = 0;
      return when(c == '\n', remaining_ == 0 ? Inner::TrailerStart : Inner::ChunkData);
    case Inner::ChunkEndCr:
      return when(c == '\r', Inner::ChunkEndLf);
    case Inner::ChunkEndLf:
      return when(c == '\n', Inner::ChunkStart);
    case Inner::TrailerStart:
      if (c == '\r') return Inner::EndLf;
      return when(ascii::isTokenChar(c) && count(line_, kMaxTrailer), Inner::TrailerName);
    case Inner::TrailerName:
      if (c == ':') return Inner::TrailerValue;
      return when(ascii::isTokenChar(c) && count(line_, kMaxTrailer), Inner::TrailerName);
    case Inner::TrailerValue:
      if (c == '\r') return Inner::TrailerLf;
      return when(ascii::isValueChar(c) && count(line_, kMaxTrailer), Inner::TrailerValue);
    case Inner::TrailerLf:
      return when(c == '\n', Inner::TrailerStart);
    case Inner::EndLf:
      return when(c == '\n', Inner::Done);
    default:
      return Inner::Malformed;
  }
}

bool BodyDecoder::endOfInput() {
  if (state_ == Inner::UntilClose) state_ = Inner::Done;
  return state_ == Inner::Done;
}

std::optional<uint64_t> BodyDecoder::remaining() const {
  if (state_ == Inner::Length) return remaining_;
  if (state_ == Inner::Done) return 0;
  return std::nullopt;
}

}  // namespace sluice::http
