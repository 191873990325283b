// The first byte of every encoded event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::event {

enum class EventKind : uint8_t { Exchange = 1, Logger = 2 };

// nullopt: empty, or of a kind that this version does not know.
inline std::optional<EventKind> kindOf(std::span<const std::byte> encoded) {
  if (encoded.empty()) return std::nullopt;
  const auto kind = static_cast<EventKind>(encoded[0]);
  if (kind != EventKind::Exchange && kind != EventKind::Logger) return std::nullopt;
  return kind;
}

}  // namespace sluice::event
