#include "expression/library/uri_text.h"

#include "expression/library/web_text.h"

namespace sluice::expression {
namespace {

unsigned char at(std::string_view text, size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// The byte of an escape at text[i], or -1: there is none.
int escapeAt(std::string_view text, size_t i) {
  if (i + 2 >= text.size() || text[i] != '%') return -1;
  const int high = hexValue(at(text, i + 1)), low = hexValue(at(text, i + 2));
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// Bytes of the character that begins with this one, 0: none does.
size_t utf8Length(unsigned char first) {
  return first < 0x80                     ? 1
         : first >= 0xC2 && first <= 0xDF ? 2
         : (first & 0xF0) == 0xE0         ? 3
         : first >= 0xF0 && first <= 0xF4 ? 4
                                          : 0;
}

// The code point of `bytes`, which is one character; -1: it is not valid.
int64_t codePointOf(std::string_view bytes) {
  const size_t size = utf8Length(at(bytes, 0));
  if (size != bytes.size()) return -1;
  uint32_t code = size == 1 ? at(bytes, 0) : at(bytes, 0) & (0x7Fu >> size);
  for (size_t i = 1; i < size; ++i) {
    if ((at(bytes, i) & 0xC0) != 0x80) return -1;
    code = code << 6 | (at(bytes, i) & 0x3Fu);
  }
  static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[size] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return -1;
  return code;
}

// RFC 3987's ucschar, and in queries iprivate; not the marks of direction.
bool isIriCharacter(uint32_t c, Component component) {
  if (c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E)) return false;
  if ((c >= 0xA0 && c <= 0xD7FF) || (c >= 0xF900 && c <= 0xFDCF) || (c >= 0xFDF0 && c <= 0xFFEF)) return true;
  const uint32_t low = c & 0xFFFF;
  if (c >= 0x10000 && c < 0xF0000) return low <= 0xFFFD && (c < 0xE0000 || low >= 0x1000);
  return component == Component::Query && ((c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF0000 && low <= 0xFFFD));
}

bool isControl(unsigned char c) {
  return c <= 0x1F || c == 0x7F;
}
bool staysEscaped(unsigned char c) {
  return isControl(c) || isReserved(c) || c == '%' || c == '\\';
}

// The escaped bytes at text[i] as one character of more than one byte; empty: they are none. `size` is how much text
// they take.
std::string escapedCharacter(std::string_view text, size_t i, size_t& size) {
  const int first = escapeAt(text, i);
  const size_t length = utf8Length(static_cast<unsigned char>(first));
  std::string bytes;
  for (size_t k = 0; k < length; ++k) {
    const int byte = escapeAt(text, i + 3 * k);
    if (byte < 0) return {};
    bytes += static_cast<char>(byte);
  }
  size = 3 * length;
  return length < 2 || codePointOf(bytes) < 0 ? std::string() : bytes;
}

enum class Bad : uint8_t { Stays, IsEscaped };  // a '%' that begins no escape

// Undoes escapes of an IRI; `bad` and unescaped characters as given.
std::string undo(std::string_view text, Component component, Bad bad) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const int byte = escapeAt(text, i);
    if (text[i] != '%' || byte < 0) {
      if (text[i] == '%' && bad == Bad::IsEscaped) {
        out += "%25";
      } else {
        out += text[i];
      }
      ++i;
      continue;
    }
    size_t size = 3;
    if (byte < 0x80) {
      if (staysEscaped(static_cast<unsigned char>(byte))) {
        out += text.substr(i, 3);
      } else {
        out += static_cast<char>(byte);
      }
    } else {
      const std::string character = escapedCharacter(text, i, size);
      const bool shown = !character.empty() && isIriCharacter(static_cast<uint32_t>(codePointOf(character)), component);
      if (character.empty()) size = 3;
      out += shown ? std::string_view(character) : text.substr(i, size);
    }
    i += size;
  }
  return out;
}

}  // namespace

std::string escapeUri(std::string_view text, Keep keep, Escapes escapes, std::string_view force) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = at(text, i);
    const bool kept = isUnreserved(c) || (keep == Keep::UnreservedAndReserved && isReserved(c));
    const bool escape = escapes == Escapes::Stay && escapeAt(text, i) >= 0;
    if ((kept || escape) && force.find(text[i]) == std::string_view::npos) {
      out += text[i];
    } else {
      addEscaped(out, c);
    }
  }
  return out;
}

std::string unescapeUri(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const int byte = escapeAt(text, i);
    size_t size = byte < 0 ? 1 : 3;
    if (byte < 0) {
      out += text[i];
    } else if (byte < 0x80) {
      out += static_cast<char>(byte);
    } else {
      const std::string character = escapedCharacter(text, i, size);
      if (character.empty()) size = 3;
      out += character.empty() ? text.substr(i, size) : std::string_view(character);
    }
    i += size;
  }
  return out;
}

bool needsNormalizing(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (at(text, i) >= 0x80) return true;
    const int byte = escapeAt(text, i);
    if (byte >= 0x80 || (byte >= 0 && isUnreserved(static_cast<char16_t>(byte)))) return true;
    if (byte >= 0) i += 2;
  }
  return false;
}

std::string normalizeIri(std::string_view text, Component component) {
  const std::string undone = undo(text, component, Bad::Stays);
  std::string out;
  out.reserve(undone.size());
  const std::string_view view = undone;
  for (size_t i = 0; i < view.size();) {
    const size_t size = std::max<size_t>(1, std::min(utf8Length(at(view, i)), view.size() - i));
    const int64_t code = at(view, i) < 0x80 ? 0 : codePointOf(view.substr(i, size));
    const bool good = at(view, i) < 0x80 || (code >= 0 && isIriCharacter(static_cast<uint32_t>(code), component));
    for (size_t k = i; k < i + size; ++k) {
      if (good) {
        out += view[k];
      } else {
        addEscaped(out, at(view, k));
      }
    }
    i += size;
  }
  return out;
}

std::string displayIri(std::string_view text, Component component) {
  return undo(text, component, Bad::IsEscaped);
}

bool isWellEscaped(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = at(text, i);
    if (c == '%' ? escapeAt(text, i) < 0 : c < 0x80 && !isUnreserved(c) && !isReserved(c)) return false;
  }
  return true;
}

}  // namespace sluice::expression
