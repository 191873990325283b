#include "http/input.h"

#include <algorithm>
#include <cstring>

namespace sluice::http {
namespace {

constexpr size_t kLeastRoom = 2048;

}  // namespace

runtime::IoResult InputBuffer::fill(runtime::Stream& stream) {
  if (size_ == 0) {
    if (!lease_) lease_ = pool_.acquire();
    const runtime::IoResult got = stream.tryRead({lease_.data(), lease_.capacity()});
    data_ = lease_.data();
    size_ = got.bytes;
    return got;
  }
  makeRoom();
  char* const end = lease_ ? lease_.data() + lease_.capacity() : own_.get() + own_capacity_;
  const runtime::IoResult got = stream.tryRead({data_ + size_, static_cast<size_t>(end - data_) - size_});
  size_ += got.bytes;
  return got;
}

// Makes room behind what is pending, in the lease if that is where it is.
void InputBuffer::makeRoom() {
  if (lease_) {
    const char* const end = lease_.data() + lease_.capacity();
    if (static_cast<size_t>(end - data_) - size_ >= kLeastRoom) return;
    if (lease_.capacity() - size_ >= kLeastRoom) {
      std::memmove(lease_.data(), data_, size_);
      data_ = lease_.data();
      return;
    }
  } else if (own_ != nullptr && data_ >= own_.get() && data_ <= own_.get() + own_capacity_) {
    if (static_cast<size_t>(own_.get() + own_capacity_ - data_) - size_ >= kLeastRoom) return;
  }
  keep(std::max(size_ * 2, size_ + 2 * kLeastRoom));
}

void InputBuffer::keep(size_t capacity) {
  auto larger = std::make_unique<char[]>(capacity + runtime::BufferPool::kPadding);
  std::memcpy(larger.get(), data_, size_);
  own_ = std::move(larger);
  own_capacity_ = capacity;
  data_ = own_.get();
  lease_.release();
}

void InputBuffer::park() {
  if (size_ == 0) {
    lease_.release();
    own_.reset();
    data_ = nullptr;
    return;
  }
  const bool kept = !lease_ && own_ != nullptr && data_ >= own_.get() && data_ <= own_.get() + own_capacity_;
  if (!kept) keep(size_ + kLeastRoom);
}

BodyDecoder::Step nextPiece(InputBuffer& input, BodyDecoder& decoder) {
  BodyDecoder::Step result;
  result.state = decoder.done() ? BodyDecoder::State::Done : BodyDecoder::State::More;
  size_t size = 0;
  char* first = nullptr;
  while (!input.pending().empty() && result.state == BodyDecoder::State::More) {
    char* const base = input.data();
    const char* const start = input.pending().data();
    const BodyDecoder::Step step = decoder.decode(input.pending());
    result.state = step.state;
    if (!step.piece.empty()) {
      char* const at = base + (step.piece.data() - start);
      if (first == nullptr) first = at;
      if (first + size != at) std::memmove(first + size, at, step.piece.size());
      size += step.piece.size();
    }
    input.consume(step.consumed);
  }
  if (size > 0) result.piece = {first, size};
  return result;
}

}  // namespace sluice::http
