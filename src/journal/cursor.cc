#include "journal/cursor.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/log.h"
#include "journal/control.h"
#include "journal/futex.h"
#include "journal/journal.h"
#include "journal/segment_reader.h"
#include "journal/segment_writer.h"

namespace sluice::journal {

struct Cursor::State {
  State(std::string d, Control c, ConsumerSlot* s) : directory(std::move(d)), control(std::move(c)), slot(s) {}

  std::string directory;
  Control control;
  ConsumerSlot* slot;
  uint64_t position = 0;
  std::optional<SegmentReader> reader;
  uint64_t reader_first = 0;
  Record record;
  CursorStats stats;

  Result<bool> openSegment(bool next);
  void lose(uint64_t through);
};

// Opens the segment that should hold the record after `position`, or with `next` the one after the present one. False:
// there is none.
Result<bool> Cursor::State::openSegment(bool next) {
  const auto segments = listSegments(directory);
  if (!segments) return tl::make_unexpected(segments.error());
  auto at = segments->begin();
  if (next) {
    at = std::ranges::find_if(*segments, [&](const auto& one) { return one.first > reader_first; });
  } else {
    const auto after = std::ranges::find_if(*segments, [&](const auto& one) { return one.first > position + 1; });
    at = after == segments->begin() ? after : after - 1;
  }
  for (; at != segments->end(); ++at) {
    auto opened = SegmentReader::open(at->path, control.header().journal);
    if (opened) {
      reader = std::move(*opened);
      reader_first = at->first;
      return true;
    }
    if (opened.error().code == static_cast<int>(ErrorCode::Version)) return tl::make_unexpected(opened.error());
    log::error("a segment of the journal cannot be read", {{"why", opened.error().message}});
  }
  return false;
}

// Nothing up to `through` can be had any more.
void Cursor::State::lose(uint64_t through) {
  if (through <= position) return;
  stats.missing += through - position;
  log::error("records of the journal are missing",
             {{"first", fmt::format("{}", position + 1)}, {"last", fmt::format("{}", through)}});
  position = through;
}

Cursor::Cursor(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cursor::~Cursor() = default;

Result<std::unique_ptr<Cursor>> Cursor::open(const std::string& directory, std::string_view consumer) {
  auto control = Control::open(directory);
  if (!control) return tl::make_unexpected(control.error());
  ConsumerSlot* slot = control->find(consumer);
  if (slot == nullptr) return fail(fmt::format("the journal in {} has no consumer '{}'", directory, consumer));
  auto state = std::make_unique<State>(directory, std::move(*control), slot);
  state->position = slot->acked.load();
  return std::unique_ptr<Cursor>(new Cursor(std::move(state)));
}

JournalId Cursor::journal() const {
  return state_->control.header().journal;
}
uint64_t Cursor::acknowledged() const {
  return state_->slot->acked.load();
}
uint64_t Cursor::position() const {
  return state_->position;
}
uint64_t Cursor::readable() const {
  return state_->control.header().readable.load(std::memory_order_acquire);
}
const CursorStats& Cursor::stats() const {
  return state_->stats;
}

void Cursor::seek(uint64_t sequence) {
  state_->position = sequence;
  state_->reader.reset();
}

Result<const Record*> Cursor::next() {
  State& state = *state_;
  while (true) {
    const uint64_t through = readable();
    if (state.position >= through) return nullptr;
    if (!state.reader) {
      const auto opened = state.openSegment(false);
      if (!opened) return tl::make_unexpected(opened.error());
      if (!*opened) {
        state.lose(through);
        return nullptr;
      }
    }
    const auto found = state.reader->next(state.position + 1, through);
    if (!found) return tl::make_unexpected(found.error());
    if (!*found) {
      // `through` was read before the files were listed, so what it promises is in them or nowhere.
      const auto opened = state.openSegment(true);
      if (!opened) return tl::make_unexpected(opened.error());
      if (!*opened) state.lose(through);
      continue;
    }
    const SegmentReader::Record& record = **found;
    state.lose(record.header.sequence - 1);
    state.position = record.header.sequence;
    if (!record.intact) {
      ++state.stats.corrupt;
      log::error("a record of the journal is damaged", {{"sequence", fmt::format("{}", state.position)}});
      continue;
    }
    state.record = {record.header.sequence, record.payload};
    return &state.record;
  }
}

void Cursor::wait(Duration limit) {
  const auto& bell = state_->control.header().bell;
  const uint32_t heard = bell.load(std::memory_order_acquire);
  if (readable() > state_->position) return;
  sleepOn(bell, heard, limit);
}

void Cursor::acknowledge(uint64_t sequence) {
  uint64_t known = state_->slot->acked.load();
  while (known < sequence && !state_->slot->acked.compare_exchange_weak(known, sequence)) {
  }
}

}  // namespace sluice::journal
