// Capture: bytes of a body kept for observers (records, deferred policies), up to a cap. Contiguous, and owned: memory
// that grows is given back, which an arena could not do. One piece that is whole is kept as a view when its owner says
// that it stays valid.
#pragma once

#include <string>
#include <string_view>

namespace sluice::gateway {

class Capture {
 public:
  explicit Capture(size_t limit) : limit_(limit) {}
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  // REQUIRES: nothing was adopted.
  void append(std::string_view piece) {
    const size_t room = limit_ - own_.size();
    if (piece.size() > room) {
      truncated_ = true;
      piece = piece.substr(0, room);
    }
    own_.append(piece);
    view_ = own_;
  }

  // REQUIRES: nothing was appended; `whole` lives as long as the exchange.
  void adopt(std::string_view whole) {
    truncated_ = whole.size() > limit_;
    view_ = whole.substr(0, limit_);
  }

  // Valid until the next append().
  std::string_view view() const { return view_; }
  bool truncated() const { return truncated_; }

 private:
  size_t limit_;
  std::string own_;
  std::string_view view_;
  bool truncated_ = false;
};

}  // namespace sluice::gateway
