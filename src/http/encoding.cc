#include "http/encoding.h"

#include <brotli/decode.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "http/ascii.h"

namespace sluice::http {
namespace {

constexpr size_t kStep = 16 * 1024;  // of output at a time

}  // namespace

ContentCoding contentCoding(std::string_view value) {
  value = ascii::trim(value);
  if (value.empty() || ascii::equals(value, "identity")) return ContentCoding::Identity;
  if (ascii::equals(value, "gzip") || ascii::equals(value, "x-gzip")) return ContentCoding::Gzip;
  if (ascii::equals(value, "deflate")) return ContentCoding::Deflate;
  if (ascii::equals(value, "br")) return ContentCoding::Brotli;
  return ContentCoding::Unknown;
}

struct ContentDecoder::Impl {
  Impl(ContentCoding of, uint64_t max) : coding(of), left(max) {}
  ~Impl() {
    if (zlib_ready) inflateEnd(&zlib);
    if (brotli != nullptr) BrotliDecoderDestroyInstance(brotli);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Status broken(const char* why) {
    failed = true;
    return fail(why);
  }
  Status append(std::string_view bytes, std::string& out) {
    if (bytes.size() > left) return broken("the decoded body is too large");
    left -= bytes.size();
    out += bytes;
    return {};
  }
  bool openZlib(std::string_view bytes);
  Status inflateAll(std::string_view bytes, std::string& out);
  Status brotliAll(std::string_view bytes, std::string& out);

  const ContentCoding coding;
  uint64_t left;
  bool failed = false;
  bool ended = false;
  bool any = false;
  bool zlib_ready = false;
  z_stream zlib{};
  BrotliDecoderState* brotli = nullptr;
};

// "deflate" is zlib's format by RFC 9110, but some servers send it raw; the first byte tells (RFC 1950: low nibble 8).
bool ContentDecoder::Impl::openZlib(std::string_view bytes) {
  int window = 15 + 16;
  if (coding == ContentCoding::Deflate) window = (bytes.front() & 0x0f) == 8 ? 15 : -15;
  zlib_ready = inflateInit2(&zlib, window) == Z_OK;
  return zlib_ready;
}

Status ContentDecoder::Impl::inflateAll(std::string_view bytes, std::string& out) {
  if (!zlib_ready && !openZlib(bytes)) return broken("no memory to decode");
  std::array<char, kStep> buffer;
  zlib.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  zlib.avail_in = static_cast<uInt>(bytes.size());
  for (;;) {
    if (ended) {
      if (zlib.avail_in == 0) return {};
      // gzip: another member may follow (RFC 1952 2.2).
      if (coding != ContentCoding::Gzip || inflateReset(&zlib) != Z_OK) return broken("bytes after the end");
      ended = false;
    }
    zlib.next_out = reinterpret_cast<Bytef*>(buffer.data());
    zlib.avail_out = static_cast<uInt>(buffer.size());
    const int result = inflate(&zlib, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return broken("broken compressed data");
    const size_t made = buffer.size() - zlib.avail_out;
    if (Status appended = append({buffer.data(), made}, out); !appended) return appended;
    ended = result == Z_STREAM_END;
    if (!ended && made < buffer.size() && zlib.avail_in == 0) return {};
    if (result == Z_BUF_ERROR && made == 0) return {};
  }
}

Status ContentDecoder::Impl::brotliAll(std::string_view bytes, std::string& out) {
  if (brotli == nullptr) brotli = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  if (brotli == nullptr) return broken("no memory to decode");
  if (ended) return bytes.empty() ? Status() : broken("bytes after the end");
  std::array<uint8_t, kStep> buffer;
  size_t size = bytes.size();
  const auto* next = reinterpret_cast<const uint8_t*>(bytes.data());
  for (;;) {
    size_t room = buffer.size();
    uint8_t* into = buffer.data();
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(brotli, &size, &next, &room, &into, nullptr);
    if (result == BROTLI_DECODER_RESULT_ERROR) return broken("broken compressed data");
    const std::string_view made(reinterpret_cast<const char*>(buffer.data()), buffer.size() - room);
    if (Status appended = append(made, out); !appended) return appended;
    if (result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT) return {};
    if (result == BROTLI_DECODER_RESULT_SUCCESS) {
      ended = true;
      return size == 0 ? Status() : broken("bytes after the end");
    }
  }
}

ContentDecoder::ContentDecoder(ContentCoding coding, uint64_t max_output)
    : impl_(std::make_unique<Impl>(coding, max_output)) {}
ContentDecoder::~ContentDecoder() = default;
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;

Status ContentDecoder::decode(std::string_view bytes, std::string& out) {
  Impl& self = *impl_;
  if (self.failed) return fail("decoding failed before");
  if (bytes.empty()) return {};
  self.any = true;
  switch (self.coding) {
    case ContentCoding::Identity:
      return self.append(bytes, out);
    case ContentCoding::Gzip:
    case ContentCoding::Deflate:
      return self.inflateAll(bytes, out);
    case ContentCoding::Brotli:
      return self.brotliAll(bytes, out);
    case ContentCoding::Unknown:
      break;
  }
  return self.broken("unknown content coding");
}

Status ContentDecoder::finish() {
  Impl& self = *impl_;
  if (self.failed) return fail("decoding failed before");
  if (self.coding == ContentCoding::Identity || self.ended || !self.any) return {};
  return self.broken("the compressed body is cut short");
}

}  // namespace sluice::http
