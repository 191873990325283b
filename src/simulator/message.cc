#include "simulator/message.h"

#include "base/encoding.h"

namespace sluice::simulator {
namespace {

std::string_view findHeader(const HeaderList& headers, std::string_view name) {
  for (const auto& [each, value] : headers) {
    if (equalsIgnoreCase(each, name)) return value;
  }
  return {};
}

}  // namespace

std::optional<std::string> formParameter(std::string_view form, std::string_view name) {
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(pair.size() + 1, form.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (percentDecode(pair.substr(0, equals), true) != name) continue;
    return percentDecode(pair.substr(std::min(equals + 1, pair.size())), true);
  }
  return std::nullopt;
}

std::string_view Request::host() const {
  const std::string_view all = authority;
  if (all.starts_with('[')) return all.substr(0, std::min(all.find(']'), all.size() - 1) + 1);
  return all.substr(0, all.find(':'));
}

std::string_view Request::header(std::string_view name) const {
  return findHeader(headers, name);
}

std::optional<std::string> Request::queryValue(std::string_view name) const {
  return formParameter(query, name);
}

std::optional<std::string> Request::formValue(std::string_view name) const {
  return formParameter(body, name);
}

std::vector<std::string> Request::segments() const {
  std::vector<std::string> result;
  std::string_view rest = path;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto segment = rest.substr(0, rest.find('/'));
    result.push_back(percentDecode(segment));
    rest.remove_prefix(segment.size());
  }
  return result;
}

void Reply::set(std::string name, std::string value) {
  headers.emplace_back(std::move(name), std::move(value));
}

std::string_view Reply::header(std::string_view name) const {
  return findHeader(headers, name);
}

Reply jsonReply(int status, std::string json) {
  Reply reply;
  reply.status = status;
  reply.set("Content-Type", "application/json");
  reply.body = std::move(json);
  return reply;
}

}  // namespace sluice::simulator
