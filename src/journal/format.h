// The journal's bytes on disk (docs/design/journal-format.md): what rings, segments and the control file consist of.
// Little-endian, as in memory. Only this folder knows them.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace sluice::journal {

static_assert(std::endian::native == std::endian::little);
static_assert(std::atomic<uint64_t>::is_always_lock_free && std::atomic<uint32_t>::is_always_lock_free);

inline constexpr uint32_t kFormatVersion = 1;
inline constexpr uint64_t kSegmentMagic = 0x3130474553434c53;  // "SLCSEG01"
inline constexpr uint64_t kRingMagic = 0x31304e4952434c53;     // "SLCRIN01"
inline constexpr uint64_t kControlMagic = 0x31304c5443434c53;  // "SLCCTL01"
inline constexpr uint32_t kRecordMagic = 0x52434c53;           // "SLCR"

// Two bodies of 64 MiB, and as much again for what a text encoding may add.
inline constexpr uint32_t kMaxPayload = 256u << 20;
inline constexpr size_t kRecordAlignment = 8;

constexpr size_t aligned(size_t size) {
  return (size + kRecordAlignment - 1) & ~(kRecordAlignment - 1);
}

// Id of a process' journal: a new one when the directory was empty, so that a cursor kept elsewhere knows that its
// numbers mean nothing here.
struct JournalId {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const JournalId&) const = default;
};

// Before each payload, in rings and in segments. In a ring `sequence` is 0: it is given when the record moves.
struct RecordHeader {
  uint32_t magic = kRecordMagic;
  uint32_t length = 0;         // of the payload; the next header follows at the next multiple of 8
  uint64_t sequence = 0;       // in the journal, from 1, without gaps
  uint64_t ring = 0;           // id of the ring it came through; 0: none, it was too large for one
  uint64_t ring_sequence = 0;  // in that ring, from 1, without gaps
  uint64_t payload_check = 0;  // XXH3-64 of the payload
  uint64_t header_check = 0;   // headerChecksum()
};
static_assert(sizeof(RecordHeader) == 48 && std::has_unique_object_representations_v<RecordHeader>);

// How far a ring had been moved when a segment began: what lets recovery move nothing twice.
struct RingMark {
  uint64_t ring = 0;
  uint64_t moved = 0;  // the last ring_sequence that is in an earlier segment
};

struct SegmentHeader {
  uint64_t magic = kSegmentMagic;
  uint32_t version = kFormatVersion;
  uint32_t marks = 0;  // RingMarks that follow this header
  JournalId journal;
  uint64_t first = 0;  // sequence of the first record
  uint64_t flags = 0;  // none yet; a reader refuses those it does not know
  uint64_t check = 0;  // XXH3-64 of the bytes before and the marks
};
static_assert(sizeof(SegmentHeader) == 56);

// The first page of a ring file; its records follow at kRingData. `head` and `tail` count bytes since the ring was
// made; the place of count `c` is (c - base) modulo `size`. The producer alone moves head, and base when the ring is
// empty (so that a ring which is drained in time only ever uses its first pages); the journal's thread alone moves
// tail.
struct RingHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t reserved;
  JournalId journal;
  uint64_t id;
  uint64_t size;
  alignas(64) std::atomic<uint64_t> head;
  std::atomic<uint64_t> base;
  alignas(64) std::atomic<uint64_t> tail;
};
inline constexpr size_t kRingData = 4096;
static_assert(sizeof(RingHeader) <= kRingData);

inline constexpr size_t kConsumers = 32;
inline constexpr size_t kConsumerName = 48;

struct ConsumerSlot {
  char name[kConsumerName];     // zero-terminated; empty: free
  std::atomic<uint64_t> acked;  // every record up to this sequence is done with
  uint64_t reserved;
};
static_assert(sizeof(ConsumerSlot) == 64);

// Mapped by the gateway and by every reader: how far the segments may be read, and how far each consumer got.
struct ControlHeader {
  uint64_t magic;
  uint32_t version;
  uint32_t reserved;
  JournalId journal;
  std::atomic<uint64_t> readable;  // every record up to this sequence is in a segment and synced
  std::atomic<uint32_t> bell;      // a futex, rung whenever `readable` moves
  uint32_t reserved2;
  alignas(64) ConsumerSlot consumers[kConsumers];
};
inline constexpr size_t kControlSize = 4096;
static_assert(sizeof(ControlHeader) <= kControlSize);

uint64_t checksum(std::span<const std::byte> bytes);

// The header's checksum is seeded with the journal's id, which no client knows: a body that holds what looks like a
// record is never taken for one when a reader looks for the next record after a damaged one.
uint64_t headerChecksum(const RecordHeader& header, const JournalId& journal);
// Magic, length and header checksum are right; says nothing of the payload.
bool isSound(const RecordHeader& header, const JournalId& journal);

}  // namespace sluice::journal
