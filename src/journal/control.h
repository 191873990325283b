// Control: the file `control`, mapped by the gateway and by every reader: how far the segments may be read, a bell for
// new records, and how far each consumer got. It can be lost: all of it but the acknowledgements can be had from the
// segments, and a consumer that is told too low a number reads some records again.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "journal/format.h"
#include "journal/journal.h"
#include "journal/posix_file.h"

namespace sluice::journal {

class Control {
 public:
  // For a reader. Error code Foreign when damaged or of another version, Io when there is none.
  static Result<Control> open(const std::string& directory);
  // For the journal: as open(), but a missing or damaged one is made anew with `journal` in it, and the caller hears of
  // the one that was there through `journal`.
  static Result<Control> openOrMake(const std::string& directory, JournalId& journal);
  Control(Control&& other) noexcept;
  Control& operator=(Control&& other) noexcept;
  ~Control();

  ControlHeader& header() const { return *header_; }
  // The consumer's slot; null if it has none.
  ConsumerSlot* find(std::string_view consumer) const;
  // For the journal: gives each of the names a slot, and frees those of others or not.
  Status setConsumers(const std::vector<std::string>& names, OthersKnown others);
  // The lowest acknowledgement, UINT64_MAX without consumers; and the highest, 0 without.
  uint64_t lowestAcked() const;
  uint64_t highestAcked() const;
  Status sync() const;

 private:
  Control(Fd file, ControlHeader* header) : file_(std::move(file)), header_(header) {}
  static Result<Control> map(Fd file, const std::string& path);

  Fd file_;
  ControlHeader* header_ = nullptr;
};

}  // namespace sluice::journal
