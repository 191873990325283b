// InputBuffer: bytes received on a connection and not consumed yet, contiguous. While it reads it leases a buffer of
// the thread's; before its owner waits, park() gives that back, and keeps what is left (part of a head) in memory of
// its own. Internal to this folder. One thread.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "http/codec.h"
#include "runtime/buffer_pool.h"
#include "runtime/stream.h"

namespace sluice::http {

class InputBuffer {
 public:
  explicit InputBuffer(runtime::BufferPool& pool) : pool_(pool) {}

  std::string_view pending() const { return {data_, size_}; }
  void consume(size_t bytes) {
    data_ += bytes;
    size_ -= bytes;
  }
  // Reads once, behind what is pending. With nothing pending, views handed out before are void.
  runtime::IoResult fill(runtime::Stream& stream);
  // Before waiting. Views handed out before are void.
  void park();
  // What was pending lives at `data` now, in memory that lives until park() or the next fill().
  void moved(char* data, size_t size) {
    data_ = data;
    size_ = size;
    lease_.release();
  }
  char* data() { return data_; }

 private:
  void keep(size_t capacity);
  void makeRoom();

  runtime::BufferPool& pool_;
  runtime::BufferPool::Lease lease_;
  std::unique_ptr<char[]> own_;
  size_t own_capacity_ = 0;
  char* data_ = nullptr;
  size_t size_ = 0;
};

// The next piece of a body from what is pending. Chunks that lie there together come as one piece (they are moved
// together in the buffer). An empty piece with More: fill() and ask again.
BodyDecoder::Step nextPiece(InputBuffer& input, BodyDecoder& decoder);

}  // namespace sluice::http
