// Server-sent events (WHATWG HTML 9.2.6): a parser that survives any split of the bytes, and tells for each event which
// raw bytes it was, so that an event can be taken out of a stream and all others passed on untouched. An event is given
// out as soon as its blank line is whole: when that ends by a CR at the end of the bytes so far, an LF that follows
// leads the next event's raw bytes. The raw bytes of all events and rest() are the whole stream, in order. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::http {

struct SseEvent {
  std::string_view type;  // "event:" field; empty: message
  std::string_view data;  // lines joined by LF
  std::string_view id;    // "id:" field of this event, if any
  std::string_view raw;   // all its bytes, comments and the blank line included
  bool has_data = false;  // false: a block without data (comments, a lone event:), which browsers do not dispatch
};

class SseParser {
 public:
  explicit SseParser(size_t max_event = 1u << 20) : max_event_(max_event) {}

  enum class State : uint8_t { Event, NeedMore, TooLarge };

  // Gives bytes; views handed out before are void. The bytes need not outlive the call: what is incomplete is kept.
  void feed(std::string_view bytes);
  // The next whole event; its views live until the next feed() or next(). TooLarge: the event under way has passed the
  // limit; the parser has stopped (rest() gives what it holds).
  State next(SseEvent& event);
  // Bytes of the event under way, not handed out yet.
  std::string_view rest() const;
  // Bytes before this offset of the whole stream have been handed out as events.
  uint64_t consumed() const { return consumed_; }
  void reset();

 private:
  bool readLine(std::string_view& line);
  void skipLf();
  void field(std::string_view line);

  size_t max_event_;
  std::string held_;     // bytes from the start of the event under way (after feed())
  size_t start_ = 0;     // of the event under way, in held_
  size_t scanned_ = 0;   // lines before this have been interpreted
  size_t searched_ = 0;  // no line ends between scanned_ and this
  std::string data_;     // of the event under way, as its lines give them
  std::string type_;
  std::string id_;
  size_t data_lines_ = 0;
  uint64_t consumed_ = 0;
  bool after_cr_ = false;    // the last line ended by CR, whose LF may follow
  bool first_ = true;        // a BOM may come
  bool handed_out_ = false;  // the fields above are those of an event given to the caller
  bool stopped_ = false;
};

}  // namespace sluice::http
