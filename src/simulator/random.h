// Everything random in an answer comes from here, so that one seed and one prompt always give the same answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::simulator {

// FNV-1a, 64 bits, from a starting value.
constexpr uint64_t hashText(std::string_view text, uint64_t start = 0xcbf29ce484222325u) {
  for (const char c : text) start = (start ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return start;
}

// SplitMix64.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  size_t below(size_t bound) { return static_cast<size_t>(next() % bound); }
  // Letters and digits, as in the ids of answers.
  std::string token(size_t length) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string result;
    while (result.size() < length) result += kAlphabet[below(kAlphabet.size())];
    return result;
  }
  std::string guid();

 private:
  uint64_t state_;
};

}  // namespace sluice::simulator
