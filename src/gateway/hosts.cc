#include "gateway/hosts.h"

#include <string>

#include "base/log.h"

namespace sluice::gateway {

std::shared_ptr<const runtime::HostsMap> hostsOf(const config::Settings& settings) {
  auto hosts = std::make_shared<runtime::HostsMap>();
  for (const auto& [from, mapping] : settings.hosts) {
    const bool numeric_v6 = mapping.address.host.find(':') != std::string::npos;
    std::string to = numeric_v6 ? "[" + mapping.address.host + "]" : mapping.address.host;
    if (!to.empty() && mapping.address.port != 0) to += ":" + std::to_string(mapping.address.port);
    if (auto added =
            hosts->add(from, to, mapping.ca.text,
                       mapping.plain ? runtime::HostsMap::Transport::Plain : runtime::HostsMap::Transport::AsAsked);
        !added)
      log::error("hosts entry left out", {{"host", from}, {"reason", added.error().message}});
  }
  return hosts;
}

}  // namespace sluice::gateway
