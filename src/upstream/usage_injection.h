// Asking the model for usage in a stream where the client did not: `stream_options: {"include_usage": true}` is put
// into the request's JSON text with the least change; all other bytes stay as the client wrote them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "upstream/dialect.h"

namespace sluice::upstream {

// Whether a service that is called with this `api-version` knows stream_options: Azure OpenAI since 2024-09-01-preview.
// Not given (empty), `v1`, `latest`, `preview`: yes, as OpenAI's own API does. Anything else: no.
bool knowsStreamOptions(std::string_view api_version);

// The edited body, or nullopt when nothing is to be changed: not a stream, not chat completions or completions, the
// client itself gave include_usage (true or false), or the body is not understood beyond doubt (duplicate members,
// wrong types).
std::optional<std::string> injectUsage(Dialect dialect, std::string_view api_version, std::string_view body);

}  // namespace sluice::upstream
