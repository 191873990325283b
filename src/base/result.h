// Result<T>: an expected run-time outcome, either a T or an Error. C++20 has no std::expected; tl::expected stands in.
// No exceptions are thrown in our code; third-party exceptions are caught where they arise.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace sluice {

// What went wrong, in words for an operator or author. `code` lets callers branch; it is one of the owner's own enum
// values (0 when nobody branches on it).
struct Error {
  std::string message;
  int code = 0;
};

template <class T>
using Result = tl::expected<T, Error>;

using Status = Result<void>;

[[nodiscard]] inline tl::unexpected<Error> fail(std::string message, int code = 0) {
  return tl::make_unexpected(Error{std::move(message), code});
}

}  // namespace sluice
