#include "simulator/json_writer.h"

#include <fmt/format.h>

#include "base/encoding.h"

namespace sluice::simulator {
namespace {

void appendEscaped(std::string& out, std::string_view value) {
  out += '"';
  for (const char c : value) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

std::string withoutBadBytes(std::string_view value) {
  std::string clean;
  for (const char c : value) clean += static_cast<unsigned char>(c) < 0x80 ? c : '?';
  return clean;
}

}  // namespace

void JsonWriter::separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_ += bracket;
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_ += bracket;
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  appendEscaped(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  if (isValidUtf8(value)) {
    appendEscaped(out_, value);
  } else {
    appendEscaped(out_, withoutBadBytes(value));
  }
  return *this;
}

JsonWriter& JsonWriter::number(double value) {
  return raw(fmt::format("{}", value));
}
JsonWriter& JsonWriter::number(float value) {
  return raw(fmt::format("{}", value));
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

}  // namespace sluice::simulator
