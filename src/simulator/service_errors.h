// The error bodies of Azure OpenAI and OpenAI, as clients see them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "simulator/message.h"
#include "upstream/dialect.h"

namespace sluice::simulator {

// {"error":{"code":...,"message":...}}: the service's front.
Reply azureError(int status, std::string_view code, std::string_view message);
// {"error":{"message":...,"type":...,"param":...,"code":...}}: the model's own. Empty param or code: null.
Reply modelError(int status, std::string_view message, std::string_view type = "invalid_request_error",
                 std::string_view param = {}, std::string_view code = {});

Reply resourceNotFound();
Reply deploymentNotFound();
Reply keyDenied();
Reply tokenDenied();
Reply roleMissing(std::string_view principal, upstream::Dialect dialect);
Reply operationNotSupported(upstream::Dialect dialect, std::string_view model);
Reply unreadableBody();
Reply promptFiltered();
Reply quotaExceeded(upstream::Dialect dialect, std::string_view api_version, std::string_view what,
                    int64_t retry_after);
// What a knob asked for: 429 with Retry-After, 5xx and others in the shape that the service gives them.
Reply failureFor(int status, int64_t retry_after, upstream::Dialect dialect, std::string_view api_version);

// {"hate":{"filtered":false,"severity":"safe"},...}
std::string_view safeContentJson();

}  // namespace sluice::simulator
