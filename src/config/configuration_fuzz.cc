// Whatever a configuration's documents hold, reading them ends: with a model or with diagnostics that can be shown. The
// first byte chooses the reader.
#include <cstdint>
#include <string>

#include "config/openapi.h"
#include "config/resource_reader.h"
#include "config/settings_reader.h"
#include "text/json_document.h"
#include "text/yaml_document.h"

using namespace sluice;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  Diagnostics diagnostics;
  text::Bounds bounds;
  bounds.nodes = 10'000;
  const bool json = (data[0] & 1) != 0;
  const auto document = json ? text::parseJson("f.json", std::move(text), diagnostics, bounds)
                             : text::parseYaml("f.yaml", std::move(text), diagnostics, bounds);
  if (document) {
    std::vector<std::string> files;
    config::Settings settings = config::defaultSettings("/nowhere");
    switch (data[0] >> 1 & 7) {
      case 0:
        config::readOpenApi(*document, diagnostics);
        break;
      case 1:
        config::readSettings(*document, "/nowhere", settings, diagnostics, files);
        break;
      case 2:
        config::readBackend("b", *document, {}, diagnostics);
        break;
      case 3:
        config::readApi("a", *document, diagnostics);
        break;
      default:
        config::readLogger("l", *document, {}, diagnostics);
    }
  }
  diagnostics.render();
  return 0;
}
