// RankTable: the byte sequences that an encoding has tokens for, and their ranks (which are the token ids). Immutable,
// shared between threads; 4 MB for o200k_base.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::upstream {

class RankTable {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;

  // A rank file's text: a line for each token, `base64 rank`, ranks 0, 1, 2, ... in order, at most 2^18.
  static Result<RankTable> parse(std::string_view file);

  uint32_t find(std::string_view bytes) const;
  size_t size() const { return starts_.size() - 1; }
  size_t longest() const { return longest_; }

 private:
  RankTable() = default;
  bool addLine(std::string_view line);
  Status index();
  std::string_view token(uint32_t rank) const {
    return {bytes_.data() + starts_[rank], starts_[rank + 1] - starts_[rank]};
  }

  std::string bytes_;             // all tokens, one after the other
  std::vector<uint32_t> starts_;  // of each token in bytes_, and the end
  std::vector<uint32_t> slots_;   // open addressing: 14 bits of the hash above 18 bits of rank
  std::vector<uint32_t> pairs_;   // two bytes at a time, which merging begins with: straight to the rank
  uint32_t ones_[256];
  size_t longest_ = 0;
};

}  // namespace sluice::upstream
