// A request and a reply of the simulated services as plain data, so that what they answer is decided, and tested,
// without sockets. server.cc plays a Reply onto a connection.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "simulator/knobs.h"

namespace sluice::simulator {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string scheme = "https";
  std::string authority;  // the Host header as sent
  std::string path;       // as sent, query excluded
  std::string query;      // as sent, without "?"
  HeaderList headers;
  std::string body;
  UtcTime now{};

  std::string_view host() const;                         // authority without port, brackets kept
  std::string_view header(std::string_view name) const;  // the first, or empty
  // Decoded; of the query, or of a form body.
  std::optional<std::string> queryValue(std::string_view name) const;
  std::optional<std::string> formValue(std::string_view name) const;
  // The path's segments, decoded; "/a/b" has two.
  std::vector<std::string> segments() const;
};

// A stream's events, made one at a time as they are sent. `text` is a whole event with its empty line.
class EventSource {
 public:
  struct Event {
    std::string text;
    size_t tokens = 0;  // how many tokens it carries: what the pace of a stream counts
  };
  virtual ~EventSource() = default;
  virtual std::optional<Event> next() = 0;
};

struct Reply {
  int status = 200;
  HeaderList headers;
  std::string body;
  std::unique_ptr<EventSource> events;  // not null: a stream; `body` is unused
  Knobs knobs;                          // how to play it: latency, pace, cut, reset, slow body

  void set(std::string name, std::string value);
  std::string_view header(std::string_view name) const;
};

Reply jsonReply(int status, std::string json);
// The value of one parameter of application/x-www-form-urlencoded text, decoded.
std::optional<std::string> formParameter(std::string_view form, std::string_view name);

}  // namespace sluice::simulator
