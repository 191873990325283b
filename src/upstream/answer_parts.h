// Readers of parts that whole answers and streamed events share. Each takes the value at the scan, whatever it is.
#pragma once

#include <string>

#include "upstream/dialect.h"
#include "upstream/json_scan.h"

namespace sluice::upstream {

// Azure's {"hate": {"filtered": false, "severity": "safe"}, ...}. Once Filtered, `filter` stays so.
void readContentFilter(JsonScan& scan, ContentFilter& filter);
// Azure's [{"prompt_index": 0, "content_filter_results": {...}}, ...].
void readPromptFilters(JsonScan& scan, ContentFilter& filter);
// error.code, else error.type, else "error"; empty when there is no error (null).
void readErrorCode(JsonScan& scan, std::string& code);

}  // namespace sluice::upstream
