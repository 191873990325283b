// Schema resources (reference 4.4): `apis/{api}/schemas/{schema}/apiSchemaInformation.json`, and those of the service,
// which no extractor writes: `schemas/{schema}/schemaInformation.json`. Read for validate-content.
#pragma once

#include <string>

#include "config/resources.h"
#include "text/node.h"

namespace sluice::config {

SchemaResource readSchemaResource(std::string name, const text::Document& document, Diagnostics& diagnostics);

}  // namespace sluice::config
