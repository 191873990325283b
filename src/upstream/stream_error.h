// An error inside a 200: Azure and OpenAI sometimes answer a streamed call with 200 and an event that is an error,
// before any other event. Found early, the call can still be made elsewhere. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

struct StreamError {
  int status = 500;  // the status that a whole answer with this error would have had
  std::string code;
};

// `data`: of the first event that has any. nullopt: it is no error.
std::optional<StreamError> readStreamError(std::string_view data);

}  // namespace sluice::upstream
