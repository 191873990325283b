// OpenAPI 3.0 and 3.1 documents, and Swagger 2.0's paths, as APIM's import reads them (reference 4.1): operations with
// their URL templates, and the server as a fallback for the API's service URL. Required query parameters become part of
// the template, in the order of the document (translateRequiredQueryParameters = template). Only references inside the
// document are followed; others are refused, cycles too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "config/resources.h"
#include "text/node.h"

namespace sluice::config {

struct Specification {
  std::vector<Operation> operations;
  std::string service_url;  // the first server, variables filled with their defaults; empty when there is none or it is
                            // relative
  std::string title;
};

inline constexpr size_t kMaxOperations = 20'000;  // of one API

// What could be read; mistakes go to `diagnostics`.
Specification readOpenApi(const text::Document& document, Diagnostics& diagnostics);

// The name that APIM gives an operation without an operationId: `get-pets-petid` for GET /pets/{petId}. The same rule
// (lower case, runs of other characters become one dash) makes folder names of operationIds.
std::string normalizedOperationName(std::string_view text);

// Splits a URL template; mistakes (braces, names used twice, no leading slash) go to `diagnostics` at `position`.
// Template parameters that `operation` does not have yet are added as strings.
void splitUrlTemplate(const text::Document& document, text::Position position, Operation& operation,
                      Diagnostics& diagnostics);

}  // namespace sluice::config
