#include "upstream/byte_pairs.h"

#include <algorithm>
#include <array>
#include <functional>
#include <queue>

namespace sluice::upstream {
namespace {

constexpr size_t kScanned = 96;
constexpr uint32_t kNone = RankTable::kNone;

// Parts as their beginnings; `rank` is that of a part joined with the one behind it.
struct Part {
  uint32_t start;
  uint32_t rank;
};

size_t mergeByScan(const RankTable& ranks, std::string_view piece, std::vector<uint32_t>* ids) {
  std::array<Part, kScanned + 1> parts;
  size_t count = piece.size();
  const auto joined = [&](size_t i) {
    if (i + 2 > count) return kNone;
    const size_t end = i + 2 == count ? piece.size() : parts[i + 2].start;
    return ranks.find(piece.substr(parts[i].start, end - parts[i].start));
  };
  for (size_t i = 0; i < count; ++i) parts[i].start = static_cast<uint32_t>(i);
  for (size_t i = 0; i < count; ++i) parts[i].rank = joined(i);
  while (count > 1) {
    size_t lowest = 0;
    for (size_t i = 1; i + 1 < count; ++i)
      if (parts[i].rank < parts[lowest].rank) lowest = i;
    if (parts[lowest].rank == kNone) break;
    std::copy(parts.begin() + static_cast<ptrdiff_t>(lowest) + 2, parts.begin() + static_cast<ptrdiff_t>(count),
              parts.begin() + static_cast<ptrdiff_t>(lowest) + 1);
    --count;
    parts[lowest].rank = joined(lowest);
    if (lowest > 0) parts[lowest - 1].rank = joined(lowest - 1);
  }
  if (ids != nullptr) {
    for (size_t i = 0; i < count; ++i) {
      const size_t end = i + 1 == count ? piece.size() : parts[i + 1].start;
      ids->push_back(ranks.find(piece.substr(parts[i].start, end - parts[i].start)));
    }
  }
  return count;
}

// Long pieces: parts in a linked list, candidates in a heap ordered by rank, then place. A candidate is stale when its
// part is gone or has another rank by now.
class HeapMerge {
 public:
  HeapMerge(const RankTable& ranks, std::string_view piece) : ranks_(ranks), piece_(piece), parts_(piece.size()) {
    const auto size = static_cast<uint32_t>(piece.size());
    for (uint32_t i = 0; i < size; ++i) parts_[i] = {i + 1, i == 0 ? kNone : i - 1, kNone};
    for (uint32_t i = 0; i < size; ++i) update(i);
  }

  size_t run(std::vector<uint32_t>* ids) {
    size_t count = piece_.size();
    while (!candidates_.empty()) {
      const uint64_t candidate = candidates_.top();
      candidates_.pop();
      const auto at = static_cast<uint32_t>(candidate);
      if (parts_[at].rank != static_cast<uint32_t>(candidate >> 32)) continue;
      join(at);
      --count;
    }
    if (ids != nullptr) {
      for (uint32_t at = 0; at < piece_.size(); at = parts_[at].next) {
        ids->push_back(ranks_.find(piece_.substr(at, parts_[at].next - at)));
      }
    }
    return count;
  }

 private:
  // A part begins at its index; `next` is where the one behind it begins, the piece's size at the end.
  struct Linked {
    uint32_t next, previous, rank;
  };

  void update(uint32_t at) {
    Linked& part = parts_[at];
    part.rank = kNone;
    if (part.next >= piece_.size()) return;
    const uint32_t end = parts_[part.next].next;
    part.rank = ranks_.find(piece_.substr(at, end - at));
    if (part.rank != kNone) candidates_.push(static_cast<uint64_t>(part.rank) << 32 | at);
  }

  void join(uint32_t at) {
    const uint32_t gone = parts_[at].next;
    parts_[gone].rank = kNone;
    parts_[at].next = parts_[gone].next;
    if (parts_[at].next < piece_.size()) parts_[parts_[at].next].previous = at;
    update(at);
    if (parts_[at].previous != kNone) update(parts_[at].previous);
  }

  const RankTable& ranks_;
  const std::string_view piece_;
  std::vector<Linked> parts_;
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> candidates_;
};

}  // namespace

size_t mergePiece(const RankTable& ranks, std::string_view piece, std::vector<uint32_t>* ids) {
  size_t count = 0;
  while (!piece.empty()) {
    const std::string_view part = piece.substr(0, kLongestPiece);
    piece.remove_prefix(part.size());
    if (const uint32_t whole = ranks.find(part); whole != kNone) {
      if (ids != nullptr) ids->push_back(whole);
      ++count;
    } else if (part.size() <= kScanned) {
      count += mergeByScan(ranks, part, ids);
    } else {
      count += HeapMerge(ranks, part).run(ids);
    }
  }
  return count;
}

}  // namespace sluice::upstream
