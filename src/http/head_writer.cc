#include <algorithm>
#include <cstring>

#include "http/ascii.h"
#include "http/codec.h"

namespace sluice::http {
namespace {

using ascii::equals;

// Room for Content-Length or Transfer-Encoding, Connection, and the blank line; and the slack that putFields() needs.
constexpr size_t kFramingFields = 96 + ascii::kSlack;

char* put(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

char* putNumber(char* at, uint64_t number) {
  char digits[20];
  char* first = digits + sizeof(digits);
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return put(at, {first, static_cast<size_t>(digits + sizeof(digits) - first)});
}

enum class Unclean : uint8_t { LeaveOut, Fail };

// nullptr: there was an unclean field, and it was to fail. Fields are judged where they have been copied to: there is
// room behind them, so that whole vectors can be read.
char* putFields(char* at, const Headers& headers, Unclean unclean) {
  for (const Header& field : headers) {
    if (isFramingField(field.name)) continue;
    char* const name = at;
    char* const value = put(put(name, field.name), ": ");
    char* const end = put(value, field.value);
    if (!ascii::isTokenWithSlack(name, field.name.size()) || !ascii::isValueWithSlack(value, field.value.size())) {
      if (unclean == Unclean::Fail) return nullptr;
      continue;
    }
    at = put(end, "\r\n");
  }
  return at;
}

char* putEnd(char* at, Framing framing, uint64_t content_length, ConnectionOption connection) {
  if (framing == Framing::Length) {
    at = put(at, "Content-Length: ");
    at = putNumber(at, content_length);
    at = put(at, "\r\n");
  }
  if (framing == Framing::Chunked) at = put(at, "Transfer-Encoding: chunked\r\n");
  if (connection == ConnectionOption::Close) at = put(at, "Connection: close\r\n");
  if (connection == ConnectionOption::KeepAlive) at = put(at, "Connection: keep-alive\r\n");
  return put(at, "\r\n");
}

size_t fieldsSize(const Headers& headers) {
  size_t size = kFramingFields;
  for (const Header& field : headers) size += field.name.size() + field.value.size() + 4;
  return size;
}

bool isCleanText(std::string_view text) {
  return ascii::skipValue(text.data(), text.data() + text.size()) == text.data() + text.size();
}

}  // namespace

bool isToken(std::string_view text) {
  return !text.empty() && ascii::skipToken(text.data(), text.data() + text.size()) == text.data() + text.size();
}

bool isCleanField(const Header& field) {
  return isToken(field.name) && isCleanText(field.value);
}

bool isFramingField(std::string_view name) {
  switch (name.size()) {
    case 2:
      return equals(name, "te");
    case 7:
      return equals(name, "trailer") || equals(name, "upgrade");
    case 10:
      return equals(name, "connection") || equals(name, "keep-alive");
    case 14:
      return equals(name, "content-length");
    case 16:
      return equals(name, "proxy-connection");
    case 17:
      return equals(name, "transfer-encoding");
    default:
      return false;
  }
}

bool isNominated(const Headers& headers, std::string_view name) {
  for (const Header& field : headers) {
    if (!equals(field.name, "connection")) continue;
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view option = ascii::trim(rest.substr(0, comma));
      const auto same = [](char a, char b) { return ascii::lower(a) == ascii::lower(b); };
      if (std::equal(option.begin(), option.end(), name.begin(), name.end(), same)) return true;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return false;
}

size_t writeChunkHeader(uint64_t size, char* into) {
  static constexpr char kHex[] = "0123456789abcdef";
  char digits[16];
  size_t count = 0;
  do {
    digits[count++] = kHex[size & 15];
    size >>= 4;
  } while (size != 0);
  char* at = into;
  while (count > 0) *at++ = digits[--count];
  *at++ = '\r';
  *at++ = '\n';
  return static_cast<size_t>(at - into);
}

size_t requestHeadSize(const RequestLineParts& line, const Headers& headers) {
  return line.method.size() + line.target.size() + line.host.size() + 32 + fieldsSize(headers);
}

size_t responseHeadSize(const ResponseHead& head) {
  return 48 + head.reason.size() + fieldsSize(head.headers);
}

size_t writeRequestHead(const RequestLineParts& line, const Headers& headers, Framing framing, uint64_t content_length,
                        ConnectionOption connection, char* into) {
  const char* const target_end = line.target.data() + line.target.size();
  const bool target_clean = !line.target.empty() && ascii::skipTarget(line.target.data(), target_end) == target_end;
  if (!isToken(line.method) || !target_clean || !isCleanText(line.host)) return 0;
  char* at = put(into, line.method);
  *at++ = ' ';
  at = put(at, line.target);
  at = put(at, " HTTP/1.1\r\n");
  if (!line.host.empty()) {
    at = put(at, "Host: ");
    at = put(at, line.host);
    at = put(at, "\r\n");
  }
  at = putFields(at, headers, Unclean::Fail);
  if (at == nullptr) return 0;
  at = putEnd(at, framing, content_length, connection);
  return static_cast<size_t>(at - into);
}

size_t writeResponseHead(const ResponseHead& head, Framing framing, uint64_t content_length,
                         ConnectionOption connection, char* into) {
  char* at = put(into, "HTTP/1.1 ");
  const int status = head.status >= 100 && head.status <= 999 ? head.status : 500;
  *at++ = static_cast<char>('0' + status / 100);
  *at++ = static_cast<char>('0' + status / 10 % 10);
  *at++ = static_cast<char>('0' + status % 10);
  *at++ = ' ';
  at = put(at, head.reason.empty() || !isCleanText(head.reason) ? reasonPhrase(status) : head.reason);
  at = put(at, "\r\n");
  at = putFields(at, head.headers, Unclean::LeaveOut);
  at = putEnd(at, framing, content_length, connection);
  return static_cast<size_t>(at - into);
}

}  // namespace sluice::http
