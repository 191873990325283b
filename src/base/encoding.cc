#include "base/encoding.h"

#include <openssl/rand.h>

#include <array>
#include <cstring>

#include "base/assert.h"

namespace sluice {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";

constexpr std::array<int8_t, 256> reverse(std::string_view alphabet) {
  std::array<int8_t, 256> table{};
  table.fill(-1);
  for (size_t i = 0; i < alphabet.size(); ++i) table[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
  return table;
}

constexpr auto kFromBase64 = reverse(kBase64);
constexpr auto kFromBase64Url = reverse(kBase64Url);

std::string encode(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  const auto at = [&](size_t k) { return static_cast<uint32_t>(static_cast<unsigned char>(bytes[k])); };
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t word = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    for (const int shift : {18, 12, 6, 0}) out += alphabet[word >> shift & 63];
  }
  const size_t rest = bytes.size() - i;
  if (rest > 0) {
    const uint32_t word = at(i) << 16 | (rest == 2 ? at(i + 1) << 8 : 0);
    out += alphabet[word >> 18 & 63];
    out += alphabet[word >> 12 & 63];
    if (rest == 2) out += alphabet[word >> 6 & 63];
    if (pad) out.append(3 - rest, '=');
  }
  return out;
}

// Four characters at a time into a string of the right size: tokens are decoded on the hot path.
std::optional<std::string> decode(std::string_view text, const std::array<int8_t, 256>& table) {
  const size_t rest = text.size() % 4;
  if (rest == 1) return std::nullopt;
  std::string out(text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1), '\0');
  char* to = out.data();
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  int bad = 0;  // negative once a character was foreign
  for (size_t groups = text.size() / 4; groups > 0; --groups, from += 4, to += 3) {
    const int a = table[from[0]], b = table[from[1]], c = table[from[2]], d = table[from[3]];
    bad |= a | b | c | d;
    const auto word = static_cast<uint32_t>(a) << 18 | static_cast<uint32_t>(b) << 12 | static_cast<uint32_t>(c) << 6 |
                      static_cast<uint32_t>(d);
    to[0] = static_cast<char>(word >> 16);
    to[1] = static_cast<char>(word >> 8);
    to[2] = static_cast<char>(word);
  }
  if (rest >= 2) {
    const int a = table[from[0]], b = table[from[1]], c = rest == 3 ? table[from[2]] : 0;
    bad |= a | b | c;
    const auto word = static_cast<uint32_t>(a) << 18 | static_cast<uint32_t>(b) << 12 | static_cast<uint32_t>(c) << 6;
    to[0] = static_cast<char>(word >> 16);
    if (rest == 3) to[1] = static_cast<char>(word >> 8);
  }
  if (bad < 0) return std::nullopt;
  return out;
}

char* putHex(char* to, const char* bytes, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    *to++ = kHex[static_cast<unsigned char>(bytes[i]) >> 4];
    *to++ = kHex[static_cast<unsigned char>(bytes[i]) & 15];
  }
  return to;
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool isUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

}  // namespace

std::string base64Encode(std::string_view bytes) {
  return encode(bytes, kBase64, true);
}
std::string base64UrlEncode(std::string_view bytes) {
  return encode(bytes, kBase64Url, false);
}

std::optional<std::string> base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode(text, kFromBase64);
}

std::optional<std::string> base64UrlDecode(std::string_view text) {
  return decode(text, kFromBase64Url);
}

std::string hexEncode(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  putHex(out.data(), bytes.data(), bytes.size());
  return out;
}

std::string percentDecode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0) {
      out += static_cast<char>(hexDigit(text[i + 1]) << 4 | hexDigit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string percentEncode(std::string_view text) {
  static constexpr std::string_view kUpper = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (isUnreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += kUpper[static_cast<unsigned char>(c) >> 4];
      out += kUpper[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

bool isValidUtf8(std::string_view bytes) {
  size_t i = 0;
  while (i < bytes.size()) {
    // Eight ASCII bytes at a time.
    uint64_t eight;
    if (i + sizeof eight <= bytes.size()) {
      std::memcpy(&eight, bytes.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080u) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const int length = lead >= 0xf0 && lead <= 0xf4 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (length == 0 || lead > 0xf4 || i + static_cast<size_t>(length) > bytes.size()) return false;
    uint32_t point = lead & (0xffu >> (length + 1));
    for (int k = 1; k < length; ++k) {
      const auto byte = static_cast<unsigned char>(bytes[i + static_cast<size_t>(k)]);
      if ((byte & 0xc0) != 0x80) return false;
      point = point << 6 | (byte & 0x3fu);
    }
    const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
    if (overlong || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) return false;
    i += static_cast<size_t>(length);
  }
  return true;
}

bool sameIgnoringCase(const char* a, const char* b, size_t size) {
  size_t i = 0;
  // Names are mostly written alike: eight bytes at a time while they are.
  for (; i + 8 <= size; i += 8) {
    uint64_t x, y;
    std::memcpy(&x, a + i, 8);
    std::memcpy(&y, b + i, 8);
    if (x != y) break;
  }
  for (; i < size; ++i) {
    const char x = a[i], y = b[i];
    if (x == y) continue;
    // Letters differ from their other case in one bit.
    if ((x ^ y) != 0x20) return false;
    const char lower = static_cast<char>(x | 0x20);
    if (lower < 'a' || lower > 'z') return false;
  }
  return true;
}

std::string randomBytes(size_t count) {
  std::string out(count, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1);
  return out;
}

void writeRandomGuid(char* to) {
  // One draw from the generator serves 64 ids: a draw costs about a microsecond.
  constexpr size_t kBytes = 16;
  thread_local std::string pool;
  thread_local size_t used = 0;
  if (used + kBytes > pool.size()) {
    pool = randomBytes(64 * kBytes);
    used = 0;
  }
  char* bytes = pool.data() + used;
  used += kBytes;
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  for (const size_t group : {4u, 2u, 2u, 2u}) {
    to = putHex(to, bytes, group);
    *to++ = '-';
    bytes += group;
  }
  putHex(to, bytes, 6);
}

std::string randomGuid() {
  std::string out(kGuidSize, '\0');
  writeRandomGuid(out.data());
  return out;
}

}  // namespace sluice
