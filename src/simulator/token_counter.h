// Token counts of the simulated models: exact, by the model's own tokenizer, when rank files are there; else by the
// rule of thumb of four bytes. Reads a rank file at the first use of an encoding (about 50 ms on the calling thread).
// One thread.
#pragma once

#include <memory>
#include <string_view>

#include "upstream/dialect.h"
#include "upstream/tokenizer.h"

namespace sluice::simulator {

class TokenCounter {
 public:
  // Null: always by the rule of thumb.
  explicit TokenCounter(std::shared_ptr<upstream::Tokenizers> tokenizers) : tokenizers_(std::move(tokenizers)) {}

  size_t text(std::string_view model, std::string_view text);
  // Of a request's body, as the services count it.
  size_t prompt(upstream::Dialect dialect, std::string_view model, std::string_view body);

 private:
  const upstream::Tokenizer* tokenizer(std::string_view model);

  std::shared_ptr<upstream::Tokenizers> tokenizers_;
  bool complained_ = false;
};

}  // namespace sluice::simulator
