#include "journal/format.h"

#include <xxhash.h>
#if defined(__x86_64__)
// Chooses AVX2 or AVX-512 where the processor has them: a third of the time of SSE2.
#include <xxh_x86dispatch.h>
#endif

#include <cstddef>

namespace sluice::journal {

uint64_t checksum(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

uint64_t headerChecksum(const RecordHeader& header, const JournalId& journal) {
  return XXH3_64bits_withSeed(&header, offsetof(RecordHeader, header_check), journal.low ^ journal.high);
}

bool isSound(const RecordHeader& header, const JournalId& journal) {
  return header.magic == kRecordMagic && header.length <= kMaxPayload &&
         header.header_check == headerChecksum(header, journal);
}

}  // namespace sluice::journal
