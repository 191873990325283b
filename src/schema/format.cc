// Formats of strings: RFC 3339 dates and times, RFC 5321's shape of an address, RFC 1123 host names, RFC 4291, RFC
// 3986.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/encoding.h"
#include "schema/schema.h"

namespace sluice::schema {
namespace {

constexpr std::array<std::pair<std::string_view, Format>, 16> kFormats{{{"date-time", Format::DateTime},
                                                                        {"date", Format::Date},
                                                                        {"time", Format::Time},
                                                                        {"email", Format::Email},
                                                                        {"hostname", Format::Hostname},
                                                                        {"host-name", Format::Hostname},
                                                                        {"ipv4", Format::Ipv4},
                                                                        {"ip-address", Format::Ipv4},
                                                                        {"ipv6", Format::Ipv6},
                                                                        {"uri", Format::Uri},
                                                                        {"url", Format::Uri},
                                                                        {"uuid", Format::Uuid},
                                                                        {"guid", Format::Uuid},
                                                                        {"byte", Format::Base64},
                                                                        {"int32", Format::Int32},
                                                                        {"int64", Format::Int64}}};

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Reads `count` digits off the front; -1: they are not there.
int digits(std::string_view& text, size_t count) {
  if (text.size() < count || !std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(count), isDigit))
    return -1;
  int number = 0;
  for (size_t i = 0; i < count; ++i) number = number * 10 + (text[i] - '0');
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

bool takeDate(std::string_view& text) {
  const int year = digits(text, 4);
  if (year < 0 || !take(text, '-')) return false;
  const int month = digits(text, 2);
  if (month < 1 || month > 12 || !take(text, '-')) return false;
  const int day = digits(text, 2);
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day >= 1 && day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool takeClock(std::string_view& text) {
  const int hour = digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return false;
  const int minute = digits(text, 2);
  return minute >= 0 && minute <= 59;
}

bool takeTime(std::string_view& text) {
  if (!takeClock(text) || !take(text, ':')) return false;
  const int second = digits(text, 2);
  if (second < 0 || second > 60) return false;  // a leap second
  if (take(text, '.')) {
    if (digits(text, 1) < 0) return false;
    while (digits(text, 1) >= 0) continue;
  }
  return true;
}

bool takeZone(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return true;
  return (take(text, '+') || take(text, '-')) && takeClock(text);
}

bool isHostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('.'), text.size());
    const auto label = text.substr(0, end);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return isDigit(c) || isLetter(c) || c == '-' || c == '_'; }))
      return false;
    if (end + 1 == text.size()) return false;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return true;
}

bool isEmail(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return false;
  const auto local = text.substr(0, at);
  const bool plain = std::ranges::none_of(local, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '@' || c == '<' || c == '>' || c == '\x7f';
  });
  return plain && isHostname(text.substr(at + 1));
}

// Absolute: a scheme, and no character that has to be encoded.
bool isUri(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !isLetter(text.front())) return false;
  const auto in_scheme = [](char c) { return isLetter(c) || isDigit(c) || c == '+' || c == '-' || c == '.'; };
  if (!std::ranges::all_of(text.substr(0, colon), in_scheme) || colon + 1 == text.size()) return false;
  constexpr std::string_view kForbidden = "\"<>\\^`{|}";
  return std::ranges::none_of(text, [&](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || kForbidden.find(c) != std::string_view::npos;
  });
}

bool isUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? c != '-' : !(isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) return false;
  }
  return true;
}

bool isAddress(std::string_view text, int family) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return false;
  in6_addr address{};
  return inet_pton(family, std::string(text).c_str(), &address) == 1;
}

}  // namespace

Format formatOf(std::string_view name) {
  const auto* found = std::ranges::find(kFormats, name, &std::pair<std::string_view, Format>::first);
  return found == kFormats.end() ? Format::None : found->second;
}

std::string_view formatName(Format format) {
  const auto* found = std::ranges::find(kFormats, format, &std::pair<std::string_view, Format>::second);
  return found == kFormats.end() ? std::string_view() : found->first;
}

bool conforms(std::string_view text, Format format) {
  switch (format) {
    case Format::DateTime:
      return takeDate(text) && (take(text, 'T') || take(text, 't') || take(text, ' ')) && takeTime(text) &&
             takeZone(text) && text.empty();
    case Format::Date:
      return takeDate(text) && text.empty();
    case Format::Time:
      return takeTime(text) && (text.empty() || (takeZone(text) && text.empty()));
    case Format::Email:
      return isEmail(text);
    case Format::Hostname:
      return isHostname(text);
    case Format::Ipv4:
      return isAddress(text, AF_INET);
    case Format::Ipv6:
      return isAddress(text, AF_INET6);
    case Format::Uri:
      return isUri(text);
    case Format::Uuid:
      return isUuid(text);
    case Format::Base64:
      return base64Decode(text).has_value();
    case Format::None:
    case Format::Int32:
    case Format::Int64:
      break;
  }
  return true;
}

}  // namespace sluice::schema
