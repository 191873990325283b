#include "policy/query.h"

#include <array>
#include <optional>
#include <string>

#include "base/encoding.h"

namespace sluice::policy {
namespace {

using Table = std::array<bool, 256>;

constexpr Table allow(std::string_view others) {
  Table table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<size_t>(c)] = true;
  for (const char c : others) table[static_cast<unsigned char>(c)] = true;
  return table;
}

// RFC 3986: unreserved; path characters with '/'; and all that a request target may hold at all, '%' among it.
constexpr Table kComponent = allow("-._~");
constexpr Table kPath = allow("-._~!$&'()*+,;=:@/");
constexpr Table kRepair = allow("-._~!$&'()*+,;=:@/?%[]{}|\\^`\"<>");

const Table& tableOf(Escape how) {
  switch (how) {
    case Escape::Path:
      return kPath;
    case Escape::Repair:
      return kRepair;
    case Escape::Component:
      break;
  }
  return kComponent;
}

}  // namespace

bool decodesTo(std::string_view raw, std::string_view plain) {
  return isEncoded(raw) ? percentDecode(raw, true) == plain : raw == plain;
}

bool decodesToIgnoringCase(std::string_view raw, std::string_view plain) {
  return isEncoded(raw) ? equalsIgnoreCase(percentDecode(raw, true), plain) : equalsIgnoreCase(raw, plain);
}

bool queryPartIs(std::string_view part, std::string_view name) {
  return decodesToIgnoringCase(part.substr(0, part.find('=')), name);
}

std::optional<std::string_view> queryValue(std::string_view query, std::string_view name, Arena& arena) {
  for (const std::string_view part : QueryParts(query)) {
    if (!queryPartIs(part, name)) continue;
    const size_t equals = part.find('=');
    const std::string_view raw = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    return isEncoded(raw) ? arena.copy(percentDecode(raw, true)) : raw;
  }
  return std::nullopt;
}

std::string_view escape(std::string_view text, Escape how, Arena& arena) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const Table& allowed = tableOf(how);
  size_t escaped = 0;
  for (const char c : text) escaped += allowed[static_cast<unsigned char>(c)] ? 0 : 1;
  if (escaped == 0) return text;
  const size_t size = text.size() + 2 * escaped;
  char* const out = static_cast<char*>(arena.allocateBytes(size, 1));
  char* next = out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (allowed[byte]) {
      *next++ = c;
      continue;
    }
    *next++ = '%';
    *next++ = kDigits[byte >> 4];
    *next++ = kDigits[byte & 0xF];
  }
  return {out, size};
}

}  // namespace sluice::policy
