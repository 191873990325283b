#include "http/sse.h"

#include "http/ascii.h"

namespace sluice::http {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

}  // namespace

void SseParser::feed(std::string_view bytes) {
  if (start_ > 0) {
    held_.erase(0, start_);
    scanned_ -= start_;
    searched_ -= start_;
    start_ = 0;
  }
  held_ += bytes;
}

std::string_view SseParser::rest() const {
  return std::string_view(held_).substr(start_);
}

void SseParser::reset() {
  *this = SseParser(max_event_);
}

// The next whole line from scanned_ on, without its end; scanned_ moves behind it. A CR at the very end of what we have
// may be half of a CRLF: it ends the line all the same, and the LF, when it comes, is skipped.
bool SseParser::readLine(std::string_view& line) {
  const std::string_view text = held_;
  const char* const base = text.data();
  const auto end = static_cast<size_t>(ascii::findLineEnd(base + searched_, base + text.size()) - base);
  if (end == text.size()) {
    searched_ = end;
    return false;
  }
  line = text.substr(scanned_, end - scanned_);
  after_cr_ = text[end] == '\r';
  scanned_ = end + 1;
  skipLf();
  searched_ = scanned_;
  return true;
}

void SseParser::skipLf() {
  if (!after_cr_ || scanned_ >= held_.size()) return;
  after_cr_ = false;
  if (held_[scanned_] == '\n') ++scanned_;
}

void SseParser::field(std::string_view line) {
  if (line.empty() || line.front() == ':') return;
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (name == "data") {
    if (data_lines_++ > 0) data_ += '\n';
    data_ += value;
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id" && value.find('\0') == std::string_view::npos) {
    id_ = value;
  }
}

SseParser::State SseParser::next(SseEvent& event) {
  if (stopped_) return State::TooLarge;
  if (handed_out_) {
    handed_out_ = false;
    data_.clear();
    type_.clear();
    id_.clear();
    data_lines_ = 0;
  }
  if (first_) {
    const std::string_view text = held_;
    if (text.size() < kBom.size() && kBom.starts_with(text)) return State::NeedMore;
    if (text.starts_with(kBom)) scanned_ = searched_ = kBom.size();  // stays in the first event's raw bytes
    first_ = false;
  }
  const size_t before = scanned_;
  skipLf();
  // The LF of a CRLF split by the reader belongs to the event that its CR ended, which is gone: it leads this one.
  if (searched_ < scanned_ || before != scanned_) searched_ = scanned_;
  std::string_view line;
  while (readLine(line)) {
    if (!line.empty()) {
      field(line);
      continue;
    }
    if (scanned_ - start_ > max_event_) break;
    event.type = type_;
    event.data = data_;
    event.id = id_;
    event.has_data = data_lines_ > 0;
    event.raw = std::string_view(held_).substr(start_, scanned_ - start_);
    consumed_ += event.raw.size();
    start_ = scanned_;
    handed_out_ = true;
    return State::Event;
  }
  if (held_.size() - start_ > max_event_) {
    stopped_ = true;
    return State::TooLarge;
  }
  return State::NeedMore;
}

}  // namespace sluice::http
