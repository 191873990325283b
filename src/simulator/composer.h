// The simulated model: writes an answer to a prompt, always the same for one seed, prompt and choice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/token_counter.h"

namespace sluice::simulator {

// Words and punctuation, each with the space before it: mostly one token each.
struct Piece {
  std::string text;
  size_t tokens = 0;
};

struct Composition {
  std::vector<Piece> pieces;
  size_t tokens = 0;  // of the whole text
  bool cut = false;   // by the token limit

  std::string text() const;
};

struct ComposeRequest {
  uint64_t seed = 0;          // of the simulator, prompt and choice together
  std::string_view question;  // the last thing the user said
  std::string_view model;
  std::optional<int64_t> tokens;      // how long the answer should be; none: 20 to 80
  std::optional<int64_t> max_tokens;  // where it is cut
  std::vector<std::string> stops;     // texts before which it ends
};

// The longest answer, whatever is asked for.
inline constexpr int64_t kMostTokens = 100'000;

Composition compose(const ComposeRequest& request, TokenCounter& counter);
// A given text as if the model had written it: JSON of tool calls and of structured answers.
Composition composeText(std::string_view text, std::string_view model, std::optional<int64_t> max_tokens,
                        TokenCounter& counter);

}  // namespace sluice::simulator
