// The HTTP/1.1 codec (RFC 9112): heads parsed from contiguous bytes into views, bodies decoded piece by piece, heads
// and chunks serialised into a caller's memory. No I/O. Strict, because a gateway that reads a message otherwise than
// its upstream does lets requests be smuggled: bare LF, obs-fold, space before a colon, repeated or odd Content-Length,
// Content-Length beside Transfer-Encoding, codings other than chunked, Transfer-Encoding in HTTP/1.0, missing or
// repeated Host, control characters anywhere are refused. Stateless but for BodyDecoder; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace sluice::http {

struct HeadLimits {
  HeadLimits() {}
  size_t bytes = 64 * 1024;  // of the whole head, start line included
  size_t fields = 128;
};

enum class ParseStatus : uint8_t {
  Done,
  Incomplete,      // well-formed so far, more bytes are needed
  Malformed,       // 400
  TooLarge,        // 431: past HeadLimits
  BadVersion,      // 505: not HTTP/1.x
  Unsupported,     // 501: a transfer coding that we do not know, or CONNECT
  BadExpectation,  // 417: Expect other than 100-continue
};

struct ParseResult {
  ParseStatus status = ParseStatus::Incomplete;
  size_t consumed = 0;       // with Done: bytes of the head
  const char* problem = "";  // with a failure: static text for logs, never for clients
};

// Parses one head from the start of `bytes`; views point into `bytes`. An empty line or two before a request line are
// skipped (RFC 9112 2.2). An incomplete head is parsed anew with more bytes: pass how many there were before, so that
// the search for its end does not start over. `head` is as constructed, or to be overwritten.
ParseResult parseRequestHead(std::string_view bytes, const HeadLimits& limits, RequestHead& head, size_t seen = 0);

// `request_method` decides whether there is a body (RFC 9112 6.3). 1xx heads are parsed like others (framing None).
ParseResult parseResponseHead(std::string_view bytes, const HeadLimits& limits, std::string_view request_method,
                              ResponseHead& head, size_t seen = 0);

// Moves all views of a head from the memory at `from` to its copy at `to`.
void rebase(RequestHead& head, const char* from, const char* to);
void rebase(ResponseHead& head, const char* from, const char* to);

// Decodes a body by its framing. Chunk extensions and trailers are checked, bounded and dropped.
class BodyDecoder {
 public:
  static constexpr uint32_t kMaxChunkLine = 4096;     // extensions of one chunk
  static constexpr uint32_t kMaxTrailer = 16 * 1024;  // all trailer fields
  static constexpr uint32_t kMaxOverhead = 1 << 20;   // all extensions of one body

  void start(Framing framing, uint64_t content_length);

  enum class State : uint8_t { More, Done, Malformed };
  struct Step {
    std::string_view piece;  // in `input`
    size_t consumed = 0;     // bytes of `input` done with, the piece included
    State state = State::More;
  };
  // Takes the next piece, possibly none, and the framing around it from the front of `input`, so that Done comes with
  // the last piece where its bytes are there. Call again with the rest until all is consumed, or Done.
  Step decode(std::string_view input);
  // The input ended: true when that is a proper end (UntilClose, or done before).
  bool endOfInput();

  bool done() const { return state_ == Inner::Done; }
  uint64_t delivered() const { return delivered_; }
  // Length framing: bytes still to come.
  std::optional<uint64_t> remaining() const;

 private:
  enum class Inner : uint8_t {
    Done,
    Length,
    UntilClose,
    ChunkStart,
    ChunkSize,
    ChunkExtension,
    ChunkLf,
    ChunkData,
    ChunkEndCr,
    ChunkEndLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    EndLf,
    Malformed,
  };
  Step decodeChunked(std::string_view input);
  Inner framing(char c);
  bool count(uint32_t& counter, uint32_t limit);

  uint64_t remaining_ = 0;
  uint64_t delivered_ = 0;
  uint32_t overhead_ = 0;
  uint32_t line_ = 0;
  uint8_t digits_ = 0;
  Inner state_ = Inner::Done;
};

// --- serialising ---

// "1a2b\r\n" into `into` (kChunkHeaderSize bytes or more); returns its length.
inline constexpr size_t kChunkHeaderSize = 18;
size_t writeChunkHeader(uint64_t size, char* into);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

// Fields that describe the connection or the framing, which each hop writes for itself (RFC 9110 7.6.1): Connection,
// Keep-Alive, Proxy-Connection, TE, Trailer, Transfer-Encoding, Upgrade, Content-Length.
bool isFramingField(std::string_view name);
// Whether a Connection field names `name` as meant for this hop only: a proxy must not pass it on.
bool isNominated(const Headers& headers, std::string_view name);
// A valid field name (token), and a value free of control characters.
bool isCleanField(const Header& field);
bool isToken(std::string_view text);

enum class ConnectionOption : uint8_t { Default, Close, KeepAlive };

struct RequestLineParts {
  std::string_view method;
  std::string_view target;
  std::string_view host;  // Host field to add; empty: `headers` have one
};

// Upper bounds for the functions below.
size_t requestHeadSize(const RequestLineParts& line, const Headers& headers);
size_t responseHeadSize(const ResponseHead& head);
// Write a head into `into`; return its length. Framing fields of `headers` are left out and written from `framing`. A
// response's field that is not clean is left out; a request with one, or with a bad method, target or host, gives 0.
size_t writeRequestHead(const RequestLineParts& line, const Headers& headers, Framing framing, uint64_t content_length,
                        ConnectionOption connection, char* into);
size_t writeResponseHead(const ResponseHead& head, Framing framing, uint64_t content_length,
                         ConnectionOption connection, char* into);

}  // namespace sluice::http
