// A value that cannot be printed by accident: no conversion to string, no formatter, no stream operator. Whoever needs
// the bytes says reveal(), which is easy to search for.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret();
  Secret(const Secret&) = default;
  Secret(Secret&&) = default;
  Secret& operator=(const Secret&) = default;
  Secret& operator=(Secret&&) = default;

  std::string_view reveal() const { return value_; }
  bool empty() const { return value_.empty(); }

 private:
  std::string value_;
};

}  // namespace sluice
