// Query strings as policies change them: split at '&', names compared decoded and without case (reference 3.3), all
// that is not touched kept byte for byte.
#pragma once

#include <optional>
#include <string_view>

#include "base/arena.h"

namespace sluice::policy {

// for (std::string_view part : QueryParts(query)): "a=1", "b", ... ; empty parts are left out.
class QueryParts {
 public:
  explicit QueryParts(std::string_view query) : query_(query) {}

  class Iterator {
   public:
    Iterator(std::string_view rest, bool end) : rest_(rest), end_(end) {
      if (!end_) advance();
    }
    std::string_view operator*() const { return part_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return end_ != other.end_; }

   private:
    void advance() {
      for (;;) {
        if (rest_.empty()) {
          end_ = true;
          return;
        }
        const size_t length = rest_.find('&');
        part_ = rest_.substr(0, length);
        rest_ = length == std::string_view::npos ? std::string_view() : rest_.substr(length + 1);
        if (!part_.empty()) return;
      }
    }
    std::string_view rest_, part_;
    bool end_;
  };
  Iterator begin() const { return {query_, false}; }
  Iterator end() const { return {{}, true}; }

 private:
  std::string_view query_;
};

// Whether a name or value of a query string differs from its decoded form.
inline bool isEncoded(std::string_view raw) {
  for (const char c : raw)
    if (c == '%' || c == '+') return true;
  return false;
}
// `raw`, decoded, is `plain`.
bool decodesTo(std::string_view raw, std::string_view plain);
bool decodesToIgnoringCase(std::string_view raw, std::string_view plain);
// The name of a part is `name` (not encoded).
bool queryPartIs(std::string_view part, std::string_view name);
// The first value of `name`, decoded; nullopt when it is not there.
std::optional<std::string_view> queryValue(std::string_view query, std::string_view name, Arena& arena);

// Percent-encoded (RFC 3986). Component: all but unreserved characters. Path: for text put into a path, keeps what may
// stand in one, slashes too. Repair: for a whole path or query that somebody wrote, encodes only what may stand
// nowhere.
enum class Escape : unsigned char { Component, Path, Repair };
std::string_view escape(std::string_view text, Escape how, Arena& arena);

}  // namespace sluice::policy
