#include "simulator/token_counter.h"

#include "base/log.h"
#include "upstream/prompt_tokens.h"

namespace sluice::simulator {

size_t TokenCounter::text(std::string_view model, std::string_view text) {
  return upstream::countText(text, tokenizer(model));
}

size_t TokenCounter::prompt(upstream::Dialect dialect, std::string_view model, std::string_view body) {
  return upstream::countPromptTokens(dialect, body, model, tokenizer(model));
}

const upstream::Tokenizer* TokenCounter::tokenizer(std::string_view model) {
  if (tokenizers_ == nullptr) return nullptr;
  const auto encoding = upstream::encodingForModel(model);
  if (const auto* loaded = tokenizers_->get(encoding)) return loaded;
  const auto loaded = tokenizers_->load(encoding);
  if (loaded) return *loaded;
  if (!complained_) {
    log::warning("simulator: token counts are estimates", {{"reason", loaded.error().message}});
    complained_ = true;
  }
  return nullptr;
}

}  // namespace sluice::simulator
