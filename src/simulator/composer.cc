#include "simulator/composer.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/encoding.h"
#include "simulator/random.h"

namespace sluice::simulator {
namespace {

struct KnownAnswer {
  std::string_view about;  // in lower case
  std::string_view answer;
};

constexpr std::array<KnownAnswer, 3> kKnownAnswers = {
    {{"founders of microsoft", "Microsoft was founded by Bill Gates and Paul Allen on April 4, 1975."},
     {"capital of switzerland", "The de facto capital of Switzerland is Bern."},
     {"your name", "I am a simulated model. I write the same answer whenever I am asked the same thing."}}};

constexpr std::array<std::string_view, 12> kOpenings = {
    "The short answer is that", "In most cases",      "It helps to know that", "For a start",
    "Seen from a distance",     "As a rule",          "In other words",        "Over time",
    "By the same measure",      "With a little care", "On a good day",         "Most people say that"};
constexpr std::array<std::string_view, 16> kSubjects = {
    "the system", "a small team",  "every request", "the first version", "a good design", "the model",
    "the reader", "a simple rule", "the network",   "each answer",       "the company",   "a careful plan",
    "the record", "an open door",  "the gateway",   "one clear example"};
constexpr std::array<std::string_view, 12> kVerbs = {"explains", "follows",   "improves", "shows",
                                                     "supports", "changes",   "keeps",    "needs",
                                                     "finds",    "describes", "protects", "counts"};
constexpr std::array<std::string_view, 16> kObjects = {
    "the cost",       "a better way",  "the next step",  "the whole story", "its own history", "the same result",
    "a longer list",  "the main idea", "a useful limit", "the last word",   "a fair share",    "the right answer",
    "an early start", "the old paper", "a new question", "the open work"};
constexpr std::array<std::string_view, 8> kEndings = {"",         " every day",    " in the end",    " without delay",
                                                      " at once", " for everyone", " over the year", " by itself"};

template <size_t N>
std::string_view pick(const std::array<std::string_view, N>& words, Random& random) {
  return words[random.below(N)];
}

std::string sentence(Random& random) {
  std::string text(pick(kOpenings, random));
  for (const auto part : {pick(kSubjects, random), pick(kVerbs, random), pick(kObjects, random)}) {
    text += ' ';
    text += part;
  }
  text += pick(kEndings, random);
  return text + '.';
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::string_view knownAnswer(std::string_view question) {
  const auto asked = lower(question.substr(0, 4096));
  for (const auto& known : kKnownAnswers) {
    if (asked.find(known.about) != std::string::npos) return known.answer;
  }
  return {};
}

enum class Shape { Space, Word, Other };

Shape shapeOf(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == ' ') return Shape::Space;
  // Bytes of a UTF-8 sequence stay together.
  return byte >= 0x80 || std::isalnum(byte) ? Shape::Word : Shape::Other;
}

// One word or one run of signs, with one space before it.
std::string_view nextPiece(std::string_view text) {
  size_t end = text.front() == ' ' ? 1 : 0;
  if (end == text.size()) return text;
  const auto shape = shapeOf(text[end]);
  while (end < text.size() && shapeOf(text[end]) == shape && shape != Shape::Space) ++end;
  return text.substr(0, std::max<size_t>(end, 1));
}

size_t untilStop(std::string_view text, const std::vector<std::string>& stops) {
  size_t end = text.size();
  for (const auto& stop : stops) {
    if (!stop.empty()) end = std::min(end, text.find(stop));
  }
  return end;
}

// The longest beginning of `piece` that has at most `room` tokens.
void appendPart(Composition& to, std::string_view piece, std::string_view model, size_t room, TokenCounter& counter) {
  while (!piece.empty()) {
    piece.remove_suffix(1);
    if (!isValidUtf8(piece)) continue;
    const auto tokens = counter.text(model, piece);
    if (tokens > room) continue;
    if (tokens > 0) to.pieces.push_back({std::string(piece), tokens});
    return;
  }
}

}  // namespace

std::string Composition::text() const {
  std::string result;
  for (const auto& piece : pieces) result += piece.text;
  return result;
}

Composition composeText(std::string_view text, std::string_view model, std::optional<int64_t> max_tokens,
                        TokenCounter& counter) {
  const auto limit = static_cast<size_t>(std::clamp<int64_t>(max_tokens.value_or(kMostTokens), 0, kMostTokens));
  Composition result;
  size_t sum = 0;
  while (!text.empty()) {
    const auto piece = nextPiece(text);
    const auto tokens = counter.text(model, piece);
    if (sum + tokens > limit) {
      appendPart(result, piece, model, limit - sum, counter);
      result.cut = true;
      break;
    }
    result.pieces.push_back({std::string(piece), tokens});
    sum += tokens;
    text.remove_prefix(piece.size());
  }
  result.tokens = counter.text(model, result.text());
  return result;
}

Composition compose(const ComposeRequest& request, TokenCounter& counter) {
  Random random(request.seed);
  std::string text(knownAnswer(request.question));
  auto limit = request.max_tokens;
  if (text.empty() || request.tokens) {
    const auto wanted = std::clamp<int64_t>(request.tokens.value_or(static_cast<int64_t>(20 + random.below(60))), 1,
                                            request.max_tokens.value_or(kMostTokens) + 1);
    // Sentences have ten tokens and more.
    for (int64_t tokens = 0; tokens < wanted; tokens += 10) text += (text.empty() ? "" : " ") + sentence(random);
    if (request.tokens) limit = std::min(wanted, request.max_tokens.value_or(kMostTokens));
  }
  const auto end = untilStop(text, request.stops);
  auto result = composeText(std::string_view(text).substr(0, end), request.model, limit, counter);
  // An answer of exactly the length that a knob asked for has ended by itself.
  if (request.tokens && (!request.max_tokens || *request.tokens <= *request.max_tokens)) result.cut = false;
  return result;
}

}  // namespace sluice::simulator
