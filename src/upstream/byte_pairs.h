// Byte-pair merging of one piece: always the pair of neighbours with the lowest rank, the leftmost among equals, until
// no pair has a rank. O(n log n); pieces of usual length by a plain scan, which is faster there.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "upstream/rank_table.h"

namespace sluice::upstream {

// A piece longer than this is cut there first, so that memory stays bounded (2.5 MB): it is one run of letters, of
// spaces or of signs without a break, and each cut can change the count by a token or two.
constexpr size_t kLongestPiece = 64 * 1024;

// Appends the tokens of `piece` to `ids` when it is not null. Gives how many there are.
size_t mergePiece(const RankTable& ranks, std::string_view piece, std::vector<uint32_t>* ids);

}  // namespace sluice::upstream
