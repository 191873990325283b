#include "upstream/deployment_map.h"

#include "base/encoding.h"
#include "upstream/dialect.h"
#include "upstream/json_scan.h"

namespace sluice::upstream {

std::string_view mapDeployment(std::string_view path, const config::Named<std::string>& names, Arena& arena) {
  const std::string_view segment = deploymentOfPath(path);
  if (segment.empty()) return path;
  const auto* name = config::findNamed(names, percentDecode(segment, false));
  if (name == nullptr) return path;
  const auto before = static_cast<size_t>(segment.data() - path.data());
  return arena.join({path.substr(0, before), percentEncode(*name), path.substr(before + segment.size())});
}

std::string_view mapApiVersion(std::string_view path, std::string_view query, std::string_view version, Arena& arena) {
  if (version.empty()) return query;
  size_t begin = 0;
  while (begin < query.size()) {
    const size_t end = std::min(query.find('&', begin), query.size());
    const std::string_view pair = query.substr(begin, end - begin);
    const std::string_view name = pair.substr(0, pair.find('='));
    if (equalsIgnoreCase(name, "api-version"))
      return arena.join({query.substr(0, begin), name, "=", percentEncode(version), query.substr(end)});
    begin = end + 1;
  }
  if (deploymentOfPath(path).empty()) return query;
  return arena.join({query, query.empty() ? "" : "&", "api-version=", percentEncode(version)});
}

std::string_view mapModel(std::string_view body, const config::Named<std::string>& names, Arena& arena) {
  if (names.empty()) return body;
  JsonScan scan(body);
  JsonString name;
  if (!scan.enterObject()) return body;
  while (scan.nextMember(name)) {
    if (name == "model") {
      JsonString model;
      if (!scan.string(model)) return body;
      const auto* other = config::findNamed(names, model.text(arena));
      if (other == nullptr) return body;
      const auto before = static_cast<size_t>(model.raw.data() - body.data());
      std::string quoted;
      for (const char c : *other) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
      }
      return arena.join({body.substr(0, before), quoted, body.substr(before + model.raw.size())});
    }
    scan.skip();
  }
  return body;
}

}  // namespace sluice::upstream
