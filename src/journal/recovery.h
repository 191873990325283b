// What open() does before anything else: finds where the segments end, cuts a torn tail, and moves what the rings of a
// dead process still hold into the segments, each record once. Runs alone, under the directory's lock; being killed at
// any point leaves it to be done again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "journal/format.h"
#include "journal/segment_writer.h"

namespace sluice::journal {

struct Core;

// Where the segments stand.
struct Ending {
  std::vector<SegmentInfo> segments;
  std::optional<JournalId> journal;              // nullopt: no segment tells
  uint64_t last = 0;                             // the last sequence; 0: none
  std::unordered_map<uint64_t, uint64_t> moved;  // per ring: its last sequence in a segment
};

// `known`: the journal's id if the control file told it; its segments can then be read even without their headers.
Result<Ending> findEnding(const std::string& directory, const std::optional<JournalId>& known);

// Moves what is left in rings to the segments, syncs them and removes the rings.
Status drainLeftRings(Core& core, const Ending& ending);

}  // namespace sluice::journal
