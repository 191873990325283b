// HTTP messages as data: header lists and request/response heads. Names and values are views; whoever fills a head says
// what memory they live in (the codec: its caller's buffer; an exchange: its arena). No I/O here.
#pragma once

#include <cstdint>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::http {

struct Header {
  std::string_view name;
  std::string_view value;
};

// A header list in wire order. Names compare without case (RFC 9110 section 5.1). Linear search: lists are short.
// The views must outlive the list; the list's own memory comes from `memory`.
class Headers {
 public:
  explicit Headers(std::pmr::memory_resource* memory = std::pmr::get_default_resource()) : fields_(memory) {}

  // The first value, or nullopt.
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  size_t count(std::string_view name) const;
  void add(std::string_view name, std::string_view value) { fields_.push_back({name, value}); }
  // Replaces the first and removes the others; adds when there is none.
  void set(std::string_view name, std::string_view value);
  size_t remove(std::string_view name);
  void clear() { fields_.clear(); }
  // The fields of `other` instead of these, with room for some more.
  void assign(const Headers& other, size_t more = 0) {
    fields_.reserve(other.size() + more);
    fields_.assign(other.fields_.begin(), other.fields_.end());
  }
  void reserve(size_t count) { fields_.reserve(count); }

  size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  auto begin() { return fields_.begin(); }
  auto end() { return fields_.end(); }

 private:
  std::pmr::vector<Header> fields_;
};

enum class Framing : uint8_t { None, Length, Chunked, UntilClose };

// What may be spoken to a server. Http2OrHttp1: over TLS both are offered and the server chooses; plain is HTTP/1.1.
// Http2: it must be agreed on over TLS; plain begins with it (RFC 9113 section 3.3).
enum class HttpVersion : uint8_t { Http1, Http2OrHttp1, Http2 };

struct RequestHead {
  explicit RequestHead(std::pmr::memory_resource* memory = std::pmr::get_default_resource()) : headers(memory) {}

  std::string_view method;
  std::string_view target;  // as on the wire: origin-form, or absolute-form for proxies
  uint8_t minor_version = 1;
  Headers headers;
  Framing framing = Framing::None;
  uint64_t content_length = 0;  // when framing is Length
  bool keep_alive = true;
  bool expect_continue = false;
};

struct ResponseHead {
  explicit ResponseHead(std::pmr::memory_resource* memory = std::pmr::get_default_resource()) : headers(memory) {}

  int status = 200;
  std::string_view reason;
  uint8_t minor_version = 1;
  Headers headers;
  Framing framing = Framing::None;
  uint64_t content_length = 0;
  bool has_content_length = false;  // parsed heads: the field was there, body or not (HEAD, 304)
  bool keep_alive = true;
};

// The standard phrase for a status (RFC 9110 section 15), or "Unknown".
std::string_view reasonPhrase(int status);

}  // namespace sluice::http
