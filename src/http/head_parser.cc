#include <algorithm>
#include <array>
#include <cstring>

#include "http/ascii.h"
#include "http/codec.h"

namespace sluice::http {
namespace {

using ascii::equals;

ParseResult failure(ParseStatus status, const char* problem) {
  return {status, 0, problem};
}
ParseResult malformed(const char* problem) {
  return failure(ParseStatus::Malformed, problem);
}

// What the fields say about framing and connection, gathered as they are read.
struct Facts {
  uint64_t content_length = 0;
  uint8_t lengths = 0;  // Content-Length fields
  uint8_t codings = 0;  // Transfer-Encoding fields
  uint8_t hosts = 0;
  bool coding_known = true;
  bool close = false;
  bool keep_alive = false;
  bool expect = false;
  bool expect_unknown = false;
  std::string_view host;
};

bool parseLength(std::string_view text, uint64_t& value) {
  if (text.empty() || text.size() > 18) return false;
  value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return true;
}

void readConnection(std::string_view value, Facts& facts) {
  while (!value.empty()) {
    const size_t comma = std::min(value.find(','), value.size());
    const std::string_view option = ascii::trim(value.substr(0, comma));
    if (equals(option, "close")) facts.close = true;
    if (equals(option, "keep-alive")) facts.keep_alive = true;
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
}

// A host and port (RFC 3986 3.2.2) has none of the characters with which other parsers could be led astray.
bool isCleanHost(std::string_view host) {
  static constexpr auto kGood = [] {
    std::array<bool, 256> table{};
    for (size_t c = 0x21; c < 0x7f; ++c) table[c] = true;
    for (const char c : std::string_view("/\\?#@,;<>\"{}|^`")) table[static_cast<unsigned char>(c)] = false;
    return table;
  }();
  return !host.empty() && std::ranges::all_of(host, [](char c) { return kGood[static_cast<unsigned char>(c)]; });
}

// nullptr: fine.
const char* readKnownField(std::string_view name, std::string_view value, Facts& facts) {
  switch (name.size()) {
    case 4:
      if (!equals(name, "host")) break;
      if (facts.hosts++ != 0) return "repeated Host";
      if (!isCleanHost(value)) return "bad Host";
      facts.host = value;
      break;
    case 6:
      if (!equals(name, "expect")) break;
      (equals(value, "100-continue") ? facts.expect : facts.expect_unknown) = true;
      break;
    case 10:
      if (equals(name, "connection")) readConnection(value, facts);
      break;
    case 14:
      if (!equals(name, "content-length")) break;
      if (facts.lengths++ != 0) return "repeated Content-Length";
      if (!parseLength(value, facts.content_length)) return "bad Content-Length";
      break;
    case 17:
      if (!equals(name, "transfer-encoding")) break;
      if (facts.codings++ != 0) return "repeated Transfer-Encoding";
      facts.coding_known = equals(value, "chunked");
      break;
    default:
      break;
  }
  return nullptr;
}

// Reads fields from `at` to the blank line. On Done, `consumed` is counted from `begin`.
ParseResult parseFields(const char* begin, const char* at, const char* end, const HeadLimits& limits, Headers& headers,
                        Facts& facts) {
  for (;;) {
    if (at == end) return {};
    if (*at == '\r') {
      if (at + 1 == end) return {};
      if (at[1] != '\n') return malformed("CR without LF");
      const auto size = static_cast<size_t>(at + 2 - begin);
      if (size > limits.bytes) return failure(ParseStatus::TooLarge, "head too long");
      return {ParseStatus::Done, size, ""};
    }
    const char* const name_end = ascii::skipToken(at, end);
    if (name_end == end) return {};
    if (*name_end != ':' || name_end == at) return malformed("bad field name");  // folded lines end here, too
    const char* value = name_end + 1;
    while (value != end && ascii::isSpace(*value)) ++value;
    const char* const line_end = ascii::skipValue(value, end);
    if (line_end == end) return {};
    if (*line_end != '\r') return malformed("control character in a field");
    if (line_end + 1 == end) return {};
    if (line_end[1] != '\n') return malformed("CR without LF");
    const char* value_end = line_end;
    while (value_end != value && ascii::isSpace(value_end[-1])) --value_end;
    if (headers.size() == limits.fields) return failure(ParseStatus::TooLarge, "too many fields");
    const std::string_view name(at, static_cast<size_t>(name_end - at));
    const std::string_view text(value, static_cast<size_t>(value_end - value));
    headers.add(name, text);
    if (const char* problem = readKnownField(name, text, facts)) return malformed(problem);
    at = line_end + 2;
  }
}

// Whether an incomplete head has become worth parsing again, or too long to be.
ParseResult worthParsing(std::string_view bytes, const HeadLimits& limits, size_t seen) {
  ParseResult result;
  if (seen == 0 || bytes.substr(std::min(seen, bytes.size())).find('\n') != std::string_view::npos) {
    result.status = ParseStatus::Done;
  } else if (bytes.size() > limits.bytes) {
    return failure(ParseStatus::TooLarge, "head too long");
  }
  return result;
}

ParseResult orTooLarge(ParseResult result, std::string_view bytes, const HeadLimits& limits) {
  if (result.status == ParseStatus::Incomplete && bytes.size() > limits.bytes) {
    return failure(ParseStatus::TooLarge, "head too long");
  }
  return result;
}

// "HTTP/1.1" at `at`, with eight bytes there. Done: fine.
ParseResult parseVersion(const char* at, uint8_t& minor_version) {
  if (std::memcmp(at, "HTTP/", 5) != 0) return malformed("bad version");
  const bool digits = at[5] >= '0' && at[5] <= '9' && at[7] >= '0' && at[7] <= '9';
  if (!digits || at[6] != '.') return malformed("bad version");
  if (at[5] != '1') return failure(ParseStatus::BadVersion, "version");
  minor_version = at[7] == '0' ? 0 : 1;
  return {ParseStatus::Done, 0, ""};
}

// The authority of an absolute-form target, or empty.
std::string_view authorityOf(std::string_view target) {
  size_t start = 0;
  if (target.size() > 7 && equals(target.substr(0, 7), "http://")) start = 7;
  if (target.size() > 8 && equals(target.substr(0, 8), "https://")) start = 8;
  if (start == 0) return {};
  return target.substr(start, std::min(target.find_first_of("/?", start), target.size()) - start);
}

bool equalIgnoringCase(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, ascii::lower, ascii::lower);
}

// The forms of RFC 9112 3.2, and their agreement with Host.
ParseResult checkTarget(const RequestHead& head, const Facts& facts) {
  if (head.method == "CONNECT") return failure(ParseStatus::Unsupported, "CONNECT");
  if (head.target.front() == '/') return {ParseStatus::Done, 0, ""};
  if (head.target == "*") {
    return head.method == "OPTIONS" ? ParseResult{ParseStatus::Done, 0, ""} : malformed("asterisk target");
  }
  const std::string_view authority = authorityOf(head.target);
  if (!isCleanHost(authority)) return malformed("bad target");
  if (facts.hosts != 0 && !equalIgnoringCase(authority, facts.host)) return malformed("Host is not the target's");
  return {ParseStatus::Done, 0, ""};
}

ParseResult concludeRequest(RequestHead& head, const Facts& facts) {
  if (head.minor_version >= 1 && facts.hosts == 0) return malformed("no Host");
  if (const ParseResult target = checkTarget(head, facts); target.status != ParseStatus::Done) return target;
  head.framing = Framing::None;
  head.content_length = 0;
  if (facts.codings != 0) {
    if (head.minor_version == 0) return malformed("Transfer-Encoding in HTTP/1.0");
    if (facts.lengths != 0) return malformed("Content-Length beside Transfer-Encoding");
    if (!facts.coding_known) return failure(ParseStatus::Unsupported, "transfer coding");
    head.framing = Framing::Chunked;
  } else if (facts.content_length > 0) {
    head.framing = Framing::Length;
    head.content_length = facts.content_length;
  }
  if (facts.expect_unknown) return failure(ParseStatus::BadExpectation, "Expect");
  head.expect_continue = facts.expect && head.minor_version >= 1 && head.framing != Framing::None;
  head.keep_alive = !facts.close && (head.minor_version >= 1 || facts.keep_alive);
  return {ParseStatus::Done, 0, ""};
}

}  // namespace

ParseResult parseRequestHead(std::string_view bytes, const HeadLimits& limits, RequestHead& head, size_t seen) {
  if (const ParseResult early = worthParsing(bytes, limits, seen); early.status != ParseStatus::Done) return early;
  head.headers.clear();
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* at = begin;
  while (end - at >= 2 && at[0] == '\r' && at[1] == '\n' && at - begin < 8) at += 2;
  if (at == end || (end - at == 1 && *at == '\r')) return {};

  const char* const method_end = ascii::skipToken(at, end);
  if (method_end == end) return orTooLarge({}, bytes, limits);
  if (*method_end != ' ' || method_end == at) return malformed("bad method");
  head.method = {at, static_cast<size_t>(method_end - at)};
  const char* const target = method_end + 1;
  const char* const target_end = ascii::skipTarget(target, end);
  if (target_end == end) return orTooLarge({}, bytes, limits);
  if (*target_end != ' ' || target_end == target) return malformed("bad target");
  head.target = {target, static_cast<size_t>(target_end - target)};
  at = target_end + 1;
  constexpr ptrdiff_t kVersionLine = 10;  // HTTP/1.1 CR LF
  if (end - at < kVersionLine) {
    // Bytes that could not become a version line are refused without waiting for more.
    const bool hopeful = std::memcmp(at, "HTTP/", std::min<size_t>(5, static_cast<size_t>(end - at))) == 0;
    return hopeful ? orTooLarge({}, bytes, limits) : malformed("bad version");
  }
  if (const ParseResult version = parseVersion(at, head.minor_version); version.status != ParseStatus::Done) {
    return version;
  }
  if (at[8] != '\r' || at[9] != '\n') return malformed("bad request line");

  Facts facts;
  const ParseResult fields = parseFields(begin, at + kVersionLine, end, limits, head.headers, facts);
  if (fields.status != ParseStatus::Done) return orTooLarge(fields, bytes, limits);
  const ParseResult conclusion = concludeRequest(head, facts);
  return conclusion.status == ParseStatus::Done ? fields : conclusion;
}

namespace {

ParseResult concludeResponse(ResponseHead& head, const Facts& facts, std::string_view request_method) {
  if (facts.codings != 0 && facts.lengths != 0) return malformed("Content-Length beside Transfer-Encoding");
  if (facts.codings != 0 && head.minor_version == 0) return malformed("Transfer-Encoding in HTTP/1.0");
  head.has_content_length = facts.lengths != 0;
  head.content_length = facts.content_length;
  const bool bodiless = head.status < 200 || head.status == 204 || head.status == 304 || request_method == "HEAD";
  if (bodiless) {
    head.framing = Framing::None;
  } else if (facts.codings != 0) {
    if (!facts.coding_known) return failure(ParseStatus::Unsupported, "transfer coding");
    head.framing = Framing::Chunked;
  } else if (facts.lengths != 0) {
    head.framing = facts.content_length == 0 ? Framing::None : Framing::Length;
  } else {
    head.framing = Framing::UntilClose;
  }
  head.keep_alive =
      head.framing != Framing::UntilClose && !facts.close && (head.minor_version >= 1 || facts.keep_alive);
  return {ParseStatus::Done, 0, ""};
}

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

ParseResult parseResponseHead(std::string_view bytes, const HeadLimits& limits, std::string_view request_method,
                              ResponseHead& head, size_t seen) {
  if (const ParseResult early = worthParsing(bytes, limits, seen); early.status != ParseStatus::Done) return early;
  head.headers.clear();
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  constexpr ptrdiff_t kStatusLine = 14;  // "HTTP/1.1 200" CR LF, the shortest
  if (bytes.empty()) return {};
  if (end - begin < kStatusLine) {
    const bool hopeful = std::memcmp(begin, "HTTP/", std::min<size_t>(5, bytes.size())) == 0;
    return hopeful ? ParseResult{} : malformed("not HTTP");
  }
  if (const ParseResult version = parseVersion(begin, head.minor_version); version.status != ParseStatus::Done) {
    return version;
  }
  const char* at = begin + 8;
  if (*at != ' ' || !isDigit(at[1]) || !isDigit(at[2]) || !isDigit(at[3]) || at[1] == '0')
    return malformed("bad status");
  head.status = (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
  at += 4;
  if (*at != ' ' && *at != '\r') return malformed("bad status");
  if (*at == ' ') ++at;
  const char* const reason_end = ascii::skipValue(at, end);
  head.reason = {at, static_cast<size_t>(reason_end - at)};
  if (reason_end == end || reason_end + 1 == end) return orTooLarge({}, bytes, limits);
  if (reason_end[0] != '\r' || reason_end[1] != '\n') return malformed("bad status line");

  Facts facts;
  const ParseResult fields = parseFields(begin, reason_end + 2, end, limits, head.headers, facts);
  if (fields.status != ParseStatus::Done) return orTooLarge(fields, bytes, limits);
  const ParseResult conclusion = concludeResponse(head, facts, request_method);
  return conclusion.status == ParseStatus::Done ? fields : conclusion;
}

namespace {

void move(std::string_view& view, const char* from, const char* to) {
  if (view.data() != nullptr) view = {to + (view.data() - from), view.size()};
}

}  // namespace

void rebase(RequestHead& head, const char* from, const char* to) {
  move(head.method, from, to);
  move(head.target, from, to);
  for (Header& field : head.headers) {
    move(field.name, from, to);
    move(field.value, from, to);
  }
}

void rebase(ResponseHead& head, const char* from, const char* to) {
  move(head.reason, from, to);
  for (Header& field : head.headers) {
    move(field.name, from, to);
    move(field.value, from, to);
  }
}

}  // namespace sluice::http
