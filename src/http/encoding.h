// Content codings decoded as they stream by, for observers only: the bytes that clients get are never touched. Output
// is bounded, so that a small body cannot become a huge one. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::http {

enum class ContentCoding : uint8_t { Identity, Gzip, Deflate, Brotli, Unknown };

// From a Content-Encoding value; several codings, or one that we do not know: Unknown.
ContentCoding contentCoding(std::string_view value);

class ContentDecoder {
 public:
  // `max_output`: over all of the body.
  ContentDecoder(ContentCoding coding, uint64_t max_output);
  ~ContentDecoder();
  ContentDecoder(ContentDecoder&&) noexcept;
  ContentDecoder& operator=(ContentDecoder&&) noexcept;

  // Appends what these bytes decode to. Fails on broken input, on Unknown, and past max_output; for ever after.
  Status decode(std::string_view bytes, std::string& out);
  // The body ended: fails when it was cut short.
  Status finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::http
