#include "runtime/hosts.h"

#include <algorithm>

#include "runtime/address.h"

namespace sluice::runtime {
namespace {

std::string lowered(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 32) : c; });
  return out;
}

}  // namespace

Status HostsMap::add(std::string_view from, std::string_view to, std::string ca_file, Transport transport) {
  const std::optional<HostPort> source = splitHostPort(from);
  if (!source || source->host.empty()) return fail("not a host or host:port: " + std::string(from));
  HostMapping mapping;
  mapping.ca_file = std::move(ca_file);
  mapping.plain = transport == Transport::Plain;
  if (!to.empty()) {
    const std::optional<HostPort> target = splitHostPort(to);
    if (!target || target->host.empty()) return fail("not an address or address:port: " + std::string(to));
    mapping.host = target->host;
    mapping.port = target->port.value_or(0);
  }
  std::string key = lowered(source->host);
  if (source->port) key += ":" + std::to_string(*source->port);
  if (!entries_.emplace(std::move(key), std::move(mapping)).second) return fail("mapped twice: " + std::string(from));
  return {};
}

const HostMapping* HostsMap::find(std::string_view host, uint16_t port) const {
  if (entries_.empty()) return nullptr;
  const std::string name = lowered(host);
  const std::string suffix = ":" + std::to_string(port);
  const auto lookUp = [&](const std::string& key) -> const HostMapping* {
    auto found = entries_.find(key + suffix);
    if (found == entries_.end()) found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  };
  if (const HostMapping* exact = lookUp(name)) return exact;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
    if (const HostMapping* wildcard = lookUp("*" + name.substr(dot))) return wildcard;
  }
  return lookUp("*");
}

}  // namespace sluice::runtime
